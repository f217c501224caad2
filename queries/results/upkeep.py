"""What Celery beat does for stored files: end what has expired, and mend what a crash left."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from queries import transitions
from queries.models import QueryRun, StoredResult
from queries.results.folder import FileFolder
from queries.results.store import result_folder
from queries.states import QueryState

Registered = Callable[[list[str]], set[str]]

log = logging.getLogger(__name__)

GRACE = timedelta(hours=1)
"""A file without a row may be about to get one, for as long as a writer may take."""


@dataclass(frozen=True)
class Swept:
    """How many results expired, had lost their file, and how many files had no row."""

    expired: int
    lost: int
    orphans: int


def sweep_results() -> Swept:
    """Expire results, and part with rows without a file and files without a row.

    Safe to run twice at once. Side effect: the runs concerned are EXPIRED.
    """
    now = timezone.now()
    expired = _end(StoredResult.objects.filter(expires_at__lte=now))
    lost = _end_lost()
    return Swept(expired, lost, remove_orphans(result_folder(), _registered, now))


def _end(rows: Iterable[StoredResult]) -> int:
    count = 0
    for stored in rows:
        with transaction.atomic():
            deleted, _ = StoredResult.objects.filter(pk=stored.pk, file=stored.file).delete()
            transitions.move(QueryRun.objects.filter(pk=stored.pk), QueryState.EXPIRED)
        result_folder().delete(stored.file)
        count += bool(deleted)
    return count


def _end_lost() -> int:
    """Rows whose file is gone. They are listed first: a row is never there before its file."""
    rows = list(StoredResult.objects.only("pk", "file"))
    names = {file.name for file in result_folder().files()}
    lost = [stored for stored in rows if stored.file not in names]
    for stored in lost:
        log.warning("the stored result of query %s has lost its file", stored.pk)
    return _end(lost)


def _registered(names: list[str]) -> set[str]:
    return set(StoredResult.objects.filter(file__in=names).values_list("file", flat=True))


def remove_orphans(folder: FileFolder, registered: Registered, now: datetime) -> int:
    """Delete files older than the grace that no row names, and unfinished ones; how many."""
    old = [file for file in folder.files() if file.written_at < now - GRACE]
    kept = registered([file.name for file in old if not file.is_unfinished])
    orphans = [file for file in old if file.name not in kept]
    for file in orphans:
        folder.delete(file.name)
    return len(orphans)

"""What Celery beat does for exported files."""

from __future__ import annotations

from django.utils import timezone

from queries.exports.store import export_folder
from queries.models import Export
from queries.results.upkeep import Swept, remove_orphans


def sweep_exports() -> Swept:
    """Delete the files of expired exports, and files without a row; the rows stay, for the audit.

    Safe to run twice at once.
    """
    now = timezone.now()
    folder = export_folder()
    there = list(Export.objects.filter(removed_at=None).only("file", "expires_at"))
    names = {file.name for file in folder.files()}
    expired = [export for export in there if export.expires_at <= now]
    lost = [export for export in there if export.expires_at > now and export.file not in names]
    for export in expired:
        folder.delete(export.file)
    Export.objects.filter(pk__in=[export.pk for export in (*expired, *lost)]).update(removed_at=now)
    return Swept(len(expired), len(lost), remove_orphans(folder, _registered, now))


def _registered(names: list[str]) -> set[str]:
    return set(Export.objects.filter(file__in=names).values_list("file", flat=True))

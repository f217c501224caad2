"""What happens while a statement runs: who runs it says so, and hears that it should stop.

Whatever waits for the warehouse or passes its rows on calls `look()` a few times a second. The
watch is found by context, as the request's id is: whoever fetches rows need not hand it around.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Protocol

from django.conf import settings
from django.utils import timezone

from queries import transitions
from queries.database import tolerated
from queries.models import QueryRun
from queries.stopping import is_stopping
from semantic_layer.errors import StatementCancelled, Unavailable

LOOK_S = 0.25
"""How often whoever waits should look."""
CHECK_S = 0.4
VISIBLE_AFTER_S = 0.5
"""A synchronous run of this age gets its record while it runs: then it can be seen and cancelled,
and is ended as lost where its process dies. Shorter ones cost one INSERT at their end and nothing
before.
"""


class Watch(Protocol):
    """Looks after one run. May raise what its statement has to end with."""

    def __call__(self, progress: float | None = None) -> None: ...


class RunLost(Unavailable):
    """Somebody else has the run by now, or it was ended as lost: nothing of this try counts."""

    code = "WORKER_LOST"


class HandedBack(Exception):
    """The worker is to stop: its run goes back to the queue."""


def _nobody(progress: float | None = None) -> None:
    """Nobody waits for it."""


_watch: ContextVar[Watch] = ContextVar("queries_watch", default=_nobody)


@contextmanager
def watched_by(watch: Watch) -> Iterator[None]:
    """Statements of the block are looked after by this watch."""
    token = _watch.set(watch)
    try:
        yield
    finally:
        _watch.reset(token)


def look(progress: float | None = None) -> None:
    """Let the watch look, now that `progress` (0 to 1) is known. Raises what it says."""
    _watch.get()(progress)


def _never() -> bool:
    return False


@dataclass
class RunWatch:
    """Keeps a run's heartbeat, and raises where it is to end: StatementCancelled where it was
    cancelled or `client_gone` says so, RunLost, HandedBack.

    A database that is away for a while is no reason to end what runs in the warehouse.
    """

    run: QueryRun
    is_written: bool
    client_gone: Callable[[], bool] = _never
    _began: float = field(default_factory=time.monotonic)
    _checked: float = 0.0
    _beaten: float = field(default_factory=time.monotonic)

    def __call__(self, progress: float | None = None) -> None:
        now = time.monotonic()
        if now - self._checked < CHECK_S:
            return
        self._checked = now
        # Engines plan anew while they run, and then are less far than they said.
        progress = max(progress or 0.0, self.run.progress or 0.0) or None
        self.run.progress = progress
        if self.run.background and is_stopping():
            raise HandedBack
        if self.client_gone():
            raise StatementCancelled(
                "The client went away, so the query was cancelled.", code="CLIENT_GONE"
            )
        with tolerated("looking after a query"):
            self._look(now, progress)

    def _look(self, now: float, progress: float | None) -> None:
        if not self.is_written:
            if now - self._began >= VISIBLE_AFTER_S:
                self._write()
            return
        standing = transitions.standing_of(self.run)
        if not standing.is_held:
            raise RunLost("The query was given up as lost while it ran; run it again.")
        if standing.cancel_requested:
            raise StatementCancelled("The query was cancelled.")
        if now - self._beaten >= settings.QUERY_HEARTBEAT_S:
            self._beaten = now
            transitions.beat(self.run, progress)

    def _write(self) -> None:
        self.run.attempt = 1
        self.run.heartbeat_at = timezone.now()
        self.run.save(force_insert=True)
        self.is_written = True

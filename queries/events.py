"""A run as server-sent events: its states and its progress, until it has ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.conf import settings
from django.db import connection

from queries.announcing import changes_of
from queries.models import QueryRun
from queries.run_bodies import progress_percentage, status_body
from queries.states import OPEN
from queries.streams import StreamPlace, take_place
from semantic_layer.api.client import Gone, client_gone
from semantic_layer.api.context import request_id
from semantic_layer.api.exceptions import describe
from semantic_layer.api.rendering import dumps
from semantic_layer.errors import SemanticLayerError

LOOK_S = 0.2
READ_ANYWAY_S = 5.0
READ_BLINDLY_S = 1.0
RECONNECT_MS = 1_000


def followed(
    run: QueryRun, *, last_event_id: str, still_allowed: Callable[[], None]
) -> Iterator[bytes] | None:
    """The events that come after `last_event_id`; None where there will be none.

    Each event has the run's status as data. The stream ends with the run, or after QUERY_STREAM_S
    seconds: the client connects again with the id of the last event it saw. `still_allowed` is
    asked as often as the database is; where it raises SemanticLayerError, an event `error` with the
    error's body is the last. Raises RateLimited or Unavailable where there is no place for another
    stream.
    """
    if run.state not in OPEN and last_event_id == _id_of(run):
        return None
    place = take_place(run.actor_id)
    return _Stream(run, last_event_id, place, client_gone.get(), still_allowed).events()


@dataclass
class _Stream:
    """One client that follows. No connection to the database is held while it waits."""

    run: QueryRun
    seen: str
    place: StreamPlace
    gone: Gone
    still_allowed: Callable[[], None]
    state: str = ""
    request_id: str = field(default_factory=request_id.get)
    end: float = field(default_factory=lambda: time.monotonic() + settings.QUERY_STREAM_S)

    def events(self) -> Iterator[bytes]:
        changes = changes_of(self.run.pk)
        self._read()  # again: it may have changed before the changes were counted
        try:
            yield b"retry: %d\n\n" % RECONNECT_MS
            while True:
                if _id_of(self.run) != self.seen:
                    yield self._event()
                if self.run.state not in OPEN:
                    return
                yield from self._wait(changes)
                if time.monotonic() >= self.end or self.gone():
                    return
                changes = changes_of(self.run.pk)
                refusal = self._refusal()
                if refusal is not None:
                    yield refusal
                    return
                self._read()
        finally:
            _let_go_of_database()
            self.place.leave()

    def _event(self) -> bytes:
        name = "progress" if self.run.state == self.state else "state"
        self.seen, self.state = _id_of(self.run), self.run.state
        data = dumps(status_body(self.run))
        return b"id: %s\nevent: %s\ndata: %s\n\n" % (self.seen.encode(), name.encode(), data)

    def _refusal(self) -> bytes | None:
        """The last event of somebody whose sign-in is over: a stream outlives no token."""
        try:
            self.still_allowed()
        except SemanticLayerError as error:
            body, _ = describe(error)
            return b"event: error\ndata: %s\n\n" % dumps({**body, "request_id": self.request_id})
        return None

    def _wait(self, changes: int | None) -> Iterator[bytes]:
        """Until the run may have changed; says now and then that the stream is alive."""
        patience = READ_BLINDLY_S if changes is None else READ_ANYWAY_S
        until = min(time.monotonic() + patience, self.end)
        while time.monotonic() < until and not self.gone():
            if changes_of(self.run.pk) != changes:
                return
            time.sleep(LOOK_S)
        # As often as the database is asked: a proxy closes what is silent for long.
        yield b": still here\n\n"

    def _read(self) -> None:
        found = QueryRun.objects.filter(pk=self.run.pk).first()
        _let_go_of_database()
        if found is not None:
            self.run = found


def _id_of(run: QueryRun) -> str:
    """Differs between any two events of a run, and is the same for whoever asks."""
    percent = progress_percentage(run)
    return f"{run.attempt}-{run.state}-{'' if percent is None else percent}"


def _let_go_of_database() -> None:
    if not connection.in_atomic_block:
        connection.close()

"""Says that a generation is alive while it is made, however long a statement takes."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from catalog.jobs.transitions import beat
from catalog.models import Generation

log = logging.getLogger(__name__)

_BEATS_UNTIL_LOST = 4


@contextmanager
def alive(generation: Generation) -> Iterator[None]:
    """Beat from a thread of its own until the block ends."""
    done = Event()
    pause_s = settings.GENERATION_LOST_AFTER_S / _BEATS_UNTIL_LOST

    def work() -> None:
        try:
            while not done.wait(pause_s):
                _beat(generation)
        finally:
            connection.close()

    thread = Thread(target=work, name="generation-heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _beat(generation: Generation) -> None:
    try:
        beat(generation)
    except (OperationalError, InterfaceError):
        log.warning("generation %s: the database is away", generation.pk)
        connection.close()

"""Living with a database that goes away for a moment."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

T = TypeVar("T")

PATIENCE_S = 60.0
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 2.0

log = logging.getLogger(__name__)


@contextmanager
def tolerated(doing: str) -> Iterator[None]:
    """Go on where the database is away; the next call connects again."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        if connection.in_atomic_block:
            raise
        log.warning("the database is away while %s: %s", doing, error)
        connection.close()


def insisting(work: Callable[[], T]) -> T:
    """What `work` returns; it is tried again for a minute where the database is away.

    It may have been done already when it is tried again: the answer was lost, not the work.
    """
    give_up, pause = time.monotonic() + PATIENCE_S, FIRST_PAUSE_S
    while True:
        try:
            return work()
        except (OperationalError, InterfaceError) as error:
            if connection.in_atomic_block or time.monotonic() > give_up:
                raise
            log.warning("the database is away: %s", error)
            connection.close()
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_S)

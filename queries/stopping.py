"""Whether the Celery worker was asked to stop, known to all of its processes.

A worker that stops waits for its tasks; the processes that run them are not told. They share one
byte of memory with it, which is inherited by fork.
"""

from __future__ import annotations

import mmap
from typing import Any

from celery.signals import worker_init, worker_shutting_down

_stopping = mmap.mmap(-1, 1)


def is_stopping() -> bool:
    return _stopping[0] != 0


@worker_shutting_down.connect  # type: ignore[untyped-decorator]
def _stop(**kwargs: Any) -> None:
    _stopping[0] = 1


@worker_init.connect  # type: ignore[untyped-decorator]
def _begin(**kwargs: Any) -> None:
    _stopping[0] = 0

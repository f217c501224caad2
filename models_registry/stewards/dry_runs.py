"""What a write would do: the same service, in a transaction that is undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import transaction

Result = TypeVar("Result")


def dry_run(write: Callable[[], Result]) -> Result:
    """The write's own answer, or its own error; nothing of it stays, not even its audit row.

    Side effect: the category is locked meanwhile, as for the write itself.
    """
    with transaction.atomic():
        found = write()
        transaction.set_rollback(True)
        return found

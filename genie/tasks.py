"""Upkeep that nobody asks for."""

from __future__ import annotations

from celery import shared_task

from genie.conversations import forget_old_conversations


@shared_task(name="genie.forget_conversations")  # type: ignore[untyped-decorator]
def forget_conversations() -> int:
    """Delete conversations that nobody has gone on with for long; how many."""
    return forget_old_conversations()

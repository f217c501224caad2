"""Upkeep that nobody asks for."""

from __future__ import annotations

from celery import shared_task

from semantic_layer.accounts import sessions


@shared_task(name="accounts.forget_old_sessions")  # type: ignore[untyped-decorator]
def forget_old_sessions() -> int:
    """Delete sessions that ended long ago; how many."""
    return sessions.forget_old()

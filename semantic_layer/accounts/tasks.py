"""Upkeep that nobody asks for."""

from __future__ import annotations

from celery import shared_task

from semantic_layer.accounts import sessions, vault


@shared_task(name="accounts.forget_old_sessions")  # type: ignore[untyped-decorator]
def forget_old_sessions() -> int:
    """Delete sessions that ended long ago; how many."""
    return sessions.forget_old()


@shared_task(name="accounts.forget_credentials")  # type: ignore[untyped-decorator]
def forget_credentials() -> int:
    """Delete the workspace tokens of sessions that are over; how many."""
    return vault.forget_ended()

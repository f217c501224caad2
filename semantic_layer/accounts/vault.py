"""Workspace tokens of people, kept encrypted for as long as their sign-in lasts.

Encrypted with CREDENTIAL_KEYS alone: the first key seals, all of them open. What is sealed names
its session, so a row's content is of no use in another row.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from semantic_layer.accounts.models import LoginSession, StoredCredential

log = logging.getLogger(__name__)

BATCH = 200


@dataclass(frozen=True)
class Opened:
    """What a row holds: the workspace's access token, and what renews it."""

    token: str = field(repr=False)
    refresh: str | None = field(default=None, repr=False)


def keep(
    session: LoginSession, opened: Opened, *, expires_at: datetime | None, checked_at: datetime
) -> StoredCredential:
    """Store the token of a new session. Raises ImproperlyConfigured without CREDENTIAL_KEYS."""
    return StoredCredential.objects.create(
        session=session,
        sealed=_sealed(session, opened),
        renewable=opened.refresh is not None,
        expires_at=expires_at,
        checked_at=checked_at,
    )


def replace(stored: StoredCredential, opened: Opened, *, expires_at: datetime) -> bool:
    """Store renewed tokens; False where the session was ended meanwhile."""
    stored.sealed = _sealed(stored.session, opened)
    stored.expires_at = expires_at
    stored.renewable = opened.refresh is not None
    stored.checked_at = timezone.now()
    found = StoredCredential.objects.filter(pk=stored.pk, refused_at=None)
    return bool(
        found.update(
            sealed=stored.sealed,
            expires_at=stored.expires_at,
            renewable=stored.renewable,
            checked_at=stored.checked_at,
        )
    )


def opened(stored: StoredCredential) -> Opened | None:
    """The tokens of a row; None where they were refused, or no key of ours opens them."""
    if not stored.sealed:
        return None
    try:
        body = json.loads(_fernet().decrypt(stored.sealed.encode()))
    except InvalidToken:
        log.error("a stored credential cannot be opened: its key is not in CREDENTIAL_KEYS")
        return None
    if body["session"] != stored.session_id.hex:
        log.error("a stored credential belongs to another session; it is not used")
        return None
    return Opened(body["token"], body["refresh"])


def refuse(stored: StoredCredential) -> None:
    """The workspace does not take the token any more: forget it, and remember that."""
    stored.sealed, stored.refused_at = "", timezone.now()
    StoredCredential.objects.filter(pk=stored.pk).update(
        sealed=stored.sealed, refused_at=stored.refused_at
    )


def forget(sessions: QuerySet[LoginSession]) -> int:
    """Delete what is kept for these sessions; how many there were."""
    return StoredCredential.objects.filter(session__in=sessions.values("pk")).delete()[0]


def forget_ended() -> int:
    """Delete what is kept for sessions that ended or expired; how many there were."""
    over = Q(session__expires_at__lte=timezone.now()) | Q(session__revoked_at__isnull=False)
    return StoredCredential.objects.filter(over).delete()[0]


@dataclass(frozen=True)
class Rotated:
    """What a rotation did: rows sealed anew, and rows that no key opens."""

    sealed: int
    lost: int


def rotate(*, dry_run: bool = False) -> Rotated:
    """Seal every row with the first key, so that the others may go. May be repeated and may run
    beside the service: rows are locked a few at a time.
    """
    keys = _fernet()
    sealed = lost = 0
    last = None
    while True:
        with transaction.atomic():
            rows = StoredCredential.objects.select_for_update().exclude(sealed="").order_by("pk")
            if last is not None:
                rows = rows.filter(pk__gt=last)
            batch = list(rows[:BATCH])
            for row in batch:
                try:
                    renewed = keys.rotate(row.sealed.encode()).decode()
                except InvalidToken:
                    lost += 1
                    continue
                sealed += 1
                if not dry_run:
                    StoredCredential.objects.filter(pk=row.pk).update(sealed=renewed)
        if not batch:
            return Rotated(sealed, lost)
        last = batch[-1].pk


def wrapped(purpose: str, values: dict[str, str]) -> str:
    """Values for a cookie or address of the caller, who can neither read nor change them."""
    return _fernet().encrypt(json.dumps({**values, "purpose": purpose}).encode()).decode()


def unwrapped(purpose: str, text: str, *, max_age_s: int) -> dict[str, str] | None:
    """What was wrapped for this purpose, at most so long ago; None for anything else."""
    try:
        found: dict[str, str] = json.loads(_fernet().decrypt(text, ttl=max_age_s))
    except InvalidToken:
        return None
    return found if found.get("purpose") == purpose else None


def _sealed(session: LoginSession, opened: Opened) -> str:
    body = {"session": session.pk.hex, "token": opened.token, "refresh": opened.refresh}
    return _fernet().encrypt(json.dumps(body).encode()).decode()


def _fernet() -> MultiFernet:
    if not settings.CREDENTIAL_KEYS:
        raise ImproperlyConfigured("CREDENTIAL_KEYS is not set: workspace tokens cannot be kept.")
    return MultiFernet([Fernet(key) for key in settings.CREDENTIAL_KEYS])

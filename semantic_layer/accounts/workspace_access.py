"""Whether somebody still has access to the workspace: tokens renewed, checked and refused.

Every request passes here, so that an expired token is told alike at submit, poll and download.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import NoReturn

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from semantic_layer import wiring
from semantic_layer.accounts import users, vault
from semantic_layer.accounts.models import LoginSession, StoredCredential, User
from semantic_layer.errors import Unauthenticated, Unavailable
from semantic_layer.ports import Credential

log = logging.getLogger(__name__)

EXPIRED = "WORKSPACE_TOKEN_EXPIRED"
RENEW_BEFORE = timedelta(minutes=2)
"""Whatever starts with a token shall be able to end with it."""


def credential_of(user: User) -> Credential:
    """The user's credential, from the session of this request or else their newest one; without a
    token where there is none, which no adapter takes. Asks nobody.
    """
    if not wiring.at_workspace():
        return Credential(principal=user.email)
    stored = _stored_of(user.current_session) if user.current_session else _newest(user)
    opened = vault.opened(stored) if stored is not None else None
    return Credential(principal=user.email, token=opened.token if opened else None)


def require_access(session: LoginSession) -> None:
    """Raise Unauthenticated unless the session's workspace token is good.

    Renews a token that can be renewed, and asks the workspace every WORKSPACE_RECHECK_S who it
    belongs to: somebody who was shut out there loses access here, and groups are followed. Raises
    Unavailable where a token has to be renewed and the workspace does not answer.
    """
    if not wiring.at_workspace():
        return
    stored = _stored_of(session)
    if stored is None or stored.refused_at is not None:
        _refuse()
    if stored.expires_at is not None and stored.expires_at <= timezone.now() + RENEW_BEFORE:
        stored = _renewed(stored)
    if _is_to_be_checked(stored):
        _check(stored)


def require_some_access(user: User) -> None:
    """The same for work that no session came with: any of the user's sessions will do, the newest
    first; it becomes the user's `current_session`.
    """
    if not wiring.at_workspace():
        return
    for stored in StoredCredential.objects.usable_by(user):
        try:
            require_access(stored.session)
        except Unauthenticated:
            continue
        user.current_session = stored.session
        return
    _refuse()


def note_refusal(user_id: str) -> None:
    """The workspace has just refused this user's token: it is asked again before the next request,
    whichever of their sessions that comes with.
    """
    StoredCredential.objects.filter(session__user_id=user_id).update(checked_at=None)


def _stored_of(session: LoginSession) -> StoredCredential | None:
    return getattr(session, "stored_credential", None)


def _newest(user: User) -> StoredCredential | None:
    return StoredCredential.objects.usable_by(user).first()


# ---------------------------------------------------------------- renewing


def _renewed(stored: StoredCredential) -> StoredCredential:
    """The row with a token that lasts; of parallel requests one renews, the others wait for it."""
    with transaction.atomic():
        rows = StoredCredential.objects.select_for_update(of=("self",)).select_related("session")
        row = rows.filter(pk=stored.pk).first()
        if row is None or row.refused_at is not None:
            _refuse()
        now = timezone.now()
        expires_at = row.expires_at
        if expires_at is None or expires_at > now + RENEW_BEFORE:
            return _take_over(stored, row)
        if row.renewable and _renew(row, is_over=expires_at <= now):
            return _take_over(stored, row)
    if expires_at <= now or row.refused_at is not None:
        vault.refuse(row)
        _refuse()
    return stored


def _renew(row: StoredCredential, *, is_over: bool) -> bool:
    """Whether there is a new token now. Raises Unavailable where the old one is over and nobody
    gives another.
    """
    sign_in, opened = wiring.workspace_sign_in(), vault.opened(row)
    if sign_in is None or opened is None or opened.refresh is None:
        return False
    try:
        tokens = sign_in.refresh(opened.refresh)
    except Unauthenticated:
        row.refused_at = timezone.now()
        return False
    except Unavailable:
        if is_over:
            raise
        return False
    renewed = vault.Opened(tokens.access, tokens.refresh or opened.refresh)
    return vault.replace(row, renewed, expires_at=tokens.expires_at)


def _take_over(stored: StoredCredential, row: StoredCredential) -> StoredCredential:
    """Into the object that the session of this request holds."""
    for name in ("sealed", "expires_at", "renewable", "checked_at", "refused_at"):
        setattr(stored, name, getattr(row, name))
    return stored


# ---------------------------------------------------------------- checking


def _is_to_be_checked(stored: StoredCredential) -> bool:
    """True for one request per interval: it claims the check, the others go on meanwhile."""
    now = timezone.now()
    interval = timedelta(seconds=settings.WORKSPACE_RECHECK_S)
    if stored.checked_at is not None and stored.checked_at > now - interval:
        return False
    rows = StoredCredential.objects.filter(pk=stored.pk, checked_at=stored.checked_at)
    return rows.update(checked_at=now) == 1


def _check(stored: StoredCredential) -> None:
    opened = vault.opened(stored)
    if opened is None:
        vault.refuse(stored)
        _refuse()
    user = stored.session.user
    try:
        identity = wiring.identity_provider().authenticate(opened.token)
        if identity.subject != user.subject:
            raise Unauthenticated("This token belongs to somebody else now.")
    except Unauthenticated:
        vault.refuse(stored)
        _refuse()
    except Unavailable:
        log.warning("a token could not be checked: the workspace does not answer")
        return
    users.follow(user, identity)


def _refuse() -> NoReturn:
    raise Unauthenticated(
        "Your workspace token has expired or was revoked; sign in again.", code=EXPIRED
    )

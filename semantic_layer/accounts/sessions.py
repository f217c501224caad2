"""Every change of a LoginSession: opened, refreshed once per token, ended."""

from __future__ import annotations

import hashlib
import logging
import time
import uuid
from datetime import datetime, timedelta
from functools import cache
from itertools import accumulate
from typing import NoReturn

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from semantic_layer.accounts import vault
from semantic_layer.accounts.models import LoginSession, StoredCredential, User
from semantic_layer.accounts.tokens import Claims
from semantic_layer.api.rows import columns_of, instance
from semantic_layer.errors import Unauthenticated

log = logging.getLogger(__name__)

PARALLEL_WINDOW = timedelta(milliseconds=250)
"""How long the answer of a refresh is held back after it took effect.

Whoever presents the same refresh token before the answer left cannot have seen it: that is a second
tab or a double click, and the session goes on. Whoever presents it later had the answer, or stole
the token: the session ends.
"""


KEPT_FOR = timedelta(days=30)
"""How long ended sessions stay visible to administrators."""

_READ = (LoginSession, User, StoredCredential)
_CREDENTIAL = LoginSession._meta.get_field("stored_credential")


def digest_of(token: str) -> str:
    """The form in which a long random token is kept: without it the token cannot be found again."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(
    *,
    user: User,
    credential: str,
    kind: LoginSession.Kind = LoginSession.Kind.API,
    not_after: datetime | None = None,
) -> LoginSession:
    """Start a session of at most SESSION_LIFETIME, or until `not_after` where that is earlier."""
    end = timezone.now() + settings.SESSION_LIFETIME
    return LoginSession.objects.create(
        user=user,
        kind=kind,
        credential_digest=digest_of(credential),
        expires_at=min(end, not_after) if not_after else end,
    )


def live_session(claims: Claims) -> LoginSession:
    """The session of a genuine token, with its user, by one query.

    Raises Unauthenticated once the session has ended or its user is no longer active.
    """
    session = _with_user(claims.session_id)
    if session is None or session.user_id != claims.user_id or not _is_open(session):
        _refuse_ended()
    session.user.current_session = session
    return session


def spend_refresh_token(claims: Claims) -> LoginSession:
    """Use up a refresh token; the session then holds the id of the next one. Needs autocommit.

    Of parallel callers exactly one succeeds; the others raise Unauthenticated and do no harm. A
    token that was spent before ends the session.
    """
    asked_at = timezone.now()
    # Conditions on the row's own columns only: PostgreSQL checks those again after waiting for the
    # other writer, but not what a subquery on another table found earlier.
    won = LoginSession.objects.filter(
        pk=claims.session_id, refresh_id=claims.token_id, revoked_at=None, expires_at__gt=asked_at
    ).update(refresh_id=uuid.uuid4(), spent_id=F("refresh_id"), refreshed_at=timezone.now())
    session = live_session(claims)
    if not won:
        _refuse_spent(session, claims, asked_at)
    time.sleep(PARALLEL_WINDOW.total_seconds())
    return session


def end(sessions: QuerySet[LoginSession], *, because: str) -> int:
    """End the sessions that are still open: their access tokens stop working at once, and the
    workspace tokens kept for them are forgotten.
    """
    with transaction.atomic():
        vault.forget(sessions)
        return sessions.filter(revoked_at=None).update(
            revoked_at=timezone.now(), revoked_because=because
        )


def end_one(session: LoginSession, *, because: str) -> None:
    end(LoginSession.objects.filter(pk=session.pk), because=because)


def forget_old() -> int:
    """Delete sessions that expired KEPT_FOR ago, and expired cookies' rows; how many sessions."""
    call_command("clearsessions")
    deleted, _ = LoginSession.objects.filter(expires_at__lt=timezone.now() - KEPT_FOR).delete()
    return deleted


def _with_user(session_id: uuid.UUID) -> LoginSession | None:
    """The session with its user and credential; every request asks for one."""
    with connection.cursor() as cursor:
        cursor.execute(_session_statement(), [session_id])
        row = cursor.fetchone()
    if row is None:
        return None
    ends = tuple(accumulate(len(model._meta.concrete_fields) for model in _READ))
    session = instance(LoginSession, row[: ends[0]])
    session.user = instance(User, row[ends[0] : ends[1]])
    if row[-1] is None:
        _CREDENTIAL.set_cached_value(session, None)
    else:
        session.stored_credential = instance(StoredCredential, row[ends[1] : -1])
    return session


@cache
def _session_statement() -> str:
    session, user, credential = (connection.ops.quote_name(m._meta.db_table) for m in _READ)
    columns = ", ".join(column for model in _READ for column in columns_of(model))
    return (
        f"SELECT {columns}, {credential}.session_id FROM {session} "  # noqa: S608  names of our own models
        f"JOIN {user} ON {user}.id = {session}.user_id "
        f"LEFT JOIN {credential} ON {credential}.session_id = {session}.id "
        f"WHERE {session}.id = %s"
    )


def _is_open(session: LoginSession) -> bool:
    return session.is_live and session.user.is_active


def _refuse_spent(session: LoginSession, claims: Claims, asked_at: datetime) -> NoReturn:
    refreshed_at = session.refreshed_at or session.created_at
    if claims.token_id == session.spent_id and asked_at <= refreshed_at + PARALLEL_WINDOW:
        raise Unauthenticated(
            "Another request has just used this refresh token; use the tokens it got.",
            code="REFRESH_TOKEN_SPENT",
        )
    end_one(session, because="a spent refresh token came back")
    log.warning(
        "spent refresh token presented again: session ended",
        extra={"session": str(session.pk), "user": str(session.user_id)},
    )
    raise Unauthenticated(
        "This refresh token was used before, so the session has been ended; sign in again.",
        code="REFRESH_TOKEN_REUSED",
    )


def _refuse_ended() -> NoReturn:
    raise Unauthenticated("This session has ended; sign in again.", code="SESSION_ENDED")

"""Signing in and out, users, their roles, and local tokens: every write of the accounts app."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import DatabaseError, transaction
from django.utils import timezone

from semantic_layer import wiring
from semantic_layer.accounts import sessions, tokens, vault
from semantic_layer.accounts.attempts import Attempt
from semantic_layer.accounts.local_identity import TOKEN_PREFIX, local_subject
from semantic_layer.accounts.models import LocalToken, LoginSession, User, canonical_email
from semantic_layer.accounts.roles import Role, in_order
from semantic_layer.accounts.users import user_of
from semantic_layer.accounts.warehouse_identity import confirm_in_warehouse
from semantic_layer.accounts.workspace_access import require_access
from semantic_layer.errors import (
    Conflict,
    InvalidInput,
    NotFound,
    Unauthenticated,
    Unavailable,
    did_you_mean,
)
from semantic_layer.ports import Actor, Identity, WorkspaceTokens

SHOWN_CHARACTERS = len(TOKEN_PREFIX) + 8


@dataclass(frozen=True)
class SignedIn:
    """A session with the tokens just issued for it."""

    session: LoginSession
    tokens: tokens.TokenPair


@dataclass(frozen=True)
class NewLocalToken:
    """A local token just made; `secret` is shown once and kept nowhere."""

    record: LocalToken
    secret: str


# ---------------------------------------------------------------- signing in and out


def login(*, token: str, address: str) -> SignedIn:
    """Open an API session for whoever the identity provider says owns the token.

    Raises Unauthenticated, RateLimited after too many failures, Unavailable when nobody can say.
    """
    session = open_session(token=token, address=address, kind=LoginSession.Kind.API)
    return SignedIn(session, tokens.issue(session))


def open_session(*, token: str, address: str, kind: LoginSession.Kind) -> LoginSession:
    """The part of signing in that API and admin site share. Failures are counted per address."""
    attempt = Attempt(address=address, token=token)
    attempt.count()
    try:
        identity = _identity_of(token)
        user = user_of(identity=identity)
    except (Unavailable, DatabaseError):
        attempt.forgive()  # nobody refused the token: nobody could say
        raise
    attempt.forgive()
    return _open_for(user, identity, vault.Opened(token), kind)


def open_session_of_tokens(*, tokens: WorkspaceTokens, kind: LoginSession.Kind) -> LoginSession:
    """A session for whoever has just signed in at the workspace's own page."""
    identity = _identity_of(tokens.access)
    identity = replace(identity, expires_at=tokens.expires_at)
    user = user_of(identity=identity)
    return _open_for(user, identity, vault.Opened(tokens.access, tokens.refresh), kind)


def _identity_of(token: str) -> Identity:
    identity = wiring.identity_provider().authenticate(token)
    confirm_in_warehouse(identity, token)
    return identity


def _open_for(
    user: User, identity: Identity, opened: vault.Opened, kind: LoginSession.Kind
) -> LoginSession:
    """At a workspace its token is kept with the session, which then may outlive it: so that clients
    hear of an expired token as such.
    """
    kept = wiring.at_workspace()
    with transaction.atomic():
        session = sessions.open_session(
            user=user,
            credential=opened.token,
            kind=kind,
            not_after=None if kept else identity.expires_at,
        )
        if kept:
            now = timezone.now()
            vault.keep(session, opened, expires_at=identity.expires_at, checked_at=now)
        User.objects.filter(pk=user.pk).update(last_login=timezone.now())
    return session


def refresh(*, refresh_token: str | None, access_token: str | None) -> SignedIn:
    """New tokens for a refresh token, or (older clients) for an access token that is still valid.

    A refresh token works once. An access token leaves the session's unused refresh token as it is.
    """
    if refresh_token is not None:
        session = sessions.spend_refresh_token(tokens.read_refresh(refresh_token))
    elif access_token is not None:
        session = sessions.live_session(tokens.read_access(access_token))
    else:
        raise Unauthenticated("Send {refresh_token}, or a valid access token in the header.")
    require_access(session)
    return SignedIn(session, tokens.issue(session))


def logout(*, refresh_token: str | None, access_token: str | None) -> None:
    """End the session of either token; all its tokens stop working at once."""
    if refresh_token is not None:
        claims = tokens.read_refresh(refresh_token)
    elif access_token is not None:
        claims = tokens.read_access(access_token)
    else:
        raise Unauthenticated("Send the access token in the header, or {refresh_token}.")
    sessions.end_one(sessions.live_session(claims), because="signed out")


# ---------------------------------------------------------------- roles and access


def get_user(*, actor: Actor, user_id: str) -> User:
    """Any user, for administrators."""
    actor.require("admin")
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise NotFound("There is no such user.")
    return user


def set_roles(*, actor: Actor, user_id: str, roles: Iterable[str]) -> User:
    """Give a user exactly these roles, at once and for good (signing in will not change them)."""
    actor.require("admin")
    wanted = checked_roles(roles)
    with transaction.atomic():
        user = _locked(user_id)
        if Role.ADMIN.value not in wanted:
            _keep_an_admin(user)
        user.roles = wanted
        user.roles_pinned = True
        user.save(update_fields=["roles", "roles_pinned"])
    return user


def set_active(*, actor: Actor, user_id: str, active: bool) -> User:
    """Let a user in, or shut them out and end their sessions."""
    actor.require("admin")
    with transaction.atomic():
        user = _locked(user_id)
        if not active:
            _keep_an_admin(user)
            sessions.end(user.login_sessions.all(), because="user deactivated")
        user.is_active = active
        user.save(update_fields=["is_active"])
    return user


def _locked(user_id: str) -> User:
    """The user, with every active admin locked too, so that two changes cannot remove the last."""
    list(
        User.objects.select_for_update()
        .filter(roles__contains=[Role.ADMIN.value], is_active=True)
        .order_by("pk")
    )
    user = User.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise NotFound("There is no such user.")
    return user


def _keep_an_admin(user: User) -> None:
    admins = User.objects.filter(roles__contains=[Role.ADMIN.value], is_active=True)
    if user.is_superuser and not admins.exclude(pk=user.pk).exists():
        raise Conflict(
            "This is the last active admin; make someone else admin first.", code="LAST_ADMIN"
        )


def checked_roles(roles: Iterable[str]) -> list[str]:
    """The roles in order. Raises InvalidInput when one is unknown or none is given."""
    given = list(roles)
    for role in given:
        if role not in Role.values:
            near = did_you_mean(role, Role.values, count=1)
            hint = f"did you mean '{near[0]}'?" if near else f"use {', '.join(Role.values)}."
            raise InvalidInput(f"There is no role {role!r}; {hint}", code="UNKNOWN_ROLE")
    if not given:
        raise InvalidInput("Give at least one role; to shut somebody out, deactivate them.")
    return in_order(given)


# ---------------------------------------------------------------- local tokens


def create_local_token(
    *,
    email: str,
    roles: Iterable[str] | None = None,
    name: str = "token",
    expires_in: timedelta | None = None,
) -> NewLocalToken:
    """A new token for the user of that address, who is created where there is none.

    With `roles` the user has exactly these from now on; without, a new user is a viewer. Called by
    commands and start-up, whose caller owns the machine: hence no actor.
    """
    wanted = checked_roles(roles) if roles is not None else None
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        user = _local_user(checked_email(email), wanted)
        record = LocalToken.objects.create(
            user=user,
            name=name[:100],
            prefix=secret[:SHOWN_CHARACTERS],
            digest=sessions.digest_of(secret),
            expires_at=_end_of(expires_in),
        )
    return NewLocalToken(record, secret)


def revoke_local_tokens(*, actor: Actor, token_ids: Iterable[str]) -> int:
    """Revoke the tokens and end every session they opened; how many were still good."""
    actor.require("admin")
    with transaction.atomic():
        found = list(
            LocalToken.objects.select_for_update().filter(pk__in=list(token_ids), revoked_at=None)
        )
        digests = [token.digest for token in found]
        LocalToken.objects.filter(digest__in=digests).update(revoked_at=timezone.now())
        opened = LoginSession.objects.filter(credential_digest__in=digests)
        sessions.end(opened, because="its token was revoked")
    return len(found)


def end_sessions(*, actor: Actor, session_ids: Iterable[str]) -> int:
    """End these sessions at once; how many were still open."""
    actor.require("admin")
    chosen = LoginSession.objects.filter(pk__in=list(session_ids))
    return sessions.end(chosen, because=f"ended by {actor.email}"[:100])


def checked_email(email: str) -> str:
    """The address in its stored spelling. Raises InvalidInput."""
    address = canonical_email(email)
    try:
        validate_email(address)
    except ValidationError as error:
        raise InvalidInput(f"{email!r} is not an e-mail address.") from error
    return address


def _local_user(email: str, roles: list[str] | None) -> User:
    user = User.objects.select_for_update().filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email, roles or [Role.VIEWER])
        user.subject = local_subject(str(user.pk))
        user.save(update_fields=["subject"])
    elif roles is not None and user.roles != roles:
        user.roles = roles
        user.save(update_fields=["roles"])
    return user


def _end_of(expires_in: timedelta | None) -> datetime | None:
    if expires_in is None:
        return None
    if expires_in <= timedelta(0):
        raise InvalidInput("A token must last longer than no time at all.")
    return timezone.now() + expires_in

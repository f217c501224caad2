"""Signing in on the workspace's own page: authorization code with PKCE, by way of the browser.

start: a state, kept encrypted in a cookie of this browser, and off to the workspace.
callback: the state has to be the cookie's; the code becomes tokens and a login session.
exchange: a frontend gets our tokens for a code that only the page that began it can use.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import uuid
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from semantic_layer import wiring
from semantic_layer.accounts import services, sessions, tokens, vault
from semantic_layer.accounts.models import LoginSession
from semantic_layer.errors import InvalidInput, NotAvailable, Unauthenticated
from semantic_layer.ports import WorkspaceSignIn

STARTED_FOR_S = 600
"""How long somebody may take on the workspace's page."""
CODE_FOR_S = 60


@dataclass(frozen=True)
class Started:
    """A sign-in on its way: where the browser goes, and what its cookie holds."""

    url: str
    state: str
    cookie: str = field(repr=False)


@dataclass(frozen=True)
class Returned:
    """A browser that came back: where to it goes on, and for whom it signed in."""

    return_to: str
    session: LoginSession
    code: str | None = field(repr=False)
    """For a frontend to exchange; None on the way to the admin site, which gets a cookie."""


class Refused(Unauthenticated):
    """The workspace let nobody in, in a sign-in that this browser did begin."""

    def __init__(self, return_to: str, reason: str) -> None:
        super().__init__("The workspace did not let you in.", code="SIGN_IN_REFUSED")
        self.return_to = return_to
        self.reason = reason


def start(*, return_to: str, challenge: str | None, callback: str) -> Started:
    """Begin. Raises NotAvailable where no OAuth application is set up, InvalidInput for a place
    that is not one of ours, or without the challenge that a frontend needs.
    """
    sign_in = _sign_in()
    if not is_ours(return_to):
        raise InvalidInput(
            "return_to has to be at an origin of CORS_ALLOWED_ORIGINS, or in the admin site.",
            code="RETURN_TO_NOT_ALLOWED",
            field_errors={"return_to": ["Not an address of ours."]},
        )
    if challenge is None and not is_admin_site(return_to):
        raise InvalidInput(
            "A frontend has to send code_challenge: the S256 of a verifier that it keeps.",
            field_errors={"code_challenge": ["Required."]},
        )
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(64)
    begun = {"state": state, "verifier": verifier, "return_to": return_to}
    cookie = vault.wrapped("sign-in", {**begun, "challenge": challenge or ""})
    url = sign_in.authorize_url(
        state=state, challenge=challenge_of(verifier), redirect_uri=callback
    )
    return Started(url, state, cookie)


def finish(
    *, state: str, code: str | None, error: str | None, cookie: str | None, callback: str
) -> Returned:
    """The browser came back. Raises Unauthenticated where it is not the one that began, Refused
    where the workspace did not let it in, Unavailable.
    """
    sign_in = _sign_in()
    begun = vault.unwrapped("sign-in", cookie or "", max_age_s=STARTED_FOR_S)
    if begun is None or not hmac.compare_digest(begun["state"], state):
        raise Unauthenticated(
            "This sign-in was not begun in this browser, or too long ago; begin again.",
            code="SIGN_IN_NOT_BEGUN",
        )
    if code is None:
        raise Refused(begun["return_to"], error or "access_denied")
    try:
        found = sign_in.exchange(code=code, verifier=begun["verifier"], redirect_uri=callback)
        to_admin = not begun["challenge"]
        kind = LoginSession.Kind.ADMIN if to_admin else LoginSession.Kind.API
        session = services.open_session_of_tokens(tokens=found, kind=kind)
    except Unauthenticated as failure:
        raise Refused(begun["return_to"], "access_denied") from failure
    return Returned(
        begun["return_to"],
        session,
        None if to_admin else _code_of(session, begun["challenge"]),
    )


def exchange(*, code: str, verifier: str) -> services.SignedIn:
    """Our tokens for the code of a callback, once; a code that comes twice ends the session."""
    _sign_in()
    given = vault.unwrapped("code", code, max_age_s=CODE_FOR_S)
    if given is None or not hmac.compare_digest(given["challenge"], challenge_of(verifier)):
        raise Unauthenticated("This sign-in code is not good (any more); begin again.")
    claims = tokens.Claims(
        token_id=uuid.UUID(given["token"]),
        user_id=uuid.UUID(given["user"]),
        session_id=uuid.UUID(given["session"]),
    )
    session = sessions.spend_refresh_token(claims)
    return services.SignedIn(session, tokens.issue(session))


def is_ours(place: str) -> bool:
    """Whether a browser may be sent there: no other place learns of a sign-in."""
    if any(ord(letter) < 33 or letter == "\\" for letter in place):
        return False
    if is_admin_site(place):
        return True
    try:
        parts = urlsplit(place)
    except ValueError:
        return False
    return f"{parts.scheme}://{parts.netloc}" in settings.CORS_ALLOWED_ORIGINS


def is_admin_site(place: str) -> bool:
    """A path of this server, below the admin site's."""
    index = reverse("admin:index")
    return place.startswith(index) and "//" not in place and ".." not in place


def challenge_of(verifier: str) -> str:
    """S256 of RFC 7636."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _code_of(session: LoginSession, challenge: str) -> str:
    return vault.wrapped(
        "code",
        {
            "session": session.pk.hex,
            "user": session.user_id.hex,
            "token": session.refresh_id.hex,
            "challenge": challenge,
        },
    )


def _sign_in() -> WorkspaceSignIn:
    sign_in = wiring.workspace_sign_in()
    if sign_in is None:
        raise NotAvailable(
            "Signing in on the workspace's page is not set up here; sign in with a token at "
            "/api/auth/login."
        )
    return sign_in

"""OAuth 2 at a workspace: tokens of the service principal, and people signing in (with PKCE).

Not by the SDK's own client: its token requests have no time limit, and it keeps tokens to itself.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from semantic_layer.adapters.databricks.hosts import base_url
from semantic_layer.errors import Unauthenticated, Unavailable
from semantic_layer.ports import WorkspaceTokens

if TYPE_CHECKING:
    import requests

TIMEOUT_S = (5.0, 10.0)
"""To connect, and between two bytes of the answer."""
RENEW_BEFORE = timedelta(seconds=60)
SERVICE_SCOPE = "all-apis"
PERSON_SCOPE = "all-apis offline_access"


@dataclass(frozen=True)
class OAuthApp:
    """The application people sign in with, as registered with the workspace's account."""

    host: str
    client_id: str
    client_secret: str = field(default="", repr=False)

    def authorize_url(self, *, state: str, challenge: str, redirect_uri: str) -> str:
        """Where the browser is sent; `challenge` is the S256 of the verifier."""
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": redirect_uri,
            "scope": PERSON_SCOPE,
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{base_url(self.host)}/oidc/v1/authorize?{urlencode(query)}"

    def exchange(self, *, code: str, verifier: str, redirect_uri: str) -> WorkspaceTokens:
        """Tokens for an authorization code, which works once: the request is not repeated."""
        return self._ask(
            grant_type="authorization_code",
            code=code,
            code_verifier=verifier,
            redirect_uri=redirect_uri,
        )

    def refresh(self, refresh_token: str) -> WorkspaceTokens:
        """New tokens. The refresh token may be used up by this: the request is not repeated."""
        return self._ask(grant_type="refresh_token", refresh_token=refresh_token)

    def _ask(self, **form: str) -> WorkspaceTokens:
        auth = (self.client_id, self.client_secret) if self.client_secret else None
        return _ask(self.host, {"client_id": self.client_id, **form}, auth)


class ServiceTokens:
    """The service principal's access token: fetched when needed, renewed before it ends.

    Safe for threads: one fetches, the others wait for it.
    """

    def __init__(self, host: str, client_id: str, client_secret: str) -> None:
        self._host = host
        self._auth = (client_id, client_secret)
        self._lock = threading.Lock()
        self._tokens: WorkspaceTokens | None = None

    def token(self) -> str:
        """Raises Unavailable where the workspace does not give one: no user can mend that."""
        with self._lock:
            if self._tokens is None or self._ends_soon(self._tokens):
                self._tokens = self._fetched()
            return self._tokens.access

    def forget(self, token: str) -> None:
        """The workspace refused this token: fetch another one next time."""
        with self._lock:
            if self._tokens is not None and self._tokens.access == token:
                self._tokens = None

    def _fetched(self) -> WorkspaceTokens:
        form = {"grant_type": "client_credentials", "scope": SERVICE_SCOPE}
        try:
            return _ask(self._host, form, self._auth)
        except Unauthenticated as error:
            raise Unavailable(
                "The workspace refuses the service principal; check DATABRICKS_CLIENT_ID and "
                "DATABRICKS_CLIENT_SECRET.",
                code="WORKSPACE_SERVICE_REFUSED",
                retry_after_s=60,
            ) from error

    def _ends_soon(self, tokens: WorkspaceTokens) -> bool:
        return datetime.now(UTC) >= tokens.expires_at - RENEW_BEFORE


def _ask(host: str, form: dict[str, str], auth: tuple[str, str] | None) -> WorkspaceTokens:
    """Raises Unauthenticated where the grant is refused, Unavailable where nobody can say."""
    import requests

    try:
        response = requests.post(
            f"{base_url(host)}/oidc/v1/token",
            data=form,
            auth=auth or _NoAuth(),
            timeout=TIMEOUT_S,
            allow_redirects=False,
        )
        if response.status_code in (400, 401, 403):
            raise Unauthenticated("The workspace does not accept this sign-in (any more).")
        response.raise_for_status()
        return _tokens(response.json())
    except (requests.RequestException, KeyError, TypeError, ValueError) as error:
        raise Unavailable(
            "The workspace gives out no tokens at the moment.", code="WORKSPACE_UNAVAILABLE"
        ) from error


class _NoAuth:
    """Keeps requests from sending what a .netrc file of the machine says."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def _tokens(body: dict[str, Any]) -> WorkspaceTokens:
    return WorkspaceTokens(
        access=str(body["access_token"]),
        refresh=str(body["refresh_token"]) if body.get("refresh_token") else None,
        expires_at=datetime.now(UTC) + timedelta(seconds=int(body["expires_in"])),
    )

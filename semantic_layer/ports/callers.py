"""Who asks, and with whose rights."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from semantic_layer.errors import Forbidden


@dataclass(frozen=True)
class Credential:
    """With whose rights the warehouse is asked.

    `principal` names the person (or `service`), `token` is their workspace token, if any.
    Never cached, logged or put in a repr.
    """

    principal: str
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Actor:
    """The authenticated caller of a service function.

    `data_scope` is equal for two callers exactly when they may be served the same data: it keys
    every cache.
    """

    user_id: str
    email: str
    display_name: str
    roles: frozenset[str]
    permissions: frozenset[str]
    groups: tuple[str, ...]
    data_scope: str
    credential: Credential

    def may(self, permission: str) -> bool:
        return permission in self.permissions

    def require(self, permission: str) -> None:
        """Raise Forbidden unless the caller holds the permission."""
        if permission not in self.permissions:
            raise Forbidden(
                f"This needs the permission '{permission}', which your role "
                f"({', '.join(sorted(self.roles)) or 'none'}) does not give.",
                required_permission=permission,
            )


@dataclass(frozen=True)
class Identity:
    """Who a workspace (or local) token belongs to, as the identity provider says."""

    subject: str
    email: str
    display_name: str
    groups: tuple[str, ...] = ()
    roles: tuple[str, ...] | None = None
    """Roles the provider itself decided (local tokens); None: settings map groups to roles."""
    expires_at: datetime | None = None
    user_name: str | None = None
    """What the warehouse's current_user() says for this token; None where it says nothing."""


class IdentityProvider(Protocol):
    """Knows whose token this is."""

    def authenticate(self, token: str) -> Identity:
        """Whom the token belongs to.

        Raises Unauthenticated when it is refused, Unavailable when nobody can say.
        """
        ...


@dataclass(frozen=True)
class WorkspaceTokens:
    """What a workspace gives for a sign-in: an access token until `expires_at` (UTC), and, where it
    can be renewed, the token that does so."""

    access: str = field(repr=False)
    refresh: str | None = field(repr=False)
    expires_at: datetime


class WorkspaceSignIn(Protocol):
    """Signing people in at the workspace's own page: authorization code with PKCE.

    All raise Unauthenticated when the workspace refuses, Unavailable when it does not answer.
    """

    def authorize_url(self, *, state: str, challenge: str, redirect_uri: str) -> str:
        """Where the browser is sent; `challenge` is the S256 of the verifier."""
        ...

    def exchange(self, *, code: str, verifier: str, redirect_uri: str) -> WorkspaceTokens:
        """Tokens for the code that the browser came back with."""
        ...

    def refresh(self, refresh_token: str) -> WorkspaceTokens:
        """New tokens; the refresh token may be used up by this."""
        ...

"""Who a workspace token belongs to: SCIM `Me`."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime
from typing import Any

from semantic_layer.adapters.databricks.workspace import Workspace
from semantic_layer.errors import Forbidden, Unauthenticated
from semantic_layer.ports import Credential, Identity

ATTRIBUTES = "id,userName,displayName,active,emails,groups"
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=\-]{8,4096}")
_LOCAL_PREFIX = "slt_"
REFUSED = "This token is unknown, expired or revoked."


class DatabricksIdentity:
    """IdentityProvider over a workspace. It tells groups; what roles they give, settings say."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def authenticate(self, token: str) -> Identity:
        """Whom the token belongs to; one refusal for whatever is wrong with it or its owner."""
        # Local tokens are secrets of ours: they must not travel to anybody.
        if not _TOKEN.fullmatch(token) or token.startswith(_LOCAL_PREFIX):
            raise Unauthenticated(REFUSED)
        caller = self._workspace.as_principal(Credential("", token))
        try:
            me = caller.ask(lambda client: client.current_user.me(attributes=ATTRIBUTES))
        except (Unauthenticated, Forbidden) as error:
            raise Unauthenticated(REFUSED) from error
        if me.active is False or not me.id or not me.user_name:
            raise Unauthenticated(REFUSED)
        return Identity(
            subject=f"databricks:{me.id}",
            email=_email(me),
            display_name=me.display_name or me.user_name.partition("@")[0],
            groups=_groups(me),
            expires_at=expiry_of(token),
            user_name=me.user_name,
        )


def expiry_of(token: str) -> datetime | None:
    """When an OAuth access token ends, as it says itself; None for others. Not checked: it can only
    make us stop using a token that the workspace would refuse.
    """
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        return datetime.fromtimestamp(int(claims["exp"]), UTC)
    except (ValueError, KeyError, TypeError, OverflowError, OSError):
        return None


def _groups(me: Any) -> tuple[str, ...]:
    names = (group.display or group.value for group in me.groups or ())
    return tuple(sorted({name for name in names if name}))


def _email(me: Any) -> str:
    """A person's user name is their address; a service principal has none, so it gets one that
    cannot exist."""
    if "@" in me.user_name:
        return str(me.user_name)
    return f"{me.user_name}@service-principal.invalid"

"""User -> Actor: who asks, in the words that services and ports understand."""

from __future__ import annotations

import hashlib
import json

from semantic_layer import wiring
from semantic_layer.accounts.models import User
from semantic_layer.accounts.workspace_access import credential_of, require_some_access
from semantic_layer.errors import Unauthenticated
from semantic_layer.ports import Actor


def actor_of(user: User) -> Actor:
    """The actor that a user acts as now; rights and groups as stored at this moment."""
    return Actor(
        user_id=str(user.pk),
        email=user.email,
        display_name=user.display_name,
        roles=frozenset(user.roles),
        permissions=user.permissions,
        groups=tuple(sorted(user.groups)),
        data_scope=data_scope_of(user),
        credential=credential_of(user),
    )


def actor_by_id(user_id: str) -> Actor:
    """The actor that work left behind by a user is done as, with their rights at this moment.

    Raises Unauthenticated where the user is gone or no longer active, or where they have no good
    workspace token left.
    """
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        raise Unauthenticated("Whoever asked for this has no account here any more.")
    require_some_access(user)
    return actor_of(user)


def data_scope_of(user: User) -> str:
    """Equal for two users exactly when every access rule must treat them alike.

    Rules see roles, groups and the e-mail address (`config.meta.access` of a model), so all three
    are in. Two people therefore never share a cached result by this scope alone; that costs hits,
    a coarser one would leak rows. At a workspace it is the user besides: Unity Catalog alone knows
    what two people may both see.
    """
    seen: list[object] = [user.email, sorted(user.groups)]
    kind = "local"
    if wiring.at_workspace():
        kind = "workspace"
        seen.append(str(user.pk))
    digest = hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:32]
    return f"{kind}:{','.join(sorted(user.roles))}:{digest}"

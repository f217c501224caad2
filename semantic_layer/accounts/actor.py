"""User -> Actor: who asks, in the words that services and ports understand."""

from __future__ import annotations

import hashlib
import json

from semantic_layer.accounts.models import User
from semantic_layer.errors import Unauthenticated
from semantic_layer.ports import Actor, Credential


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
        credential=Credential(principal=user.email),
    )


def actor_by_id(user_id: str) -> Actor:
    """The actor that work left behind by a user is done as, with their rights at this moment.

    Raises Unauthenticated where the user is gone or no longer active.
    """
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        raise Unauthenticated("Whoever asked for this has no account here any more.")
    return actor_of(user)


def data_scope_of(user: User) -> str:
    """Equal for two users exactly when every access rule must treat them alike.

    Rules see roles, groups and the e-mail address (`config.meta.access` of a model), so all three
    are in. Two people therefore never share a cached result by this scope alone; that costs hits,
    a coarser one would leak rows.
    """
    seen = json.dumps([user.email, sorted(user.groups)]).encode()
    return f"local:{','.join(sorted(user.roles))}:{hashlib.sha256(seen).hexdigest()[:32]}"

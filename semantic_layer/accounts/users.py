"""The user behind an identity: found, created at the first sign-in, brought up to date."""

from __future__ import annotations

from django.conf import settings
from django.db import IntegrityError, transaction

from semantic_layer.accounts.models import User, canonical_email
from semantic_layer.accounts.roles import Role, in_order
from semantic_layer.errors import Conflict, Unauthenticated
from semantic_layer.ports import Identity


def user_of(*, identity: Identity) -> User:
    """The user of an identity, created at the first sign-in and brought up to date at each.

    Found by the provider's subject, else by e-mail address. Roles follow the provider, or its
    groups where settings say what they give, unless an administrator pinned others; a new user
    whom nothing gives a role is a viewer.
    """
    user = _find_user(identity) or _create_user(identity)
    if not user.is_active:
        raise Unauthenticated("This token is unknown, expired or revoked.")
    follow(user, identity)
    return user


def roles_of(identity: Identity) -> list[str] | None:
    """The roles that the provider or ROLE_GROUPS_* decide; None where neither does.

    Groups that settings do not name give nothing: whoever is in none of them is a viewer.
    """
    if identity.roles is not None:
        return in_order(identity.roles)
    given = {role: set(groups) for role, groups in settings.ROLE_GROUPS.items() if groups}
    if not given:
        return None
    member_of = set(identity.groups)
    found = [role for role, groups in given.items() if groups & member_of]
    return in_order(found) or [Role.VIEWER.value]


def follow(user: User, identity: Identity) -> None:
    """Bring the user up to date with what the provider says. Raises Conflict for an address that
    somebody else has.
    """
    wanted: dict[str, object] = {
        "subject": identity.subject,
        "email": canonical_email(identity.email),
        "display_name": identity.display_name,
        "groups": sorted(identity.groups),
    }
    roles = roles_of(identity)
    if roles is not None and not user.roles_pinned:
        wanted["roles"] = roles
    changed = {name: value for name, value in wanted.items() if getattr(user, name) != value}
    if not changed:
        return
    for name, value in changed.items():
        setattr(user, name, value)
    try:
        with transaction.atomic():
            user.save(update_fields=list(changed))
    except IntegrityError as error:
        raise Conflict(
            "The identity provider gives this e-mail address to two people; ask an administrator.",
            code="IDENTITY_CONFLICT",
        ) from error


def _find_user(identity: Identity) -> User | None:
    by_subject = User.objects.filter(subject=identity.subject).first()
    return by_subject or User.objects.filter(email=canonical_email(identity.email)).first()


def _create_user(identity: Identity) -> User:
    try:
        with transaction.atomic():
            return User.objects.create_user(
                identity.email,
                roles_of(identity) or [Role.VIEWER],
                subject=identity.subject,
                display_name=identity.display_name,
                groups=sorted(identity.groups),
            )
    except IntegrityError:  # another request of the same person created the user first
        found = _find_user(identity)
        if found is None:
            raise
        return found

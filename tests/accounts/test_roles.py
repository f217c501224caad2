"""The table of roles and permissions, in the API and in the admin site."""

from __future__ import annotations

import pytest

from semantic_layer.accounts.actor import actor_of, data_scope_of
from semantic_layer.accounts.models import User
from semantic_layer.accounts.roles import permissions_of

TABLE = {
    "viewer": {"read"},
    "analyst": {"read", "execute"},
    "engineer": {"read", "write", "execute"},
    "admin": {"read", "write", "delete", "execute", "admin"},
}


@pytest.mark.parametrize(("role", "permissions"), TABLE.items())
def test_each_role_gives_exactly_its_permissions(role: str, permissions: set[str]) -> None:
    assert permissions_of([role]) == permissions
    assert actor_of(User(email="a@example.com", roles=[role])).permissions == permissions


def test_several_roles_add_up_and_unknown_ones_give_nothing() -> None:
    assert permissions_of(["analyst", "engineer"]) == {"read", "write", "execute"}
    assert permissions_of(["root"]) == set()
    assert permissions_of([]) == set()


@pytest.mark.parametrize(
    ("role", "permission", "allowed"),
    [
        ("viewer", "models_registry.view_document", True),
        ("viewer", "models_registry.change_document", False),
        ("analyst", "models_registry.add_document", False),
        ("engineer", "models_registry.change_document", True),
        ("engineer", "models_registry.delete_document", False),
        ("engineer", "accounts.view_user", False),
        ("engineer", "queries.view_queryrun", False),
        ("admin", "models_registry.delete_document", True),
        ("admin", "accounts.view_localtoken", True),
        ("admin", "accounts.change_user", True),
    ],
)
def test_the_admin_site_follows_the_same_roles(role: str, permission: str, allowed: bool) -> None:
    user = User(email="a@example.com", roles=[role])
    assert user.is_staff
    assert user.has_perm(permission) is allowed
    assert user.has_perms([permission]) is allowed
    assert User(email="a@example.com", roles=[role], is_active=False).has_perm(permission) is False


def test_sections_of_the_admin_site_that_hold_other_peoples_data_need_admin() -> None:
    assert User(roles=["viewer"]).has_module_perms("models_registry")
    assert not User(roles=["engineer"]).has_module_perms("accounts")
    assert User(roles=["admin"]).has_module_perms("accounts")
    assert not User(roles=[]).is_staff


def test_the_data_scope_differs_wherever_an_access_rule_may_differ() -> None:
    base = {"email": "a@example.com", "roles": ["viewer"], "groups": ["north"]}
    scopes = {
        data_scope_of(User(**{**base, **change}))
        for change in (
            {},
            {"email": "b@example.com"},
            {"roles": ["analyst"]},
            {"groups": ["south"]},
            {"groups": ["north", "south"]},
            {"groups": []},
        )
    }
    assert len(scopes) == 6
    same = {**base, "groups": ["south", "north"]}
    assert data_scope_of(User(**same)) == data_scope_of(
        User(**{**base, "groups": ["north", "south"]})
    )

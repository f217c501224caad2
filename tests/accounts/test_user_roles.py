"""GET|PUT /api/admin/users/{id}/roles."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from semantic_layer.accounts import services
from semantic_layer.accounts.actor import actor_of
from semantic_layer.accounts.models import User
from semantic_layer.errors import Conflict
from tests.accounts_fixtures import Api

pytestmark = pytest.mark.django_db


def path(user: User | uuid.UUID) -> str:
    return f"/api/admin/users/{user.pk if isinstance(user, User) else user}/roles"


def test_an_admin_reads_and_sets_roles_which_count_at_once(
    api: Api, admin_user: User, viewer: User
) -> None:
    admin, other = api(admin_user), api(viewer)
    expected = {
        "user_id": str(viewer.pk),
        "email": viewer.email,
        "roles": ["viewer"],
        "permissions": ["read"],
    }
    assert admin.get(path(viewer)).json() == expected
    response = admin.put(path(viewer), {"roles": ["engineer", "analyst", "analyst"]})
    assert response.status_code == 200
    assert response.json()["roles"] == ["analyst", "engineer"]
    assert other.get("/api/auth/me").json()["permissions"] == ["read", "write", "execute"]


def test_nobody_else_may(api: Api, engineer: User, viewer: User) -> None:
    for user, status in ((None, 401), (viewer, 403), (engineer, 403)):
        assert api(user).get(path(viewer)).status_code == status
        assert api(user).put(path(viewer), {"roles": ["admin"]}).status_code == status
    viewer.refresh_from_db()
    assert viewer.roles == ["viewer"]


def test_unknown_people_are_404(api: Api, admin_user: User) -> None:
    for target in (uuid.uuid4(), "me", "1", "..%2f"):
        assert api(admin_user).get(path(target)).status_code == 404  # type: ignore[arg-type]
    response = api(admin_user).put(path(uuid.uuid4()), {"roles": ["viewer"]})
    assert response.status_code == 404


@pytest.mark.parametrize(
    "body", [{}, {"roles": []}, {"roles": ["root"]}, {"roles": "admin"}, {"roles": None}, [],
             {"roles": ["viewer"], "is_active": False}, {"roles": ["viewer"] * 5}],
)  # fmt: skip
def test_bad_bodies_are_400_and_change_nothing(
    api: Api, admin_user: User, viewer: User, body: Any
) -> None:
    assert api(admin_user).put(path(viewer), body).status_code == 400
    viewer.refresh_from_db()
    assert viewer.roles == ["viewer"]


def test_the_last_active_admin_stays_one(api: Api, admin_user: User) -> None:
    response = api(admin_user).put(path(admin_user), {"roles": ["viewer"]})
    assert response.status_code == 409
    assert response.json()["error_code"] == "LAST_ADMIN"
    with pytest.raises(Conflict):
        services.set_active(actor=actor_of(admin_user), user_id=str(admin_user.pk), active=False)
    User.objects.create_user("second@example.com", ["admin"])
    assert api(admin_user).put(path(admin_user), {"roles": ["viewer"]}).status_code == 200


def test_shutting_out_ends_the_sessions_and_letting_in_opens_none(
    api: Api, admin_user: User, viewer: User
) -> None:
    client, actor = api(viewer), actor_of(admin_user)
    services.set_active(actor=actor, user_id=str(viewer.pk), active=False)
    assert client.get("/api/auth/me").status_code == 401
    services.set_active(actor=actor, user_id=str(viewer.pk), active=True)
    assert client.get("/api/auth/me").status_code == 401
    assert api(viewer).get("/api/auth/me").status_code == 200

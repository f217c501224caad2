"""Signing in, /me and /permissions."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import override_settings

from semantic_layer.accounts.models import LoginSession, User
from semantic_layer.accounts.services import create_local_token
from semantic_layer.errors import Unauthenticated, Unavailable
from semantic_layer.ports import Identity
from tests.accounts_fixtures import Api, ApiClient

pytestmark = pytest.mark.django_db


def login(api: Api, token: str) -> Any:
    return api(None).post("/api/auth/login", {"databricks_token": token})


def test_login_answers_with_tokens_and_the_user(api: Api) -> None:
    new = create_local_token(email="Ada@Example.com", roles=["engineer"])
    response = login(api, new.secret)
    assert response.status_code == 200, response.content
    body = response.json()
    assert set(body) == {"access_token", "refresh_token", "token_type", "expires_in", "user"}
    assert body["token_type"] == "bearer"
    assert body["expires_in"] == 1800
    assert body["user"] == {
        "id": str(new.record.user_id),
        "email": "ada@example.com",
        "display_name": "ada",
        "roles": ["engineer"],
        "permissions": ["read", "write", "execute"],
    }
    me = ApiClient(body["access_token"]).get("/api/auth/me")
    assert me.json() == body["user"]
    new.record.user.refresh_from_db()
    assert new.record.user.last_login is not None


def test_permissions_show_roles_and_groups(api: Api, analyst: User) -> None:
    User.objects.filter(pk=analyst.pk).update(groups=["sales", "emea"])
    assert api(analyst).get("/api/auth/permissions").json() == {
        "user_id": str(analyst.pk),
        "roles": ["analyst"],
        "permissions": ["read", "execute"],
        "groups": ["emea", "sales"],
    }


def test_a_person_sees_only_themselves(api: Api, viewer: User, admin_user: User) -> None:
    assert api(viewer).get("/api/auth/me").json()["email"] == viewer.email
    assert api(admin_user).get("/api/auth/me").json()["email"] == admin_user.email
    assert api(None).get("/api/auth/me").status_code == 401


def test_every_refusal_reads_the_same(api: Api) -> None:
    """Neither text nor status tells whether a token exists, is old, or whose it was."""
    now = datetime.now(UTC)
    expired = create_local_token(email="a@example.com", expires_in=timedelta(minutes=1))
    revoked = create_local_token(email="b@example.com")
    revoked.record.revoked_at = now
    revoked.record.save()
    inactive = create_local_token(email="c@example.com")
    User.objects.filter(email="c@example.com").update(is_active=False)
    with time_machine.travel(now + timedelta(minutes=2)):
        answers = [
            login(api, secret)
            for secret in (
                expired.secret,
                revoked.secret,
                inactive.secret,
                "slt_" + "x" * 43,
                "dapi0123456789",
            )
        ]
    assert {response.status_code for response in answers} == {401}
    assert len({response.json()["detail"] for response in answers}) == 1
    assert len({response.json()["error_code"] for response in answers}) == 1
    assert LoginSession.objects.count() == 0


@pytest.mark.parametrize(
    ("body", "field_name"),
    [
        ({}, "databricks_token"),
        ({"databricks_token": ""}, "databricks_token"),
        ({"databricks_token": None}, "databricks_token"),
        ({"databricks_token": ["a"]}, "databricks_token"),
        ({"databricks_token": "x" * 5000}, "databricks_token"),
        ({"databrick_token": "x"}, "databrick_token"),
        ({"token": "x"}, "token"),
    ],
)
def test_a_login_that_cannot_be_read_is_400(api: Api, body: Any, field_name: str) -> None:
    response = api(None).post("/api/auth/login", body)
    assert response.status_code == 400
    assert field_name in response.json()["field_errors"]


@pytest.mark.parametrize("body", [[], "text", 7, None])
def test_a_body_that_is_no_object_is_400(api: Api, body: Any) -> None:
    sent = "null" if body is None else body
    response = api(None).post("/api/auth/login", sent if body is None else body)
    assert response.status_code == 400


def test_a_session_ends_with_the_token_that_opened_it(api: Api) -> None:
    new = create_local_token(email="a@example.com", expires_in=timedelta(minutes=10))
    body = login(api, new.secret).json()
    assert 590 <= body["expires_in"] <= 600
    session = LoginSession.objects.get()
    assert session.expires_at == new.record.expires_at


# ---------------------------------------------------------------- another identity provider


@dataclass
class DirectoryFake:
    """IdentityProvider with fixed answers; raises on any token it was not given."""

    people: dict[str, Identity | Exception] = field(default_factory=dict)

    def authenticate(self, token: str) -> Identity:
        answer = self.people.get(token)
        if answer is None:
            raise Unauthenticated("This token is unknown, expired or revoked.")
        if isinstance(answer, Exception):
            raise answer
        return answer


DIRECTORY = DirectoryFake()


def make_directory() -> DirectoryFake:
    return DIRECTORY


@pytest.fixture
def directory(settings: Any) -> DirectoryFake:
    DIRECTORY.people = {}
    settings.IDENTITY_PROVIDER = f"{__name__}.make_directory"
    return DIRECTORY


ADA = Identity(subject="scim-1", email="Ada@Example.com", display_name="Ada", groups=("b", "a"))


def test_the_first_sign_in_makes_a_viewer_and_later_ones_update(
    api: Api, directory: DirectoryFake
) -> None:
    directory.people = {"t1": ADA}
    first = login(api, "t1").json()["user"]
    assert first["roles"] == ["viewer"]
    directory.people = {
        "t2": Identity("scim-1", "ada@new.example.com", "Ada L.", ("c",), roles=("analyst",))
    }
    second = login(api, "t2").json()["user"]
    assert second["id"] == first["id"]
    assert second["email"] == "ada@new.example.com"
    assert second["roles"] == ["analyst"]
    assert User.objects.get().groups == ["c"]


def test_a_known_address_without_subject_is_the_same_person(
    api: Api, directory: DirectoryFake
) -> None:
    known = User.objects.create_user("ada@example.com", ["engineer"])
    directory.people = {"t": ADA}
    user = login(api, "t").json()["user"]
    assert user["id"] == str(known.pk)
    assert user["roles"] == ["engineer"]  # the provider decided nothing


def test_pinned_roles_survive_a_sign_in(api: Api, directory: DirectoryFake) -> None:
    User.objects.create_user("ada@example.com", ["admin"], roles_pinned=True)
    directory.people = {"t": Identity("scim-1", "ada@example.com", "Ada", roles=("viewer",))}
    assert login(api, "t").json()["user"]["roles"] == ["admin"]


def test_one_address_for_two_people_is_a_conflict(api: Api, directory: DirectoryFake) -> None:
    directory.people = {
        "t1": ADA,
        "t2": Identity("scim-2", "bob@example.com", "Bob"),
        "t3": Identity("scim-2", "ada@example.com", "Bob"),
    }
    assert login(api, "t1").status_code == login(api, "t2").status_code == 200
    response = login(api, "t3")
    assert response.status_code == 409
    assert response.json()["error_code"] == "IDENTITY_CONFLICT"


def test_an_unreachable_provider_is_503_with_retry_after(
    api: Api, directory: DirectoryFake
) -> None:
    directory.people = {"t": Unavailable("The workspace cannot be reached.", retry_after_s=7)}
    for _ in range(12):  # nobody's guess: never counted as one
        response = login(api, "t")
        assert response.status_code == 503
    assert response["Retry-After"] == "7"


def test_local_tokens_do_not_work_where_a_workspace_decides(
    api: Api, directory: DirectoryFake
) -> None:
    new = create_local_token(email="ada@example.com", roles=["admin"])
    assert ApiClient(new.secret).get("/api/auth/me").status_code == 401
    assert login(api, new.secret).status_code == 401
    with override_settings(
        IDENTITY_PROVIDER="semantic_layer.accounts.local_identity.LocalIdentity"
    ):
        assert ApiClient(new.secret).get("/api/auth/me").status_code == 200


def test_ids_are_uuids(api: Api, viewer: User) -> None:
    assert uuid.UUID(api(viewer).get("/api/auth/me").json()["id"]) == viewer.pk

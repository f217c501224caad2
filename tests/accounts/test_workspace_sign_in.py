"""Signing in with a workspace token: roles by groups, the token kept encrypted and forgotten."""

from __future__ import annotations

import base64
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from pytest_django.fixtures import Settings

from semantic_layer.accounts import vault
from semantic_layer.accounts.actor import actor_by_id, actor_of
from semantic_layer.accounts.models import LoginSession, StoredCredential, User
from semantic_layer.accounts.tasks import forget_credentials
from semantic_layer.errors import Unauthenticated
from tests.accounts_fixtures import Api, ApiClient
from tests.workspace.rest_server import RestServer

pytestmark = pytest.mark.django_db

ME = "/api/2.0/preview/scim/v2/Me"
EXPIRED = "WORKSPACE_TOKEN_EXPIRED"


@pytest.fixture
def server(at_workspace: RestServer) -> RestServer:
    at_workspace.state.add_person("ann@example.com", token="token-of-ann", groups=["analysts"])
    at_workspace.state.add_person("bob@example.com", token="token-of-bob")
    return at_workspace


def login(token: str) -> Any:
    return ApiClient().post("/api/auth/login", {"databricks_token": token})


def client_of(token: str) -> ApiClient:
    response = login(token)
    assert response.status_code == 200, response.content
    return ApiClient(response.json()["access_token"])


def workspace_token_ending_at(end: datetime) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"exp": int(end.timestamp())}).encode()).decode()
    return f"header.{claims.rstrip('=')}.signature"


# ---------------------------------------------------------------- who, and with which role


@pytest.mark.parametrize(
    ("groups", "roles"),
    [
        ((), ["viewer"]),
        (("admins", "users"), ["viewer"]),
        (("analysts",), ["analyst"]),
        (("platform", "engineers"), ["engineer", "admin"]),
        (("SL-ADMINS",), ["viewer"]),
    ],
)
def test_groups_give_roles_and_nothing_but_viewer_by_default(
    server: RestServer, groups: tuple[str, ...], roles: list[str]
) -> None:
    server.state.add_person("cat@example.com", token="token-of-cat", groups=groups)
    body = login("token-of-cat").json()
    assert body["user"]["roles"] == roles
    assert body["user"]["email"] == "cat@example.com"
    me = ApiClient(body["access_token"]).get("/api/auth/permissions").json()
    assert me["groups"] == sorted(groups)


def test_a_role_goes_with_its_group(server: RestServer) -> None:
    assert login("token-of-ann").json()["user"]["roles"] == ["analyst"]
    server.state.add_person("ann@example.com", token="token-of-ann")
    person = server.state.people["ann@example.com"]
    User.objects.filter(email="ann@example.com").update(subject=f"databricks:{person.id}")
    assert login("token-of-ann").json()["user"]["roles"] == ["viewer"]


def test_a_pinned_role_stays(server: RestServer) -> None:
    login("token-of-ann")
    User.objects.filter(email="ann@example.com").update(roles=["engineer"], roles_pinned=True)
    assert login("token-of-ann").json()["user"]["roles"] == ["engineer"]


def test_a_refused_token_is_401_and_an_unreachable_workspace_503(server: RestServer) -> None:
    refused = login("token-unknown")
    assert (refused.status_code, refused.json()["error_code"]) == (401, "NOT_AUTHENTICATED")
    server.faults.add(f"GET {ME}", status=500, error_code="INTERNAL_ERROR")
    down = login("token-of-ann")
    assert (down.status_code, down.json()["error_code"]) == (503, "WORKSPACE_UNAVAILABLE")
    assert "Retry-After" in down.headers
    assert login("token-of-ann").status_code == 200


def test_a_local_token_is_refused_and_does_not_travel(server: RestServer) -> None:
    assert login("slt_a-local-token-of-former-days").status_code == 401
    assert ApiClient("slt_a-local-token").get("/api/auth/me").status_code == 401
    assert server.log == []


@pytest.mark.django_db(transaction=True)
def test_two_sign_ins_at_once_make_one_user_and_two_sessions(server: RestServer) -> None:
    start = threading.Barrier(2)

    def sign_in(_: int) -> int:
        start.wait()
        try:
            return int(login("token-of-ann").status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(sign_in, range(2), timeout=120)) == [200, 200]
    assert User.objects.count() == 1
    assert StoredCredential.objects.count() == LoginSession.objects.count() == 2


# ---------------------------------------------------------------- the vault


def test_the_token_is_kept_encrypted_and_used_for_its_user(server: RestServer) -> None:
    client_of("token-of-ann")
    stored = StoredCredential.objects.get()
    assert "token-of-ann" not in stored.sealed
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_storedcredential")
        assert "token-of-ann" not in repr(cursor.fetchall())
    actor = actor_of(stored.session.user)
    assert actor.credential.token == "token-of-ann"
    assert actor.credential.principal == "ann@example.com"
    assert "token-of-ann" not in repr(actor)
    assert actor.data_scope.startswith("workspace:")


def test_two_people_of_the_same_groups_have_two_data_scopes(server: RestServer) -> None:
    server.state.add_person("cat@example.com", token="token-of-cat", groups=["analysts"])
    client_of("token-of-ann")
    client_of("token-of-cat")
    assert len({actor_of(user).data_scope for user in User.objects.all()}) == 2


def test_logging_out_forgets_the_token(server: RestServer) -> None:
    client = client_of("token-of-ann")
    assert client.post("/api/auth/logout").status_code == 200
    assert StoredCredential.objects.count() == 0
    with pytest.raises(Unauthenticated):
        actor_by_id(str(User.objects.get().pk))


def test_one_logout_leaves_the_other_session_its_token(server: RestServer) -> None:
    first, second = client_of("token-of-ann"), client_of("token-of-ann")
    first.post("/api/auth/logout")
    assert second.get("/api/auth/me").status_code == 200
    assert actor_by_id(str(User.objects.get().pk)).credential.token == "token-of-ann"


def test_the_token_of_a_session_that_expired_goes(server: RestServer) -> None:
    client_of("token-of-ann")
    assert forget_credentials() == 0
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=8, minutes=1)):
        assert forget_credentials() == 1


def test_keys_rotate_while_sessions_go_on(server: RestServer, settings: Settings) -> None:
    client = client_of("token-of-ann")
    old, new = settings.CREDENTIAL_KEYS[0], Fernet.generate_key().decode()
    settings.CREDENTIAL_KEYS = [new, old]
    call_command("rotate_credential_keys", dry_run=True)
    sealed = StoredCredential.objects.get().sealed
    call_command("rotate_credential_keys")
    assert StoredCredential.objects.get().sealed != sealed
    settings.CREDENTIAL_KEYS = [new]
    assert client.get("/api/auth/me").status_code == 200
    assert actor_of(User.objects.get()).credential.token == "token-of-ann"


def test_a_token_whose_key_is_lost_means_to_sign_in_again(
    server: RestServer, settings: Settings
) -> None:
    client_of("token-of-ann")
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(CommandError, match="1 cannot be opened"):
        call_command("rotate_credential_keys")
    assert actor_of(User.objects.get()).credential.token is None


def test_what_is_sealed_is_of_no_use_in_another_row(server: RestServer) -> None:
    client_of("token-of-ann")
    client_of("token-of-bob")
    ann, bob = StoredCredential.objects.order_by("session__created_at")
    StoredCredential.objects.filter(pk=bob.pk).update(sealed=ann.sealed)
    assert actor_of(bob.session.user).credential.token is None


# ---------------------------------------------------------------- a token that ends midway


def test_a_token_that_says_when_it_ends_is_refused_from_then_on(server: RestServer) -> None:
    now = datetime.now(UTC)
    token = workspace_token_ending_at(now + timedelta(hours=1))
    server.state.add_person("cat@example.com", token=token)
    body = login(token).json()
    refresh = {"refresh_token": body["refresh_token"]}
    with time_machine.travel(now + timedelta(minutes=20)):
        assert ApiClient(body["access_token"]).get("/api/auth/me").status_code == 200
        refreshed = ApiClient().post("/api/auth/refresh", refresh).json()
    with time_machine.travel(now + timedelta(minutes=45)):
        refresh = {"refresh_token": refreshed["refresh_token"]}
        refreshed = ApiClient().post("/api/auth/refresh", refresh).json()
    with time_machine.travel(now + timedelta(hours=1, seconds=1)):
        client = ApiClient(refreshed["access_token"])
        for path in ("/api/auth/me", "/api/metadata/catalogs", "/api/queries/history"):
            response = client.get(path)
            assert (response.status_code, response.json()["error_code"]) == (401, EXPIRED)
        refresh = {"refresh_token": refreshed["refresh_token"]}
        response = ApiClient().post("/api/auth/refresh", refresh)
        assert (response.status_code, response.json()["error_code"]) == (401, EXPIRED)
        assert StoredCredential.objects.get().sealed == ""


def test_a_revoked_token_is_noticed_within_the_interval(server: RestServer) -> None:
    client = client_of("token-of-ann")
    server.state.expire("token-of-ann")
    assert client.get("/api/auth/me").status_code == 200  # asked a moment ago
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=61)):
        response = client.get("/api/auth/me")
        assert (response.status_code, response.json()["error_code"]) == (401, EXPIRED)
        assert response.headers["WWW-Authenticate"] == "Bearer"
    assert StoredCredential.objects.get().sealed == ""
    assert client_of_again_works(server)


def client_of_again_works(server: RestServer) -> bool:
    server.state.tokens["token-of-ann-2"] = "ann@example.com"
    return client_of("token-of-ann-2").get("/api/auth/me").status_code == 200


def test_somebody_deactivated_in_scim_is_shut_out(server: RestServer, settings: Settings) -> None:
    settings.WORKSPACE_RECHECK_S = 0
    client = client_of("token-of-ann")
    server.world.inactive.add("ann@example.com")
    assert client.get("/api/auth/me").json()["error_code"] == EXPIRED
    with pytest.raises(Unauthenticated):
        actor_by_id(str(User.objects.get().pk))
    assert login("token-of-ann").status_code == 401


def test_a_group_taken_away_takes_the_role_within_the_interval(
    server: RestServer, settings: Settings
) -> None:
    settings.WORKSPACE_RECHECK_S = 0
    client = client_of("token-of-ann")
    person = server.state.people["ann@example.com"]
    server.state.people["ann@example.com"] = type(person)(
        person.id, person.user_name, person.display_name, ()
    )
    assert client.get("/api/auth/me").json()["roles"] == ["viewer"]


def test_a_token_that_becomes_somebody_elses_is_not_used(
    server: RestServer, settings: Settings
) -> None:
    settings.WORKSPACE_RECHECK_S = 0
    client = client_of("token-of-ann")
    server.state.tokens["token-of-ann"] = "bob@example.com"
    assert client.get("/api/auth/me").json()["error_code"] == EXPIRED


def test_a_workspace_that_is_down_ends_no_session(server: RestServer) -> None:
    client = client_of("token-of-ann")
    server.faults.add(f"GET {ME}", status=500, error_code="INTERNAL_ERROR", times=9)
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=61)):
        assert client.get("/api/auth/me").status_code == 200
        assert client.get("/api/auth/me").status_code == 200
    assert len(server.asked("GET", ME)) == 2  # one at the sign-in, one per interval


def test_background_work_takes_the_newest_session_that_is_good(server: RestServer) -> None:
    client_of("token-of-ann")
    server.state.tokens["token-of-ann-2"] = "ann@example.com"
    client_of("token-of-ann-2")
    user_id = str(User.objects.get().pk)
    assert actor_by_id(user_id).credential.token == "token-of-ann-2"
    server.state.expire("token-of-ann-2")
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=61)):
        assert actor_by_id(user_id).credential.token == "token-of-ann"


# ---------------------------------------------------------------- the admin site


def test_the_admin_site_takes_the_same_token_and_loses_it_likewise(
    server: RestServer, settings: Settings, api: Api
) -> None:
    settings.WORKSPACE_RECHECK_S = 0
    browser = Client()
    response = browser.post("/admin/login/", {"token": "token-of-ann"})
    assert response.status_code == 302
    assert browser.get("/admin/").status_code == 200
    assert vault.opened(StoredCredential.objects.get()) == vault.Opened("token-of-ann")
    server.state.expire("token-of-ann")
    shut = browser.get("/admin/")
    assert (shut.status_code, shut["Location"]) == (302, "/admin/login/?next=/admin/")


def test_leaving_the_admin_site_forgets_the_token(server: RestServer) -> None:
    browser = Client()
    browser.post("/admin/login/", {"token": "token-of-ann"})
    browser.post("/admin/logout/")
    assert StoredCredential.objects.count() == 0

"""The admin site: token sign-in, one session with the API's rules, screens by role."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from semantic_layer.accounts import services, sessions
from semantic_layer.accounts.actor import actor_of
from semantic_layer.accounts.attempts import FAILURES_PER_ADDRESS
from semantic_layer.accounts.models import LocalToken, LoginSession, User

pytestmark = pytest.mark.django_db


def sign_in(client: Client, secret: str, query: str = "") -> Any:
    return client.post(f"/admin/login/{query}", {"token": secret})


def browser(role: str = "admin") -> tuple[Client, str]:
    secret = services.create_local_token(email=f"{role}@example.com", roles=[role]).secret
    client = Client()
    assert sign_in(client, secret).status_code == 302
    return client, secret


def test_the_login_page_asks_for_one_token_and_loads_nothing_foreign() -> None:
    page = Client().get("/admin/", follow=True)
    assert page.status_code == 200
    html = page.content.decode()
    assert 'name="token"' in html
    assert 'name="password"' not in html
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', html)


def test_a_token_opens_a_session_of_at_most_eight_hours() -> None:
    client, _ = browser()
    assert client.get("/admin/").status_code == 200
    session = LoginSession.objects.get()
    assert session.kind == LoginSession.Kind.ADMIN
    assert session.expires_at - session.created_at <= timedelta(hours=8)
    cookie = client.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    start = datetime.now(UTC)
    for hours in (2, 4, 6, 7.9):
        with time_machine.travel(start + timedelta(hours=hours)):
            assert client.get("/admin/").status_code == 200
    with time_machine.travel(start + timedelta(hours=8, seconds=1)):
        assert client.get("/admin/").status_code == 302


def test_wrong_tokens_are_told_and_slowed() -> None:
    client = Client()
    for _ in range(FAILURES_PER_ADDRESS):
        page = sign_in(client, "slt_" + "x" * 43)
        assert page.status_code == 200
        assert "unknown, expired or revoked" in page.content.decode()
    page = sign_in(client, "slt_" + "x" * 43)
    assert page.status_code == 429
    assert page["Retry-After"]
    assert not LoginSession.objects.exists()


def test_the_form_needs_its_csrf_token() -> None:
    secret = services.create_local_token(email="admin@example.com", roles=["admin"]).secret
    strict = Client(enforce_csrf_checks=True)
    assert sign_in(strict, secret).status_code == 403
    page = strict.get("/admin/login/")
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.content.decode())
    assert found
    answer = strict.post("/admin/login/", {"token": secret, "csrfmiddlewaretoken": found.group(1)})
    assert answer.status_code == 302


@pytest.mark.parametrize(
    ("target", "followed"),
    [
        ("/admin/accounts/user/", True),
        ("https://evil.example/", False),
        ("//evil.example/", False),
        ("javascript:alert(1)", False),
    ],
)
def test_after_signing_in_only_pages_of_ours_are_next(target: str, followed: bool) -> None:
    secret = services.create_local_token(email="admin@example.com", roles=["admin"]).secret
    answer = sign_in(Client(), secret, f"?next={target}")
    assert answer["Location"] == (target if followed else "/admin/")


def test_signing_out_ends_the_session_behind_the_cookie() -> None:
    client, _ = browser()
    cookie = client.cookies["sessionid"].value
    assert client.get("/admin/logout/").status_code == 405
    assert client.post("/admin/logout/").status_code in (200, 302)
    assert LoginSession.objects.get().revoked_at is not None
    client.cookies["sessionid"] = cookie  # a copy of it is worth nothing
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("end", ["session", "token", "user", "deleted"])
def test_what_ends_api_sessions_ends_this_one_too(end: str, admin_user: User) -> None:
    client, _ = browser("engineer")
    user = User.objects.get(email="engineer@example.com")
    actor = actor_of(admin_user)
    if end == "session":
        sessions.end_one(LoginSession.objects.get(), because="test")
    elif end == "token":
        services.revoke_local_tokens(actor=actor, token_ids=[str(LocalToken.objects.get().pk)])
    elif end == "user":
        services.set_active(actor=actor, user_id=str(user.pk), active=False)
    else:
        user.delete()
    assert client.get("/admin/").status_code == 302


def test_an_api_session_is_no_admin_session(admin_user: User) -> None:
    client, _ = browser()
    LoginSession.objects.update(kind=LoginSession.Kind.API)
    assert client.get("/admin/").status_code == 302


def test_the_cookie_does_not_sign_in_to_the_api() -> None:
    client, _ = browser()
    assert client.get("/api/auth/me").status_code == 401


@pytest.mark.parametrize("page", ["user", "localtoken", "loginsession"])
@pytest.mark.parametrize(
    ("role", "status"), [("viewer", 403), ("analyst", 403), ("engineer", 403), ("admin", 200)]
)
def test_screens_of_accounts_are_for_admins(role: str, status: int, page: str) -> None:
    client, _ = browser(role)
    assert client.get("/admin/").status_code == 200
    assert client.get(f"/admin/accounts/{page}/").status_code == status


def test_no_screen_shows_a_secret_or_its_hash() -> None:
    client, secret = browser()
    token, session = LocalToken.objects.get(), LoginSession.objects.get()
    pages = [
        "/admin/accounts/localtoken/",
        f"/admin/accounts/localtoken/{token.pk}/change/",
        "/admin/accounts/loginsession/",
        f"/admin/accounts/loginsession/{session.pk}/change/",
        f"/admin/accounts/user/{token.user_id}/change/",
    ]
    for page in pages:
        html = client.get(page)
        assert html.status_code == 200, page
        text = html.content.decode()
        assert secret not in text
        assert token.digest not in text
        assert session.refresh_id.hex not in text.replace("-", "")
    assert token.prefix in client.get(pages[0]).content.decode()


def act(client: Client, page: str, action: str, chosen: Any) -> str:
    answer = client.post(
        f"/admin/accounts/{page}/",
        {"action": action, "_selected_action": [str(item.pk) for item in chosen]},
        follow=True,
    )
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_actions_call_the_services(viewer: User) -> None:
    client, _ = browser()
    act(client, "user", "make_engineer", [viewer])
    viewer.refresh_from_db()
    assert (viewer.roles, viewer.roles_pinned) == (["engineer"], True)
    act(client, "user", "shut_out", [viewer])
    viewer.refresh_from_db()
    assert not viewer.is_active
    act(client, "user", "let_in", [viewer])
    viewer.refresh_from_db()
    assert viewer.is_active
    opened = sessions.open_session(user=viewer, credential="x")
    act(client, "loginsession", "end", [opened])
    opened.refresh_from_db()
    assert opened.revoked_because == "ended by admin@example.com"
    token = services.create_local_token(email=viewer.email).record
    act(client, "localtoken", "revoke", [token])
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_an_action_that_is_refused_says_why() -> None:
    client, _ = browser()
    me = User.objects.get()
    assert "last active admin" in act(client, "user", "make_viewer", [me])
    me.refresh_from_db()
    assert me.roles == ["admin"]


def test_there_is_nothing_to_add_delete_or_set_a_password_on() -> None:
    client, _ = browser()
    me = User.objects.get()
    assert client.get("/admin/accounts/user/add/").status_code == 403
    assert client.get(f"/admin/accounts/user/{me.pk}/delete/").status_code == 403
    assert client.get("/admin/password_change/").status_code == 404

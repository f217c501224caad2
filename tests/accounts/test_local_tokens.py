"""Local tokens: made once, kept hashed, sent directly or exchanged for a session."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from semantic_layer.accounts import services
from semantic_layer.accounts.actor import actor_of
from semantic_layer.accounts.models import LocalToken, LoginSession, User
from semantic_layer.errors import Forbidden, InvalidInput
from tests.accounts_fixtures import ApiClient

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("create_local_token", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_the_command_prints_the_token_alone_and_it_works() -> None:
    out, err = run("--email", "Ada@example.com", "--role", "engineer", "--name", "laptop")
    secret = out.strip()
    assert out == secret + "\n"
    assert "ada@example.com (engineer)" in err
    answer = ApiClient(secret).get("/api/auth/me")
    assert answer.json()["roles"] == ["engineer"]
    token = LocalToken.objects.get()
    assert token.name == "laptop"
    assert secret not in str(vars(token))
    assert secret.startswith(token.prefix)
    assert len(token.prefix) < 16


def test_a_second_token_keeps_the_role_unless_one_is_named() -> None:
    run("--email", "ada@example.com", "--role", "admin")
    run("--email", "ADA@example.com")
    assert User.objects.get().roles == ["admin"]
    run("--email", "ada@example.com", "--role", "viewer")
    assert User.objects.get().roles == ["viewer"]
    assert LocalToken.objects.count() == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ("--email", "nobody"),
        ("--email", "a@example.com", "--role", "root"),
        ("--email", "a@example.com", "--expires-days", "0"),
        ("--email", "a@example.com", "--expires-days", "-1"),
        ("--email", "a@example.com", "--expires-days", "nan"),
        ("--email", "a@example.com", "--expires-days", "1e300"),
        (),
    ],
)
def test_bad_arguments_are_a_clear_error_and_make_nothing(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        run(*arguments)
    assert not LocalToken.objects.exists()
    assert not User.objects.exists()


def test_unknown_roles_get_a_hint() -> None:
    with pytest.raises(InvalidInput, match="did you mean 'engineer'"):
        services.create_local_token(email="a@example.com", roles=["enginer"])


def test_a_token_ends_on_its_day_and_notes_its_use() -> None:
    out, _ = run("--email", "ada@example.com", "--expires-days", "2")
    secret = out.strip()
    assert LocalToken.objects.get().last_used_at is None
    assert ApiClient(secret).get("/api/auth/me").status_code == 200
    assert LocalToken.objects.get().last_used_at is not None
    with time_machine.travel(datetime.now(UTC) + timedelta(days=2, seconds=1)):
        assert ApiClient(secret).get("/api/auth/me").status_code == 401


def test_revoking_a_token_ends_it_and_the_sessions_it_opened(admin_user: User) -> None:
    new = services.create_local_token(email="ada@example.com")
    other = services.create_local_token(email="ada@example.com")
    opened = [
        ApiClient().post("/api/auth/login", {"databricks_token": token.secret}).json()
        for token in (new, other)
    ]
    count = services.revoke_local_tokens(actor=actor_of(admin_user), token_ids=[str(new.record.pk)])
    assert count == 1
    assert ApiClient(new.secret).get("/api/auth/me").status_code == 401
    assert ApiClient(opened[0]["access_token"]).get("/api/auth/me").status_code == 401
    assert ApiClient(opened[1]["access_token"]).get("/api/auth/me").status_code == 200
    again = services.revoke_local_tokens(actor=actor_of(admin_user), token_ids=[str(new.record.pk)])
    assert again == 0


def test_only_administrators_revoke_and_end(engineer: User) -> None:
    with pytest.raises(Forbidden):
        services.revoke_local_tokens(actor=actor_of(engineer), token_ids=[])
    with pytest.raises(Forbidden):
        services.end_sessions(actor=actor_of(engineer), session_ids=[])


def test_a_local_token_is_no_session() -> None:
    secret = services.create_local_token(email="ada@example.com").secret
    assert ApiClient(secret).post("/api/auth/refresh").status_code == 401
    assert ApiClient(secret).post("/api/auth/logout").status_code == 401
    assert ApiClient(secret).get("/api/auth/permissions").status_code == 200
    assert not LoginSession.objects.exists()


def test_a_deactivated_users_token_does_not_work() -> None:
    secret = services.create_local_token(email="ada@example.com").secret
    User.objects.update(is_active=False)
    assert ApiClient(secret).get("/api/auth/me").status_code == 401


def test_addresses_are_the_same_in_any_case(django_assert_num_queries: Any) -> None:
    services.create_local_token(email="Ada@Example.com")
    services.create_local_token(email=" ada@example.COM ")
    assert User.objects.count() == 1
    assert User.objects.get_by_natural_key("ADA@EXAMPLE.COM") == User.objects.get()

"""Refresh, logout, and the end of sessions."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection

from semantic_layer.accounts.models import LoginSession, User
from semantic_layer.accounts.services import create_local_token, user_of
from semantic_layer.accounts.sessions import PARALLEL_WINDOW
from semantic_layer.accounts.tasks import forget_old_sessions
from semantic_layer.celery import app
from semantic_layer.ports import Identity
from tests.accounts_fixtures import ApiClient


def signed_in(email: str = "ada@example.com", role: str = "analyst") -> dict[str, Any]:
    new = create_local_token(email=email, roles=[role])
    response = ApiClient().post("/api/auth/login", {"databricks_token": new.secret})
    assert response.status_code == 200, response.content
    return dict(response.json())


def refresh(token: str | None = None, access: str | None = None) -> Any:
    body = {} if token is None else {"refresh_token": token}
    return ApiClient(access).post("/api/auth/refresh", body)


def me(access: str) -> int:
    return int(ApiClient(access).get("/api/auth/me").status_code)


@pytest.mark.django_db(transaction=True)
class TestRefresh:
    def test_both_tokens_change_and_the_new_ones_work(self) -> None:
        first = signed_in()
        second = refresh(first["refresh_token"]).json()
        assert set(second) == set(first)
        assert second["access_token"] != first["access_token"]
        assert second["refresh_token"] != first["refresh_token"]
        assert second["user"] == first["user"]
        assert me(second["access_token"]) == 200
        assert me(first["access_token"]) == 200  # short-lived, and of the same session
        assert refresh(second["refresh_token"]).status_code == 200

    def test_a_token_used_again_ends_the_session(self) -> None:
        first = signed_in()
        second = refresh(first["refresh_token"]).json()
        again = refresh(first["refresh_token"])
        assert again.status_code == 401
        assert again.json()["error_code"] == "REFRESH_TOKEN_REUSED"
        assert me(second["access_token"]) == 401
        assert refresh(second["refresh_token"]).json()["error_code"] == "SESSION_ENDED"

    def test_a_much_older_token_ends_the_session_too(self) -> None:
        tokens = [signed_in()]
        for _ in range(2):
            tokens.append(refresh(tokens[-1]["refresh_token"]).json())
        assert refresh(tokens[0]["refresh_token"]).status_code == 401
        assert me(tokens[-1]["access_token"]) == 401

    def test_ending_one_session_leaves_the_others_alone(self) -> None:
        first, other = signed_in(), signed_in()
        refresh(first["refresh_token"])
        refresh(first["refresh_token"])
        assert me(first["access_token"]) == 401
        assert me(other["access_token"]) == 200

    def test_older_clients_refresh_with_a_valid_access_token(self) -> None:
        first = signed_in()
        second = refresh(access=first["access_token"])
        assert second.status_code == 200
        assert me(second.json()["access_token"]) == 200
        # The refresh token was not used by that, so it still works, once.
        assert refresh(first["refresh_token"]).status_code == 200

    def test_an_expired_access_token_beside_a_refresh_token_does_no_harm(self) -> None:
        first = signed_in()
        with time_machine.travel(datetime.now(UTC) + timedelta(minutes=31)):
            assert me(first["access_token"]) == 401
            assert refresh(access=first["access_token"]).json()["error_code"] == "TOKEN_EXPIRED"
            assert refresh(first["refresh_token"], first["access_token"]).status_code == 200

    @pytest.mark.parametrize("token", ["", "x", "a.b.c", "é", "x" * 5000])
    def test_nonsense_is_refused(self, token: str) -> None:
        assert refresh(token).status_code in (400, 401)

    def test_tokens_are_not_interchangeable(self) -> None:
        first = signed_in()
        assert refresh(first["access_token"]).status_code == 401
        assert refresh(access=first["refresh_token"]).status_code == 401
        assert me(first["refresh_token"]) == 401

    def test_with_neither_token_it_is_401(self) -> None:
        assert refresh().status_code == 401
        assert ApiClient().generic("POST", "/api/auth/refresh").status_code == 401

    def test_the_session_ends_eight_hours_after_login_whatever_is_refreshed(self) -> None:
        start = datetime.now(UTC)
        current = signed_in()
        for minutes in range(25, 8 * 60, 25):
            with time_machine.travel(start + timedelta(minutes=minutes)):
                response = refresh(current["refresh_token"])
                assert response.status_code == 200, minutes
                current = response.json()
        assert current["expires_in"] < 1800  # the last access token ends with the session
        with time_machine.travel(start + timedelta(hours=8, seconds=1)):
            assert me(current["access_token"]) == 401
            assert refresh(current["refresh_token"]).status_code == 401
            assert refresh(access=current["access_token"]).status_code == 401

    @pytest.mark.parametrize("change", ["deactivate", "delete"])
    def test_people_who_are_gone_get_401_never_500(self, change: str) -> None:
        first = signed_in()
        user = User.objects.get()
        if change == "delete":
            user.delete()
        else:
            User.objects.update(is_active=False)
        assert me(first["access_token"]) == 401
        assert refresh(first["refresh_token"]).status_code == 401
        assert refresh(access=first["access_token"]).status_code == 401

    def test_a_changed_role_counts_at_once(self) -> None:
        first = signed_in(role="analyst")
        User.objects.update(roles=["engineer"])
        answer = ApiClient(first["access_token"]).get("/api/auth/permissions").json()
        assert answer["roles"] == ["engineer"]
        assert refresh(first["refresh_token"]).json()["user"]["roles"] == ["engineer"]


@pytest.mark.django_db(transaction=True)
class TestLogout:
    def test_it_ends_every_token_of_the_session_at_once(self) -> None:
        first = signed_in()
        second = refresh(first["refresh_token"]).json()
        response = ApiClient(first["access_token"]).post("/api/auth/logout")
        assert response.status_code == 200
        assert me(first["access_token"]) == me(second["access_token"]) == 401
        assert refresh(second["refresh_token"]).json()["error_code"] == "SESSION_ENDED"

    def test_after_a_long_break_the_refresh_token_signs_out(self) -> None:
        first = signed_in()
        with time_machine.travel(datetime.now(UTC) + timedelta(hours=1)):
            response = ApiClient(first["access_token"]).post(
                "/api/auth/logout", {"refresh_token": first["refresh_token"]}
            )
            assert response.status_code == 200
            assert refresh(first["refresh_token"]).status_code == 401

    def test_without_a_token_or_twice_it_is_401(self) -> None:
        first = signed_in()
        assert ApiClient().post("/api/auth/logout").status_code == 401
        client = ApiClient(first["access_token"])
        assert client.post("/api/auth/logout").status_code == 200
        assert client.post("/api/auth/logout").status_code == 401


@pytest.mark.django_db
def test_sessions_that_ended_long_ago_are_forgotten() -> None:
    signed_in()
    assert forget_old_sessions() == 0
    with time_machine.travel(datetime.now(UTC) + timedelta(days=29)):
        assert forget_old_sessions() == 0
    with time_machine.travel(datetime.now(UTC) + timedelta(days=31)):
        assert forget_old_sessions() == 1
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert forget_old_sessions.name in scheduled


def together(count: int, work: Callable[[], Any]) -> list[Any]:
    """Results of `work` run by `count` threads that begin at the same moment."""
    barrier = threading.Barrier(count)
    results: list[Any] = []

    def run() -> None:
        try:
            barrier.wait()
            results.append(work())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("people", [2, 3, 8])
def test_of_parallel_refreshes_exactly_one_wins_and_the_session_goes_on(people: int) -> None:
    first = signed_in()
    responses = together(people, lambda: refresh(first["refresh_token"]))
    statuses = sorted(response.status_code for response in responses)
    assert statuses == [200] + [401] * (people - 1)
    codes = {response.json().get("error_code") for response in responses}
    assert codes == {None, "REFRESH_TOKEN_SPENT"}
    winner = next(response for response in responses if response.status_code == 200).json()
    assert me(winner["access_token"]) == 200
    assert refresh(winner["refresh_token"]).status_code == 200
    assert LoginSession.objects.get().revoked_at is None


@pytest.mark.django_db(transaction=True)
def test_parallel_refreshes_by_access_token_all_win() -> None:
    first = signed_in()
    responses = together(4, lambda: refresh(access=first["access_token"]))
    assert [response.status_code for response in responses] == [200] * 4
    assert refresh(responses[0].json()["refresh_token"]).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_the_answer_of_a_refresh_is_held_back_until_no_parallel_request_can_exist() -> None:
    first = signed_in()
    started = datetime.now(UTC)
    assert refresh(first["refresh_token"]).status_code == 200
    assert datetime.now(UTC) - started >= PARALLEL_WINDOW


@pytest.mark.django_db(transaction=True)
def test_parallel_first_sign_ins_make_one_user() -> None:
    newcomer = Identity(subject="scim-1", email="ada@example.com", display_name="Ada")
    users = together(6, lambda: user_of(identity=newcomer))
    assert {user.pk for user in users} == {User.objects.get().pk}

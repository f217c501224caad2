"""What a role may use: refused with what to do, never cut silently."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
import redis
from django.core.exceptions import ImproperlyConfigured

from queries import leases, slots
from queries.budgets import budget_of
from queries.models import QueryRun
from queries.slots import place
from queries.watching import watched_by
from semantic_layer import env
from semantic_layer.accounts.actor import actor_of
from semantic_layer.accounts.models import User
from semantic_layer.api.counters import counter_key, counters
from semantic_layer.env import env_numbers
from semantic_layer.errors import Forbidden, RateLimited, Unavailable
from tests.accounts_fixtures import Api, ApiClient
from tests.queries.conftest import execute
from tests.waiting import PATIENCE_S, wait_for

SMALL = {"rows": 100, "mb": 1, "seconds": 60, "at_once": 2}
ENDLESS = "SELECT count(*) FROM range(200000000000) a WHERE a.range % 7 = 3"


@pytest.fixture
def small(settings: Any) -> None:
    settings.QUERY_BUDGETS = {**settings.QUERY_BUDGETS, "analyst": SMALL}


@pytest.mark.usefixtures("small")
class TestOfOneQuery:
    def test_more_rows_than_the_role_allows_are_422(self, analyst_api: ApiClient) -> None:
        response = execute(analyst_api, "SELECT 1 AS a", limit=101)
        body = response.json()
        assert (response.status_code, body["error_code"]) == (422, "ROW_BUDGET_EXCEEDED")
        assert body["details"]["max_rows"] == 100
        assert execute(analyst_api, "SELECT 1 AS a", limit=100).status_code == 200

    def test_without_a_limit_the_budget_is_the_limit(self, analyst_api: ApiClient) -> None:
        body = execute(analyst_api, "SELECT n FROM shop.main.numbers").json()
        assert (body["row_count"], body["truncated"]) == (100, True)

    def test_metric_queries_have_the_same_budget(
        self, analyst_api: ApiClient, models: None
    ) -> None:
        body = {"metrics": ["revenue"], "limit": 101}
        response = analyst_api.post("/api/metrics-explorer/query", body)
        assert response.json()["error_code"] == "ROW_BUDGET_EXCEEDED"

    def test_more_bytes_are_422_and_nothing_is_kept(self, analyst_api: ApiClient) -> None:
        sql = "SELECT repeat('x', 30000) AS a, n FROM shop.main.numbers"
        response = execute(analyst_api, sql, limit=100)
        body = response.json()
        assert (response.status_code, body["error_code"]) == (422, "RESULT_TOO_LARGE")
        assert "export it" in body["detail"]
        assert QueryRun.objects.get().error_code == "RESULT_TOO_LARGE"
        assert not list(counters().scan_iter(match="*results:*:*"))

    def test_more_time_is_504(self, analyst_api: ApiClient, settings: Any) -> None:
        settings.QUERY_BUDGETS = {"analyst": {**SMALL, "seconds": 1}}
        response = execute(analyst_api, ENDLESS)
        assert (response.status_code, response.json()["error_code"]) == (504, "QUERY_TIMEOUT")

    def test_another_role_has_another_budget(self, api: Api, engineer: User, shop: object) -> None:
        body = execute(api(engineer), "SELECT n FROM shop.main.numbers", limit=2500).json()
        assert body["row_count"] == 2500


def test_of_several_roles_the_most_counts(db: None, small: None) -> None:
    both = User.objects.create_user("both@example.com", ["analyst", "engineer"])
    assert budget_of(actor_of(both)).rows == 100_000


def test_a_role_without_a_budget_may_not(analyst: User, settings: Any) -> None:
    settings.QUERY_BUDGETS = {}
    with pytest.raises(Forbidden, match="no budget"):
        budget_of(actor_of(analyst))


@pytest.fixture
def _page_of_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page of all settings shall not learn the defaults of tests."""
    monkeypatch.setattr(env, "READ", dict(env.READ))


@pytest.mark.parametrize("text", ["rows=0", "rows=x", "rows", "columns=1", "rows=-1"])
@pytest.mark.usefixtures("_page_of_settings")
def test_budgets_that_cannot_be_read_are_told(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("QUERY_BUDGET_ANALYST", text)
    with pytest.raises(ImproperlyConfigured, match="QUERY_BUDGET_ANALYST"):
        env_numbers("QUERY_BUDGET_ANALYST", "rows=1 mb=1")


@pytest.mark.usefixtures("_page_of_settings")
def test_a_budget_may_be_given_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUERY_BUDGET_ANALYST", "rows=7")
    assert env_numbers("QUERY_BUDGET_ANALYST", "rows=1 mb=2") == {"rows": 7, "mb": 2}


# ---------------------------------------------------------------- how many at once


@contextmanager
def taken(person: str, count: int, at_once: int = 2) -> Iterator[None]:
    """Somebody holds so many places while the block runs."""
    leave, inside = threading.Event(), threading.Semaphore(0)

    def hold() -> None:
        with place(person, at_once):
            inside.release()
            leave.wait(PATIENCE_S)

    with ThreadPoolExecutor(count) as pool:
        held = [pool.submit(hold) for _ in range(count)]
        try:
            assert all(inside.acquire(timeout=PATIENCE_S) for _ in held)
            yield
        finally:
            leave.set()


@pytest.fixture
def impatient(settings: Any) -> None:
    settings.QUERY_PLACE_WAIT_S = 0


def test_a_person_with_too_many_running_is_429(
    small: None, impatient: None, analyst: User, analyst_api: ApiClient, api: Api, engineer: User
) -> None:
    with taken(str(analyst.pk), 2):
        refused = execute(analyst_api, "SELECT 1 AS a")
        other = execute(api(engineer), "SELECT 1 AS a")
    body = refused.json()
    assert (refused.status_code, body["error_code"]) == (429, "TOO_MANY_QUERIES")
    assert (int(refused["Retry-After"]), body["retry_after"]) == (2, 2)
    assert "async" in body["detail"]
    assert other.status_code == 200
    assert execute(analyst_api, "SELECT 1 AS a").status_code == 200


def test_too_many_of_all_are_503(impatient: None, analyst_api: ApiClient, settings: Any) -> None:
    settings.QUERY_PLACES_TOTAL = 2
    with taken("somebody else", 2):
        refused = execute(analyst_api, "SELECT 1 AS a")
    assert (refused.status_code, refused.json()["error_code"]) == (503, "TOO_MANY_QUERIES")
    assert int(refused["Retry-After"]) == 2


def test_kept_answers_need_no_place(
    small: None, impatient: None, analyst: User, analyst_api: ApiClient
) -> None:
    execute(analyst_api, "SELECT 1 AS a")
    with taken(str(analyst.pk), 2):
        assert execute(analyst_api, "SELECT 1 AS a").json()["cached"] is True


@pytest.mark.usefixtures("services")
class TestPlaces:
    def test_whoever_waits_gets_the_place_that_is_given_back(self, settings: Any) -> None:
        settings.QUERY_PLACE_WAIT_S = PATIENCE_S
        waits = threading.Event()

        def enter() -> bool:
            with watched_by(lambda progress=None: waits.set()), place("waiting", 1):
                return True

        with ThreadPoolExecutor(1) as pool:
            with taken("waiting", 1, at_once=1):
                waiting = pool.submit(enter)
                assert waits.wait(PATIENCE_S)
                assert not waiting.done()
            assert waiting.result(timeout=PATIENCE_S) is True

    def test_places_that_are_held_are_renewed(self, settings: Any) -> None:
        settings.QUERY_PLACE_WAIT_S = 0
        key, far = counter_key("places", "of", "long"), 1e15
        with taken("long", 1, at_once=1):
            ((member, _),) = counters().zrange(key, 0, -1, withscores=True)
            counters().zadd(key, {member: far})
            wait_for(lambda: (counters().zscore(key, member) or far) < far, what="another lease")
            with pytest.raises(RateLimited), place("long", 1):
                pass

    def test_what_a_killed_process_held_is_free_after_the_lease(self, settings: Any) -> None:
        settings.QUERY_PLACES_TOTAL = 1
        program = (
            "import django, time; django.setup()\n"
            "from queries.slots import place\n"
            "with place('killed', 1):\n"
            "    print('in', flush=True); time.sleep(60)\n"
        )
        holder = subprocess.Popen(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
        )
        assert holder.stdout is not None
        assert holder.stdout.readline() == "in\n"
        with pytest.raises(Unavailable), place("another", 1):
            pass
        holder.kill()
        holder.wait(timeout=PATIENCE_S)
        holder.stdout.close()
        settings.QUERY_PLACE_WAIT_S = PATIENCE_S
        with place("another", 1):
            pass

    def test_an_error_gives_the_place_back(self) -> None:
        for _ in range(3):
            with pytest.raises(ZeroDivisionError), place("failing", 1):
                raise ZeroDivisionError

    def test_without_valkey_nobody_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        gone = redis.Redis(unix_socket_path="/nonexistent", retry=None)  # type: ignore[arg-type]
        monkeypatch.setattr(slots, "counters", lambda: gone)
        with place("down", 1), place("down", 1):
            pass


def test_a_forked_process_renews_nothing_of_its_parents() -> None:
    with leases.keeper.keeping(lambda: None):
        child = os.fork()
        if child == 0:
            os._exit(len(leases.keeper._held))
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        assert len(leases.keeper._held) == 1

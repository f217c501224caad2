"""Equal questions at once run once, in whatever processes; a leader that dies or fails holds nobody
up, and what could not be kept is not waited for.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis

from queries.cacheability import CacheState
from queries.execution import Fetched, Statement
from queries.result_cache import forget_results, shared, through_cache
from semantic_layer.api import counters as counters_module
from semantic_layer.errors import SqlError, StatementCancelled, StatementTimeout
from tests.queries import flights

pytestmark = pytest.mark.usefixtures("services")
ROOT = Path(__file__).parents[2]


def never(asked: Statement) -> Fetched:
    raise AssertionError("the warehouse was asked")


@contextmanager
def process(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    command = [sys.executable, "-c", flights.PROGRAM, *arguments]
    started = subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE
    )
    try:
        yield started
    finally:
        started.kill()
        started.wait(timeout=30)
        if started.stdout is not None:
            started.stdout.close()


def wait_until_running(key: str) -> None:
    until = time.monotonic() + 30
    while not flights.runs(key):
        assert time.monotonic() < until, "the other process never began"
        time.sleep(0.01)


def test_a_hundred_equal_questions_at_once_run_one() -> None:
    answers = flights.ask_at_once("hundred", 100, 0.5)
    assert flights.runs("hundred") == 1
    assert [answer.rows for answer in answers] == [[{"n": 1}]] * 100
    states = sorted(answer.cache.state for answer in answers)
    assert states == [CacheState.HIT] * 99 + [CacheState.MISS]


def test_two_processes_run_one() -> None:
    with process("two", "20", "1.5") as other:
        wait_until_running("two")
        answers = flights.ask_at_once("two", 20, 1.5)
        output, _ = other.communicate(timeout=60)
    assert flights.runs("two") == 1
    assert (int(output), sum(answer.cache.is_hit for answer in answers)) == (19, 20)
    assert {answer.statement_id for answer in answers} == {f"statement of {other.pid}"}


def test_a_killed_leader_is_followed_by_the_next() -> None:
    with process("killed", "1", "60") as leader:
        wait_until_running("killed")
        leader.send_signal(signal.SIGKILL)
        leader.wait(timeout=10)
        started = time.monotonic()
        answers = flights.ask_at_once("killed", 10, 0.1)
    assert time.monotonic() - started < shared.LEASE_MS / 1000 + 2
    assert flights.runs("killed") == 2
    assert all(answer.rows == [{"n": 1}] for answer in answers)


def test_a_leader_that_lives_keeps_its_lock_beyond_the_lease(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shared, "LEASE_MS", 1_500)
    answers = flights.ask_at_once("long", 5, 4.0)
    assert flights.runs("long") == 1
    assert len(answers) == 5


def test_a_failure_is_its_leaders_own() -> None:
    def fails(asked: Statement) -> Fetched:
        time.sleep(0.3)
        raise SqlError("no such column")

    with ThreadPoolExecutor(2) as pool:
        leader = pool.submit(through_cache, flights.statement("failing"), fails)
        time.sleep(0.1)
        follower = pool.submit(
            through_cache, flights.statement("failing"), flights.counted("failing", 0)
        )
        with pytest.raises(SqlError):
            leader.result(timeout=10)
        assert follower.result(timeout=10).cache.state is CacheState.MISS
    assert flights.runs("failing") == 1


def test_who_waits_keeps_to_their_own_deadline() -> None:
    with ThreadPoolExecutor(1) as pool:
        leader = pool.submit(through_cache, flights.statement("slow"), flights.counted("slow", 2.0))
        wait_until_running("slow")
        started = time.monotonic()
        with pytest.raises(StatementTimeout, match=r"longer than 0\.4 seconds"):
            through_cache(flights.statement("slow", timeout_s=0.4), never)
        assert time.monotonic() - started < 1.0
        leader.result(timeout=10)


def test_who_takes_over_has_the_rest_of_their_time() -> None:
    seen: list[float] = []

    def run(asked: Statement) -> Fetched:
        seen.append(asked.timeout_s)
        return flights.result()

    def fails(asked: Statement) -> Fetched:
        counted(asked)
        raise SqlError("gone")

    counted = flights.counted("rest", 0.5)
    with ThreadPoolExecutor(1) as pool:
        leader = pool.submit(through_cache, flights.statement("rest"), fails)
        wait_until_running("rest")
        through_cache(flights.statement("rest", timeout_s=5.0), run)
        assert leader.exception(timeout=10) is not None
    assert 4.0 < seen[0] < 5.0


def test_who_waits_can_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    def look() -> None:
        raise StatementCancelled("The client went away.")

    with ThreadPoolExecutor(1) as pool:
        leader = pool.submit(through_cache, flights.statement("left"), flights.counted("left", 0.5))
        wait_until_running("left")
        monkeypatch.setattr("queries.result_cache.fetching.look", look)
        with pytest.raises(StatementCancelled):
            through_cache(flights.statement("left"), never)
        leader.result(timeout=10)


def test_a_result_too_large_to_keep_is_run_by_all_at_once(settings: Any) -> None:
    settings.QUERY_CACHE_MAX_BYTES = 10
    started = time.monotonic()
    answers = flights.ask_at_once("large", 10, 0.4)
    assert time.monotonic() - started < 2.0, "they waited for each other"
    assert flights.runs("large") == 10
    assert {answer.cache.reason for answer in answers} == {"The result is too large to be kept."}


def test_all_entries_together_are_bounded(settings: Any) -> None:
    settings.QUERY_CACHE_TOTAL_BYTES = 2 * 2_500
    for number in range(20):
        through_cache(flights.statement(f"total{number}"), lambda asked: flights.result())
    client = counters_module.counters()
    kept = list(client.scan_iter(match="*results:entry:*", count=1000))
    assert 0 < len(kept) < 20
    assert sum(len(client.get(key) or b"") for key in kept) <= 2_500


def test_refresh_runs_though_another_is_running_and_renews() -> None:
    first = through_cache(flights.statement("fresh"), lambda asked: flights.result(1))
    renewed = through_cache(
        flights.statement("fresh", refresh=True), lambda asked: flights.result(2)
    )
    again = through_cache(flights.statement("fresh"), never)
    assert [found.rows[0]["n"] for found in (first, renewed, again)] == [1, 2, 2]
    assert renewed.cache.state is CacheState.REFRESHED


def test_an_answer_that_was_on_its_way_when_the_cache_was_emptied_is_not_kept() -> None:
    def run(asked: Statement) -> Fetched:
        forget_results()
        return flights.result(1)

    through_cache(flights.statement("emptied"), run)
    after = through_cache(flights.statement("emptied"), lambda asked: flights.result(2))
    assert (after.rows, after.cache.state) == ([{"n": 2}], CacheState.MISS)


def test_emptying_the_cache_counts_what_was_kept() -> None:
    for number in range(3):
        through_cache(flights.statement(f"kept{number}"), lambda asked: flights.result())
    assert forget_results() == 3
    assert forget_results() == 0


def test_without_valkey_the_warehouse_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = redis.Redis(unix_socket_path="/nonexistent", retry=None)  # type: ignore[arg-type]
    monkeypatch.setattr(shared, "counters", lambda: gone)
    for refresh in (False, True):
        found = through_cache(
            flights.statement("down", refresh=refresh), lambda asked: flights.result()
        )
        assert found.rows == [{"n": 1}]
        assert found.cache.reason == "The cache cannot be reached."


def test_valkey_that_goes_away_meanwhile_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(asked: Statement) -> Fetched:
        gone = redis.Redis(unix_socket_path="/nonexistent", retry=None)  # type: ignore[arg-type]
        monkeypatch.setattr(shared, "counters", lambda: gone)
        return flights.result()

    found = through_cache(flights.statement("leaving"), run)
    assert (found.rows, found.cache.reason) == ([{"n": 1}], "The cache cannot be reached.")


@pytest.mark.parametrize("how", ["changed", "moved", "cut", "pickled"])
def test_what_somebody_else_wrote_is_not_read(how: str) -> None:
    client = counters_module.counters()
    through_cache(flights.statement("mine"), lambda asked: flights.result(1))
    through_cache(flights.statement("other"), lambda asked: flights.result(666))
    mine, other = (shared._entry(key) for key in ("mine", "other"))
    data = client.get(mine)
    assert data is not None
    forged = {
        "changed": data.replace(b'"row_count":1', b'"row_count":2'),
        "moved": client.get(other),
        "cut": data[:40],
        "pickled": data[:16] + b"\x80\x04cos\nsystem\n.",
    }[how]
    assert forged is not None
    assert forged != data
    client.set(mine, forged)
    found = through_cache(flights.statement("mine"), lambda asked: flights.result(7))
    assert found.rows == [{"n": 7}]
    assert found.cache.reason == "The answer that was kept was not this service's own."
    after = through_cache(flights.statement("mine"), lambda asked: flights.result(8))
    assert after.rows == [{"n": 8}]

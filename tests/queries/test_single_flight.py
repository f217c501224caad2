"""Equal questions at once run once, in whatever processes; a leader that dies or fails holds nobody
up, and what could not be kept is not waited for.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis

from queries.cacheability import CacheState
from queries.execution import Fetched, Statement, timed_out
from queries.result_cache import forget_results, shared, through_cache
from queries.watching import watched_by
from semantic_layer.api import counters as counters_module
from semantic_layer.errors import SqlError, StatementCancelled, StatementTimeout
from tests.queries import flights
from tests.waiting import PATIENCE_S, wait_for

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
    wait_for(lambda: flights.runs(key), what="the run of the other")


@contextmanager
def held(key: str, *, fails: bool = False) -> Iterator[Future[Fetched]]:
    """Somebody runs the question as long as the block does."""
    end = threading.Event()
    counted = flights.counted_until(key, end)

    def run(asked: Statement) -> Fetched:
        found = counted(asked)
        if fails:
            raise SqlError("no such column")
        return found

    with ThreadPoolExecutor(1) as pool:
        leader = pool.submit(through_cache, flights.statement(key), run)
        try:
            wait_until_running(key)
            yield leader
        finally:
            end.set()


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
        output, _ = other.communicate(timeout=PATIENCE_S)
    assert flights.runs("two") == 1
    assert (int(output), sum(answer.cache.is_hit for answer in answers)) == (19, 20)
    assert {answer.statement_id for answer in answers} == {f"statement of {other.pid}"}


def test_a_killed_leader_is_followed_by_the_next() -> None:
    with process("killed", "1", "60") as leader:
        wait_until_running("killed")
        leader.send_signal(signal.SIGKILL)
        leader.wait(timeout=PATIENCE_S)
        answers = flights.ask_at_once("killed", 10, 0.1)
    assert flights.runs("killed") == 2
    assert all(answer.rows == [{"n": 1}] for answer in answers)


def test_a_leader_that_lives_renews_its_lock() -> None:
    client, lock = counters_module.counters(), shared.lock_of("long")
    with held("long"):
        client.pexpire(lock, 100 * shared.LEASE_MS)
        wait_for(lambda: 0 < client.pttl(lock) <= shared.LEASE_MS, what="another lease")
    assert flights.runs("long") == 1


def test_a_failure_is_its_leaders_own() -> None:
    with ThreadPoolExecutor(1) as pool:
        with held("failing", fails=True) as leader:
            follower = pool.submit(
                through_cache, flights.statement("failing"), flights.counted("failing", 0)
            )
        assert isinstance(leader.exception(timeout=PATIENCE_S), SqlError)
        assert follower.result(timeout=PATIENCE_S).cache.state is CacheState.MISS
    assert flights.runs("failing") == 2


def test_who_waits_keeps_to_their_own_deadline() -> None:
    with held("slow"), pytest.raises(StatementTimeout, match=r"longer than 0\.4 seconds"):
        through_cache(flights.statement("slow", timeout_s=0.4), never)


def test_who_takes_over_has_the_rest_of_their_time() -> None:
    seen: list[float] = []
    waits = threading.Event()

    def run(asked: Statement) -> Fetched:
        seen.append(asked.timeout_s)
        return flights.result()

    def follow() -> Fetched:
        with watched_by(lambda progress=None: waits.set()):
            return through_cache(flights.statement("rest"), run)

    with ThreadPoolExecutor(1) as pool:
        with held("rest", fails=True):
            follower = pool.submit(follow)
            assert waits.wait(PATIENCE_S)
        follower.result(timeout=PATIENCE_S)
    assert 0 < seen[0] < flights.TIMEOUT_S


def test_who_runs_out_of_the_rest_is_told_all_their_time() -> None:
    def run(asked: Statement) -> Fetched:
        assert asked.timeout_s < 7
        raise timed_out(asked.timeout_s)

    with pytest.raises(StatementTimeout, match="longer than 7 seconds"):
        through_cache(flights.statement("all", timeout_s=7), run)


def test_who_waits_can_be_cancelled() -> None:
    def gone(progress: float | None = None) -> None:
        raise StatementCancelled("The client went away.")

    with held("left"), watched_by(gone), pytest.raises(StatementCancelled):
        through_cache(flights.statement("left"), never)


def test_a_result_too_large_to_keep_is_run_by_all_at_once(settings: Any) -> None:
    """The first one finds that it is; the others run side by side: each waits for all of them."""
    settings.QUERY_CACHE_MAX_BYTES = 10
    others = threading.Barrier(9, timeout=PATIENCE_S)

    def run(asked: Statement) -> Fetched:
        if counters_module.counters().incr(flights.runs_key("large")) > 1:
            others.wait()
        return flights.result()

    with ThreadPoolExecutor(10) as pool:
        asked = [pool.submit(through_cache, flights.statement("large"), run) for _ in range(10)]
        answers = [found.result(timeout=PATIENCE_S) for found in asked]
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

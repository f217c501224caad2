"""Workers, broker and database that die at any moment: each run ends once, with one result."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from queries import services, transitions
from queries.database import insisting
from queries.models import QueryRun, StoredResult
from queries.services.background import Job
from queries.states import QueryState
from queries.turns import claim_next
from queries.waking import wake
from tests import services as test_services
from tests.accounts_fixtures import ApiClient
from tests.queries.background import (
    ENDED,
    ENDLESS,
    ended,
    rows_of,
    running,
    slow,
    status,
    submit,
    worker_environment,
)
from tests.waiting import wait_for
from tests.worker_fixture import CeleryWorker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quick_loss")]

HERE = "queries.services.background"
STEPS = {
    "before the claim": (f"{HERE}.claim_next", "before"),
    "after the claim": (f"{HERE}.claim_next", "after"),
    "before the statement": (f"{HERE}.streamed", "before"),
    "after the rows were written": (f"{HERE}.write_result", "after"),
    "before the result is registered": (f"{HERE}.register_result", "before"),
    "before all is committed": (f"{HERE}.register_result", "after"),
    "after all is committed": (f"{HERE}.free_places", "before"),
}
QUERY = "SELECT n FROM numbers ORDER BY n"


def end_by_reaping(
    client: ApiClient, query_id: str, *, worker: CeleryWorker | None = None
) -> dict[str, Any]:
    """How the query ends, with the reaper at work as beat has it; a `worker` that ends is started
    again, as what supervises it does: kombu 5.7 falls over a broker that goes away with messages
    it has delivered.
    """

    def look() -> dict[str, Any] | None:
        if worker is not None:
            worker.start()
        services.reap_runs()
        found = status(client, query_id)
        return found if found["status"] in ENDED else None

    return dict(wait_for(look, what=f"the end of {query_id}"))


def assert_one_result(client: ApiClient, query_id: str) -> None:
    assert StoredResult.objects.filter(run_id=query_id).count() == 1
    assert rows_of(client, query_id) == [{"n": n} for n in range(1000)]


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(step, marks=() if step == "after the claim" else pytest.mark.slow)
        for step in STEPS
    ],
)
@pytest.mark.parametrize("whole", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_kill_9_at_each_step(
    analyst_client: ApiClient, worker: CeleryWorker, step: str, whole: bool
) -> None:
    target, moment = STEPS[step]
    worker.crash_at(target, moment, whole=whole)
    query_id = submit(analyst_client, QUERY)
    if whole:
        worker.wait_until_dead()
        worker.start()
    wait_for(lambda: worker.has_crashed, what="the crash")
    found = end_by_reaping(analyst_client, query_id)
    assert found["status"] == "completed", found
    assert found["attempt"] == (1 if step.startswith(("before the claim", "after all")) else 2)
    assert_one_result(analyst_client, query_id)
    run = QueryRun.objects.get()
    assert (run.state, run.losses) == ("completed", found["attempt"] - 1)


def test_kill_9_while_the_statement_runs(analyst_client: ApiClient, worker: CeleryWorker) -> None:
    query_id = submit(analyst_client, slow())
    running(query_id)
    worker.kill()
    assert status(analyst_client, query_id)["status"] == "running"
    worker.start()
    found = end_by_reaping(analyst_client, query_id)
    assert (found["status"], found["attempt"]) == ("completed", 2)
    assert rows_of(analyst_client, query_id) == [{"n": 0}]


def test_a_worker_that_is_killed_at_random_loses_doubles_and_fails_nothing(
    analyst_client: ApiClient, worker: CeleryWorker
) -> None:
    """A short share, always the same, of `python -m bench.load --seconds 600 --kill`."""
    chance = random.Random(7)
    queries = [submit(analyst_client, slow(chance.choice((10, 5_000)))) for _ in range(8)]
    for _ in range(2):
        run = wait_for(QueryRun.objects.filter(state="running").first, what="a query that runs")
        time.sleep(chance.uniform(0, 0.3))  # no moment is better than another
        worker.kill()
        worker.start()
        wait_for(lambda lost=run: services.reap_runs() and has_left(lost), what="its next claim")
    for query_id in queries:
        found = end_by_reaping(analyst_client, query_id)
        assert (found["status"], found["error_code"]) == ("completed", None), found
        assert rows_of(analyst_client, query_id) == [{"n": 0}]
    assert QueryRun.objects.count() == StoredResult.objects.count() == len(queries)


def has_left(run: QueryRun) -> bool:
    """Whether this claim of the run is over."""
    return not QueryRun.objects.filter(pk=run.pk, attempt=run.attempt, state="running").exists()


@pytest.mark.slow
def test_who_loses_its_worker_again_and_again_has_failed(
    analyst_client: ApiClient, worker: CeleryWorker, settings: Any
) -> None:
    settings.QUERY_MOST_LOSSES = 2
    query_id = submit(analyst_client, slow(400_000))
    for attempt in (1, 2, 3):
        wait_for(lambda wanted=attempt: running(query_id).attempt == wanted, what="its start")
        worker.kill()
        worker.start()
        wait_for(
            lambda wanted=attempt: services.reap_runs() and QueryRun.objects.get().losses == wanted,
            what="the loss",
        )
    found = status(analyst_client, query_id)
    assert (found["status"], found["error_code"]) == ("failed", "WORKER_LOST")
    assert QueryRun.objects.count() == 1


@pytest.mark.slow
def test_a_worker_that_was_given_up_and_comes_back_changes_nothing(
    analyst_client: ApiClient, worker: CeleryWorker
) -> None:
    query_id = submit(analyst_client, slow(16_000))
    running(query_id)
    worker.pause()
    wait_for(lambda: services.reap_runs().requeued, what="giving it up")
    assert services.run_next(), "this process runs it now"
    first = status(analyst_client, query_id)
    assert (first["status"], first["attempt"]) == ("completed", 2)
    worker.resume()
    wait_for(lambda: "given up" in worker.said(), what="the first worker's return")
    time.sleep(0.5)
    assert status(analyst_client, query_id) == first
    assert StoredResult.objects.count() == 1


def test_a_message_that_comes_many_times_runs_a_query_once(
    analyst_client: ApiClient, worker: CeleryWorker
) -> None:
    query_id = submit(analyst_client, QUERY)
    for _ in range(10):
        wake()
    assert ended(analyst_client, query_id)["attempt"] == 1
    time.sleep(0.5)
    assert status(analyst_client, query_id)["attempt"] == 1
    assert_one_result(analyst_client, query_id)


def test_a_message_that_got_lost_is_sent_again(
    analyst_client: ApiClient, worker: CeleryWorker
) -> None:
    worker.pause_deaf()
    query_id = submit(analyst_client, QUERY)
    worker.settle()
    worker.resume()
    time.sleep(0.5)
    assert status(analyst_client, query_id)["status"] == "queued"
    call_command("reap_queries")
    assert ended(analyst_client, query_id)["status"] == "completed"


def test_a_worker_that_is_asked_to_stop_hands_its_query_back(
    analyst_client: ApiClient, worker: CeleryWorker
) -> None:
    query_id = submit(analyst_client, slow(16_000))
    running(query_id)
    worker.stop()
    run = QueryRun.objects.get(pk=query_id)
    assert (run.state, run.losses, run.heartbeat_at) == ("queued", 0, None)
    worker.start()
    found = ended(analyst_client, query_id)
    assert (found["status"], found["attempt"]) == ("completed", 2)


def test_cancelling_what_lost_its_worker(analyst_client: ApiClient, worker: CeleryWorker) -> None:
    query_id = submit(analyst_client, ENDLESS)
    running(query_id)
    worker.kill()
    assert analyst_client.post(f"/api/queries/{query_id}/cancel").status_code == 200
    assert end_by_reaping(analyst_client, query_id)["status"] == "cancelled"


def _end_connections() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_connections_to_the_database_that_break(
    analyst_client: ApiClient, worker: CeleryWorker
) -> None:
    query_id = submit(analyst_client, slow())
    running(query_id)

    for _ in range(20):
        _end_connections()
        time.sleep(0.1)
    ended(analyst_client, query_id)
    found = status(analyst_client, query_id)
    assert (found["status"], found["attempt"]) == ("completed", 1)
    assert rows_of(analyst_client, query_id) == [{"n": 0}]


def test_the_end_of_a_run_is_written_although_the_connection_broke(
    analyst_client: ApiClient,
) -> None:
    query_id = submit(analyst_client, QUERY)
    run = claim_next()
    assert run is not None
    tries: list[bool] = []

    def finish() -> bool:
        tries.append(True)
        if len(tries) == 1:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return transitions.finish(run, QueryState.FAILED)

    assert insisting(finish)
    assert len(tries) == 2
    assert status(analyst_client, query_id)["status"] == "failed"


def test_a_commit_whose_answer_got_lost_counts(analyst_client: ApiClient, shop: Path) -> None:
    query_id = submit(analyst_client, QUERY)
    run = claim_next()
    assert run is not None
    job = Job(run)
    job.perform()
    assert job.registered
    assert job._registered(), "asked again, it knows its own result"
    assert_one_result(analyst_client, query_id)


def _restarted(
    server: Any, url: str, variable: str, environment: Any, pause_s: float
) -> Callable[[], None]:
    if environment.get(variable) != url:
        pytest.skip(f"{variable} names a server that this test run may not restart")

    def restart() -> None:
        connection.close()
        server.stop()
        time.sleep(pause_s)
        server.start()

    return restart


@pytest.mark.slow
def test_a_database_that_restarts(analyst_client: ApiClient, worker: CeleryWorker) -> None:
    server = test_services.POSTGRES
    restart = _restarted(server, server.url(), "DATABASE_URL", os.environ, 1.0)
    query_id = submit(analyst_client, slow())
    running(query_id)
    restart()
    found = end_by_reaping(analyst_client, query_id, worker=worker)
    assert found["status"] == "completed", found
    assert rows_of(analyst_client, query_id) == [{"n": 0}]


@pytest.mark.slow
def test_a_broker_that_restarts(analyst_client: ApiClient, worker: CeleryWorker) -> None:
    server = test_services.VALKEY
    restart = _restarted(server, server.urls().cache, "REDIS_URL", os.environ, 1.0)
    long = submit(analyst_client, slow())
    running(long)
    waits = submit(analyst_client, QUERY)
    restart()
    assert end_by_reaping(analyst_client, long, worker=worker)["status"] == "completed"
    assert end_by_reaping(analyst_client, waits, worker=worker)["status"] == "completed"
    assert_one_result(analyst_client, waits)


@pytest.mark.slow
def test_submitting_while_the_broker_is_away(
    analyst_client: ApiClient, worker: CeleryWorker
) -> None:
    server = test_services.VALKEY
    if os.environ.get("REDIS_URL") != server.urls().cache:
        pytest.skip("REDIS_URL names a server that this test run may not stop")
    server.stop()
    try:
        query_id = submit(analyst_client, QUERY)
    finally:
        server.start()
    assert end_by_reaping(analyst_client, query_id, worker=worker)["status"] == "completed"
    assert_one_result(analyst_client, query_id)


def test_what_waits_for_too_long_is_ended(analyst_client: ApiClient, settings: Any) -> None:
    query_id = submit(analyst_client, QUERY)
    assert services.reap_runs().overdue == 0
    settings.QUERY_WAIT_TIMEOUT_S = 0
    assert services.reap_runs().overdue == 1
    found = status(analyst_client, query_id)
    assert (found["status"], found["error_code"]) == ("failed", "QUEUE_TIMEOUT")


@pytest.mark.slow
def test_fifty_queries_of_one_person_keep_nobody_waiting(
    analyst_client: ApiClient,
    other_client: ApiClient,
    celery_worker: CeleryWorker,
    shop_file: Path,
) -> None:
    environment = worker_environment(
        shop_file, QUERY_BACKGROUND_PER_USER="1", QUERY_BACKGROUND_TOTAL="2"
    )
    celery_worker.use(**environment)
    celery_worker.pause()
    mine = [submit(analyst_client, slow(1_000)) for _ in range(50)]
    query_id = submit(other_client, QUERY)
    celery_worker.resume()
    assert end_by_reaping(other_client, query_id)["status"] == "completed"
    wait_for(
        lambda: not QueryRun.objects.filter(state__in=["queued", "running"]).exists(),
        within_s=240,
        what="the end of all fifty",
    )
    others = QueryRun.objects.get(pk=query_id)
    before = QueryRun.objects.filter(pk__in=mine, started_at__lt=others.started_at).count()
    assert before == 1, "the one who waited longest is first, then people take turns"
    assert set(QueryRun.objects.values_list("state", "attempt")) == {("completed", 1)}

"""Over a live web server: events, clients that go away, a server that is killed."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
import requests
from django.db import connection

from queries import services
from queries.events import followed as followed_here
from queries.models import QueryRun
from tests.accounts_fixtures import ApiClient
from tests.queries.background import ENDED, ENDLESS, ended, slow, status, submit
from tests.queries.live import LIVE, LiveServer
from tests.waiting import wait_for
from tests.worker_fixture import CeleryWorker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quick_loss")]


def events_of(response: requests.Response) -> Iterator[dict[str, Any]]:
    """Server-sent events as a browser reads them; comments are left out."""
    event: dict[str, Any] = {}
    for line in response.iter_lines(chunk_size=1, decode_unicode=True):
        if not line:
            if "data" in event:
                yield {**event, "data": json.loads(event["data"])}
            event = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(": ")
            event[name] = value


def follow(live: LiveServer, client: ApiClient, query_id: str, last: str = "") -> requests.Response:
    headers = {"Last-Event-ID": last} if last else {}
    return live.get(client, f"/api/queries/{query_id}/events", stream=True, headers=headers)


def post_and_leave(live: LiveServer, client: ApiClient, body: Any) -> None:
    """Send the query, wait until it runs, and close the connection without a word."""
    text = json.dumps(body).encode()
    head = (
        "POST /api/queries/execute HTTP/1.1\r\nHost: localhost\r\n"
        f"Content-Type: application/json\r\nAuthorization: Bearer {client.bearer}\r\n"
        f"Content-Length: {len(text)}\r\n\r\n"
    )
    with socket.create_connection((live.address.host, live.address.port)) as connected:
        connected.sendall(head.encode() + text)
        wait_for(lambda: QueryRun.objects.filter(state="running").exists(), what="its record")


def followed(live: LiveServer, client: ApiClient, query_id: str) -> Iterator[dict[str, Any]]:
    """Events until the query has ended: follows again where a stream is over, as browsers do."""
    last = ""
    while True:
        with follow(live, client, query_id, last) as response:
            assert response.status_code == 200
            for event in events_of(response):
                last = event["id"]
                yield event
                if event["data"]["status"] in ENDED:
                    return


def states_of(events: Iterable[dict[str, Any]]) -> list[str]:
    return [event["data"]["status"] for event in events if event["event"] == "state"]


def test_events_tell_of_each_state_until_the_end(
    live: LiveServer, analyst_client: ApiClient, worker: CeleryWorker
) -> None:
    """Each state lasts until its event was seen: a stream tells how things are, not were."""
    worker.pause()
    query_id = submit(analyst_client, ENDLESS)
    found = []
    for event in followed(live, analyst_client, query_id):
        found.append(event)
        if event["data"]["status"] == "queued":
            worker.resume()
        elif event["data"]["status"] == "running":
            analyst_client.post(f"/api/queries/{query_id}/cancel")
    assert states_of(found) == ["queued", "running", "cancelled"]
    assert len({event["id"] for event in found}) == len(found)
    again = follow(live, analyst_client, query_id, found[-1]["id"])
    assert (again.status_code, again.text) == (204, "")
    before = followed(live, analyst_client, query_id)
    assert [event["data"]["status"] for event in before] == ["cancelled"]


def test_the_last_event_says_where_the_result_is(
    live: LiveServer, analyst_client: ApiClient, worker: CeleryWorker
) -> None:
    query_id = submit(analyst_client, "SELECT 1 AS a")
    ended(analyst_client, query_id)
    with follow(live, analyst_client, query_id) as response:
        assert response.headers["Content-Type"] == "text/event-stream"
        assert response.headers["Cache-Control"] == "no-store"
    last = list(followed(live, analyst_client, query_id))[-1]
    assert last["data"]["status"] == "completed"
    assert last["data"]["result_url"] == f"/api/queries/{query_id}/results"


def test_a_stream_is_bounded(
    analyst_client: ApiClient, celery_worker: CeleryWorker, settings: Any
) -> None:
    celery_worker.pause()
    settings.QUERY_STREAM_S = 1
    query_id = submit(analyst_client, "SELECT 1 AS a")
    run = QueryRun.objects.get(pk=query_id)
    events = followed_here(run, last_event_id="", still_allowed=lambda: None)
    assert events is not None
    assert [part.split(b"\n")[1] for part in events if part.startswith(b"id")] == [b"event: state"]
    assert status(analyst_client, query_id)["status"] == "queued"


def test_a_stream_holds_no_database_connection_and_is_taken_up_again(
    live: LiveServer, analyst_client: ApiClient, worker: CeleryWorker
) -> None:
    worker.pause()
    query_id = submit(analyst_client, "SELECT 1 AS a")
    with follow(live, analyst_client, query_id) as response:
        first = next(events_of(response))
        wait_for(lambda: not connections_of_web(), what="a stream without a connection")
    worker.resume()
    ended(analyst_client, query_id)
    with follow(live, analyst_client, query_id, first["id"]) as response:
        assert [event["data"]["status"] for event in events_of(response)] == ["completed"]


def connections_of_web() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = %s", [LIVE])
        return int(cursor.fetchone()[0])


def test_streams_are_few_and_a_place_is_free_when_its_client_goes(
    live: LiveServer, analyst_client: ApiClient, other_client: ApiClient, worker: CeleryWorker
) -> None:
    worker.pause()
    query_id = submit(analyst_client, "SELECT 1 AS a")
    open_ones = [follow(live, analyst_client, query_id) for _ in range(2)]
    streams = [events_of(response) for response in open_ones]
    assert [next(stream)["data"]["status"] for stream in streams] == ["queued", "queued"]
    third = follow(live, analyst_client, query_id)
    assert third.status_code == 429
    assert int(third.headers["Retry-After"]) > 0
    assert third.json()["error_code"] == "RATE_LIMITED"
    others = submit(other_client, "SELECT 1 AS a")
    with follow(live, other_client, others) as response:
        assert response.status_code == 200
    open_ones[0].close()
    with wait_for(lambda: open_stream(live, analyst_client, query_id), what="a free place"):
        open_ones[1].close()
    worker.resume()


def open_stream(live: LiveServer, client: ApiClient, query_id: str) -> requests.Response | None:
    response = follow(live, client, query_id)
    if response.status_code == 200:
        return response
    response.close()
    return None


def test_a_client_that_goes_away_ends_its_query(
    live: LiveServer, analyst_client: ApiClient
) -> None:
    post_and_leave(live, analyst_client, {"query": ENDLESS})
    run = wait_for(
        lambda: QueryRun.objects.exclude(state="running").first(), what="the end of the query"
    )
    assert (run.state, run.error_code) == ("cancelled", "CLIENT_GONE")
    assert run.finished_at is not None


def test_a_client_that_waits_keeps_its_query(live: LiveServer, analyst_client: ApiClient) -> None:
    response = live.post(analyst_client, "/api/queries/execute", {"query": slow(8_000)})
    assert response.status_code == 200
    assert response.json()["rows"] == [{"n": 0}]
    run = QueryRun.objects.get()
    assert (run.state, run.attempt, run.background) == ("completed", 1, False)


def test_a_synchronous_query_is_seen_and_cancelled_by_another_request(
    live: LiveServer, analyst_client: ApiClient
) -> None:
    answers: list[requests.Response] = []

    def ask() -> None:
        answers.append(live.post(analyst_client, "/api/queries/execute", {"query": ENDLESS}))

    thread = threading.Thread(target=ask)
    thread.start()
    run = wait_for(lambda: QueryRun.objects.filter(state="running").first(), what="its record")
    history = analyst_client.get("/api/queries/history", {"status": "running"}).json()
    assert [item["query_id"] for item in history["queries"]] == [str(run.pk)]
    assert analyst_client.post(f"/api/queries/{run.pk}/cancel").status_code == 200
    thread.join(30)
    assert (answers[0].status_code, answers[0].json()["error_code"]) == (409, "QUERY_CANCELLED")
    assert status(analyst_client, str(run.pk))["status"] == "cancelled"


def test_a_server_that_is_killed_leaves_a_record_of_what_ran(
    live: LiveServer, analyst_client: ApiClient
) -> None:
    def ask() -> None:
        with pytest.raises(requests.ConnectionError):
            live.post(analyst_client, "/api/queries/execute", {"query": ENDLESS})

    thread = threading.Thread(target=ask)
    thread.start()
    run = wait_for(lambda: QueryRun.objects.filter(state="running").first(), what="its record")
    live.stop()
    thread.join(30)
    assert not thread.is_alive()
    wait_for(lambda: services.reap_runs().failed, what="the reaper's notice")
    found = status(analyst_client, str(run.pk))
    assert (found["status"], found["error_code"]) == ("failed", "WORKER_LOST")

"""A web server that is asked to end finishes what it began, and begins nothing more."""

from __future__ import annotations

import signal
import threading

import pytest
import requests

from queries.models import QueryRun
from semantic_layer.embedded import programs
from semantic_layer.embedded.process import stop
from tests.accounts_fixtures import ApiClient
from tests.queries.background import slow
from tests.queries.live import LiveServer
from tests.waiting import PATIENCE_S, wait_for

pytestmark = pytest.mark.django_db(transaction=True)


def test_requests_under_way_are_answered(
    live: LiveServer, analyst_client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    live.stop()
    monkeypatch.setattr(programs, "WEB_GRACE_S", int(PATIENCE_S))  # a busy machine is slow
    live.start()
    answers: list[requests.Response] = []

    def ask() -> None:
        answers.append(live.post(analyst_client, "/api/queries/execute", {"query": slow(8_000)}))

    thread = threading.Thread(target=ask)
    thread.start()
    wait_for(QueryRun.objects.filter(state="running").exists, what="its record")
    assert live.child is not None
    server, live.child = live.child, None
    server.process.send_signal(signal.SIGTERM)
    try:
        server.process.wait(PATIENCE_S)
        thread.join(PATIENCE_S)
    finally:
        stop(server)
    assert [answer.status_code for answer in answers] == [200]
    assert answers[0].json()["rows"] == [{"n": 0}]
    assert QueryRun.objects.get().state == "completed"
    with pytest.raises(requests.ConnectionError):
        live.get(analyst_client, "/api/health")

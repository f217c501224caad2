"""`async` with `export_format`: a worker writes the file, and the status says where it is."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from queries import services
from queries.exports.store import export_folder
from queries.models import Export, QueryRun
from semantic_layer.accounts.models import User
from tests.accounts_fixtures import Api, ApiClient
from tests.queries.background import ended, rows_of, status
from tests.queries.conftest import MODELS
from tests.waiting import wait_for
from tests.worker_fixture import CeleryWorker

pytestmark = pytest.mark.django_db(transaction=True)

EXECUTE = "/api/queries/execute"
NUMBERS = "SELECT n FROM numbers ORDER BY n"


def submit_export(client: ApiClient, path: str = EXECUTE, **body: Any) -> str:
    response = client.post(path, {"async": True, "export_format": "csv", **body})
    assert response.status_code == 202, response.json()
    return str(response.json()["query_id"])


def lines_of(client: ApiClient, found: dict[str, Any]) -> list[list[str]]:
    response = client.get(found["export"]["export_url"])
    assert response.status_code == 200
    return list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode())))


def files() -> set[str]:
    return {file.name for file in export_folder().files()}


@pytest.mark.parametrize("path", [EXECUTE, "/api/queries/export"])
def test_a_worker_writes_the_file(
    analyst_client: ApiClient, worker: CeleryWorker, path: str
) -> None:
    query_id = submit_export(analyst_client, path, query=NUMBERS)
    found = ended(analyst_client, query_id)
    assert found["status"] == "completed", found
    assert (found["export"]["format"], found["export"]["row_count"]) == ("csv", 2500)
    assert found["export"]["query_id"] == query_id
    assert lines_of(analyst_client, found) == [["n"], *([str(n)] for n in range(2500))]
    assert len(rows_of(analyst_client, query_id)) == 1000, "its rows are there by pages as well"
    item = analyst_client.get("/api/queries/history").json()["queries"][0]
    assert (item["export_format"], item["background"]) == ("csv", True)


def test_a_limit_is_the_rows_of_the_file(analyst_client: ApiClient, worker: CeleryWorker) -> None:
    found = ended(analyst_client, submit_export(analyst_client, query=NUMBERS, limit=3))
    assert (found["export"]["truncated"], found["truncated"]) == (True, True)
    assert lines_of(analyst_client, found) == [["n"], ["0"], ["1"], ["2"]]


def test_of_metrics(analyst_client: ApiClient, worker: CeleryWorker, api: Api) -> None:
    engineer = api(User.objects.create_user("engineer@example.com", ["engineer"]))
    assert engineer.post("/api/models", {"yaml": MODELS}).status_code == 201
    body = {"metrics": ["order_count"], "group_by": ["customer__country"]}
    query_id = submit_export(analyst_client, "/api/metrics-explorer/query", **body)
    found = ended(analyst_client, query_id)
    assert lines_of(analyst_client, found)[0] == ["customer__country", "order_count"]
    manifest = analyst_client.get(found["export"]["manifest_url"]).json()
    assert manifest["receipt_id"] == query_id


def test_more_rows_than_a_file_may_have_fail_the_run(
    analyst_client: ApiClient, settings: Any
) -> None:
    settings.EXPORT_MAX_ROWS, before = 100, files()
    query_id = submit_export(analyst_client, query=NUMBERS)
    assert services.run_next()
    found = status(analyst_client, query_id)
    assert (found["status"], found["error_code"]) == ("failed", "EXPORT_TOO_LARGE")
    assert found["export"] is None
    assert Export.objects.count() == 0
    assert files() == before


def test_a_worker_killed_before_the_end_leaves_one_file(
    analyst_client: ApiClient, worker: CeleryWorker, quick_loss: None
) -> None:
    worker.crash_at("queries.services.background.register_export")
    query_id = submit_export(analyst_client, query=NUMBERS)
    wait_for(lambda: worker.has_crashed, what="the crash")

    def look() -> bool:
        services.reap_runs()
        return QueryRun.objects.get(pk=query_id).state == "completed"

    wait_for(look, what="the end")
    found = status(analyst_client, query_id)
    assert found["attempt"] == 2
    assert Export.objects.get().run_id == QueryRun.objects.get().pk
    assert len(lines_of(analyst_client, found)) == 2501


def test_it_counts_as_an_export(analyst_client: ApiClient, settings: Any) -> None:
    settings.RATE_LIMIT_PROFILE = "production"
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "exports": (1, 3600)}
    submit_export(analyst_client, query=NUMBERS)
    body = {"query": NUMBERS, "async": True, "export_format": "csv"}
    assert analyst_client.post(EXECUTE, body).status_code == 429


def test_a_finished_query_is_exported_at_once(analyst_client: ApiClient) -> None:
    body = {"query_id": str(QueryRun().pk), "export_format": "csv", "async": True}
    response = analyst_client.post("/api/queries/export", body)
    assert (response.status_code, list(response.json()["field_errors"])) == (400, ["async"])

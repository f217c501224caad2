"""Exports over HTTP: whose they are, how long they last, what they hold, what is left behind."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from django.core import signing
from django.utils import timezone

from queries.exports.formats import FORMATS as FILE_FORMATS
from queries.exports.upkeep import sweep_exports
from queries.models import Export, ExportFormat, QueryKind, QueryRun
from queries.results import register_result, write_result
from queries.results.upkeep import Swept
from queries.states import QueryState
from semantic_layer import wiring
from semantic_layer.accounts.actor import actor_of
from semantic_layer.accounts.models import User
from semantic_layer.errors import WarehouseError
from semantic_layer.ports import Limits, ResultColumn, RunHandle, RunState, RunStatus
from tests.accounts_fixtures import Api, ApiClient
from tests.queries.conftest import execute
from tests.queries.export_rows import csv_rows, excel_cells, json_file_rows, parquet_json_rows

FORMATS = ("csv", "excel", "json", "parquet")
CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8; header=present",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
    "excel": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
EXTENSIONS = {"csv": "csv", "excel": "xlsx", "json": "json", "parquet": "parquet"}
NUMBERS = "SELECT n FROM numbers ORDER BY n"
EVERYTHING = """
    SELECT
        1::INTEGER AS i, 9007199254740993::BIGINT AS big, sum(n) AS wide, true AS b,
        170141183460469231731687303715884::HUGEINT AS huge,
        12.50::DECIMAL(9,2) AS d, 0.5::DOUBLE AS f, 'nan'::DOUBLE AS nan,
        'text' AS t, '' AS empty, NULL AS nothing,
        DATE '2025-01-10' AS day, TIMESTAMP '2025-01-10 23:30:00.25' AS moment,
        TIMESTAMPTZ '2025-01-10 23:30:00+02' AS zoned, TIME '12:34:56' AS clock,
        INTERVAL '1 month 2 days' AS gap, 'ab'::BLOB AS bytes, '101'::BIT AS bits,
        [1, NULL] AS list, {'a': 1} AS struct, MAP {'k': 1.5} AS map,
        uuid '00000000-0000-4000-8000-000000000000' AS id,
        1::UNION(num INTEGER, str VARCHAR) AS variant,
        'x' AS "ü ""quoted"", name", 2 AS i
    FROM numbers
"""


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.EXPORT_STORE_DIR = tmp_path / "exports"
    settings.RESULT_STORE_DIR = tmp_path / "results"
    return settings.EXPORT_STORE_DIR


def export(client: ApiClient, query: str = NUMBERS, **extra: Any) -> Any:
    return client.post("/api/queries/export", {"query": query, "export_format": "csv", **extra})


def exported(client: ApiClient, query: str = NUMBERS, **extra: Any) -> dict[str, Any]:
    response = export(client, query, **extra)
    assert response.status_code == 200, response.json()
    body: dict[str, Any] = response.json()
    return body


def content(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def opens(client: ApiClient, url: str, **query: str) -> bool:
    """Is there a file? It is read to its end, which closes it."""
    response = client.get(url, query)
    return response.status_code == 200 and bool(content(response))


def refusal(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["error_code"]


def left(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.exists() else []


@pytest.mark.parametrize("export_format", FORMATS)
def test_the_file_and_all_that_is_said_of_it(analyst_api: ApiClient, export_format: str) -> None:
    body = exported(analyst_api, export_format=export_format)
    assert set(body) >= {
        "export_url", "expires_at", "file_size_bytes", "row_count", "format", "query_id"
    }  # fmt: skip
    assert (body["row_count"], body["format"], body["truncated"]) == (2500, export_format, False)
    response = analyst_api.get(body["export_url"])
    data = content(response)
    assert response.status_code == 200
    assert response["Content-Type"] == CONTENT_TYPES[export_format]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]
    assert int(response["Content-Length"]) == len(data) == body["file_size_bytes"]
    assert re.fullmatch(
        rf'attachment; filename="query-\d{{8}}-\d{{6}}-\w{{6}}\.{EXTENSIONS[export_format]}"',
        response["Content-Disposition"],
    )
    digest = hashlib.sha256(data).hexdigest()
    assert digest == body["sha256"] == response["ETag"].strip('"')
    manifest = analyst_api.get(body["manifest_url"]).json()
    assert manifest | {"sha256": digest, "row_count": 2500} == manifest
    assert manifest["columns"] == [{"name": "n", "type": "BIGINT"}]
    assert manifest["sql_sha256"] == hashlib.sha256(NUMBERS.encode()).hexdigest()
    run = QueryRun.objects.get()
    assert (run.state, run.export_format, run.row_count) == ("completed", export_format, 2500)
    assert str(run.id) == body["query_id"] == manifest["query_id"] == manifest["receipt_id"]


def test_every_value_is_that_of_the_synchronous_answer(analyst_api: ApiClient) -> None:
    answer = execute(analyst_api, EVERYTHING).json()
    files = {
        name: content(
            analyst_api.get(exported(analyst_api, EVERYTHING, export_format=name)["export_url"])
        )
        for name in FORMATS
    }
    (row,) = answer["rows"]
    assert json_file_rows(files["json"]) == [row]
    (parquet,) = parquet_json_rows(files["parquet"])
    different = {name for name in row if parquet[name] != row[name]}
    assert different <= {"wide", "huge", "variant"}  # decimals, and JSON text for the union
    assert {name: int(parquet[name]) for name in ("wide", "huge")} == {
        name: int(row[name]) for name in ("wide", "huge")
    }
    header, values = csv_rows(files["csv"])
    assert header == answer["columns"] == list(row)
    texts = dict(zip(header, values, strict=True))
    assert all(texts[name] == value for name, value in row.items() if isinstance(value, str))
    assert (texts["b"], texts["nothing"], texts["list"]) == ("true", "", "[1,null]")
    cells = dict(zip(*excel_cells(files["excel"]), strict=True))
    assert (cells["i"], cells["i_2"], cells["d"], cells["b"]) == (1, 2, 12.5, True)
    assert (cells["big"], cells["huge"]) == (row["big"], row["huge"])
    assert cells['ü "quoted", name'] == "x"


@pytest.mark.parametrize("export_format", ["csv", "excel", "parquet"])
def test_execute_with_a_format_answers_with_the_link(
    analyst_api: ApiClient, export_format: str
) -> None:
    response = execute(analyst_api, NUMBERS, export_format=export_format)
    assert response.status_code == 200, response.json()
    assert response.json()["row_count"] == 2500
    assert opens(analyst_api, response.json()["export_url"])


def test_json_with_execute_is_the_answer_itself(analyst_api: ApiClient) -> None:
    assert execute(analyst_api, "SELECT 1 AS a", export_format="json").json()["rows"] == [{"a": 1}]


@pytest.mark.parametrize("export_format", ["csv", "excel", "parquet"])
def test_metrics_are_exported_with_their_receipt(
    analyst_api: ApiClient, models: None, export_format: str
) -> None:
    query = {"metrics": ["revenue"], "group_by": ["customer__country"], "order_by": ["-revenue"]}
    response = analyst_api.post(
        "/api/metrics-explorer/query", {**query, "export_format": export_format}
    )
    assert response.status_code == 200, response.json()
    body = response.json()
    assert body["file_name"].startswith("revenue-")
    manifest = analyst_api.get(body["manifest_url"]).json()
    assert manifest["receipt_id"] == body["query_id"]
    run = QueryRun.objects.get(pk=body["query_id"])
    assert run.receipt is not None
    assert manifest["sql_sha256"] == run.receipt["sql_sha256"]
    data = content(analyst_api.get(body["export_url"]))
    if export_format == "csv":
        assert data.startswith(b'"customer__country","revenue"\r\n')


def test_limit_cuts_and_says_so(analyst_api: ApiClient) -> None:
    body = exported(analyst_api, limit=10)
    assert (body["row_count"], body["truncated"]) == (10, True)
    body = exported(analyst_api, limit=2500)
    assert (body["row_count"], body["truncated"]) == (2500, False)


@pytest.mark.parametrize(("most", "status"), [(2500, 200), (2499, 422), (1, 422)])
@pytest.mark.parametrize("export_format", FORMATS)
def test_rows_at_the_limit_and_beyond(
    analyst_api: ApiClient, settings: Any, folder: Path, export_format: str, most: int, status: int
) -> None:
    settings.EXPORT_MAX_ROWS = most
    response = export(analyst_api, export_format=export_format)
    assert response.status_code == status, response.json()
    if status == 422:
        assert response.json()["error_code"] == "EXPORT_TOO_LARGE"
        assert f"{most:,} rows" in response.json()["detail"]
        assert left(folder) == []
        assert not Export.objects.exists()
        assert QueryRun.objects.get().error_code == "EXPORT_TOO_LARGE"


def test_bytes_at_the_limit_and_beyond(analyst_api: ApiClient, settings: Any, folder: Path) -> None:
    size = exported(analyst_api)["file_size_bytes"]
    settings.EXPORT_MAX_BYTES = size
    assert exported(analyst_api)["file_size_bytes"] == size
    settings.EXPORT_MAX_BYTES = size - 1
    assert refusal(export(analyst_api)) == (422, "EXPORT_TOO_LARGE")
    assert len(left(folder)) == 2


def test_more_rows_than_a_sheet_holds(
    analyst_api: ApiClient, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    small = replace(FILE_FORMATS[ExportFormat.EXCEL], max_rows=2499)
    monkeypatch.setitem(FILE_FORMATS, ExportFormat.EXCEL, small)
    assert refusal(export(analyst_api, export_format="excel")) == (422, "EXCEL_ROW_LIMIT")
    assert refusal(export(analyst_api, export_format="excel", limit=2500)) == (
        422,
        "EXCEL_ROW_LIMIT",
    )
    assert exported(analyst_api, export_format="excel", limit=2499)["row_count"] == 2499
    assert exported(analyst_api, export_format="csv")["row_count"] == 2500
    assert len(left(folder)) == 2


def test_a_quota_per_person(
    analyst_api: ApiClient, api: Api, engineer: User, settings: Any, folder: Path
) -> None:
    settings.EXPORT_USER_BYTES = exported(analyst_api)["file_size_bytes"] + 100
    assert refusal(export(analyst_api)) == (422, "STORAGE_QUOTA_EXCEEDED")
    assert exported(api(engineer))["row_count"] == 2500
    Export.objects.update(expires_at=timezone.now())
    sweep_exports()
    assert exported(analyst_api)["row_count"] == 2500
    assert len(left(folder)) == 1


def test_nobody_else_gets_it(
    analyst_api: ApiClient, api: Api, analyst: User, engineer: User, admin_user: User, viewer: User
) -> None:
    body = exported(analyst_api)
    for url in (body["export_url"], body["manifest_url"]):
        for other in (engineer, admin_user):
            assert refusal(api(other).get(url)) == (404, "NOT_FOUND")
        assert refusal(api(viewer).get(url)) == (403, "PERMISSION_DENIED")
        assert refusal(api(None).get(url)) == (401, "NOT_AUTHENTICATED")
    missing = body["export_url"].replace(body["export_id"], str(uuid.uuid4()))
    assert refusal(analyst_api.get(missing)) == (404, "NOT_FOUND")


def test_whoever_sees_other_data_by_now_gets_nothing(analyst_api: ApiClient, analyst: User) -> None:
    body = exported(analyst_api)
    analyst.groups = ["finance"]
    analyst.save()
    assert refusal(analyst_api.get(body["export_url"])) == (404, "NOT_FOUND")
    assert refusal(ApiClient().get(body["signed_url"])) == (404, "NOT_FOUND")


def test_a_signed_link_needs_no_session(analyst_api: ApiClient, analyst: User) -> None:
    body = exported(analyst_api)
    url = body["signed_url"]
    assert content(ApiClient().get(url)) == content(analyst_api.get(body["export_url"]))
    token = url.partition("?token=")[2]
    assert ApiClient().get(f"{body['manifest_url']}?token={token}").status_code == 200
    analyst.roles = ["viewer"]
    analyst.save()
    assert refusal(ApiClient().get(url))[0] in (403, 404)
    analyst.is_active = False
    analyst.save()
    assert refusal(ApiClient().get(url)) == (401, "INVALID_LINK")


def test_a_signed_link_opens_nothing_else(analyst_api: ApiClient) -> None:
    first, second = exported(analyst_api), exported(analyst_api)
    token = first["signed_url"].partition("?token=")[2]
    url = second["export_url"]
    assert refusal(ApiClient().get(f"{url}?token={token}")) == (401, "INVALID_LINK")
    assert refusal(ApiClient().get(f"/api/auth/me?token={token}")) == (401, "NOT_AUTHENTICATED")
    # A bad token is told, also where the header would do.
    assert refusal(analyst_api.get(f"{url}?token={token}")) == (401, "INVALID_LINK")


def tampered(token: str) -> Iterator[str]:
    yield ""
    yield token[:-1]
    yield token + "A"
    yield token[::-1]
    yield token.swapcase()
    yield "ü😀"
    yield "a:b:c"
    for index in range(0, len(token), 7):
        other = "A" if token[index] != "A" else "B"
        yield token[:index] + other + token[index + 1 :]


def test_a_token_that_was_changed_opens_nothing(analyst_api: ApiClient, settings: Any) -> None:
    body = exported(analyst_api)
    url, _, token = body["signed_url"].partition("?token=")
    for bad in tampered(token):
        assert refusal(ApiClient().get(url, {"token": bad})) == (401, "INVALID_LINK"), bad
    payload = [body["export_id"], 10**11]
    for forged in (
        signing.dumps(payload),
        signing.dumps(payload, salt="queries.exports.link", key="another key"),
    ):
        assert refusal(ApiClient().get(url, {"token": forged})) == (401, "INVALID_LINK")
    assert opens(ApiClient(), url, token=token)


def test_it_lasts_an_hour(analyst_api: ApiClient, folder: Path) -> None:
    before = timezone.now()
    body = exported(analyst_api)
    kept = Export.objects.get()
    assert timedelta(hours=1) <= kept.expires_at - before <= timedelta(hours=1, seconds=30)
    Export.objects.update(expires_at=timezone.now())
    for url in (body["export_url"], body["manifest_url"]):
        assert refusal(analyst_api.get(url)) == (404, "EXPORT_EXPIRED")
    assert sweep_exports() == Swept(expired=1, lost=0, orphans=0)
    assert left(folder) == []
    assert refusal(analyst_api.get(body["export_url"])) == (404, "EXPORT_EXPIRED")
    kept.refresh_from_db()
    assert kept.removed_at is not None
    assert sweep_exports() == Swept(0, 0, 0)


def test_an_expired_token_is_told_apart(
    analyst_api: ApiClient, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.EXPORT_TTL_S = 1
    body = exported(analyst_api)
    url = body["export_url"]
    late = signing.dumps([body["export_id"], 1], salt="queries.exports.link")
    assert refusal(ApiClient().get(url, {"token": late})) == (404, "EXPORT_EXPIRED")


def test_the_sweep_mends_what_a_crash_left(analyst_api: ApiClient, folder: Path) -> None:
    kept, lost = exported(analyst_api), exported(analyst_api)
    (folder / Export.objects.get(pk=lost["export_id"]).file).unlink()
    assert refusal(analyst_api.get(lost["export_url"])) == (404, "EXPORT_EXPIRED")
    (folder / "0a1b.csv").write_bytes(b"no row")
    (folder / "0a1b.csv.0c0d.part").write_bytes(b"half")
    (folder / "tmpabc.part").mkdir()
    (folder / "tmpabc.part" / "whole.xlsx").write_bytes(b"half")
    assert sweep_exports() == Swept(expired=0, lost=1, orphans=0)
    for path in folder.iterdir():
        os.utime(path, (0, 0))
    assert sweep_exports() == Swept(expired=0, lost=0, orphans=3)
    assert len(left(folder)) == 1
    assert opens(analyst_api, kept["export_url"])


class BreakingWarehouse:
    """A Warehouse that loses its connection after some rows."""

    name = dialect = "duckdb"

    def __init__(self) -> None:
        self.cancelled = 0

    def submit(
        self, sql: str, parameters: Mapping[str, Any], *, limits: Limits, tags: Mapping[str, str]
    ) -> RunHandle:
        return RunHandle(self.name, "statement-1", "someone")

    def poll(self, handle: RunHandle, *, wait_s: float = 0.0) -> RunStatus:
        return RunStatus(RunState.SUCCEEDED)

    def columns(self, handle: RunHandle) -> tuple[ResultColumn, ...]:
        return (ResultColumn("n", "BIGINT"),)

    def batches(self, handle: RunHandle) -> Iterator[Any]:
        for start in range(3):
            yield pa.record_batch({"n": pa.array(range(start, start + 10_000), pa.int64())})
        raise WarehouseError("The connection was lost while fetching.")

    def cancel(self, handle: RunHandle) -> None:
        self.cancelled += 1


@pytest.mark.parametrize("export_format", FORMATS)
def test_a_failed_chunk_fails_the_export(
    analyst_api: ApiClient, monkeypatch: pytest.MonkeyPatch, folder: Path, export_format: str
) -> None:
    warehouse = BreakingWarehouse()
    monkeypatch.setattr(wiring, "warehouse", lambda credential: warehouse)
    assert refusal(export(analyst_api, export_format=export_format)) == (502, "WAREHOUSE_ERROR")
    assert left(folder) == []
    assert not Export.objects.exists()
    assert warehouse.cancelled == 1
    run = QueryRun.objects.get()
    assert (run.state, run.error_code) == ("failed", "WAREHOUSE_ERROR")


@pytest.mark.parametrize("export_format", FORMATS)
def test_a_full_disk_fails_the_export(
    analyst_api: ApiClient, monkeypatch: pytest.MonkeyPatch, folder: Path, export_format: str
) -> None:
    def full(*args: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    response = export(analyst_api, export_format=export_format)
    assert refusal(response) == (503, "STORAGE_FULL")
    assert int(response["Retry-After"]) >= 1
    assert left(folder) == []
    assert QueryRun.objects.get().error_code == "STORAGE_FULL"


def test_a_row_that_cannot_be_written_leaves_no_file(
    analyst_api: ApiClient, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    def broken(**fields: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Export.objects, "create", broken)
    assert export(analyst_api).status_code == 500
    assert left(folder) == []


def open_files(folder: Path) -> list[str]:
    links = [Path(link) for link in Path("/proc/self/fd").iterdir()]
    targets = [os.readlink(link) for link in links if link.is_symlink()]
    return [target for target in targets if target.startswith(str(folder))]


def test_a_client_that_goes_away_leaves_no_file_open(analyst_api: ApiClient, folder: Path) -> None:
    body = exported(analyst_api, "SELECT range AS n FROM range(60000)")
    response = analyst_api.get(body["export_url"])
    assert next(iter(response.streaming_content))
    assert open_files(folder)
    response._iterator.close()
    assert not open_files(folder)
    assert opens(analyst_api, body["export_url"])


@pytest.mark.parametrize("export_format", FORMATS)
def test_a_finished_run_with_a_stored_result(
    analyst_api: ApiClient, analyst: User, export_format: str
) -> None:
    run = stored_run(analyst, 20_000)
    body = exported_run(analyst_api, run.id, export_format)
    assert (body["query_id"], body["rerun_query_id"]) == (str(run.id), None)
    assert body["row_count"] == 20_000
    assert analyst_api.get(body["manifest_url"]).json()["columns"] == [
        {"name": "n", "type": "BIGINT"}
    ]
    assert QueryRun.objects.count() == 1


def test_a_stored_result_obeys_the_limits(
    analyst_api: ApiClient, analyst: User, settings: Any
) -> None:
    run = stored_run(analyst, 20_000)
    settings.EXPORT_MAX_ROWS = 19_999
    assert refusal(export_run(analyst_api, run.id)) == (422, "EXPORT_TOO_LARGE")
    settings.EXPORT_MAX_ROWS = 20_000
    assert export_run(analyst_api, run.id).status_code == 200


def test_a_finished_run_that_kept_nothing_is_read_again(analyst_api: ApiClient) -> None:
    answer = execute(analyst_api, "SELECT n FROM numbers WHERE n < $most", parameters={"most": 20},
                     limit=7).json()  # fmt: skip
    body = exported_run(analyst_api, answer["query_id"], "json")
    assert (body["query_id"], body["row_count"], body["truncated"]) == (answer["query_id"], 7, True)
    again = QueryRun.objects.get(pk=body["rerun_query_id"])
    assert (again.export_format, again.row_limit) == ("json", 7)
    assert json_file_rows(content(analyst_api.get(body["export_url"]))) == answer["rows"]


def test_a_finished_metric_query_is_read_again(analyst_api: ApiClient, models: None) -> None:
    query = {"metrics": ["revenue"], "group_by": ["metric_time__month"]}
    answer = analyst_api.post("/api/metrics-explorer/query", query).json()
    body = exported_run(analyst_api, answer["query_id"], "json")
    rows = json_file_rows(content(analyst_api.get(body["export_url"])))
    assert sorted(rows, key=str) == sorted(answer["rows"], key=str)
    assert analyst_api.get(body["manifest_url"]).json()["receipt_id"] == body["rerun_query_id"]


def test_runs_that_cannot_be_exported(
    analyst_api: ApiClient, api: Api, analyst: User, engineer: User
) -> None:
    assert refusal(export_run(analyst_api, uuid.uuid4())) == (404, "NOT_FOUND")
    run = stored_run(analyst, 3)
    assert refusal(export_run(api(engineer), run.id)) == (404, "NOT_FOUND")
    for state, expected in (
        ("running", (409, "QUERY_NOT_COMPLETED")),
        ("queued", (409, "QUERY_NOT_COMPLETED")),
        ("failed", (409, "QUERY_NOT_COMPLETED")),
        ("cancelled", (409, "QUERY_NOT_COMPLETED")),
        ("expired", (404, "RESULT_EXPIRED")),
    ):
        QueryRun.objects.update(state=state)
        assert refusal(export_run(analyst_api, run.id)) == expected
    QueryRun.objects.update(state="completed")
    run.stored_result.expires_at = timezone.now()
    run.stored_result.save()
    assert refusal(export_run(analyst_api, run.id)) == (404, "RESULT_EXPIRED")


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"query": "SELECT 1"}, "export_format"),
        ({"query": "SELECT 1", "export_format": "pdf"}, "export_format"),
        ({"query": "SELECT 1", "export_format": None}, "export_format"),
        ({"export_format": "csv"}, "query"),
        ({"export_format": "csv", "query": "SELECT 1", "query_id": str(uuid.uuid4())}, "query"),
        ({"export_format": "csv", "query_id": "7"}, "query_id"),
        ({"export_format": "csv", "query_id": str(uuid.uuid4()), "limit": 5}, "limit"),
        ({"export_format": "csv", "query": "SELECT 1", "limit": 10_001}, "limit"),
        ({"export_format": "csv", "query": "SELECT 1", "limit": 0}, "limit"),
        ({"export_format": "csv", "query": "SELECT 1", "file": "x"}, "file"),
    ],
)
def test_bad_requests_say_where(analyst_api: ApiClient, body: dict[str, Any], place: str) -> None:
    response = analyst_api.post("/api/queries/export", body)
    assert response.status_code == 400
    assert place in response.json()["field_errors"]
    assert not QueryRun.objects.exists()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("DROP TABLE numbers", (400, "STATEMENT_NOT_ALLOWED")),
        ("SELECT nothing FROM numbers", (400, "SQL_ERROR")),
    ],
)
def test_statements_are_guarded_as_ever(
    analyst_api: ApiClient, folder: Path, query: str, expected: tuple[int, str]
) -> None:
    assert refusal(export(analyst_api, query)) == expected
    assert left(folder) == []
    assert QueryRun.objects.get().export_format == "csv"


def test_five_an_hour_whatever_the_way(api: Api, analyst: User, shop: Path, settings: Any) -> None:
    settings.RATE_LIMIT_PROFILE = "production"
    client = api(analyst)
    for left_over in (4, 3):
        response = export(client, "SELECT 1 AS a")
        assert response["X-RateLimit-Limit"] == "5"
        assert response["X-RateLimit-Remaining"] == str(left_over)
    for left_over in (2, 1):
        response = execute(client, "SELECT 1 AS a", export_format="parquet")
        assert (response.status_code, response["X-RateLimit-Remaining"]) == (200, str(left_over))
    body = exported(client, "SELECT 1 AS a")
    for refused in (export(client), execute(client, "SELECT 1 AS a", export_format="csv")):
        assert refusal(refused) == (429, "RATE_LIMITED")
        assert 0 < refused.json()["retry_after"] <= 3600
    assert execute(client, "SELECT 1 AS a").status_code == 200
    response = client.get(body["export_url"])
    assert (response["X-RateLimit-Limit"], content(response)) == ("100", b'"a"\r\n1\r\n')


SURVIVES = """
import sys, django
django.setup()
from django.test import Client
response = Client().get(sys.argv[1])
sys.stdout.write(f"{response.status_code} {len(b''.join(response.streaming_content))}")
response.close()
"""


@pytest.mark.django_db(transaction=True)
def test_links_survive_a_restart(analyst_api: ApiClient, settings: Any) -> None:
    """Another process, with nothing but the database and the folder, serves the signed link."""
    body = exported(analyst_api)
    database = settings.DATABASES["default"]
    root = Path(__file__).resolve().parents[2]
    code = SURVIVES.replace(
        "django.setup()",
        "from django.conf import settings; "
        f"settings.DATABASES['default']['NAME'] = {database['NAME']!r}; "
        f"settings.EXPORT_STORE_DIR = {str(settings.EXPORT_STORE_DIR)!r}; "
        "import pathlib; settings.EXPORT_STORE_DIR = pathlib.Path(settings.EXPORT_STORE_DIR); "
        "settings.ALLOWED_HOSTS = ['testserver']; django.setup()",
    )
    found = subprocess.run(
        [sys.executable, "-c", code, body["signed_url"]],
        cwd=root,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.stdout == f"200 {body['file_size_bytes']}", found.stderr


def export_run(client: ApiClient, query_id: Any, export_format: str = "csv") -> Any:
    body = {"query_id": str(query_id), "export_format": export_format}
    return client.post("/api/queries/export", body)


def exported_run(client: ApiClient, query_id: Any, export_format: str) -> dict[str, Any]:
    response = export_run(client, query_id, export_format)
    assert response.status_code == 200, response.json()
    body: dict[str, Any] = response.json()
    return body


def stored_run(user: User, rows: int) -> QueryRun:
    actor = actor_of(user)
    run = QueryRun.objects.create(
        kind=QueryKind.SQL,
        state=QueryState.COMPLETED,
        actor_id=actor.user_id,
        actor_email=actor.email,
        data_scope=actor.data_scope,
        sql="SELECT n FROM somewhere",
        submitted_at=timezone.now(),
    )
    batch = pa.record_batch({"n": pa.array(range(rows), pa.int64())})
    columns = (ResultColumn("n", "BIGINT"),)
    register_result(run=run, written=write_result(run=run, columns=columns, batches=[batch]))
    return run

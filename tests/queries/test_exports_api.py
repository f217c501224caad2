"""Exports over HTTP: what the files hold, and within which limits."""

from __future__ import annotations

import hashlib
import re
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from queries.exports.formats import FORMATS as FILE_FORMATS
from queries.exports.upkeep import sweep_exports
from queries.models import Export, ExportFormat, QueryRun
from semantic_layer.accounts.models import User
from tests.accounts_fixtures import Api, ApiClient
from tests.queries.conftest import execute
from tests.queries.export_rows import csv_rows, excel_cells, json_file_rows, parquet_json_rows
from tests.queries.exporting import (
    FORMATS,
    NUMBERS,
    content,
    export,
    export_run,
    exported,
    exported_run,
    left,
    opens,
    refusal,
    stored_run,
)

CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8; header=present",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
    "excel": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


EXTENSIONS = {"csv": "csv", "excel": "xlsx", "json": "json", "parquet": "parquet"}


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

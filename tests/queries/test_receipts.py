"""Receipts of answers, and computing a recorded answer again."""

from __future__ import annotations

import hashlib
import io
import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from queries.fingerprints import MAX_ROWS, digest_of
from queries.models import QueryRun
from semantic_layer.accounts.models import User
from tests.accounts_fixtures import Api, ApiClient
from tests.queries.conftest import execute
from tests.queries.test_result_cache import ask, changed, own_file

__all__ = ["own_file"]


def receipt_url(query_id: str) -> str:
    return f"/api/queries/{query_id}/receipt"


def replay(*arguments: str) -> tuple[str, int]:
    """What the command prints, and its exit code."""
    output = io.StringIO()
    try:
        call_command("replay", *arguments, stdout=output)
    except CommandError as error:
        return f"{output.getvalue()}{error}", error.returncode
    return output.getvalue(), 0


def told(text: str) -> dict[str, str]:
    """The first word that the command says of each part."""
    lines = (line.split(":", 1) for line in text.splitlines() if ":" in line)
    return {name.strip(): value.split()[0] for name, value in lines if value.split()}


# ---------------------------------------------------------------- receipts


def test_every_answer_has_a_receipt(analyst_api: ApiClient, models: None) -> None:
    metric = ask(analyst_api, "revenue", group_by=["customer__country"])
    assert analyst_api.get(receipt_url(metric["query_id"])).json() == metric["receipt"]
    sql = "SELECT name FROM shop.main.customers WHERE customer_id > :n ORDER BY name"
    raw = execute(analyst_api, sql, parameters={"n": 1}).json()
    receipt = analyst_api.get(receipt_url(raw["query_id"])).json()
    assert receipt["query"] == {"query": sql, "parameters": {"n": 1}}
    assert receipt["sql_sha256"] == hashlib.sha256(sql.encode()).hexdigest()
    assert (receipt["kind"], receipt["tables"]) == ("sql", ["shop.main.customers"])
    assert receipt["result"]["row_count"] == 2
    assert receipt["result"]["ordered"] is True
    assert receipt["result"]["sequence_sha256"]
    assert receipt["data_version"] == metric["receipt"]["data_version"]


def test_a_saved_query_is_spelt_out(analyst_api: ApiClient, models: None) -> None:
    response = analyst_api.post(
        "/api/metrics-explorer/query", {"saved_query": "revenue_by_country"}
    )
    query = response.json()["receipt"]["query"]
    assert (query["metrics"], query["order_by"]) == (["revenue"], ["-revenue"])
    assert "saved_query" not in query


def test_a_receipt_is_its_owners_and_the_administrators(
    api: Api, analyst: User, engineer: User, admin_user: User, shop: Path
) -> None:
    body = execute(api(analyst), "SELECT 1 AS a").json()
    assert api(engineer).get(receipt_url(body["query_id"])).status_code == 404
    assert api(admin_user).get(receipt_url(body["query_id"])).status_code == 200
    assert api(analyst).get(receipt_url(str(uuid.uuid4()))).status_code == 404


def test_without_an_answer_there_is_no_receipt(analyst_api: ApiClient) -> None:
    execute(analyst_api, "SELECT nothing")
    response = analyst_api.get(receipt_url(str(QueryRun.objects.get().pk)))
    assert (response.status_code, response.json()["error_code"]) == (409, "NO_RECEIPT")


def test_hashes_of_rows() -> None:
    rows = [{"a": 1, "b": "x"}, {"a": 2, "b": None}]
    first, second = digest_of(rows), digest_of(list(reversed(rows)))
    assert first is not None
    assert second is not None
    assert first.rows_sha256 == second.rows_sha256
    assert first.sequence_sha256 != second.sequence_sha256
    for other in (
        [{"a": 1, "b": "x"}],
        [*rows, rows[0]],
        [{"a": 1, "b": "x"}, {"a": 2, "b": "None"}],
        [{"a": "1", "b": "x"}, {"a": 2, "b": None}],
    ):
        found = digest_of(other)
        assert found is not None
        assert found.rows_sha256 != first.rows_sha256
    assert digest_of([{"a": 0.1 + 0.2}]) == digest_of([{"a": 0.3}])
    assert digest_of([{"a": 0.3001}]) != digest_of([{"a": 0.3}])
    assert digest_of([{"a": 1}] * (MAX_ROWS + 1)) is None


# ---------------------------------------------------------------- replay


QUESTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "metrics": (
        "/api/metrics-explorer/query",
        {
            "metrics": ["revenue", "broken_ratio", "revenue_per_order"],
            "group_by": ["customer__country", "metric_time__month"],
            "where": [{"field": "customer__country", "op": "is_null"}],
            "order_by": ["metric_time__month"],
            "limit": 2,
        },
    ),
    "relative time": (
        "/api/metrics-explorer/query",
        {"metrics": ["revenue"], "time_range": {"last": 900, "grain": "day"}},
    ),
    "saved query": ("/api/metrics-explorer/query", {"saved_query": "revenue_by_country"}),
    "values": (
        "/api/metrics-explorer/dimension-values",
        {"dimension": "customer__country", "search": "F"},
    ),
    "SQL": (
        "/api/queries/execute",
        {
            "query": "SELECT n FROM shop.main.numbers WHERE n < :n",
            "parameters": {"n": 7},
            "limit": 3,
        },
    ),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_an_answer_is_found_again(analyst_api: ApiClient, models: None, name: str) -> None:
    path, body = QUESTIONS[name]
    response = analyst_api.post(path, body)
    assert response.status_code == 200, response.json()
    output, code = replay(response.json()["query_id"])
    assert code == 0, output
    parts = told(output)
    assert (parts["SQL"], parts["parameters"], parts["rows"]) == ("equal",) * 3
    assert (parts["data in the warehouse"], parts["data scope"]) == ("equal", "equal")
    again = QueryRun.objects.first()
    assert again is not None
    assert (again.actor_email, again.cached) == ("analyst@example.com", False)


def test_the_versions_of_then_answer_not_those_of_now(
    api: Api, engineer: User, analyst_api: ApiClient, models: None
) -> None:
    body = ask(analyst_api, "revenue_per_order", group_by=["customer__country"])
    orders = api(engineer).get("/api/models/orders").json()
    measures = [
        {**measure, "expr": "amount * 100"} if measure["name"] == "revenue" else measure
        for measure in orders["measures"]
    ]
    response = api(engineer).put("/api/models/orders", {"measures": measures})
    assert response.status_code == 200, response.json()
    assert (
        ask(analyst_api, "revenue_per_order", group_by=["customer__country"])["rows"]
        != (body["rows"])
    )
    output, code = replay(body["query_id"])
    assert code == 0, output
    again = QueryRun.objects.get(pk=output.split()[-1])
    assert again.receipt is not None
    assert again.receipt["models"] == body["receipt"]["models"]


def test_changed_data_is_told(analyst_api: ApiClient, models: None, own_file: Path) -> None:
    body = ask(analyst_api, "revenue")
    changed(own_file, "UPDATE orders SET amount = amount + 1")
    output, code = replay(body["query_id"])
    assert code == 1
    parts = told(output)
    assert (parts["SQL"], parts["rows"]) == ("equal", "DIFFERENT")
    assert "it changed" in output


def test_another_person_may_get_another_answer(
    api: Api, analyst: User, engineer: User, shop: Path
) -> None:
    model = """
name: guests
model: shop.main.customers
entities: [{name: guest, type: primary, expr: customer_id}]
dimensions: [{name: country, type: categorical}]
measures: [{name: guest_count, agg: count, expr: customer_id, create_metric: true}]
config:
  meta:
    access:
      - {roles: [engineer]}
      - {roles: [analyst], rows: [{field: country, op: "=", value: FR}]}
"""
    assert api(engineer).post("/api/models", {"yaml": model}).status_code == 201
    body = ask(api(analyst), "guest_count")
    assert replay(body["query_id"])[1] == 0
    output, code = replay(body["query_id"], "--as", engineer.email)
    parts = told(output)
    assert (code, parts["SQL"], parts["rows"], parts["data scope"]) == (
        1, "DIFFERENT", "DIFFERENT", "DIFFERENT",
    )  # fmt: skip
    assert any(line.startswith("-") for line in output.splitlines())


def test_a_file_will_do(analyst_api: ApiClient, models: None, tmp_path: Path) -> None:
    body = ask(analyst_api, "revenue")
    for name, content in (("receipt", body["receipt"]), ("answer", body)):
        file = tmp_path / f"{name}.json"
        file.write_text(json.dumps(content))
        assert replay(str(file))[1] == 0
    QueryRun.objects.all().delete()
    output, code = replay(str(file))
    assert (code, "--as" in output) == (2, True)
    assert replay(str(file), "--as", "ANALYST@example.com")[1] == 0


def test_what_is_no_receipt_is_told(tmp_path: Path, analyst: User, models: None) -> None:
    file = tmp_path / "receipt.json"
    for content, code in (
        ("not json", 2),
        ("[]", 2),
        ('{"kind": "sql"}', 3),
        ('{"kind": "metric", "category": "production", "models": [{"name": 1}]}', 3),
        ('{"kind": "magic"}', 3),
    ):
        file.write_text(content)
        output, found = replay(str(file), "--as", analyst.email)
        assert found == code, output
    assert replay(str(tmp_path / "missing.json"))[1] == 2
    assert replay(str(uuid.uuid4()))[1] == 2
    assert replay(str(file), "--as", "nobody@example.com")[1] == 2


def test_a_version_that_never_was_is_told(
    analyst_api: ApiClient, models: None, tmp_path: Path
) -> None:
    receipt = ask(analyst_api, "revenue")["receipt"]
    file = tmp_path / "receipt.json"
    for version, words in ((99, "no version 99"), (None, "was not published")):
        receipt["models"][0]["version"] = version
        file.write_text(json.dumps(receipt))
        output, code = replay(str(file))
        assert (code, words in output) == (3, True), output

"""Kept answers over HTTP: the same rows as a fresh answer, never another person's, never old."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from queries.models import QueryRun
from queries.result_cache.scopes import scope_of
from semantic_layer import wiring
from semantic_layer.accounts.actor import actor_of
from semantic_layer.accounts.models import User
from semantic_layer.api.counters import counters
from semantic_layer.ports import Limits, ResultColumn, RunHandle, RunState, RunStatus
from tests.accounts_fixtures import Api, ApiClient
from tests.queries.conftest import MODELS, execute

QUERY = "/api/metrics-explorer/query"
EVERY_TYPE = """
SELECT 1::UTINYINT AS a, 9007199254740993::BIGINT AS b, 170141183460469231731687303715::HUGEINT c,
    12.50::DECIMAL(18, 2) AS d, 'NaN'::DOUBLE AS e, 1.5::FLOAT f, 'text' AS g, NULL AS h,
    DATE '2025-02-03' AS i, TIMESTAMP '2025-02-03 04:05:06.789' AS j,
    TIMESTAMPTZ '2025-02-03 04:05:06+01' AS k, TIME '04:05:06' AS l,
    INTERVAL '1 month 2 days' AS m, '\\xAA'::BLOB AS n,
    '6ccd780c-baba-1026-9564-5b8c656024db'::UUID AS o, 'x'::ENUM('x', 'y') AS p,
    '101'::BIT AS q, [1, NULL] AS r, {'x': 1, 'y': [2.5]} AS s, MAP {'k': 1} AS t,
    '{"a": 1}'::JSON AS u, union_value(n := 5) AS v, [1, 2]::INTEGER[2] AS w, true AS x
"""


def ask(client: ApiClient, *metrics: str, **extra: Any) -> dict[str, Any]:
    response = client.post(QUERY, {"metrics": list(metrics), **extra})
    assert response.status_code == 200, response.json()
    body: dict[str, Any] = response.json()
    return body


def run(client: ApiClient, sql: str, **extra: Any) -> dict[str, Any]:
    response = execute(client, sql, **extra)
    assert response.status_code == 200, response.json()
    body: dict[str, Any] = response.json()
    return body


# ---------------------------------------------------------------- the same answer


def test_every_type_comes_back_as_it_was(analyst_api: ApiClient) -> None:
    fresh, kept = run(analyst_api, EVERY_TYPE), run(analyst_api, EVERY_TYPE)
    assert (fresh["cached"], kept["cached"]) == (False, True)
    for part in ("columns", "column_types", "rows", "row_count", "truncated", "statement_id"):
        assert kept[part] == fresh[part]
    assert kept["query_id"] != fresh["query_id"]
    assert kept["execution_time_ms"] == 0


@pytest.mark.parametrize("limit", [1, 2499, 2500])
def test_what_was_cut_stays_told(analyst_api: ApiClient, limit: int) -> None:
    sql = "SELECT n FROM shop.main.numbers ORDER BY n"
    fresh, kept = (run(analyst_api, sql, limit=limit) for _ in range(2))
    assert kept["cached"] is True
    assert (kept["rows"], kept["truncated"]) == (fresh["rows"], limit < 2500)


def test_no_rows_are_an_answer_too(analyst_api: ApiClient) -> None:
    sql = "SELECT n FROM shop.main.numbers WHERE n < 0"
    fresh, kept = (run(analyst_api, sql) for _ in range(2))
    assert (kept["cached"], kept["rows"], kept["columns"]) == (True, [], fresh["columns"])


def test_the_record_and_the_receipt_tell_where_rows_came_from(
    analyst_api: ApiClient, models: None
) -> None:
    fresh, kept = (ask(analyst_api, "revenue") for _ in range(2))
    assert fresh["cache"] == fresh["receipt"]["cache"]
    assert fresh["cache"]["state"] == "miss"
    assert fresh["cache"]["reason"] == "Nobody asked this before, or the answer expired."
    assert (kept["cache"]["state"], kept["cache"]["reason"]) == ("hit", None)
    assert kept["cache"]["data_read_at"] == fresh["cache"]["data_read_at"]
    assert kept["cache"]["data_age_s"] > 0 == fresh["cache"]["data_age_s"]
    assert kept["receipt"]["result"] == fresh["receipt"]["result"]
    newest, first = QueryRun.objects.order_by("-submitted_at")[:2]
    assert (newest.cached, newest.engine_ms, first.cached) == (True, 0, False)
    assert newest.statement_id == first.statement_id
    assert (newest.row_count, newest.tables) == (1, ["shop.main.orders"])


# ---------------------------------------------------------------- what makes another question


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"query": "SELECT 1 AS a"}, {"query": "SELECT 1 AS A"}),
        ({"query": "SELECT 'a b' AS a"}, {"query": "SELECT 'a  b' AS a"}),
        ({"query": "SELECT 1 AS a"}, {"query": "SELECT 1 AS a", "limit": 5}),
        (
            {"query": "SELECT :x AS a", "parameters": {"x": 1}},
            {"query": "SELECT :x AS a", "parameters": {"x": "1"}},
        ),
        (
            {"query": "SELECT :x AS a", "parameters": {"x": 1}},
            {"query": "SELECT :x AS a", "parameters": {"x": True}},
        ),
        (
            {"query": "SELECT :x AS a, :y AS b", "parameters": {"x": 1, "y": 2}},
            {"query": "SELECT :x AS a, :y AS b", "parameters": {"x": 2, "y": 1}},
        ),
    ],
)
def test_other_questions_are_not_confused(
    analyst_api: ApiClient, first: dict[str, Any], second: dict[str, Any]
) -> None:
    run(analyst_api, first.pop("query"), **first)
    assert run(analyst_api, second.pop("query"), **second)["cached"] is False


def test_white_space_makes_no_other_question(analyst_api: ApiClient) -> None:
    run(analyst_api, "SELECT  1   AS a,\n\n\n 2 AS b")
    assert run(analyst_api, "  SELECT 1 AS a,\n2 AS b  ")["cached"] is True
    assert run(analyst_api, "SELECT 1 AS a, 2 AS b /*+ hint */")["cached"] is False


@pytest.mark.parametrize("sql", ["SELECT random() AS a", "SELECT now() AS a", "SHOW TABLES"])
def test_what_is_never_kept_says_why(analyst_api: ApiClient, sql: str) -> None:
    for _ in range(2):
        body = run(analyst_api, sql)
        assert (body["cached"], body["cache"]["state"]) == (False, "off")
        assert body["cache"]["reason"]


def test_refresh_reads_again_and_renews(analyst_api: ApiClient, models: None) -> None:
    first = ask(analyst_api, "revenue")
    renewed = ask(analyst_api, "revenue", refresh=True)
    again = ask(analyst_api, "revenue")
    assert (renewed["cached"], renewed["cache"]["state"]) == (False, "refreshed")
    assert renewed["statement_id"] != first["statement_id"]
    assert (again["cached"], again["statement_id"]) == (True, renewed["statement_id"])


def test_a_new_version_of_a_model_is_another_question(
    api: Api, engineer: User, analyst_api: ApiClient, models: None
) -> None:
    """Even where the SQL stays the same: the receipt must not name a version that was not used."""
    first = ask(analyst_api, "customer_count")
    response = api(engineer).put(
        "/api/models/customers", {"description": "Everybody who ever bought."}
    )
    assert response.status_code == 200, response.json()
    second = ask(analyst_api, "customer_count")
    assert (second["sql"], second["cached"]) == (first["sql"], False)
    assert second["receipt"]["models"] == [{"name": "customers", "version": 2}]


def test_values_of_dimensions_are_kept_too(analyst_api: ApiClient, models: None) -> None:
    path, body = "/api/metrics-explorer/dimension-values", {"dimension": "customer__country"}
    answers = [analyst_api.post(path, body).json() for _ in range(2)]
    assert [answer["cached"] for answer in answers] == [False, True]
    assert answers[0]["values"] == answers[1]["values"] == ["FR", "SE", None]
    assert analyst_api.post(path, {**body, "refresh": True}).json()["cached"] is False


def test_switched_off_nothing_is_kept(analyst_api: ApiClient, settings: Any) -> None:
    settings.QUERY_CACHE_TTL_S = 0
    for _ in range(2):
        body = run(analyst_api, "SELECT 1 AS a")
        assert body["cache"]["reason"] == "The cache is switched off (QUERY_CACHE_TTL_S)."


def test_entries_expire(analyst_api: ApiClient) -> None:
    run(analyst_api, "SELECT 1 AS a")
    (key,) = counters().scan_iter(match="*results:entry:*")
    assert 0 < counters().pttl(key) <= 300_000
    counters().delete(key)
    assert run(analyst_api, "SELECT 1 AS a")["cached"] is False


# ---------------------------------------------------------------- another state of the warehouse


@pytest.fixture
def own_file(shop_file: Path, tmp_path: Path, settings: Any) -> Path:
    file = tmp_path / "own.duckdb"
    shutil.copy(shop_file, file)
    settings.DUCKDB_ATTACH = f"shop={file}"
    return file


def changed(file: Path, sql: str) -> None:
    """Replace the file by one where the statement was run."""
    fresh = file.with_suffix(".new")
    shutil.copy(file, fresh)
    with duckdb.connect(str(fresh)) as connection:
        connection.execute(sql)
    os.replace(fresh, file)


def test_a_replaced_file_never_gives_an_old_answer(analyst_api: ApiClient, own_file: Path) -> None:
    sql = "SELECT count(*) AS n FROM shop.main.orders"
    assert [run(analyst_api, sql)["cached"] for _ in range(2)] == [False, True]
    changed(own_file, "DELETE FROM orders WHERE order_id = 1")
    after = run(analyst_api, sql)
    assert (after["rows"], after["cached"]) == ([{"n": 4}], False)


def test_what_was_read_while_the_file_was_replaced_is_not_kept(
    analyst_api: ApiClient, own_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sql = "SELECT count(*) AS n FROM shop.main.orders"
    sound = wiring.warehouse

    class Slow:
        def __init__(self, inner: Any) -> None:
            self.inner = inner

        def __getattr__(self, name: str) -> Any:
            return getattr(self.inner, name)

        def submit(self, *arguments: Any, **named: Any) -> Any:
            handle = self.inner.submit(*arguments, **named)
            self.inner.poll(handle, wait_s=10)
            changed(own_file, "DELETE FROM orders WHERE order_id = 1")
            return handle

    monkeypatch.setattr(wiring, "warehouse", lambda credential: Slow(sound(credential)))
    body = run(analyst_api, sql)
    assert body["cache"]["reason"] == "The warehouse changed while the rows were read."
    monkeypatch.setattr(wiring, "warehouse", sound)
    assert run(analyst_api, sql)["rows"] == [{"n": 4}]


def test_a_view_over_the_clock_is_not_kept(analyst_api: ApiClient, own_file: Path) -> None:
    changed(
        own_file,
        "CREATE MACRO moment() AS now(); CREATE VIEW clock AS SELECT moment() AS hour; "
        "CREATE VIEW through AS SELECT hour FROM clock",
    )
    for sql in ("SELECT * FROM shop.main.through", "SELECT shop.main.moment() AS hour"):
        body = run(analyst_api, sql)
        assert body["cache"]["state"] == "off"
        assert "volatile itself" in body["cache"]["reason"]
    assert run(analyst_api, "SELECT 1 AS a")["cache"]["state"] == "miss"


# ---------------------------------------------------------------- who may share


def test_people_of_one_role_share_where_no_rule_tells_them_apart(
    api: Api, analyst: User, models: None
) -> None:
    colleague = User.objects.create_user("colleague@example.com", ["analyst"])
    assert ask(api(analyst), "revenue")["cached"] is False
    assert ask(api(colleague), "revenue")["cached"] is True


def test_another_role_is_another_scope(
    api: Api, analyst: User, engineer: User, models: None
) -> None:
    """The same SQL, the same parameters: nothing but the scope keeps them apart."""
    first, other = ask(api(analyst), "revenue"), ask(api(engineer), "revenue")
    assert other["sql"] == first["sql"]
    assert other["cached"] is False
    assert other["receipt"]["data_scope"] != first["receipt"]["data_scope"]
    assert run(api(analyst), "SELECT 1 AS a")["cached"] is False
    assert run(api(engineer), "SELECT 1 AS a")["cached"] is False


def rules(value: str) -> str:
    """The shop's customers, of whom a person sees those of their country."""
    rule = f"- {{roles: [analyst], rows: [{{field: country, op: in, value: {value}}}]}}"
    return MODELS.split("  - name: visits")[0] + (
        f"    config:\n      meta:\n        access:\n          {rule}\n"
    )


@pytest.mark.parametrize(("value", "shared"), [("[FR]", True), ("user.groups", False)])
def test_people_share_unless_the_rules_look_at_them(
    api: Api, engineer: User, shop: Path, value: str, shared: bool
) -> None:
    response = api(engineer).post("/api/models", {"yaml": rules(value)})
    assert response.status_code == 201, response.json()
    people = [
        User.objects.create_user(f"{group}@example.com", ["analyst"], groups=[group])
        for group in ("FR", "SE")
    ]
    first, second = (ask(api(person), "customer_count") for person in people)
    assert second["cached"] is shared
    if not shared:
        assert [found["rows"][0]["customer_count"] for found in (first, second)] == [1, 1]
        assert first["receipt"]["data_scope"] != second["receipt"]["data_scope"]


class PersonalWarehouse:
    """A warehouse with rights of its own: each principal reads their own row."""

    name = dialect = "duckdb"

    def __init__(self, principal: str) -> None:
        self.principal = principal

    def submit(
        self, sql: str, parameters: Mapping[str, Any], *, limits: Limits, tags: Mapping[str, str]
    ) -> RunHandle:
        return RunHandle(self.name, f"of {self.principal}", self.principal)

    def poll(self, handle: RunHandle, *, wait_s: float = 0.0) -> RunStatus:
        return RunStatus(RunState.SUCCEEDED)

    def columns(self, handle: RunHandle) -> tuple[ResultColumn, ...]:
        return (ResultColumn("owner", "VARCHAR"),)

    def batches(self, handle: RunHandle) -> Iterator[Any]:
        yield pa.RecordBatch.from_pydict({"owner": [self.principal]})

    def cancel(self, handle: RunHandle) -> None:
        pass


def test_where_the_warehouse_knows_people_nobody_shares(
    api: Api, analyst: User, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        wiring, "warehouse", lambda credential: PersonalWarehouse(credential.principal)
    )
    colleague = User.objects.create_user("colleague@example.com", ["analyst"])
    sql = "SELECT owner FROM everything"
    for person in (analyst, colleague):
        assert run(api(person), sql)["rows"] == [{"owner": person.email}]
    again = run(api(analyst), sql)
    assert (again["cached"], again["rows"]) == (True, [{"owner": analyst.email}])


def test_a_warehouse_that_says_nothing_is_taken_to_know_its_callers(analyst: User) -> None:
    actor = actor_of(analyst)
    assert scope_of(actor, PersonalWarehouse("x")) == actor.data_scope  # type: ignore[arg-type]

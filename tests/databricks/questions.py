"""Every operation of the API, asked about a table and the model over it.

The words of a question come from a stem: two stems of one length give two sets of questions that
differ in nothing else. A new route needs its questions here; test_every_endpoint.py fails without.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.api.permission_table import SOMEONE

EXECUTE, VALIDATE = "/api/queries/execute", "/api/queries/validate"
Route = tuple[str, str]


@dataclass(frozen=True)
class Question:
    """`path` with its query string; a `file` is sent as a form."""

    method: str
    path: str
    body: Any = None
    file: str | None = None


def model_over(stem: str, name: str) -> dict[str, Any]:
    """A model of the stem's table, with a metric that reads it."""
    return {
        "name": name,
        "model": f"flights.gold.{stem}_payments",
        "defaults": {"agg_time_dimension": "paid_on"},
        "entities": [{"name": f"{name}_key", "type": "primary", "expr": "note"}],
        "dimensions": [
            {"name": "paid_on", "type": "time", "type_params": {"time_granularity": "day"}},
            {"name": "note", "type": "categorical"},
        ],
        "measures": [
            {"name": f"{name}_sum", "agg": "sum", "expr": "extra_amount", "create_metric": True}
        ],
    }


def questions(stem: str, ids: Mapping[str, str], turn: str) -> dict[Route, list[Question]]:
    """By route of the permission table. `ids` are of things of Ann's; `turn` makes new names."""
    found: dict[Route, list[Question]] = {}
    parts = (
        _metadata(stem),
        _queries(stem),
        _of_ids(ids),
        _metrics(stem),
        _models(stem, turn),
        _catalog(stem),
        _lineage(stem),
        _accounts(),
    )
    for part in parts:
        for route, asked in part.items():
            method, _, name = route.partition(" ")
            found[method, name] = [
                Question(method, *one) if isinstance(one, tuple) else Question(method, one)
                for one in asked
            ]
    return found


def _metadata(stem: str) -> dict[str, list[Any]]:
    table = f"{stem}_payments"
    gold = "catalog=flights&schema=gold"
    at = "/api/metadata"
    context = f"SELECT x.no FROM flights.gold.{table} x"
    return {
        "GET api/metadata/catalogs": [f"{at}/catalogs"],
        "GET api/metadata/schemas": [f"{at}/schemas?catalog=flights"],
        "GET api/metadata/tables": [f"{at}/tables?{gold}", f"{at}/tables?{gold}&search={stem}"],
        "GET api/metadata/columns": [f"{at}/columns?{gold}&table={table}"],
        "GET api/metadata/sql-autocomplete": [
            f"{at}/sql-autocomplete?prefix={stem[:2]}",
            f"{at}/sql-autocomplete?prefix={stem}",
            f"{at}/sql-autocomplete?prefix=extra",
            f"{at}/sql-autocomplete?prefix=no&context={context}",
        ],
        "GET api/health": ["/api/health"],
        "GET health": ["/health"],
        "GET api/health/databricks": ["/api/health/databricks"],
        "GET api/health/ready": ["/api/health/ready"],
    }


def _queries(stem: str) -> dict[str, list[Any]]:
    full = f"flights.gold.{stem}_payments"
    read = f"SELECT * FROM {full}"
    saved = {"name": f"{stem} by hand", "query": read}
    return {
        "POST api/queries/execute": [
            (EXECUTE, {"query": query})
            for query in (
                read,
                f"SELECT count(*) AS n FROM {full}",
                f"SELECT nope FROM {full}",
                f"WITH x AS ({read}) SELECT * FROM x",
                f"SELECT (SELECT max(note) FROM {full}) AS n",
                f"SELECT 1 AS n WHERE EXISTS ({read})",
                f"SELECT a.name FROM flights.gold.airlines a JOIN {full} b ON a.name = b.note",
                f"SELECT * FROM `flights`.`gold`.`{stem}_payments`",
                f"SELECT * FROM gold.{stem}_payments",
                f"SELECT * FROM {full} LIMIT 0",
                "SHOW TABLES IN flights.gold",
                f"DESCRIBE TABLE {full}",
            )
        ]
        + [(EXECUTE, {"query": read, "export_format": "csv"})],
        "POST api/queries/validate": [
            (VALIDATE, {"query": read}),
            (VALIDATE, {"query": f"SELECT nope FROM {full}"}),
        ],
        "POST api/queries/format": [("/api/queries/format", {"query": read})],
        "POST api/queries/export": [
            ("/api/queries/export", {"query": read, "export_format": "csv"}),
        ],
        "GET api/queries/history": ["/api/queries/history", f"/api/queries/history?q={stem}"],
        "GET api/queries/saved": ["/api/queries/saved"],
        "POST api/queries/saved": [("/api/queries/saved", saved)],
    }


def _of_ids(ids: Mapping[str, str]) -> dict[str, list[Any]]:
    """Things of Ann's, by their ids: to Bo they are as unknown as any other."""
    run, saved, export = ids["query"], ids["saved"], ids["export"]
    job, rejection, document = ids["job"], ids["rejection"], ids["documentation"]
    conversation = f"/api/genie/conversations/{ids['conversation']}"
    query = "api/queries/<query_id>"
    exported = "api/queries/exports/<export_id>"
    return {
        f"GET {query}/status": [f"/api/queries/{run}/status"],
        f"GET {query}/results": [f"/api/queries/{run}/results"],
        f"GET {query}/events": [f"/api/queries/{run}/events"],
        f"GET {query}/receipt": [f"/api/queries/{run}/receipt"],
        f"POST {query}/cancel": [f"/api/queries/{run}/cancel"],
        "GET api/queries/saved/<saved_id>": [f"/api/queries/saved/{saved}"],
        "PUT api/queries/saved/<saved_id>": [(f"/api/queries/saved/{saved}", {"name": "mine"})],
        "DELETE api/queries/saved/<saved_id>": [f"/api/queries/saved/{saved}"],
        "POST api/queries/saved/<saved_id>/run": [(f"/api/queries/saved/{saved}/run", {})],
        f"GET {exported}/download": [f"/api/queries/exports/{export}/download"],
        f"GET {exported}/manifest": [f"/api/queries/exports/{export}/manifest"],
        "GET api/catalog/generation-jobs": ["/api/catalog/generation-jobs"],
        "GET api/catalog/generation-jobs/<job_id>": [f"/api/catalog/generation-jobs/{job}"],
        "POST api/catalog/generation-jobs/<job_id>/cancel": [
            f"/api/catalog/generation-jobs/{job}/cancel"
        ],
        "DELETE api/catalog/rejections/<rejection_id>": [f"/api/catalog/rejections/{rejection}"],
        "GET api/genie/conversations": ["/api/genie/conversations?page_size=1"],
        "GET api/genie/conversations/<conversation_id>": [conversation],
        "DELETE api/genie/conversations/<conversation_id>": [conversation],
        "GET api/documentation/<documentation_id>": [f"/api/documentation/{document}"],
        "GET api/documentation/<documentation_id>/download": [
            f"/api/documentation/{document}/download"
        ],
    }


def _metrics(stem: str) -> dict[str, list[Any]]:
    metric, dimension = f"{stem}_sum", f"{stem}_key__note"
    at = "/api/metrics-explorer"
    by_note = {"metrics": [metric], "group_by": [dimension]}
    ask = "/api/genie/query"
    return {
        "GET api/metrics-explorer/metrics": [f"{at}/metrics?page_size=200"],
        "GET api/metrics-explorer/metrics/<name>": [f"{at}/metrics/{metric}"],
        "GET api/metrics-explorer/search": [f"{at}/search?query={stem}"],
        "POST api/metrics-explorer/query": [
            (f"{at}/query", {"metrics": [metric]}),
            (f"{at}/query", by_note),
            (f"{at}/query", {**by_note, "totals": True}),
        ],
        "POST api/metrics-explorer/compile": [(f"{at}/compile", by_note)],
        "POST api/metrics-explorer/dimensions": [(f"{at}/dimensions", {"metrics": [metric]})],
        "POST api/metrics-explorer/dimension-values": [
            (f"{at}/dimension-values", {"dimension": dimension, "metrics": [metric]}),
            (f"{at}/dimension-values", {"dimension": dimension, "search": "CAN"}),
        ],
        "POST api/genie/query": [
            (ask, {"query": f"{stem} sum"}),
            (ask, {"query": f"{stem} sum by note"}),
            (ask, {"query": f"{stem} sum for CANARY-77"}),
            (ask, {"query": f"{stem} sum for CANARY-7"}),
            (ask, {"query": f"how many flights for {stem} CANARY-77"}),
            # The newest, which the list of conversations tells, has no word of the hidden rows.
            (ask, {"query": f"{stem} sum by note"}),
        ],
    }


def _models(stem: str, turn: str) -> dict[str, list[Any]]:
    name = stem
    at = f"/api/models/{name}"
    fresh = f"{stem}_{turn}"
    yaml = json.dumps({"semantic_models": [model_over(stem, f"{fresh}_c")]})
    batch = {"operations": [{"action": "create", "model": model_over(stem, f"{fresh}_b")}]}
    return {
        "GET api/models": ["/api/models?page_size=100"],
        "POST api/models": [
            ("/api/models", {**model_over(stem, f"{fresh}_a"), "category": "development"})
        ],
        "GET api/models/search": [
            f"/api/models/search?query={stem}",
            f"/api/models/search?query=flights.gold.{stem}_payments",
            "/api/models/search?query=extra_amount",
        ],
        "GET api/models/sync": ["/api/models/sync"],
        "POST api/models/sync": [("/api/models/sync", {})],
        "GET api/models/<name>": [at, f"{at}?expand=true"],
        "PUT api/models/<name>": [(at, {"description": f"as of {turn}"})],
        "DELETE api/models/<name>": [at],
        "GET api/models/<name>/download": [f"{at}/download"],
        "POST api/models/upload": [("/api/models/upload", {"category": "development"}, yaml)],
        "POST api/models/batch": [("/api/models/batch", batch)],
        "POST api/models/validate": [("/api/models/validate", model_over(stem, f"{fresh}_d"))],
        "GET api/models/schema": ["/api/models/schema"],
        "POST api/models/<name>/metrics": [(f"{at}/metrics", {"name": f"{fresh}_nothing"})],
        "GET api/models/<name>/versions": [f"{at}/versions"],
        "GET api/models/<name>/versions/<number>": [f"{at}/versions/1"],
        "GET api/models/<name>/diff": [f"{at}/diff"],
        "GET api/models/<name>/impact": [f"{at}/impact"],
        "GET api/models/<name>/audit": [f"{at}/audit"],
        "POST api/models/<name>/transitions": [(f"{at}/transitions", {"action": "submit"})],
        "POST api/models/<name>/promote": [(f"{at}/promote", {"to_category": "staging"})],
        "POST api/documentation/generate": [
            ("/api/documentation/generate", {"model_id": name, "format": "markdown"})
        ],
        "GET api/documentation/models": ["/api/documentation/models"],
    }


def _catalog(stem: str) -> dict[str, list[Any]]:
    table = {"catalog": "flights", "schema": "gold", "table": f"{stem}_payments"}
    rejected = {**table, "suggestions": ["extra_amount"]}
    generate = "/api/catalog/generate-model"
    suggest = "/api/genie/suggest-metrics"
    at = "/api/catalog/rejections"
    return {
        "GET api/catalog/gold-tables": [
            "/api/catalog/gold-tables?catalog=flights",
            f"/api/catalog/gold-tables?search={stem}",
        ],
        "POST api/catalog/analyze-table": [("/api/catalog/analyze-table", table)],
        "POST api/catalog/generate-model": [
            (generate, table),
            (generate, {**table, "async": True}),
        ],
        "POST api/genie/suggest-metrics": [(suggest, {"table_info": table})],
        "GET api/catalog/rejections": [
            at, f"{at}?catalog=flights&schema=gold&table={stem}_payments"
        ],
        "POST api/catalog/rejections": [(at, rejected)],
    }  # fmt: skip


def _lineage(stem: str) -> dict[str, list[Any]]:
    table = f"flights.gold.{stem}_payments"
    at = "/api/lineage"
    return {
        "GET api/lineage/impact": [f"{at}/impact?table={table}"],
        "GET api/lineage/tables/<table>": [
            f"{at}/tables/{table}",
            f"{at}/tables/{table}?direction=downstream&depth=3",
            f"{at}/tables/{table}?format=mermaid",
            f"{at}/tables/flights.gold.airlines",
        ],
        "GET api/lineage/columns/<column>": [
            f"{at}/columns/{table}.note",
            f"{at}/columns/{table}.nope",
        ],
        "GET api/lineage/models/<name>": [f"{at}/models/{stem}"],
        "GET api/lineage/metrics/<name>": [f"{at}/metrics/{stem}_sum"],
    }


def _accounts() -> dict[str, list[Any]]:
    """Nothing of these is about data; who asks stays signed in."""
    roles = f"/api/admin/users/{SOMEONE}/roles"
    return {
        "POST api/auth/login": [("/api/auth/login", {})],
        "POST api/auth/refresh": [("/api/auth/refresh", {"refresh_token": "no"})],
        "POST api/auth/logout": [],
        "GET api/auth/oauth/start": ["/api/auth/oauth/start"],
        "GET api/auth/oauth/callback": ["/api/auth/oauth/callback"],
        "POST api/auth/oauth/token": [("/api/auth/oauth/token", {})],
        "GET api/auth/me": ["/api/auth/me"],
        "GET api/auth/permissions": ["/api/auth/permissions"],
        "GET api/admin/users/<user_id>/roles": [roles],
        "PUT api/admin/users/<user_id>/roles": [(roles, {"roles": ["viewer"]})],
        "DELETE api/admin/cache": ["/api/admin/cache"],
        "GET api/admin/audit": ["/api/admin/audit", "/api/admin/audit?page_size=200"],
    }

"""What tests of exports share: how they ask, and where the files are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
from django.utils import timezone

from queries.models import QueryKind, QueryRun
from queries.results import register_result, write_result
from queries.states import QueryState
from semantic_layer.accounts.actor import actor_of
from semantic_layer.accounts.models import User
from semantic_layer.ports import ResultColumn
from tests.accounts_fixtures import ApiClient

FORMATS = ("csv", "excel", "json", "parquet")


NUMBERS = "SELECT n FROM numbers ORDER BY n"


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

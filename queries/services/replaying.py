"""A recorded answer computed again, from the versions of the models that it was computed from."""

from __future__ import annotations

import difflib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models_registry.documents import CONFIGURATION_NAME, DocumentId
from models_registry.graph_source import joined
from models_registry.models import DocumentKind, DocumentVersion
from queries.basis import Basis
from queries.models import QueryKind, QueryRun
from queries.requests import MetricRequest, SqlRequest, ValuesRequest
from queries.services.metrics import metric_run, values_run
from queries.services.sql import sql_run
from semantic_layer.compiler import build_graph, read_mapping
from semantic_layer.errors import InvalidInput, Malformed, NotFound
from semantic_layer.ports import Actor

_MODEL = DocumentKind.SEMANTIC_MODEL
_CONFIGURATION = DocumentKind.PROJECT_CONFIGURATION


@dataclass(frozen=True)
class Replay:
    """What came of computing an answer again. None: the receipt does not tell.

    `sql_diff` is there where the SQL is another one and the former is known.
    """

    query_id: uuid.UUID
    same_sql: bool
    same_parameters: bool
    same_rows: bool | None
    same_order: bool | None
    same_data: bool | None
    same_scope: bool
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    sql_diff: tuple[str, ...] = ()

    @property
    def is_same(self) -> bool:
        """Whether nothing speaks against it being the same answer."""
        told = (self.same_sql, self.same_parameters, self.same_rows, self.same_order)
        return False not in told


def replay(*, actor: Actor, receipt: Mapping[str, Any], sql: str | None = None) -> Replay:
    """Run the query of the receipt again, as the actor, and compare. `sql` is what ran then.

    Raises Malformed for what is no receipt, NotFound where a version of a model is gone,
    InvalidInput where the models had none; and what the query raises. Side effect: one query run is
    recorded.
    """
    kind = QueryKind(_read(receipt, "kind", str, QueryKind.values))
    if kind is QueryKind.SQL:
        again = _sql_again(actor, receipt)
    elif kind is QueryKind.METRIC:
        again = _metrics_again(actor, receipt)
    else:
        again = _values_again(actor, receipt)
    return _compared(receipt, again, sql)


def _sql_again(actor: Actor, receipt: Mapping[str, Any]) -> QueryRun:
    query = _read(receipt, "query", dict)
    request = SqlRequest(
        sql=_read(query, "query", str),
        parameters=query.get("parameters") or {},
        limit=_read(receipt, "row_limit", int),
        refresh=True,
    )
    with sql_run(actor=actor, request=request) as (_, run):
        return run


def _metrics_again(actor: Actor, receipt: Mapping[str, Any]) -> QueryRun:
    basis = recorded_basis(receipt)
    query = _read(receipt, "query", dict)
    request = MetricRequest(query=query, category=basis.category, refresh=True)
    limit = _read(receipt, "row_limit", int)
    with metric_run(actor=actor, request=request, basis=basis, row_limit=limit) as (_, run):
        return run


def _values_again(actor: Actor, receipt: Mapping[str, Any]) -> QueryRun:
    query = _read(receipt, "query", dict)
    request = ValuesRequest.of({**query, "category": receipt["category"], "refresh": True})
    with values_run(actor=actor, request=request, basis=recorded_basis(receipt)) as (_, run):
        return run


def recorded_basis(receipt: Mapping[str, Any]) -> Basis:
    """The graph of the versions that the receipt names, and the moment it was asked at.

    Versions are never changed or deleted, so it is the graph that answered, as far as it was used.
    """
    category = _read(receipt, "category", str)
    wanted: dict[DocumentId, int] = {
        (_MODEL.value, _read(model, "name", str)): _version_in(model)
        for model in _read(receipt, "models", list)
    }
    if receipt.get("configuration_version") is not None:
        key = (_CONFIGURATION.value, CONFIGURATION_NAME)
        wanted[key] = _read(receipt, "configuration_version", int)
    documents = {key: _version(category, key, number) for key, number in wanted.items()}
    project = joined(read_mapping(version.definition) for version in documents.values())
    return Basis(
        category=category,
        key=_read(receipt, "category_version", str),
        graph=build_graph(project),
        documents=documents,
        moment=_moment(receipt),
    )


def _version_in(model: Mapping[str, Any]) -> int:
    if model.get("version") is None:
        raise InvalidInput(
            f"The model {model.get('name')!r} was not published when it was asked: there is no "
            "version to compute the answer from again.",
            code="NOT_REPLAYABLE",
        )
    return int(_read(model, "version", int))


def _version(category: str, key: DocumentId, number: int) -> DocumentVersion:
    kind, name = key
    found = DocumentVersion.objects.filter(
        document__category=category, document__kind=kind, document__name=name, number=number
    ).first()
    if found is None:
        raise NotFound(f"There is no version {number} of {name!r} in {category}.")
    return found


def _moment(receipt: Mapping[str, Any]) -> datetime:
    try:
        moment = datetime.fromisoformat(_read(receipt, "now", str))
    except ValueError as error:
        raise Malformed("This is no receipt: its `now` is no time.") from error
    if moment.tzinfo is None:
        raise Malformed("This is no receipt: its `now` has no time zone.")
    return moment


def _read(part: Any, name: str, kind: type, choices: Any = None) -> Any:
    """A value of the receipt. Raises Malformed where it is missing or of another type."""
    value = part.get(name) if isinstance(part, Mapping) else None
    if not isinstance(value, kind) or (choices is not None and value not in choices):
        raise Malformed(f"This is no receipt of this service: its `{name}` is {value!r:.80}.")
    return value


# ---------------------------------------------------------------- the comparison


def _compared(before: Mapping[str, Any], run: QueryRun, sql: str | None) -> Replay:
    after: Mapping[str, Any] = run.receipt or {}
    old, new = before.get("result") or {}, after.get("result") or {}
    same_sql = before.get("sql_sha256") == after.get("sql_sha256")
    return Replay(
        query_id=run.pk,
        same_sql=same_sql,
        same_parameters=before.get("parameters") == after.get("parameters"),
        same_rows=_same_rows(old, new),
        same_order=_equal(old, new, "sequence_sha256"),
        same_data=_equal(before, after, "data_version"),
        same_scope=before.get("data_scope") == after.get("data_scope"),
        before=before,
        after=after,
        sql_diff=() if same_sql or sql is None else _diff(sql, run.sql),
    )


def _same_rows(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool | None:
    if old.get("row_count") is not None and old["row_count"] != new.get("row_count"):
        return False
    return _equal(old, new, "rows_sha256")


def _equal(old: Mapping[str, Any], new: Mapping[str, Any], name: str) -> bool | None:
    if old.get(name) is None or new.get(name) is None:
        return None
    return bool(old[name] == new[name])


def _diff(before: str, after: str) -> tuple[str, ...]:
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), "recorded", "now", lineterm=""
    )
    return tuple(lines)

"""The receipt of an answer: where the numbers come from, and all that is needed to compute them
again.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.crypto import salted_hmac

from queries.answers import models_body, plain_parameters, time_range_body
from queries.execution import Fetched, Statement
from queries.models import QueryRun
from queries.services.questions import Question
from semantic_layer.compiler import CompiledQuery
from semantic_layer.ports import Warehouse

_SCOPE_CHARACTERS = 16


def metric_receipt(
    run: QueryRun,
    statement: Statement,
    fetched: Fetched,
    question: Question,
    compiled: CompiledQuery,
    scope: str,
) -> dict[str, Any]:
    """The receipt as JSON. `sql_sha256` is of the SQL text that the answer shows."""
    basis = question.basis
    return {
        **_common(run, statement, fetched, dialect=compiled.dialect, scope=scope),
        "query": dict(question.body),
        "category": basis.category,
        "category_version": basis.key,
        "metrics": list(compiled.metrics),
        "models": models_body(question.models(compiled)),
        "configuration_version": basis.configuration,
        "sql_sha256": sql_hash(compiled.sql),
        "parameters": plain_parameters(compiled.parameters),
        "time_range": time_range_body(compiled),
        "time_zone": compiled.time_zone,
        "now": iso(question.now),
        "result": result_body(fetched, bool(question.query.order_by)),
        "notes": list(compiled.notes),
    }


def sql_receipt(
    run: QueryRun,
    statement: Statement,
    fetched: Fetched,
    warehouse: Warehouse,
    *,
    scope: str,
    is_ordered: bool,
) -> dict[str, Any]:
    """The receipt of a person's own SQL: the statement itself takes the place of the models."""
    return {
        **_common(run, statement, fetched, dialect=warehouse.dialect, scope=scope),
        "query": {"query": run.sql, "parameters": plain_parameters(statement.parameters)},
        "tables": run.tables,
        "sql_sha256": sql_hash(run.sql),
        "parameters": plain_parameters(statement.parameters),
        "result": result_body(fetched, is_ordered),
        "notes": [],
    }


def result_body(fetched: Fetched, is_ordered: bool) -> dict[str, Any]:
    """How many rows there were, and hashes of them where there are not too many."""
    digest = fetched.digest
    return {
        "row_count": fetched.row_count,
        "truncated": fetched.truncated,
        "ordered": is_ordered,
        "rows_sha256": digest.rows_sha256 if digest else None,
        "sequence_sha256": digest.sequence_sha256 if digest and is_ordered else None,
    }


def _common(
    run: QueryRun, statement: Statement, fetched: Fetched, *, dialect: str, scope: str
) -> dict[str, Any]:
    return {
        "query_id": str(run.id),
        "kind": run.kind,
        "release": settings.VERSION,
        "row_limit": statement.row_limit,
        "dialect": dialect,
        "warehouse": run.warehouse,
        "data_version": statement.cache.data_version,
        "statement_id": fetched.statement_id,
        "data_scope": opaque_scope(scope),
        "cache": fetched.cache.body(),
    }


def sql_hash(sql: str) -> str:
    """SHA-256 of the SQL text."""
    return hashlib.sha256(sql.encode("utf-8", "surrogatepass")).hexdigest()


def opaque_scope(data_scope: str) -> str:
    """Tells callers apart who may see different data, without saying who they are."""
    digest = salted_hmac("queries.data_scope", data_scope, algorithm="sha256").hexdigest()
    return digest[:_SCOPE_CHARACTERS]


def iso(moment: datetime) -> str:
    """UTC with Z, as every timestamp of the API."""
    return moment.isoformat().replace("+00:00", "Z")

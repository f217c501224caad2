"""The receipt of a metric answer: where the numbers come from, and all that is needed to compute
them again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.crypto import salted_hmac

from queries.answers import models_body, plain_parameters, time_range_body
from queries.execution import Fetched, Statement
from semantic_layer.compiler import CompiledQuery

_SCOPE_CHARACTERS = 16


@dataclass(frozen=True)
class Provenance:
    """What was decided before the warehouse was asked. `now` is the moment relative ranges start
    from (UTC).
    """

    compiled: CompiledQuery
    category: str
    category_version: str
    models: Mapping[str, int | None]
    now: datetime


def receipt_of(
    provenance: Provenance,
    statement: Statement,
    fetched: Fetched,
    *,
    query_id: str,
    warehouse: str,
    data_scope: str,
    read_at: datetime,
) -> dict[str, Any]:
    """The receipt as JSON. `sql_sha256` is of the SQL text that the answer shows."""
    compiled = provenance.compiled
    return {
        "query_id": query_id,
        "category": provenance.category,
        "category_version": provenance.category_version,
        "metrics": list(compiled.metrics),
        "models": models_body(provenance.models),
        "sql_sha256": hashlib.sha256(compiled.sql.encode()).hexdigest(),
        "parameters": plain_parameters(compiled.parameters),
        "row_limit": statement.row_limit,
        "dialect": compiled.dialect,
        "warehouse": warehouse,
        "statement_id": fetched.statement_id,
        "data_scope": opaque_scope(data_scope),
        "time_range": time_range_body(compiled),
        "time_zone": compiled.time_zone,
        "now": iso(provenance.now),
        "cache": {"state": "off", "data_read_at": iso(read_at), "data_age_s": 0.0},
        "notes": list(compiled.notes),
    }


def opaque_scope(data_scope: str) -> str:
    """Tells callers apart who may see different data, without saying who they are."""
    digest = salted_hmac("queries.data_scope", data_scope, algorithm="sha256").hexdigest()
    return digest[:_SCOPE_CHARACTERS]


def iso(moment: datetime) -> str:
    """UTC with Z, as every timestamp of the API."""
    return moment.isoformat().replace("+00:00", "Z")

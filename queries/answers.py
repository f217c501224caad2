"""What the query services answer, as frozen values; `body()` is the JSON object of each."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, time
from decimal import Decimal
from typing import Any

from queries.cacheability import CacheNote
from semantic_layer.compiler import CompiledQuery, GroupByOption


@dataclass(frozen=True)
class Total:
    """The metrics at one level of a query's group-by; `group_by` is empty for the grand total."""

    group_by: Sequence[str]
    rows: Sequence[Mapping[str, Any]]
    truncated: bool
    query_id: uuid.UUID

    def body(self) -> dict[str, Any]:
        return {
            "group_by": self.group_by,
            "rows": self.rows,
            "truncated": self.truncated,
            "query_id": self.query_id,
        }


@dataclass(frozen=True)
class QueryAnswer:
    """A result whose rows are plain JSON values. A metric query's answer has `sql` and `receipt` as
    well.
    """

    query_id: uuid.UUID
    statement_id: str
    columns: Sequence[str]
    column_types: Sequence[str]
    rows: Sequence[Mapping[str, Any]]
    execution_time_ms: float
    truncated: bool
    cached: bool = False
    cache: CacheNote | None = None
    sql: str | None = None
    receipt: Mapping[str, Any] | None = None
    totals: Sequence[Total] | None = None
    explain: Mapping[str, Any] | None = None

    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "columns": self.columns,
            "column_types": self.column_types,
            "rows": self.rows,
            "row_count": len(self.rows),
            "execution_time_ms": self.execution_time_ms,
            "query_id": self.query_id,
            "statement_id": self.statement_id,
            "truncated": self.truncated,
            "cached": self.cached,
        }
        if self.cache is not None:
            found["cache"] = self.cache.body()
        if self.receipt is not None:
            found |= {"sql": self.sql, "receipt": self.receipt}
        if self.totals is not None:
            found["totals"] = [total.body() for total in self.totals]
        if self.explain is not None:
            found["explain"] = self.explain
        return found


@dataclass(frozen=True)
class SqlVerdict:
    """Whether a statement would run; `details` is where it would not."""

    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    details: Mapping[str, Any] | None = None

    def body(self) -> dict[str, Any]:
        valid = not self.errors
        return {
            "valid": valid,
            "is_valid": valid,
            "errors": self.errors,
            "warnings": self.warnings,
            "message": "The statement is valid." if valid else self.errors[0],
            "details": self.details,
        }


@dataclass(frozen=True)
class Compilation:
    """SQL of a metric query and the versions of the models it was made from."""

    compiled: CompiledQuery
    models: Mapping[str, int | None]

    def body(self) -> dict[str, Any]:
        compiled = self.compiled
        explained = {} if compiled.explanation is None else {"explain": compiled.explanation}
        return {
            "sql": compiled.sql,
            "dialect": compiled.dialect,
            "parameters": plain_parameters(compiled.parameters),
            "columns": [column.name for column in compiled.columns],
            "column_details": [asdict(column) for column in compiled.columns],
            "metrics": compiled.metrics,
            "models": models_body(self.models),
            "time_range": time_range_body(compiled),
            "time_zone": compiled.time_zone,
            "notes": compiled.notes,
            **explained,
        }


@dataclass(frozen=True)
class DimensionValues:
    """Distinct values of a dimension, in order."""

    dimension: str
    values: Sequence[Any]
    truncated: bool
    query_id: uuid.UUID = field(default_factory=uuid.uuid4)
    cached: bool = False

    def body(self) -> dict[str, Any]:
        return {
            "dimension": self.dimension,
            "values": self.values,
            "total_count": len(self.values),
            "truncated": self.truncated,
            "query_id": self.query_id,
            "cached": self.cached,
        }


def plain_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Bound values as JSON: dates and times as ISO 8601, decimals as text."""
    return {name: _plain(value) for name, value in parameters.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def models_body(models: Mapping[str, int | None]) -> list[dict[str, Any]]:
    return [{"name": name, "version": version} for name, version in sorted(models.items())]


def time_range_body(compiled: CompiledQuery) -> dict[str, str | None] | None:
    if compiled.time_range is None:
        return None
    start, end = compiled.time_range
    return {"start": start, "end": end}


def dimension_body(option: GroupByOption) -> dict[str, Any]:
    return {
        "name": option.name,
        "type": option.kind,
        "label": option.label,
        "description": option.description,
        "model": option.model,
        "grains": option.grains,
        "default_grain": option.default_grain,
    }

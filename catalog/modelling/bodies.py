"""Analyses, drafts and tables as the API writes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from catalog.analysis import Analysis, Column, Suggestion
from catalog.analysis.units import unit_of
from catalog.gold_tables import GoldTable
from catalog.models import Generation, GenerationJob, RejectedSuggestion


def gold_table(found: GoldTable) -> dict[str, Any]:
    info = found.info
    return {
        "name": info.name,
        "table": info.name,
        "fullName": info.full_name,
        "full_name": info.full_name,
        "catalog": info.catalog,
        "schema": info.schema,
        "table_type": str(info.table_type),
        "row_count": info.row_count,
        "column_count": found.column_count,
        "comment": info.comment,
        "has_semantic_model": found.has_semantic_model,
        "updated_at": info.updated_at,
    }


def analysis(found: Analysis) -> dict[str, Any]:
    """The answer of analyze-table; the suggestions stand twice, as clients expect."""
    table = found.table
    suggested = {
        "suggested_entities": _suggested(found.entities),
        "suggested_dimensions": _suggested(found.dimensions),
        "suggested_measures": _suggested(found.measures),
        "suggested_metrics": _suggested(found.metrics),
    }
    key = found.found.key
    return {
        "table": table.name.full,
        "table_info": {
            "name": table.name.table,
            "catalog": table.name.catalog,
            "schema": table.name.schema,
            "comment": table.comment or None,
            "columns": [
                {"name": c.name, "data_type": c.data_type, "comment": c.comment or None}
                for c in table.columns
            ],
        },
        "row_count": table.row_count,
        "rows_read": table.rows_read,
        "columns": [_profile(found, column) for column in table.columns],
        "sample_data": list(found.sample),
        "primary_key": list(key.columns) if key is not None else [],
        "time_column": found.found.time.column if found.found.time is not None else None,
        "rejected_foreign_keys": list(found.rejected_foreign_keys),
        "notes": list(found.notes),
        "analysis": suggested,
        **suggested,
        "confidence": found.confidence,
        "source": found.source,
    }


def _suggested(suggestions: Sequence[Suggestion]) -> list[dict[str, Any]]:
    return [suggestion.as_dict() for suggestion in suggestions]


def _profile(found: Analysis, column: Column) -> dict[str, Any]:
    """What was measured of a column. Of personal data nothing that is a value."""
    personal = found.found.personal.get(column.name)
    number = found.found.numbers.get(column.name)
    hidden = personal is not None
    return {
        "name": column.name,
        "data_type": column.data_type,
        "comment": column.comment or None,
        "position": column.position,
        "non_null_count": column.non_null,
        "null_count": column.nulls,
        "null_rate": round(column.nulls / column.rows, 4) if column.rows else 0.0,
        "distinct_count": column.distinct,
        "is_unique": column.is_unique,
        "is_exact": column.is_exact,
        "min": None if hidden or not _has_bounds(column) else column.minimum,
        "max": None if hidden or not _has_bounds(column) else column.maximum,
        "mean": None if hidden or not column.is_numeric else column.average,
        "top_values": None if hidden or not column.values else dict(column.values),
        "role": _role(found, column),
        "nature": str(number.nature) if number is not None else None,
        "unit": unit_of(column) if number is not None else None,
        "is_boolean": column.name in found.found.flags,
        "personal_data": None
        if personal is None
        else {
            "kind": personal.kind,
            "confidence": personal.confidence,
            "evidence": personal.evidence,
        },
    }


def _has_bounds(column: Column) -> bool:
    """Of texts the lengths were measured, which are no bounds of values."""
    return column.family.value not in ("text", "boolean", "other")


def _role(found: Analysis, column: Column) -> str:
    """What the column is for, in one word."""
    read = found.found
    if column.name in read.personal:
        return "personal"
    if read.key is not None and read.key.columns == (column.name,):
        return "primary_key"
    roles = (
        ("foreign_key", {key.column for key in read.foreign}),
        ("time", {time.column for time in read.times}),
        ("flag", set(read.flags)),
        ("measure", {m.about.get("column") for m in found.measures}),
        ("dimension", {d.about.get("column") for d in found.dimensions}),
    )
    return next((role for role, names in roles if column.name in names), "none")


def job(found: GenerationJob) -> dict[str, Any]:
    """A job without its drafts."""
    states = Counter(generation.state for generation in found.generations.all())
    total = states.total()
    ended = total - states["queued"] - states["running"]
    return {
        "job_id": found.pk,
        "status": _status(states),
        "progress_percentage": 100 * ended // total if total else 100,
        "total": total,
        "completed": states["completed"],
        "failed": states["failed"],
        "created_at": found.created_at,
        "status_url": f"/api/catalog/generation-jobs/{found.pk}",
    }


def _status(states: Counter[str]) -> str:
    """Of all tables together: one that failed does not fail those that did not."""
    ended = states["completed"] + states["failed"] + states["cancelled"]
    if states["running"] or (states["queued"] and ended):
        return "running"
    for state in ("queued", "cancelled", "completed"):
        if states[state]:
            return state
    return "failed"


def job_with_tables(found: GenerationJob) -> dict[str, Any]:
    return {**job(found), "tables": [_generation(one) for one in found.generations.all()]}


def _generation(one: Generation) -> dict[str, Any]:
    error = {"error_code": one.error_code, "detail": one.error_message}
    return {
        "catalog": one.catalog,
        "schema": one.schema,
        "table": one.table,
        "status": one.state,
        "attempt": one.attempt,
        "error": error if one.error_code else None,
        "draft": one.draft,
        "started_at": one.started_at,
        "finished_at": one.finished_at,
    }


def rejection(row: RejectedSuggestion) -> dict[str, Any]:
    return {
        "id": row.pk,
        "catalog": row.catalog,
        "schema": row.schema,
        "table": row.table,
        "suggestion": row.suggestion,
        "reason": row.reason or None,
        "created_at": row.created_at,
    }

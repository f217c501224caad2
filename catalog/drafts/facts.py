"""What a language model is told of a table and a draft: names, types, comments, figures.

Values of rows only where the installation allows it, and never those of personal data.
"""

from __future__ import annotations

from typing import Any

from catalog.analysis import Analysis, Column
from catalog.analysis.units import unit_of
from catalog.drafts.composing import Draft

_MOST_VALUES = 12
_VALUE_CHARACTERS = 60
_COMMENT_CHARACTERS = 300


def table_facts(analysis: Analysis, *, with_values: bool) -> dict[str, Any]:
    """The table as JSON."""
    table = analysis.table
    return {
        "table": table.name.full,
        "comment": table.comment[:_COMMENT_CHARACTERS],
        "rows": table.row_count,
        "columns": [_column(analysis, column, with_values) for column in table.columns],
    }


def _column(analysis: Analysis, column: Column, with_values: bool) -> dict[str, Any]:
    personal = analysis.found.personal.get(column.name)
    number = analysis.found.numbers.get(column.name)
    told: dict[str, Any] = {
        "name": column.name,
        "type": column.data_type,
        "comment": column.comment[:_COMMENT_CHARACTERS],
        "distinct": column.distinct,
        "nulls": column.nulls,
    }
    if personal is not None:
        return {**told, "personal_data": personal.kind}
    if number is not None:
        told |= {"nature": str(number.nature), "unit": unit_of(column)}
    if with_values and column.values:
        told["values"] = [value[:_VALUE_CHARACTERS] for value in list(column.values)[:_MOST_VALUES]]
    return told


def facts_of(draft: Draft) -> dict[str, Any]:
    """The draft's new parts as JSON, without expressions over columns."""
    told: dict[str, Any] = {
        "name": draft.name,
        "description": draft.definition.get("description", ""),
    }
    for kind in ("dimensions", "measures", "metrics"):
        told[kind] = [
            {
                key: member[key]
                for key in ("name", "label", "description", "type", "agg", "type_params")
                if key in member
            }
            for member in draft.definition[kind]
            if member["name"] in draft.added[kind]
        ]
    return told

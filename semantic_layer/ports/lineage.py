"""Lineage that the warehouse itself recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class LineageDirection(StrEnum):
    UPSTREAM = "upstream"
    DOWNSTREAM = "downstream"


@dataclass(frozen=True, order=True)
class LineageEdge:
    """Data flows from `source` to `target`: full table names (`catalog.schema.table`), or the name
    of what is no table (a dashboard, a notebook, a path), as its type says.

    Types are TableType's words or DASHBOARD, NOTEBOOK, JOB, PIPELINE, PATH. The columns are both
    set for an edge between columns, both None for one between tables.
    """

    source: str
    source_type: str
    target: str
    target_type: str
    source_column: str | None = None
    target_column: str | None = None


class LineageSource(Protocol):
    """Lineage that the warehouse itself recorded, as one principal may see it."""

    def edges(
        self, table: str, *, direction: LineageDirection, columns: bool
    ) -> Sequence[LineageEdge]:
        """The edges that end at (upstream) or start from (downstream) this table, one step far.

        An unknown table has none. Raises Unavailable when nobody can say.
        """
        ...

"""What was measured of a table and its columns, before anything is concluded from it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from catalog.analysis.words import singular_name, table_words


class Family(StrEnum):
    """Kinds of types that are measured alike."""

    INTEGER = "integer"
    DECIMAL = "decimal"
    TEXT = "text"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"
    OTHER = "other"


_INTEGERS = re.compile(r"(?:U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|U?INTEGER|BYTE|SHORT|LONG)\b")
_DECIMALS = re.compile(r"(?:DECIMAL|NUMERIC|DOUBLE|FLOAT|REAL)\b")
_TEXTS = re.compile(r"(?:VARCHAR|CHAR|STRING|TEXT|BPCHAR|ENUM|UUID)\b")
_WHOLE_DECIMAL = re.compile(r"(?:DECIMAL|NUMERIC)\(\s*\d+\s*(?:,\s*0\s*)?\)\Z")


def family_of(data_type: str) -> Family:
    """The family of a type as the warehouse writes it (`DECIMAL(18,2)`, `timestamp_ntz`)."""
    text = data_type.strip().upper()
    if text.endswith("]") or "<" in text or text.startswith(("STRUCT", "MAP", "UNION", "ARRAY")):
        return Family.OTHER
    for pattern, family in (
        (_WHOLE_DECIMAL, Family.INTEGER),
        (_INTEGERS, Family.INTEGER),
        (_DECIMALS, Family.DECIMAL),
        (_TEXTS, Family.TEXT),
    ):
        if pattern.match(text):
            return family
    if text.startswith("BOOL"):
        return Family.BOOLEAN
    if text == "DATE":
        return Family.DATE
    return Family.TIMESTAMP if text.startswith(("TIMESTAMP", "DATETIME")) else Family.OTHER


@dataclass(frozen=True)
class TableName:
    """A table by its three names."""

    catalog: str
    schema: str
    table: str

    @property
    def full(self) -> str:
        return f"{self.catalog}.{self.schema}.{self.table}"

    @property
    def words(self) -> tuple[str, ...]:
        return table_words(self.table)

    @property
    def row_name(self) -> str:
        """What one row is, as its name says: `dim_customers` -> `customer`."""
        return singular_name(self.words)


@dataclass(frozen=True)
class Column:
    """One column with what was measured of it; counts are of the rows that were read.

    `counts` are of the non-null values that match a pattern or condition (see measuring.py),
    `values` the most frequent values where there are few, null left out.
    """

    name: str
    data_type: str
    comment: str
    position: int
    words: tuple[str, ...] = ()
    rows: int = 0
    non_null: int = 0
    distinct: int = 0
    minimum: Any = None
    maximum: Any = None
    average: float | None = None
    deviation: float | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    values: Mapping[str, int] = field(default_factory=dict)
    is_exact: bool = True
    """False where the figures are of a sample of the rows."""

    @cached_property
    def family(self) -> Family:
        return family_of(self.data_type)

    @property
    def nulls(self) -> int:
        return self.rows - self.non_null

    @property
    def is_numeric(self) -> bool:
        return self.family in (Family.INTEGER, Family.DECIMAL)

    @property
    def is_unique(self) -> bool:
        """Every row has its own value, and none is null."""
        return self.rows > 0 and self.distinct == self.rows == self.non_null

    def share(self, count: str) -> float:
        """The part of the non-null values that match, 0 to 1."""
        return self.counts.get(count, 0) / self.non_null if self.non_null else 0.0

    @property
    def last_word(self) -> str:
        return self.words[-1] if self.words else ""

    def says(self, *words: str) -> bool:
        """Whether the name has one of the words."""
        return not set(words).isdisjoint(self.words)

    @property
    def measured(self) -> dict[str, Any]:
        """The figures every piece of evidence begins with."""
        return {"rows": self.rows, "nulls": self.nulls, "distinct": self.distinct}


@dataclass(frozen=True)
class Table:
    """One table with its columns; `row_count` is of the whole table, `rows_read` of the sample.

    `unique_sets` tells of sets of columns whose distinct values were counted over the whole table:
    as many as rows or not.
    """

    name: TableName
    comment: str
    row_count: int
    rows_read: int
    columns: tuple[Column, ...]
    unique_sets: Mapping[tuple[str, ...], bool] = field(default_factory=dict)

    @property
    def is_sample(self) -> bool:
        return self.rows_read < self.row_count

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @cached_property
    def words(self) -> tuple[str, ...]:
        return self.name.words


@dataclass(frozen=True)
class Inclusion:
    """How the values of a column are found among those of a key elsewhere.

    `values` distinct ones were looked for, `found` of them are there; `target_rows` rows have
    `target_distinct` distinct keys.
    """

    column: str
    target: TableName
    target_column: str
    values: int
    found: int
    target_rows: int
    target_distinct: int
    target_nulls: int = 0

    @property
    def coverage(self) -> float:
        return self.found / self.values if self.values else 0.0

    @property
    def target_is_unique(self) -> bool:
        return 0 < self.target_rows == self.target_distinct

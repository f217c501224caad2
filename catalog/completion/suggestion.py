"""What completion answers with, and how candidates are weighed against each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from catalog.completion.cursor import Expect


class Kind(StrEnum):
    """What a suggestion is; the words of the API."""

    TABLE = "table"
    COLUMN = "column"
    KEYWORD = "keyword"
    FUNCTION = "function"
    SCHEMA = "schema"
    CATALOG = "catalog"
    METRIC = "metric"
    DIMENSION = "dimension"


@dataclass(frozen=True)
class Suggestion:
    """One way to go on.

    `value` is the bare name. `insert_text` replaces the prefix as it was sent: qualified and quoted
    where SQL needs it.
    `schema` and `catalog` say where a table or column is.
    """

    value: str
    type: Kind
    description: str | None
    schema: str | None = None
    catalog: str | None = None
    insert_text: str = ""


@dataclass(frozen=True, order=True)
class Candidate:
    """A suggestion with its place among the others: lower score first, then the shorter, then the
    earlier.
    """

    score: float
    length: int
    order: int
    text: str
    suggestion: Suggestion = field(compare=False)


_ANYWHERE = {
    Kind.KEYWORD: 0.0,
    Kind.TABLE: 0.1,
    Kind.METRIC: 0.2,
    Kind.COLUMN: 0.3,
    Kind.DIMENSION: 0.4,
    Kind.SCHEMA: 0.5,
    Kind.FUNCTION: 0.6,
    Kind.CATALOG: 0.7,
}
_IN_EXPRESSION = {
    Kind.COLUMN: 0.1,
    Kind.FUNCTION: 0.2,
    Kind.KEYWORD: 0.3,
    Kind.METRIC: 0.4,
    Kind.DIMENSION: 0.5,
    Kind.TABLE: 2.0,
    Kind.SCHEMA: 2.2,
    Kind.CATALOG: 2.3,
}
# Added to the tier of a match: below 1 a kind only comes before others of the same tier, above it
# changes tiers. A kind that is missing is not suggested there.
WEIGHTS: Mapping[Expect, Mapping[Kind, float]] = {
    Expect.ANYTHING: _ANYWHERE,
    Expect.TABLE: {Kind.TABLE: 0.0, Kind.SCHEMA: 0.3, Kind.CATALOG: 0.4},
    Expect.COLUMN: _IN_EXPRESSION,
    Expect.KEYWORD: {
        kind: -1.0 if kind is Kind.KEYWORD else weight + 3.0
        for kind, weight in _IN_EXPRESSION.items()
    },
    Expect.NOTHING: {},
}
# Columns of the tables in FROM rise past a tier; once those are known, columns of all other tables
# sink past two.
IN_SCOPE = -1.5
OUT_OF_SCOPE = 2.4
CTE = -1.0
PHRASE = -1.5
ALIAS = -0.5
ANOTHER_CATALOG = 0.5
# What an identifier in quotes may be.
QUOTABLE = frozenset({Kind.COLUMN, Kind.TABLE, Kind.SCHEMA, Kind.CATALOG})

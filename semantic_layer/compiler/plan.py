"""The plan: a tree of a few relational nodes in which every decision on meaning is already taken.

Expressions are checked SQL trees. Below an Aggregate or Compute, columns belong to table aliases;
above it they belong to the node's `name`. `lower.py` folds neighbours into one SELECT where that
changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from semantic_layer.compiler.spec import Grain


@dataclass(frozen=True, eq=False)
class Output:
    """A named expression."""

    name: str
    expr: exp.Expr


@dataclass(frozen=True, eq=False)
class Source:
    """A table under an alias."""

    table: tuple[str, ...]
    alias: str


@dataclass(frozen=True, eq=False)
class TimeSpine:
    """One row per `grain`: a declared table's column, or generated from `start` to before `end`."""

    alias: str
    column: str
    grain: Grain
    table: tuple[str, ...] = ()
    start: exp.Expr | None = None
    end: exp.Expr | None = None
    source: Node | None = None
    """What `start` and `end` are aggregated over, when they are not constants."""


@dataclass(frozen=True, eq=False)
class Join:
    """`right` joined to `left`; `kind` is left, inner, full or cross."""

    left: Node
    right: Node
    kind: str
    on: exp.Expr | None = None


@dataclass(frozen=True, eq=False)
class Filter:
    input: Node
    condition: exp.Expr


@dataclass(frozen=True, eq=False)
class Aggregate:
    """One row per distinct tuple of `keys`; with no keys, one row. With no values: the distinct
    tuples."""

    input: Node
    name: str
    keys: tuple[Output, ...]
    values: tuple[Output, ...]


@dataclass(frozen=True, eq=False)
class Compute:
    """Row by row: exactly these columns."""

    input: Node
    name: str
    columns: tuple[Output, ...]


@dataclass(frozen=True, eq=False)
class Shared:
    """An aggregate that several nodes read, each under an alias."""

    input: Aggregate
    alias: str


@dataclass(frozen=True, eq=False)
class SortKey:
    column: str
    descending: bool
    nulls_first: bool


@dataclass(frozen=True, eq=False)
class Sort:
    input: Node
    keys: tuple[SortKey, ...]


@dataclass(frozen=True, eq=False)
class Limit:
    input: Node
    count: int


Node = Source | TimeSpine | Join | Filter | Aggregate | Compute | Shared | Sort | Limit

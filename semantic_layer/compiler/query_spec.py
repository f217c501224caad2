"""A metric query as frozen values: names are parsed but not yet looked up, conditions are typed
trees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlglot import exp

from semantic_layer.compiler.spec import DatePart


@dataclass(frozen=True)
class FieldRef:
    """A name in a query: `metric_time`, `entity__dimension`, `entity`, with a grain or date part.

    `name` has no grain suffix any more. `path` is where in the query it stands, for errors.
    """

    name: str
    grain: str | None = None
    date_part: DatePart | None = None
    path: str = field(default="", compare=False)
    from_object: bool = field(default=False, compare=False)
    """Written as `Dimension(...)`: in a filter it then means its default grain, a plain name its
    own values."""

    @property
    def column(self) -> str:
        """Canonical column name, as long as a grain is known."""
        if self.date_part is not None:
            return f"{self.name}__extract_{self.date_part}"
        return f"{self.name}__{self.grain}" if self.grain else self.name


@dataclass(frozen=True)
class MetricRef:
    """`Metric('m', group_by=['listing'])` of a filter: m aggregated per entity, in a subquery."""

    name: str
    group_by: tuple[str, ...]
    path: str = field(default="", compare=False)


@dataclass(frozen=True)
class Predicate:
    """One condition: a checked tree in which the column `{n}` stands for `refs[n]`.

    Both filter forms become this. Literals in the tree are bound as parameters when SQL is
    written. `key` is the condition as written: equal keys are equal conditions. `is_text`: it was
    written as one text.
    """

    key: str
    tree: exp.Expr = field(compare=False)
    refs: tuple[FieldRef | MetricRef, ...] = field(compare=False)
    path: str = field(default="where", compare=False)
    is_text: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class OrderItem:
    """A column of the answer to sort by; `field` may lack the grain when that is unambiguous."""

    name: str
    descending: bool = False
    nulls_first: bool = False
    path: str = field(default="order_by", compare=False)


@dataclass(frozen=True)
class TimeRange:
    """Half-open range of metric_time: fixed (`start`, `end`), `last` n grains, or `this` grain.

    A bound without time zone means local time in the query's zone.
    """

    start: date | datetime | None = None
    end: date | datetime | None = None
    last: int | None = None
    this: str | None = None
    grain: str | None = None


@dataclass(frozen=True)
class Compare:
    """`compare: {offset: "1 year"}`: the same metrics one offset earlier, beside these."""

    offset: str


@dataclass(frozen=True)
class MetricQuery:
    """What was asked. Empty `metrics` asks for the distinct members of `group_by`."""

    metrics: tuple[str, ...] = ()
    group_by: tuple[FieldRef, ...] = ()
    where: tuple[Predicate, ...] = ()
    order_by: tuple[OrderItem, ...] = ()
    limit: int | None = None
    time_range: TimeRange | None = None
    time_zone: str | None = None
    min_max_only: bool = False
    totals: bool = False
    compare: Compare | None = None
    explain: bool = False


@dataclass(frozen=True)
class AccessPolicy:
    """Who asks, as far as access rules of models care. `unrestricted` skips them (admins, system
    work)."""

    email: str = ""
    roles: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    unrestricted: bool = False


@dataclass(frozen=True)
class ResultColumn:
    """One column of the answer. `kind` is the metric's type, or time, categorical, entity."""

    name: str
    role: str
    kind: str
    label: str | None = None
    description: str | None = None
    grain: str | None = None
    date_part: str | None = None


@dataclass(frozen=True)
class CompiledQuery:
    """SQL text with its bound parameters, and all that a receipt wants to know of the compilation.

    `time_range` holds ISO bounds as understood; `notes` say where exact values replace approximate
    ones.
    """

    sql: str
    dialect: str
    columns: tuple[ResultColumn, ...]
    parameters: Mapping[str, Any]
    models: tuple[str, ...]
    metrics: tuple[str, ...]
    sources: tuple[str, ...]
    time_zone: str
    time_range: tuple[str | None, str | None] | None = None
    notes: tuple[str, ...] = ()
    explanation: Mapping[str, Any] | None = None
    """`{tree, text}` of the plan, when the query asked to be explained."""

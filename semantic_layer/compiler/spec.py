"""The words of the language as frozen values: what an author wrote, before anything is resolved.

Readers (documents) and `queries.py` (metric queries) fill these; `graph.py` gives them meaning.
`at` is where an element stands in its file; it never takes part in comparison.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from semantic_layer.errors import Issue

_QUOTED = re.compile(r"'([^']+)'")


@dataclass(frozen=True)
class Position:
    """Where something stands: file as named by the caller, line and column from 1.

    `written` is the source from there to the end of a single value.
    """

    file: str | None
    line: int
    column: int
    written: str | None = field(default=None, compare=False, repr=False)

    def named_in(self, message: str) -> Position:
        """Where the first word that the message quotes stands in the value; the value's own place
        when none does."""
        for word in _QUOTED.findall(message):
            offset = (self.written or "").find(word)
            if offset >= 0:
                return self._at(offset)
        return self

    def _at(self, offset: int) -> Position:
        before = (self.written or "")[:offset]
        lines = before.count("\n")
        column = offset - before.rfind("\n") if lines else self.column + offset
        return Position(self.file, self.line + lines, column)


class Grain(StrEnum):
    """Standard time grains, fine to coarse. Names of custom granularities are plain strings beside
    these."""

    NANOSECOND = "nanosecond"
    MICROSECOND = "microsecond"
    MILLISECOND = "millisecond"
    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def rank(self) -> int:
        """0 for the finest; a week ranks below a month although months do not consist of whole
        weeks."""
        return _GRAIN_RANK[self]

    @property
    def is_subdaily(self) -> bool:
        return self.rank < _GRAIN_RANK[Grain.DAY]

    def fits(self, unit: Grain) -> bool:
        """Whether `unit` consists of whole periods of this grain, so that moving by it keeps their
        borders."""
        if self.rank <= _GRAIN_RANK[Grain.DAY] or self is unit:
            return self.rank <= unit.rank
        return Grain.WEEK not in (self, unit) and self.rank <= unit.rank


_GRAIN_RANK: dict[Grain, int] = {grain: rank for rank, grain in enumerate(Grain)}

STANDARD_GRAINS = frozenset(Grain)
"""To ask of a name whether it is one of them."""


class DatePart(StrEnum):
    """Parts of a date in ISO numbering: `dow` is 1 (Monday) to 7."""

    YEAR = "year"
    QUARTER = "quarter"
    MONTH = "month"
    DAY = "day"
    DOW = "dow"
    DOY = "doy"


class Aggregation(StrEnum):
    SUM = "sum"
    MIN = "min"
    MAX = "max"
    AVERAGE = "average"
    MEDIAN = "median"
    COUNT = "count"
    COUNT_DISTINCT = "count_distinct"
    SUM_BOOLEAN = "sum_boolean"
    PERCENTILE = "percentile"


class EntityType(StrEnum):
    PRIMARY = "primary"
    FOREIGN = "foreign"
    UNIQUE = "unique"
    NATURAL = "natural"


class DimensionType(StrEnum):
    CATEGORICAL = "categorical"
    TIME = "time"


class MetricType(StrEnum):
    SIMPLE = "simple"
    RATIO = "ratio"
    DERIVED = "derived"
    CUMULATIVE = "cumulative"
    CONVERSION = "conversion"
    SQL = "sql"
    """Raw statement of older files: it runs alone, ungoverned, and cannot be grouped or
    combined."""


class WindowChoice(StrEnum):
    MIN = "min"
    MAX = "max"


class PeriodAggregation(StrEnum):
    FIRST = "first"
    LAST = "last"
    AVERAGE = "average"


class ConversionCalculation(StrEnum):
    CONVERSIONS = "conversions"
    CONVERSION_RATE = "conversion_rate"


class InputKind(StrEnum):
    """What the author meant a metric input to name. Both share one name space of last resort."""

    MEASURE = "measure"
    METRIC = "metric"


# ---------------------------------------------------------------- models


@dataclass(frozen=True)
class Relation:
    """The table of a model: `parts` are its name's parts (1 to 3), `written` is what the author
    wrote.

    `ref('orders')` has the one part `orders`; `ref('c.s.t')`, `c.s.t` and `{database, schema,
    alias}` have three.
    """

    parts: tuple[str, ...]
    written: Any = field(default=None, compare=False)
    at: Position | None = field(default=None, compare=False)

    @property
    def name(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True)
class Filter:
    """A condition as written: the Jinja string form, or a structured `{field, op, value}` / and /
    or / not tree."""

    source: str | Mapping[str, Any]
    at: Position | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Window:
    """A span such as `7 days`: `grain` is a standard grain in the singular or a custom
    granularity."""

    count: int
    grain: str

    def __str__(self) -> str:
        return f"{self.count} {self.grain}{'s' if self.count != 1 else ''}"


@dataclass(frozen=True)
class Entity:
    """A key of a model. `expr` None means the column `name`.

    `role` serves role-playing dimensions: two foreign entities may lead to one model under two
    roles. Of `name` and `role`, one is the key some model owns (primary, unique, natural) and the
    other is what queries say, in either order: `{name: airport, role: origin}` and `{name: origin,
    role: airport}` both give `origin__city`.
    Unique in a model is the pair (name, role).
    """

    name: str
    type: EntityType
    expr: str | None = None
    role: str | None = None
    label: str | None = None
    description: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict, compare=False)
    at: Position | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Dimension:
    """An attribute of a model; `grain` is set exactly for time dimensions.

    `time_zone` is the zone the stored column is written in (None: the model's, then UTC).
    `data_type` is the column's SQL type where known (`config.meta.data_type`): a DATE has no time
    of day and is never shifted. `datatype` is the reference's note for other tools: kept, not used.
    """

    name: str
    type: DimensionType
    expr: str | None = None
    grain: Grain | None = None
    is_partition: bool = False
    validity_start: bool = False
    validity_end: bool = False
    time_zone: str | None = None
    data_type: str | None = None
    datatype: str | None = None
    label: str | None = None
    description: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict, compare=False)
    at: Position | None = field(default=None, compare=False)


@dataclass(frozen=True)
class NonAdditive:
    """Semi-additive behaviour: only rows at the first or last `dimension` value of each grouping
    count."""

    dimension: str
    window_choice: WindowChoice = WindowChoice.MIN
    window_groupings: tuple[str, ...] = ()
    at: Position | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Measure:
    """What is aggregated, at the model's own grain. `percentile` is between 0 and 1."""

    name: str
    agg: Aggregation
    expr: str | None = None
    percentile: float | None = None
    percentile_discrete: bool = False
    percentile_approximate: bool = False
    agg_time_dimension: str | None = None
    non_additive: NonAdditive | None = None
    create_metric: bool = False
    label: str | None = None
    description: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict, compare=False)
    at: Position | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Defaults:
    agg_time_dimension: str | None = None
    at: Position | None = field(default=None, compare=False)


@dataclass(frozen=True)
class AccessRule:
    """One entry of `config.meta.access`: for whom, which members, which rows. Several rules are
    ORed.

    Empty `roles` and `groups` mean everybody. `includes` None means all members. Values in `rows`
    may be
    `user.email` or `user.groups`. Deny by default once a model has a rule.
    """

    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    includes: tuple[str, ...] | None = None
    excludes: tuple[str, ...] = ()
    rows: tuple[Filter, ...] = ()
    at: Position | None = field(default=None, compare=False)


@dataclass(frozen=True)
class SemanticModel:
    """One table and what it means. Its metrics stand in `Project.metrics` with `model` set."""

    name: str
    relation: Relation
    entities: tuple[Entity, ...] = ()
    dimensions: tuple[Dimension, ...] = ()
    measures: tuple[Measure, ...] = ()
    defaults: Defaults = Defaults()
    primary_entity: str | None = None
    time_zone: str | None = None
    label: str | None = None
    description: str | None = None
    tags: tuple[str, ...] = ()
    access: tuple[AccessRule, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict, compare=False)
    at: Position | None = field(default=None, compare=False)


# ---------------------------------------------------------------- metrics


@dataclass(frozen=True)
class MetricInput:
    """A measure or metric another metric is made of, with what applies to this use of it only."""

    name: str
    kind: InputKind = InputKind.METRIC
    alias: str | None = None
    filter: tuple[Filter, ...] = ()
    offset_window: Window | None = None
    offset_to_grain: str | None = None
    join_to_timespine: bool = False
    fill_nulls_with: int | float | None = None
    at: Position | None = field(default=None, compare=False)


@dataclass(frozen=True)
class CumulativeParams:
    """All-time when neither `window` nor `grain_to_date` is set. The input stands in
    `Metric.measure`."""

    window: Window | None = None
    grain_to_date: str | None = None
    period_agg: PeriodAggregation = PeriodAggregation.FIRST
    at: Position | None = field(default=None, compare=False)


@dataclass(frozen=True)
class ConstantProperty:
    base_property: str
    conversion_property: str


@dataclass(frozen=True)
class ConversionParams:
    base: MetricInput
    conversion: MetricInput
    entity: str
    calculation: ConversionCalculation = ConversionCalculation.CONVERSION_RATE
    window: Window | None = None
    constant_properties: tuple[ConstantProperty, ...] = ()
    at: Position | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Metric:
    """A metric of any type; the fields that belong to other types stay empty.

    simple: `measure`, or `aggregate` (an inline measure of the same name; then `model` is set).
    cumulative: `measure` (kind says measure or metric) and `cumulative`. ratio: `numerator`,
    `denominator`.
    derived: `expr` over `inputs`. conversion: `conversion`. sql: `sql`.
    `filter` entries are ANDed. `model` is the model it was written in, None when it stands outside.
    """

    name: str
    type: MetricType
    model: str | None = None
    label: str | None = None
    description: str | None = None
    filter: tuple[Filter, ...] = ()
    time_granularity: str | None = None
    datatype: str | None = None
    measure: MetricInput | None = None
    aggregate: Measure | None = None
    numerator: MetricInput | None = None
    denominator: MetricInput | None = None
    expr: str | None = None
    inputs: tuple[MetricInput, ...] = ()
    cumulative: CumulativeParams | None = None
    conversion: ConversionParams | None = None
    sql: str | None = None
    join_to_timespine: bool = False
    fill_nulls_with: int | float | None = None
    hidden: bool = False
    tags: tuple[str, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict, compare=False)
    at: Position | None = field(default=None, compare=False)


# ---------------------------------------------------------------- the rest of a project


@dataclass(frozen=True)
class CustomGranularity:
    """A named grain kept in a column of the day spine; `column` None means the column `name`."""

    name: str
    column: str | None = None


@dataclass(frozen=True)
class TimeSpine:
    """A table with one row per `grain` in `column`."""

    relation: Relation
    column: str
    grain: Grain
    custom_granularities: tuple[CustomGranularity, ...] = ()
    at: Position | None = field(default=None, compare=False)


@dataclass(frozen=True)
class ProjectConfiguration:
    time_spines: tuple[TimeSpine, ...] = ()
    at: Position | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Export:
    name: str
    export_as: str = "table"
    schema: str | None = None
    alias: str | None = None


@dataclass(frozen=True)
class SavedQuery:
    """A named query. Items are as written: `metric_time__month` or `TimeDimension('metric_time',
    'month')`."""

    name: str
    metrics: tuple[str, ...] = ()
    group_by: tuple[str, ...] = ()
    where: tuple[Filter, ...] = ()
    order_by: tuple[str, ...] = ()
    limit: int | None = None
    exports: tuple[Export, ...] = ()
    label: str | None = None
    description: str | None = None
    tags: tuple[str, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict, compare=False)
    at: Position | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Project:
    """All that was read, in reading order, with every problem found on the way.

    `metrics` holds those written inside a model (with `model`) and those outside; measures with
    `create_metric` are not repeated here, the graph makes their metrics. Models and metrics with
    an error of their own in `issues` are left out, so that nothing half understood answers;
    `broken_models` and
    `broken_metrics` name them, for whoever refers to one.
    """

    models: tuple[SemanticModel, ...] = ()
    metrics: tuple[Metric, ...] = ()
    saved_queries: tuple[SavedQuery, ...] = ()
    configurations: tuple[ProjectConfiguration, ...] = ()
    issues: tuple[Issue, ...] = ()
    broken_models: frozenset[str] = frozenset()
    broken_metrics: frozenset[str] = frozenset()
    broken_measures: Mapping[str, str] = field(default_factory=dict)

    def __add__(self, other: Project) -> Project:
        return Project(
            self.models + other.models,
            self.metrics + other.metrics,
            self.saved_queries + other.saved_queries,
            self.configurations + other.configurations,
            self.issues + other.issues,
            self.broken_models | other.broken_models,
            self.broken_metrics | other.broken_metrics,
            {**self.broken_measures, **other.broken_measures},
        )

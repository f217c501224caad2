"""Metrics -> leaves and arithmetic: what has to be aggregated, and what is computed from the
aggregates.

A leaf is one measure with everything that applies to its own rows. Equal leaves are one leaf,
however many metrics use them. An expansion is an expression whose columns `__leaf0__`,
`__leaf1__`, ... stand for leaves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlglot import exp

from semantic_layer.compiler import nodes
from semantic_layer.compiler.graph import SemanticGraph
from semantic_layer.compiler.infos import InputInfo, MeasureInfo, MetricInfo
from semantic_layer.compiler.presence import own
from semantic_layer.compiler.query_spec import Predicate
from semantic_layer.compiler.spec import (
    Aggregation,
    ConstantProperty,
    ConversionCalculation,
    CumulativeParams,
    MetricType,
    PeriodAggregation,
    Window,
)
from semantic_layer.errors import QueryError

_LEAF = re.compile(r"__leaf([0-9]+)__\Z")


@dataclass(frozen=True)
class Shift:
    """Rows count `window` later than they happened: `offset_window` of an input.

    `by_spine` false adds the window to each row's time, though a spine be declared: no row is lost
    to months of different length.
    """

    window: Window
    by_spine: bool = True


@dataclass(frozen=True)
class ToGrain:
    """Every period shows the value of the first one of its `grain`: `offset_to_grain` of an
    input."""

    grain: str


@dataclass(frozen=True)
class Accumulate:
    """A period gathers the rows of the window that ends with it, of its grain so far, or of all
    time so far."""

    window: Window | None
    grain_to_date: str | None
    period_agg: PeriodAggregation
    fill: int | float | None = None
    """What an average over periods takes those without rows for, once they are shown."""


Step = Shift | ToGrain | Accumulate


@dataclass(frozen=True)
class ConversionMatch:
    """How a conversion finds its base event, and which events are conversions at all."""

    base: str
    entity: str
    window: Window | None
    properties: tuple[ConstantProperty, ...]
    filters: tuple[Predicate, ...] = ()


LeafKey = tuple[str, tuple[str, ...], tuple[Step, ...], bool, ConversionMatch | None]


@dataclass(frozen=True)
class Use:
    """How a metric is used: the filters and time steps of everything around it, innermost step
    first."""

    filters: tuple[Predicate, ...] = ()
    steps: tuple[Step, ...] = ()

    def inside(self, filters: tuple[Predicate, ...], *steps: Step) -> Use:
        """The use of something further in."""
        return Use(self.filters + filters, (*steps, *self.steps))


@dataclass(frozen=True, eq=False)
class Leaf:
    """A measure over the rows that pass `filters`, moved in time by `steps`.

    `on_spine`: periods without rows appear, as nulls.
    """

    number: int
    measure: MeasureInfo
    filters: tuple[Predicate, ...]
    steps: tuple[Step, ...] = ()
    on_spine: bool = False
    conversion: ConversionMatch | None = None
    """Set for the conversions of a conversion metric; `rows` is then the base measure."""
    base: MeasureInfo | None = None

    @property
    def rows(self) -> MeasureInfo:
        """The measure whose model, time and dimensions the leaf is grouped and filtered by."""
        return self.base or self.measure

    @property
    def column(self) -> str:
        """Its column in its branch; no group-by column can be called so."""
        return f"_{self.measure.name}"

    @property
    def filter_keys(self) -> tuple[str, ...]:
        return tuple(sorted({f.key for f in self.filters}))


class Expander:
    """Collects the leaves of all metrics of one query."""

    def __init__(self, graph: SemanticGraph) -> None:
        self.graph = graph
        self.leaves: list[Leaf] = []
        self.notes: dict[str, None] = {}
        self._keys: dict[LeafKey, Leaf] = {}

    def metric(self, info: MetricInfo, use: Use = Use()) -> exp.Expr:  # noqa: B008  (frozen)
        """The metric as an expression over leaves."""
        build = _BUILDERS.get(info.type)
        if build is None:
            raise not_available(f"{info.type.capitalize()} metrics ('{info.name}')")
        return build(self, info, use.inside(info.filters))

    def input(self, item: InputInfo, use: Use) -> exp.Expr:
        """One input of a metric, with the filters and offset of this use of it."""
        inner = use.inside(item.filters, *_offsets(item))
        if item.metric is not None:
            return self.metric(self.graph.metrics[item.metric], inner)
        assert item.measure is not None
        return self.leaf(item.measure, inner, item.spec.join_to_timespine)

    def leaf(
        self,
        measure: MeasureInfo,
        use: Use,
        on_spine: bool,
        conversion: ConversionMatch | None = None,
    ) -> exp.Expr:
        """The column that stands for the leaf."""
        if measure.spec.percentile_approximate:
            self.notes.setdefault(_approximate_note(measure))
        unique = {f.key: f for f in use.filters}
        key = (measure.name, tuple(sorted(unique)), use.steps, on_spine, conversion)
        found = self._keys.get(key)
        if found is None:
            number = len(self.leaves)
            base = self.graph.measures[conversion.base] if conversion else None
            filters = tuple(unique.values())
            found = Leaf(number, measure, filters, use.steps, on_spine, conversion, base)
            self.leaves.append(found)
            self._keys[key] = found
        return nodes.column(leaf_name(found.number))


def _offsets(item: InputInfo) -> tuple[Step, ...]:
    if item.spec.offset_window is not None:
        return (Shift(item.spec.offset_window),)
    return (ToGrain(item.spec.offset_to_grain),) if item.spec.offset_to_grain else ()


def _approximate_note(measure: MeasureInfo) -> str:
    if measure.spec.percentile_discrete:
        return f"{measure.name}: the approximate percentile is computed exactly."
    return (
        f"{measure.name}: the approximate percentile is estimated on DuckDB (rank error under 1 %) "
        "and computed exactly on Databricks."
    )


def leaf_name(number: int) -> str:
    """The column that stands for the leaf in an expansion."""
    return f"__leaf{number}__"


def leaf_number(column: exp.Column) -> int | None:
    """Which leaf a column of an expansion stands for; None for any other column."""
    found = _LEAF.match(column.name) if not column.args.get("table") else None
    return int(found.group(1)) if found else None


def not_available(what: str, instead: str = "") -> QueryError:
    """A promised part of the language that cannot be queried yet, and the nearest that can."""
    message = f"{what} cannot be queried yet. {instead}".rstrip()
    return QueryError(message, code="NOT_AVAILABLE")


def filled(tree: exp.Expr, fill: int | float | None) -> exp.Expr:
    """The value with nulls replaced, where the author said by what."""
    if fill is None:
        return tree
    number: exp.Expr = exp.Literal.number(repr(abs(fill)))
    return exp.Coalesce(this=tree, expressions=[exp.Neg(this=number) if fill < 0 else number])


def _simple(expander: Expander, info: MetricInfo, use: Use) -> exp.Expr:
    item = info.inputs[0]
    on_spine = item.spec.join_to_timespine or info.spec.join_to_timespine
    fill = _first_set(item.spec.fill_nulls_with, info.spec.fill_nulls_with)
    if item.measure is None:
        return filled(expander.input(item, use), fill)
    return filled(expander.leaf(item.measure, use.inside(item.filters), on_spine), fill)


def _ratio(expander: Expander, info: MetricInfo, use: Use) -> exp.Expr:
    top, bottom = (_input_value(expander, item, use) for item in info.inputs)
    return own(nodes.Ratio(this=top, expression=bottom))


def _input_value(expander: Expander, item: InputInfo, use: Use) -> exp.Expr:
    return bracketed(filled(expander.input(item, use), item.spec.fill_nulls_with))


def _derived(expander: Expander, info: MetricInfo, use: Use) -> exp.Expr:
    assert info.expr is not None
    inputs = {item.name.casefold(): item for item in info.inputs}
    holder = exp.Paren(this=info.expr.copy())
    for column in list(holder.find_all(exp.Column)):
        column.replace(_input_value(expander, inputs[column.name.casefold()], use))
    result: exp.Expr = holder.this
    result.pop()
    return own(result)


def _cumulative(expander: Expander, info: MetricInfo, use: Use) -> exp.Expr:
    """The window is the innermost step: it gathers rows before anything moves them."""
    item = info.inputs[0]
    simple = expander.graph.metrics.get(item.metric or "")
    if simple is not None:
        if simple.type is not MetricType.SIMPLE or simple.inputs[0].measure is None:
            raise not_available(
                f"A cumulative metric ('{info.name}') over a {simple.type} metric",
                "Accumulate each of its simple metrics, and derive the result from those.",
            )
        use = use.inside(item.filters).inside(simple.filters)
        item = simple.inputs[0]
    measure = item.measure
    assert measure is not None
    params = info.spec.cumulative or CumulativeParams()
    on_spine = item.spec.join_to_timespine or info.spec.join_to_timespine
    fill = _first_set(item.spec.fill_nulls_with, info.spec.fill_nulls_with)
    averaged = on_spine and params.period_agg is PeriodAggregation.AVERAGE
    step = Accumulate(
        params.window, params.grain_to_date, params.period_agg, fill if averaged else None
    )
    return filled(expander.leaf(measure, use.inside(item.filters, step), on_spine), fill)


def _conversion(expander: Expander, info: MetricInfo, use: Use) -> exp.Expr:
    """Base events and conversions side by side; both rows appear, whatever is calculated."""
    params = info.spec.conversion
    assert params is not None
    base, event = (_simple_input(expander, item) for item in info.inputs)
    filters = base.filters + info.inputs[0].filters
    started = expander.leaf(base.measure, use.inside(filters), base.on_spine)
    match = ConversionMatch(
        base.measure.name,
        params.entity,
        params.window,
        params.constant_properties,
        event.filters + info.inputs[1].filters,
    )
    conversions = filled(
        expander.leaf(event.measure, use.inside(filters), event.on_spine, match),
        _first_set(info.inputs[1].spec.fill_nulls_with, event.fill),
    )
    if params.calculation is ConversionCalculation.CONVERSIONS:
        return own(nodes.WithRowsOf(this=conversions, rows=started))
    fill = _first_set(info.inputs[0].spec.fill_nulls_with, base.fill)
    return own(nodes.Ratio(this=conversions, expression=filled(started, fill)))


@dataclass(frozen=True, eq=False)
class _SimpleInput:
    measure: MeasureInfo
    filters: tuple[Predicate, ...]
    on_spine: bool
    fill: int | float | None


def _simple_input(expander: Expander, item: InputInfo) -> _SimpleInput:
    """The measure behind an input of a conversion metric, given directly or as a simple metric."""
    if item.measure is not None:
        return _SimpleInput(item.measure, (), item.spec.join_to_timespine, None)
    info = expander.graph.metrics[item.metric or ""]
    inner = info.inputs[0] if info.type is MetricType.SIMPLE else None
    if inner is None or inner.measure is None:
        raise not_available(f"A conversion metric over the {info.type} metric '{info.name}'")
    on_spine = item.spec.join_to_timespine or inner.spec.join_to_timespine
    return _SimpleInput(
        inner.measure, info.filters + inner.filters, on_spine, inner.spec.fill_nulls_with
    )


def _first_set(*values: int | float | None) -> int | float | None:
    return next((value for value in values if value is not None), None)


_BUILDERS = {
    MetricType.SIMPLE: _simple,
    MetricType.RATIO: _ratio,
    MetricType.DERIVED: _derived,
    MetricType.CUMULATIVE: _cumulative,
    MetricType.CONVERSION: _conversion,
}


def bracketed(tree: exp.Expr) -> exp.Expr:
    """In brackets unless it cannot be torn apart by an operator beside it."""
    if isinstance(tree, (exp.Column, exp.Literal, exp.Paren, exp.Coalesce, nodes.WithRowsOf)):
        return tree
    return exp.Paren(this=tree)


# ---------------------------------------------------------------- aggregates


def aggregate(measure: MeasureInfo, value: exp.Expr) -> exp.Expr:
    """The aggregate of a measure over `value`, its expression in the scope."""
    kind = measure.agg
    if kind is Aggregation.COUNT_DISTINCT:
        return exp.Count(this=exp.Distinct(expressions=[value]))
    if kind is Aggregation.SUM_BOOLEAN:
        one, zero = exp.Literal.number(1), exp.Literal.number(0)
        case = exp.Case(ifs=[exp.If(this=value, true=one)], default=zero)
        return exp.Sum(this=case)
    if kind is Aggregation.MEDIAN:
        return nodes.Quantile(this=value, fraction=0.5, discrete=False)
    if kind is Aggregation.PERCENTILE:
        return nodes.Quantile(
            this=value,
            fraction=float(measure.spec.percentile or 0.0),
            discrete=measure.spec.percentile_discrete,
            approximate=measure.spec.percentile_approximate,
        )
    return _PLAIN[kind](this=value)


_PLAIN: dict[Aggregation, type[exp.Expr]] = {
    Aggregation.SUM: exp.Sum,
    Aggregation.MIN: exp.Min,
    Aggregation.MAX: exp.Max,
    Aggregation.AVERAGE: nodes.Average,
    Aggregation.COUNT: exp.Count,
}

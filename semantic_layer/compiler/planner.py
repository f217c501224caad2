"""MetricQuery + graph -> QueryPlan: every decision on grain, joins, filters and order is taken
here."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlglot import exp

from semantic_layer.compiler import times
from semantic_layer.compiler.binding import Binder
from semantic_layer.compiler.branches import build_branches
from semantic_layer.compiler.combining import combine
from semantic_layer.compiler.comparing import compared, comparison_step
from semantic_layer.compiler.expansion import Expander, Use
from semantic_layer.compiler.filters import conjuncts, ref_number
from semantic_layer.compiler.frame import Condition, Frame
from semantic_layer.compiler.graph import SemanticGraph
from semantic_layer.compiler.grouping import KeyColumn, default_metric_time_grain, key_columns
from semantic_layer.compiler.infos import MeasureInfo, MetricInfo, ModelInfo
from semantic_layer.compiler.names import SEPARATOR
from semantic_layer.compiler.paths import resolve
from semantic_layer.compiler.plan import Limit, Node, Sort, SortKey
from semantic_layer.compiler.query_spec import (
    FieldRef,
    MetricQuery,
    MetricRef,
    Predicate,
    ResultColumn,
)
from semantic_layer.compiler.spec import MetricType
from semantic_layer.compiler.subqueries import metric_in_filter
from semantic_layer.compiler.validation import settle_grain
from semantic_layer.errors import QueryError, did_you_mean


@dataclass(frozen=True, eq=False)
class QueryPlan:
    """The plan with all that a receipt tells about it."""

    root: Node
    columns: tuple[ResultColumn, ...]
    parameters: dict[str, Any]
    models: tuple[str, ...]
    metrics: tuple[str, ...]
    time_zone: str
    bounds: times.Bounds | None
    notes: tuple[str, ...] = ()


def plan_query(query: MetricQuery, graph: SemanticGraph, now: datetime | None) -> QueryPlan:
    """Plan a query with at least one metric.

    Shape: one row per distinct group-by tuple; columns as asked, metrics last. Raises QueryError.
    """
    return _Planner(query, graph, now).plan()


def find_metric(graph: SemanticGraph, name: str, path: str) -> MetricInfo:
    """The metric, or UNKNOWN_METRIC with the nearest names."""
    info = graph.metrics.get(name)
    if info is None:
        near = did_you_mean(name, graph.metrics)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise QueryError(
            f"There is no metric '{name}'.{hint}",
            code="UNKNOWN_METRIC",
            path=path,
            suggestions=near,
            metric=name,
        )
    return info


@dataclass
class _Planner:
    query: MetricQuery
    graph: SemanticGraph
    now: datetime | None
    binder: Binder = field(default_factory=Binder)
    expressions: dict[str, exp.Expr] = field(default_factory=dict)

    def plan(self) -> QueryPlan:
        infos = [
            find_metric(self.graph, name, f"metrics[{n}]")
            for n, name in enumerate(dict.fromkeys(self.query.metrics))
        ]
        self._refuse_raw_sql(infos)
        self.expander = Expander(self.graph)
        outputs = self._expand(infos)
        before, after = self._split_where(infos)
        frame = self._frame(infos, before)
        _refuse_equal_names(frame.keys, [c.name for c in outputs])
        branches = build_branches(self.expander.leaves, frame)
        node = combine(branches, frame, [c.name for c in outputs], self.expressions, after)
        columns = (*(key.result_column() for key in frame.keys), *outputs)
        return QueryPlan(
            ordered(node, self.query, frame.keys, [c.name for c in outputs]),
            columns,
            self.binder.parameters,
            _unique(m for b in branches for m in b.models),
            tuple(info.name for info in infos),
            frame.zone or times.UTC,
            frame.bounds,
            tuple(self.expander.notes),
        )

    def _expand(self, infos: list[MetricInfo]) -> list[ResultColumn]:
        """Expand the metrics, with their comparison where it is asked for; the columns they
        fill."""
        shift = comparison_step(self.query.compare) if self.query.compare else None
        columns: list[ResultColumn] = []
        for info in infos:
            value = self.expressions[info.name] = self.expander.metric(info)
            columns.append(_metric_column(info))
            if shift is not None:
                previous = self.expander.metric(info, Use(steps=(shift,)))
                for suffix, expression in compared(value, previous).items():
                    name = f"{info.name}{SEPARATOR}{suffix}"
                    self.expressions[name] = expression
                    columns.append(ResultColumn(name, "metric", "comparison", info.label))
        return columns

    def _frame(self, infos: list[MetricInfo], before: list[Predicate]) -> Frame:
        measures = [leaf.rows for leaf in self.expander.leaves]
        events = [leaf.measure for leaf in self.expander.leaves if leaf.conversion is not None]
        grain = default_metric_time_grain(infos, [*measures, *events], self.graph)
        zone = self._zone(measures)
        return Frame(
            self.graph,
            self.binder,
            key_columns(self.query.group_by, self.graph, self._models(), grain),
            tuple(Condition(c.tree, c.refs) for c in before),
            times.bounds_of(self.query.time_range, self.now, zone or times.UTC),
            zone,
            grain,
            metric_in_filter,
        )

    def _refuse_raw_sql(self, infos: list[MetricInfo]) -> None:
        for info in infos:
            if info.type is MetricType.SQL:
                raise QueryError(
                    f"'{info.name}' is raw SQL without governed meaning: ask for it alone, "
                    "without group_by, where or time_range.",
                    code="UNGOVERNED_METRIC",
                    path="metrics",
                )

    def _models(self) -> list[ModelInfo]:
        names = _unique(leaf.rows.model for leaf in self.expander.leaves)
        return [self.graph.models[name] for name in names]

    def _zone(self, measures: list[MeasureInfo]) -> str | None:
        """The zone buckets are cut in; None when every column is simply cut as it is stored."""
        if self.query.time_zone is not None:
            return self.query.time_zone
        zones = {
            self.graph.models[m.model].dimensions[m.time_dimension].zone
            for m in measures
            if m.time_dimension is not None
        }
        return times.UTC if len(zones) > 1 else None

    # ------------------------------------------------------------ where

    def _split_where(self, infos: list[MetricInfo]) -> tuple[list[Predicate], list[Predicate]]:
        """Conjuncts on dimensions, for before the aggregation, and those on metrics, for after
        it."""
        before: list[Predicate] = []
        after: list[Predicate] = []
        for predicate in self.query.where:
            refs = tuple(
                settle_grain(r, self.graph) if isinstance(r, FieldRef) else r
                for r in predicate.refs
            )
            for tree in conjuncts(predicate.tree):
                part = replace(predicate, tree=tree, refs=refs)
                used = [refs[ref_number(c)] for c in tree.find_all(exp.Column)]
                named = [r for r in used if self._is_metric(r, infos)]
                for ref in named:
                    self._add_hidden_metric(ref)
                (after if named else before).append(part)
        return before, after

    def _is_metric(self, ref: FieldRef | MetricRef, infos: list[MetricInfo]) -> bool:
        """A plain name is a metric when the query asks for that metric, or when it is no
        dimension."""
        if isinstance(ref, MetricRef) or ref.grain or ref.date_part or SEPARATOR in ref.name:
            return False
        if ref.name not in self.graph.metrics:
            return False
        return any(info.name == ref.name for info in infos) or not self._is_dimension(ref)

    def _is_dimension(self, ref: FieldRef) -> bool:
        try:
            resolve(self.graph, self._models()[0], ref.name)
        except QueryError:
            return False
        return True

    def _add_hidden_metric(self, ref: FieldRef | MetricRef) -> None:
        if ref.name not in self.expressions:
            info = self.graph.metrics[ref.name]
            self._refuse_raw_sql([info])
            self.expressions[ref.name] = self.expander.metric(info)


def _refuse_equal_names(keys: tuple[KeyColumn, ...], names: list[str]) -> None:
    for key in keys:
        if key.name in names:
            raise QueryError(
                f"A metric and a group-by column are both called '{key.name}': the answer cannot "
                "hold both. Rename one of them.",
                code="DUPLICATE_COLUMN",
                path=key.ref.path,
            )


def ordered(node: Node, query: MetricQuery, keys: tuple[KeyColumn, ...], names: list[str]) -> Node:
    """The node sorted and cut as the query asks. Raises QueryError for a column the answer does
    not have."""
    sort = []
    for item in query.order_by:
        found = [n for n in names if n == item.name]
        found += _columns_called(item.name, keys)
        if len(found) != 1:
            offers = [k.name for k in keys] + names
            reason = "names several columns" if found else "is not a column of the answer"
            raise QueryError(
                f"order_by: '{item.name}' {reason}. Columns: {', '.join(offers)}.",
                code="INVALID_ORDER_BY",
                path=item.path,
                suggestions=found or did_you_mean(item.name, offers),
            )
        sort.append(SortKey(found[0], item.descending, item.nulls_first))
    if sort:
        node = Sort(node, tuple(sort))
    return Limit(node, query.limit) if query.limit is not None else node


def _columns_called(name: str, keys: tuple[KeyColumn, ...]) -> list[str]:
    """The group-by columns of that name, or those the query asked for so, or whose name without
    grain it is."""
    exact = [k.name for k in keys if k.name == name] or [
        k.name for k in keys if k.asked.column == name
    ]
    return exact or [k.name for k in keys if k.answers_to(name)]


def _metric_column(info: MetricInfo) -> ResultColumn:
    return ResultColumn(info.name, "metric", info.type.value, info.label, info.description)


def _unique(names: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))

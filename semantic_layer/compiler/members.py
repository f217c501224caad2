"""Queries without metrics: the distinct members of the group-by, or their smallest and largest.

Models meet in full outer joins here, so that a member without any partner is listed too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlglot import exp

from semantic_layer.compiler import nodes, times
from semantic_layer.compiler.binding import Binder
from semantic_layer.compiler.expansion import not_available
from semantic_layer.compiler.filters import conjuncts
from semantic_layer.compiler.frame import Condition, Frame
from semantic_layer.compiler.graph import SemanticGraph
from semantic_layer.compiler.grouping import KeyColumn, key_columns, standard_grains
from semantic_layer.compiler.infos import ModelInfo
from semantic_layer.compiler.names import METRIC_TIME, SEPARATOR, field_ref
from semantic_layer.compiler.paths import homes, resolve
from semantic_layer.compiler.periods import Periods, condition_grains, shown_periods
from semantic_layer.compiler.plan import Aggregate, Compute, Join, Node, Output
from semantic_layer.compiler.planner import QueryPlan, ordered
from semantic_layer.compiler.query_spec import FieldRef, MetricQuery, MetricRef, ResultColumn
from semantic_layer.compiler.rows import add_condition
from semantic_layer.compiler.scope import PART_GRAINS, Scope
from semantic_layer.compiler.spec import Grain
from semantic_layer.compiler.spines import finest, has_declared, spine_for
from semantic_layer.compiler.subqueries import metric_entity, metric_in_filter
from semantic_layer.compiler.times import Bounds
from semantic_layer.compiler.validation import settle_grain
from semantic_layer.errors import Malformed, QueryError, UnknownField, did_you_mean

Part = tuple[exp.Expr, tuple[FieldRef | MetricRef, ...]]


# Members or periods that are only filtered by are one row while any is left, else none.
_ANY = (Output("_any", exp.Boolean(this=True)),)


def plan_members(query: MetricQuery, graph: SemanticGraph, now: datetime | None) -> QueryPlan:
    """One row per distinct tuple of the group-by; with `min_max_only` one row of bounds. Raises
    QueryError."""
    if not query.group_by:
        raise Malformed("A query needs at least one metric or one group_by name.")
    return _Members(query, graph, now, Binder()).plan()


@dataclass
class _Members:
    query: MetricQuery
    graph: SemanticGraph
    now: datetime | None
    binder: Binder

    def plan(self) -> QueryPlan:
        query = self.query
        zone = query.time_zone or times.UTC
        bounds = times.bounds_of(query.time_range, self.now, zone)
        refs = [settle_grain(ref, self.graph) for ref in query.group_by]
        timed, plain = self._split_where()
        names = [r for r in refs if r.name != METRIC_TIME]
        named = names + [r for part in plain for used in _used(*part) for r in _needed(used)]
        model = _source_model(self.graph, named) if named else None
        keys = key_columns(query.group_by, self.graph, [model] if model else [], Grain.DAY)
        uses_time = any(k.is_metric_time for k in keys) or bounds is not None or bool(timed)
        parts: list[Aggregate] = []
        models: tuple[str, ...] = ()
        if model is not None:
            node, models = self._members(model, [k for k in keys if not k.is_metric_time], plain)
            parts.append(node)
        if uses_time:
            parts.append(self._periods([k for k in keys if k.is_metric_time], bounds, timed))
        return self._answer(parts, keys, models, bounds)

    def _split_where(self) -> tuple[list[Part], list[Part]]:
        """Conditions on metric_time and conditions on members."""
        timed: list[Part] = []
        plain: list[Part] = []
        for predicate in self.query.where:
            refs = tuple(
                settle_grain(r, self.graph) if isinstance(r, FieldRef) else r
                for r in predicate.refs
            )
            for tree in conjuncts(predicate.tree):
                used = _used(tree, refs)
                about_time = [isinstance(r, FieldRef) and r.name == METRIC_TIME for r in used]
                if all(about_time):
                    timed.append((tree, refs))
                elif any(about_time):
                    raise not_available("A condition that mixes metric_time with members")
                else:
                    plain.append((tree, refs))
        return timed, plain

    def _members(
        self, model: ModelInfo, keys: list[KeyColumn], where: list[Part]
    ) -> tuple[Aggregate, tuple[str, ...]]:
        scope = Scope(
            self.graph, model, self.binder, query_zone=self.query.time_zone, join_kind="full"
        )
        outputs = tuple(Output(k.name, scope.value(k.ref)) for k in keys) or _ANY
        frame = Frame(
            self.graph, self.binder, (), (), None, self.query.time_zone, None, metric_in_filter
        )
        for tree, refs in where:
            add_condition(scope, frame, Condition(tree, refs))
        node = Aggregate(scope.source(), f"{model.name}__members", outputs, ())
        return node, scope.model_names

    def _periods(
        self, keys: list[KeyColumn], bounds: Bounds | None, where: list[Part]
    ) -> Aggregate:
        # In days at least: range, conditions and custom grains may cut within what is asked for.
        conditions = [Condition(tree, refs) for tree, refs in where]
        finer = [g for g in condition_grains(conditions) if has_declared(self.graph, g)]
        grain = finest([*standard_grains(keys), *finer, Grain.DAY])
        spine = spine_for(self.graph, grain, bounds, self.binder, name="_spine__periods")
        asked = Periods(keys, bounds, conditions, lambda ref: Grain.DAY)
        shown = shown_periods(spine, asked, self.graph, self.binder, "_periods")
        return shown if shown.keys else replace(shown, keys=_ANY)

    def _answer(
        self,
        parts: list[Aggregate],
        keys: tuple[KeyColumn, ...],
        models: tuple[str, ...],
        bounds: Bounds | None,
    ) -> QueryPlan:
        node: Node = parts[0]
        for part in parts[1:]:
            node = Join(node, part, "cross")
        owner = {output.name: part.name for part in parts for output in part.keys}
        shown = [Output(k.name, nodes.column(k.name, owner[k.name])) for k in keys]
        columns = [k.result_column() for k in keys]
        if self.query.min_max_only:
            return self._bounds_only(Compute(node, "members", tuple(shown)), columns, models)
        node = ordered(Compute(node, "members", tuple(shown)), self.query, keys, [])
        return QueryPlan(
            node,
            tuple(columns),
            self.binder.parameters,
            models,
            (),
            self.query.time_zone or times.UTC,
            bounds,
        )

    def _bounds_only(
        self, node: Node, columns: list[ResultColumn], models: tuple[str, ...]
    ) -> QueryPlan:
        outputs: list[Output] = []
        result: list[ResultColumn] = []
        for column in columns:
            for suffix, function in (("min", exp.Min), ("max", exp.Max)):
                name = f"{column.name}{SEPARATOR}{suffix}"
                value = function(this=nodes.column(column.name, "members"))
                outputs.append(Output(name, value))
                result.append(replace(column, name=name))
        return QueryPlan(
            Aggregate(node, "bounds", (), tuple(outputs)),
            tuple(result),
            self.binder.parameters,
            models,
            (),
            self.query.time_zone or times.UTC,
            None,
        )


def _needed(ref: FieldRef | MetricRef) -> Iterator[FieldRef]:
    """The names a model must have for a condition: those behind `Metric()` are its entities."""
    if isinstance(ref, FieldRef):
        yield ref
        return
    for item in ref.group_by:
        yield metric_entity(field_ref(item, ref.path))


def _used(tree: exp.Expr, refs: tuple[FieldRef | MetricRef, ...]) -> list[FieldRef | MetricRef]:
    from_tree = [int(c.name[5:-2]) for c in tree.find_all(exp.Column)]
    return [refs[number] for number in from_tree]


def _source_model(graph: SemanticGraph, refs: Sequence[FieldRef]) -> ModelInfo:
    """The model all names are reached from with the fewest joins; of those the one with the fewest
    names of its own, as the reference chooses.

    Raises the error of the nearest miss.
    """
    names = list(dict.fromkeys(ref.name for ref in refs))
    candidates: dict[str, ModelInfo] = {}
    for ref in refs:
        found = homes(graph, ref.name)
        if not found:
            near = did_you_mean(ref.name, _all_names(graph))
            hint = f" Did you mean {near[0]}?" if near else ""
            raise UnknownField(
                f"'{ref.name}' is not a dimension or entity of any model.{hint}",
                path=ref.path,
                suggestions=near,
                field=ref.name,
            )
        candidates.update({model.name: model for model in found})
    for holders in (graph.holders.get(n.split(SEPARATOR)[0], ()) for n in names):
        candidates.update({model.name: model for model in holders})
    best: tuple[int, int, int] | None = None
    chosen: ModelInfo | None = None
    failure: QueryError | None = None
    for position, model in enumerate(candidates.values()):
        try:
            members = [resolve(graph, model, ref.name, ref.path) for ref in refs]
        except QueryError as error:
            failure = failure or error
            continue
        joined = len({hop.model.name for m in members for hop in m.hops})
        cost = (joined, _size(model), position)
        if best is None or cost < best:
            best, chosen = cost, model
    if chosen is None:
        assert failure is not None
        raise failure
    return chosen


def _size(model: ModelInfo) -> int:
    """How many names to group by the model has by itself: each grain and date part is one."""
    size = len(model.entities)
    for dimension in model.dimensions.values():
        size += 1 if dimension.grain is None else _times(dimension.grain)
    return size * (1 + len(model.prefixes))


def _times(finest_grain: Grain) -> int:
    grains = [grain for grain in Grain if grain.rank >= finest_grain.rank]
    parts = [part for part in PART_GRAINS.values() if part.rank >= finest_grain.rank]
    return len(grains) + len(parts)


def _all_names(graph: SemanticGraph) -> list[str]:
    return [
        model.local_name(name) for model in graph.models.values() for name in model.dimensions
    ] + [name for model in graph.models.values() for name in model.entities]

"""`Metric('m', group_by=['listing'])` in a filter: m per entity, aggregated apart and joined to
the rows filtered."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from semantic_layer.compiler.branches import build_branches
from semantic_layer.compiler.combining import combine
from semantic_layer.compiler.expansion import Expander
from semantic_layer.compiler.frame import Frame
from semantic_layer.compiler.grouping import key_columns
from semantic_layer.compiler.names import SEPARATOR, field_ref
from semantic_layer.compiler.nodes import column, conjunction
from semantic_layer.compiler.query_spec import FieldRef, MetricRef
from semantic_layer.compiler.scope import Scope
from semantic_layer.errors import AmbiguousPath, QueryError, did_you_mean

MAX_DEPTH = 5
VALUE = "_value"


def metric_in_filter(frame: Frame, scope: Scope, ref: MetricRef) -> exp.Expr:
    """The column of m, after its aggregate is joined to the scope on the entities.

    The query's own conditions and time range do not reach into m. Raises QueryError.
    """
    info = frame.graph.metrics.get(ref.name)
    if info is None:
        near = did_you_mean(ref.name, frame.graph.metrics)
        raise QueryError(
            f"There is no metric '{ref.name}' to filter by.",
            code="UNKNOWN_METRIC",
            path=ref.path,
            suggestions=near,
        )
    if not ref.group_by:
        raise QueryError(
            f"Metric('{ref.name}') in a filter needs group_by=['entity'].",
            code="INVALID_FILTER",
            path=ref.path,
        )
    if frame.depth >= MAX_DEPTH:
        raise QueryError(
            f"Metric('{ref.name}') filters by itself, or through too many metrics.",
            code="INVALID_FILTER",
            path=ref.path,
        )
    name = "__".join((ref.name, "by", *ref.group_by))
    if not any(getattr(node, "name", None) == name for node, _, _ in scope.late):
        _join(frame, scope, ref, name)
    return column(VALUE, name)


def _join(frame: Frame, scope: Scope, ref: MetricRef, name: str) -> None:
    info = frame.graph.metrics[ref.name]
    expander = Expander(frame.graph)
    expression = expander.metric(info)
    models = [frame.graph.models[m] for m in dict.fromkeys(x.rows.model for x in expander.leaves)]
    refs = [field_ref(item, ref.path) for item in ref.group_by]
    keys = key_columns(refs, frame.graph, models, frame.metric_time_grain)
    inner = replace(
        frame, keys=keys, where=(), bounds=None, metric_time_grain=None, depth=frame.depth + 1
    )
    branches = build_branches(expander.leaves, inner, prefix=f"{name}__")
    node = combine(branches, inner, [VALUE], {VALUE: expression}, (), name=name)
    matches: list[exp.Expr] = [
        exp.EQ(this=scope.value(outer_ref(scope, asked)), expression=column(key.name, name))
        for asked, key in zip(refs, keys, strict=True)
    ]
    scope.late.append((node, scope.join_kind, conjunction(matches)))


def metric_entity(ref: FieldRef) -> FieldRef:
    """What the rows that are filtered are joined by: the path says how m gets to the entity, and
    its last name which entity that is."""
    return replace(ref, name=ref.name.rpartition(SEPARATOR)[2])


def outer_ref(scope: Scope, asked: FieldRef) -> FieldRef:
    """The entity as it is nearest to the rows filtered; the path as written where two are."""
    nearest = metric_entity(asked)
    try:
        scope.member(nearest)
    except AmbiguousPath:
        return asked
    return nearest

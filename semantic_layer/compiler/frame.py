"""What all branches of one query share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from semantic_layer.compiler.binding import Binder
from semantic_layer.compiler.graph import SemanticGraph
from semantic_layer.compiler.grouping import KeyColumn
from semantic_layer.compiler.names import METRIC_TIME
from semantic_layer.compiler.query_spec import FieldRef, MetricRef
from semantic_layer.compiler.scope import Scope
from semantic_layer.compiler.spec import Grain
from semantic_layer.compiler.times import Bounds

Refs = tuple[FieldRef | MetricRef, ...]
MetricInFilter = Callable[["Frame", Scope, MetricRef], exp.Expr]


@dataclass(frozen=True, eq=False)
class Condition:
    """One conjunct of the query's `where` that applies to rows, before aggregation."""

    tree: exp.Expr
    refs: Refs

    @property
    def used(self) -> Refs:
        """The references this conjunct holds, of all those of its filter."""
        numbers = (int(c.name[5:-2]) for c in self.tree.find_all(exp.Column))
        return tuple(self.refs[number] for number in numbers)


@dataclass(frozen=True, eq=False)
class Frame:
    """The query's keys, conditions, time range and zone, with the graph and the parameters they
    are bound in.

    `metric_in_filter` joins the aggregate behind `Metric(...)` to a scope and gives its column.
    """

    graph: SemanticGraph
    binder: Binder
    keys: tuple[KeyColumn, ...]
    where: tuple[Condition, ...]
    bounds: Bounds | None
    zone: str | None
    metric_time_grain: Grain | None
    metric_in_filter: MetricInFilter
    depth: int = 0

    @property
    def uses_metric_time(self) -> bool:
        return (
            self.bounds is not None
            or any(key.is_metric_time for key in self.keys)
            or any(names_time(c.used) for c in self.where)
        )


def names_time(refs: Sequence[FieldRef | MetricRef]) -> bool:
    """Whether metric_time is among them."""
    return any(isinstance(ref, FieldRef) and ref.name.startswith(METRIC_TIME) for ref in refs)

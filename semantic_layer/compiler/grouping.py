"""The group-by columns of a query: their canonical names, grains and places in the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from semantic_layer.compiler.graph import SemanticGraph
from semantic_layer.compiler.infos import MeasureInfo, Member, MetricInfo, ModelInfo
from semantic_layer.compiler.names import METRIC_TIME, SEPARATOR
from semantic_layer.compiler.paths import resolve
from semantic_layer.compiler.query_spec import FieldRef, ResultColumn
from semantic_layer.compiler.scope import default_grain
from semantic_layer.compiler.spec import STANDARD_GRAINS, DimensionType, Grain
from semantic_layer.compiler.validation import settle_grain
from semantic_layer.errors import AmbiguousPath, QueryError


@dataclass(frozen=True, eq=False)
class KeyColumn:
    """One group-by column: `ref` has its canonical name and grain, `asked` is how the query wrote
    it."""

    ref: FieldRef
    asked: FieldRef
    kind: str
    label: str | None = None
    description: str | None = None

    @property
    def name(self) -> str:
        return self.ref.column

    @property
    def is_metric_time(self) -> bool:
        return self.ref.name == METRIC_TIME

    @property
    def standard_grain(self) -> Grain | None:
        """Its grain, where that is neither a custom one nor a date part."""
        grain = self.ref.grain
        return Grain(grain) if grain is not None and grain in STANDARD_GRAINS else None

    def matched(self, left: exp.Expr, right: exp.Expr) -> exp.Expr:
        """Whether two values of a time column are the same period. Days outside any period of a
        custom grain have none, which is the same for all of them."""
        outside = self.standard_grain is None and self.ref.date_part is None
        return (exp.NullSafeEQ if outside else exp.EQ)(this=left, expression=right)

    def answers_to(self, name: str) -> bool:
        """Whether an order_by or filter may call it so."""
        return name in (self.name, self.ref.name, self.asked.column, self.asked.name)

    def result_column(self) -> ResultColumn:
        return ResultColumn(
            self.name,
            "dimension",
            self.kind,
            self.label,
            self.description,
            self.ref.grain,
            self.ref.date_part,
        )


def key_columns(
    refs: Sequence[FieldRef],
    graph: SemanticGraph,
    models: Sequence[ModelInfo],
    metric_time_grain: Grain | None,
) -> tuple[KeyColumn, ...]:
    """The columns in the order asked, each once. Raises QueryError for a name some model cannot
    give."""
    found: dict[str, KeyColumn] = {}
    for asked in refs:
        column = _key_column(settle_grain(asked, graph), asked, graph, models, metric_time_grain)
        found.setdefault(column.name, column)
    return tuple(found.values())


def _key_column(
    ref: FieldRef,
    asked: FieldRef,
    graph: SemanticGraph,
    models: Sequence[ModelInfo],
    metric_time_grain: Grain | None,
) -> KeyColumn:
    if ref.name == METRIC_TIME:
        if ref.grain is None and ref.date_part is None:
            ref = replace(ref, grain=(metric_time_grain or Grain.DAY).value)
        return KeyColumn(ref, asked, "time", "Metric time")
    ref = replace(ref, name=canonical_name(ref, graph, models))
    member = resolve(graph, models[0], ref.name, ref.path)
    is_time = member.dimension is not None and member.dimension.type is DimensionType.TIME
    if is_time and ref.grain is None and ref.date_part is None:
        ref = replace(ref, grain=_coarsest_own(ref, graph, models).value)
    kind = "time" if is_time else "categorical" if member.dimension else "entity"
    label, description = _words(member)
    return KeyColumn(ref, asked, kind, label, description)


def _coarsest_own(ref: FieldRef, graph: SemanticGraph, models: Sequence[ModelInfo]) -> Grain:
    dimensions = (resolve(graph, m, ref.name, ref.path).dimension for m in models)
    grains = [d.grain for d in dimensions if d is not None and d.grain is not None]
    return max(grains, key=lambda g: g.rank)


def _words(member: Member) -> tuple[str | None, str | None]:
    spec = (
        member.dimension.spec if member.dimension else member.entity.spec if member.entity else None
    )
    return (spec.label, spec.description) if spec else (None, None)


def canonical_name(ref: FieldRef, graph: SemanticGraph, models: Sequence[ModelInfo]) -> str:
    """A qualified name is canonical as asked; a plain one must mean the same from every model."""
    members = [resolve(graph, model, ref.name, ref.path) for model in models]
    if SEPARATOR in ref.name:
        return ref.name
    names = list(dict.fromkeys(member.name for member in members))
    if len(names) == 1:
        return names[0]
    shared = [name for name in names if all(_has(graph, model, name) for model in models)]
    if len(shared) == 1 or ref.name in shared:
        return ref.name if ref.name in shared else shared[0]
    raise AmbiguousPath(
        f"'{ref.name}' means different things to the metrics of this query: {', '.join(names)}. "
        "Write the full name.",
        path=ref.path,
        suggestions=shared or names,
        field=ref.name,
        paths=names,
    )


def _has(graph: SemanticGraph, model: ModelInfo, name: str) -> bool:
    try:
        resolve(graph, model, name)
    except QueryError:
        return False
    return True


def default_metric_time_grain(
    metrics: Sequence[MetricInfo], measures: Sequence[MeasureInfo], graph: SemanticGraph
) -> Grain | None:
    """What `metric_time` alone means: each metric's `time_granularity`, else the coarser of day
    and its time dimension's grain; the coarsest over all metrics. None without any time
    dimension."""
    grains: list[Grain] = []
    for info in metrics:
        written = info.spec.time_granularity
        if written is not None and written in STANDARD_GRAINS:
            grains.append(Grain(written))
    if len(grains) < len(metrics) or not metrics:
        for measure in measures:
            if measure.time_dimension is not None:
                dimension = graph.models[measure.model].dimensions[measure.time_dimension]
                grains.append(default_grain(dimension))
    return max(grains, key=lambda g: g.rank) if grains else None


def standard_grains(keys: Sequence[KeyColumn]) -> list[Grain]:
    """The standard grains among the columns, in order."""
    return [key.standard_grain for key in keys if key.standard_grain is not None]

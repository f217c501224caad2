"""What the graph knows of each model and metric: the author's words with expressions parsed and
names settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from semantic_layer.compiler.query_spec import Predicate
from semantic_layer.compiler.spec import (
    Aggregation,
    Dimension,
    DimensionType,
    Entity,
    EntityType,
    Grain,
    Measure,
    Metric,
    MetricInput,
    MetricType,
    SemanticModel,
    TimeSpine,
)

OWNING = frozenset({EntityType.PRIMARY, EntityType.UNIQUE, EntityType.NATURAL})


@dataclass(frozen=True, slots=True, eq=False)
class EntityInfo:
    """`address` is what queries say, `key` what models are joined on; they differ for roles
    only."""

    address: str
    key: str
    type: EntityType
    expr: exp.Expr
    spec: Entity

    @property
    def owned(self) -> bool:
        return self.type in OWNING


@dataclass(frozen=True, slots=True, eq=False)
class DimensionInfo:
    name: str
    type: DimensionType
    expr: exp.Expr
    grain: Grain | None
    zone: str
    spec: Dimension


@dataclass(frozen=True, slots=True, eq=False)
class MeasureInfo:
    """`time_dimension` is the model's dimension that is this measure's metric_time; None when it
    has none."""

    name: str
    model: str
    agg: Aggregation
    expr: exp.Expr
    time_dimension: str | None
    spec: Measure


@dataclass(frozen=True, slots=True, eq=False)
class ModelInfo:
    """A usable model. `prefixes` are the entity names its own dimensions go by
    (`listing__country`), best first."""

    name: str
    spec: SemanticModel
    table: tuple[str, ...]
    entities: Mapping[str, EntityInfo]
    dimensions: Mapping[str, DimensionInfo]
    measures: Mapping[str, MeasureInfo]
    prefixes: tuple[str, ...]
    row_filter: Predicate | None = None
    hidden: Mapping[str, DimensionInfo | EntityInfo] = field(default_factory=dict)
    """Elements the caller may not name; joins and row rules still need them."""
    implied: tuple[Metric, ...] = ()
    """Metrics of the measures that say `create_metric`."""

    def local_name(self, dimension: str) -> str:
        """Canonical name of one of its own dimensions."""
        return f"{self.prefixes[0]}__{dimension}" if self.prefixes else dimension

    def owned(self, key: str) -> EntityInfo | None:
        """Its unique key of that name, if it has one."""
        for entity in self.entities.values():
            if entity.key == key and entity.owned:
                return entity
        return None

    @property
    def validity(self) -> tuple[DimensionInfo, DimensionInfo] | None:
        """Start and end dimension of a table that keeps history (SCD type 2)."""
        start = next((d for d in self._all_dimensions() if d.spec.validity_start), None)
        end = next((d for d in self._all_dimensions() if d.spec.validity_end), None)
        return (start, end) if start and end else None

    @property
    def partitions(self) -> tuple[DimensionInfo, ...]:
        return tuple(d for d in self._all_dimensions() if d.spec.is_partition)

    def _all_dimensions(self) -> list[DimensionInfo]:
        hidden = [item for item in self.hidden.values() if isinstance(item, DimensionInfo)]
        return [*self.dimensions.values(), *hidden]

    def element(self, name: str) -> DimensionInfo | EntityInfo | None:
        """A dimension or entity of its own, hidden ones too."""
        return self.dimensions.get(name) or self.entities.get(name) or self.hidden.get(name)


@dataclass(frozen=True, slots=True, eq=False)
class InputInfo:
    """An input of a metric with its own filters parsed; exactly one of `measure` and `metric` is
    set."""

    spec: MetricInput
    measure: MeasureInfo | None
    metric: str | None
    filters: tuple[Predicate, ...] = ()

    @property
    def name(self) -> str:
        """What an expression calls it."""
        return self.spec.alias or self.spec.name


@dataclass(frozen=True, slots=True, eq=False)
class MetricInfo:
    """A usable metric: every input exists and is usable too.

    `inputs`: one measure (simple), one measure or metric (cumulative), numerator and denominator
    (ratio), the inputs of `expr` (derived), base and conversion measure (conversion).
    """

    name: str
    type: MetricType
    spec: Metric
    model: str | None
    inputs: tuple[InputInfo, ...] = ()
    filters: tuple[Predicate, ...] = ()
    expr: exp.Expr | None = None
    models: tuple[str, ...] = ()
    """Models its measures live in, in order of first use."""

    @property
    def label(self) -> str | None:
        return self.spec.label

    @property
    def description(self) -> str | None:
        return self.spec.description

    @property
    def aggregation(self) -> Aggregation | None:
        """The aggregation of a simple metric."""
        measure = self.inputs[0].measure if self.type is MetricType.SIMPLE and self.inputs else None
        return measure.agg if measure else None


@dataclass(frozen=True, slots=True)
class CustomGrain:
    """A grain kept in a column of a spine table."""

    name: str
    spine: TimeSpine
    column: str


@dataclass(frozen=True, slots=True, eq=False)
class Hop:
    """One many-to-one join: `entity` of the model before it leads to `key` of `model`."""

    entity: EntityInfo
    model: ModelInfo
    key: EntityInfo


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """What a name means, seen from one model: the joins to take and the element at their end."""

    name: str
    hops: tuple[Hop, ...]
    model: ModelInfo
    dimension: DimensionInfo | None = None
    entity: EntityInfo | None = None

    @property
    def expr(self) -> exp.Expr:
        found = self.dimension or self.entity
        assert found is not None
        return found.expr

    @property
    def route(self) -> str:
        """The joins in words: `bookings.listing -> listings.user -> users`."""
        steps = [f"{hop.entity.address} -> {hop.model.name}" for hop in self.hops]
        return ".".join(steps) if steps else self.model.name

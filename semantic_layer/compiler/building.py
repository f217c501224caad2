"""One model or metric of the spec -> what the graph keeps of it, with every problem found on the
way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlglot import exp

from semantic_layer.compiler.expressions import ExpressionError, columns_of, parse_expression
from semantic_layer.compiler.filters import parse_filter
from semantic_layer.compiler.infos import (
    DimensionInfo,
    EntityInfo,
    InputInfo,
    MeasureInfo,
    MetricInfo,
    ModelInfo,
)
from semantic_layer.compiler.query_spec import Predicate
from semantic_layer.compiler.spec import (
    Aggregation,
    Dimension,
    DimensionType,
    Entity,
    EntityType,
    Filter,
    InputKind,
    Measure,
    Metric,
    MetricInput,
    MetricType,
    Position,
    SemanticModel,
)
from semantic_layer.errors import Issue, QueryError, did_you_mean

UTC = "UTC"


@dataclass
class IssueList:
    """Collects problems; `path` is where in the document, `at` where in the file."""

    issues: list[Issue] = field(default_factory=list)

    def add(
        self, at: Position | None, path: str, code: str, message: str, *, severity: str = "error"
    ) -> None:
        file, line, column = (at.file, at.line, at.column) if at else (None, None, None)
        self.issues.append(Issue(file, line, column, path, code, message, severity))

    @property
    def broken(self) -> bool:
        return any(issue.severity == "error" for issue in self.issues)


# ---------------------------------------------------------------- models


def build_model(
    spec: SemanticModel, roles: Mapping[tuple[str, str], tuple[str, str]]
) -> tuple[ModelInfo | None, tuple[Issue, ...]]:
    """The model ready for use, or None when it is broken. `roles`: (name, role) -> (address,
    key)."""
    issues = IssueList()
    path = f"semantic_models.{spec.name}"
    zone = _zone(spec.time_zone, spec.at, path, issues) or UTC
    entities = {
        info.address: info
        for entity in spec.entities
        if (info := _entity(entity, roles, path, issues)) is not None
    }
    dimensions = {
        found.name: found
        for dimension in spec.dimensions
        if (found := _dimension(dimension, zone, path, issues)) is not None
    }
    measures = {
        built.name: built
        for measure in spec.measures
        if (built := build_measure(measure, spec, path, issues)) is not None
    }
    if issues.broken:
        return None, tuple(issues.issues)
    prefixes = _prefixes(spec, entities.values())
    model = ModelInfo(
        spec.name,
        spec,
        spec.relation.parts,
        entities,
        dimensions,
        measures,
        prefixes,
        implied=tuple(_implied_metric(spec, m) for m in spec.measures if m.create_metric),
    )
    return model, tuple(issues.issues)


def _implied_metric(spec: SemanticModel, measure: Measure) -> Metric:
    return Metric(
        measure.name,
        MetricType.SIMPLE,
        model=spec.name,
        label=measure.label,
        description=measure.description,
        measure=MetricInput(measure.name, InputKind.MEASURE, at=measure.at),
        meta=measure.meta,
        at=measure.at,
    )


def _prefixes(spec: SemanticModel, entities: Iterable[EntityInfo]) -> tuple[str, ...]:
    owned = [e for e in entities if e.owned]
    owned.sort(key=lambda e: e.type is not EntityType.PRIMARY)
    names = [spec.primary_entity] if spec.primary_entity else []
    return tuple(dict.fromkeys(names + [e.address for e in owned]))


def _zone(name: str | None, at: Position | None, path: str, issues: IssueList) -> str | None:
    if name is None:
        return None
    if not is_zone(name):
        issues.add(
            at, path, "UNKNOWN_TIME_ZONE", f"'{name}' is not a time zone such as Europe/Paris."
        )
        return None
    return name


def is_zone(name: str) -> bool:
    """Whether it names a time zone of the IANA database."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return name.replace("/", "").replace("_", "").replace("-", "").replace("+", "").isalnum()


def _expression(
    text: str | None, name: str, at: Position | None, path: str, issues: IssueList
) -> exp.Expr | None:
    try:
        return parse_expression(text if text is not None else name)
    except ExpressionError as error:
        issues.add(at, f"{path}.expr", "INVALID_EXPRESSION", f"'{name}': {error}")
        return None


def _entity(
    entity: Entity,
    roles: Mapping[tuple[str, str], tuple[str, str]],
    path: str,
    issues: IssueList,
) -> EntityInfo | None:
    place = f"{path}.entities.{entity.name}"
    expr = _expression(entity.expr, entity.name, entity.at, place, issues)
    if expr is None:
        return None
    address = key = entity.name
    if entity.role:
        address, key = roles[entity.name, entity.role]
    return EntityInfo(address, key, entity.type, expr, entity)


def _dimension(
    dimension: Dimension, zone: str, path: str, issues: IssueList
) -> DimensionInfo | None:
    place = f"{path}.dimensions.{dimension.name}"
    expr = _expression(dimension.expr, dimension.name, dimension.at, place, issues)
    own_zone = _zone(dimension.time_zone, dimension.at, place, issues) or zone
    if dimension.type is DimensionType.TIME and dimension.grain is None:
        issues.add(
            dimension.at,
            place,
            "MISSING_GRAIN",
            f"The time dimension '{dimension.name}' needs a grain.",
        )
        return None
    if expr is None:
        return None
    return DimensionInfo(dimension.name, dimension.type, expr, dimension.grain, own_zone, dimension)


def build_measure(
    measure: Measure, spec: SemanticModel, path: str, issues: IssueList
) -> MeasureInfo | None:
    """A measure of the model, its time dimension settled."""
    place = f"{path}.measures.{measure.name}"
    text = measure.expr
    if measure.agg is Aggregation.COUNT and (text or "").strip() == "*":
        text = "1"
    expr = _expression(text, measure.name, measure.at, place, issues)
    time_names = {d.name for d in spec.dimensions if d.type is DimensionType.TIME}
    time_dimension = measure.agg_time_dimension or spec.defaults.agg_time_dimension
    if time_dimension is not None and time_dimension not in time_names:
        near = did_you_mean(time_dimension, time_names)
        issues.add(
            measure.at,
            f"{place}.agg_time_dimension",
            "UNKNOWN_TIME_DIMENSION",
            f"'{time_dimension}' is not a time dimension of '{spec.name}'."
            + (f" Did you mean {near[0]}?" if near else ""),
        )
        return None
    if measure.agg is Aggregation.PERCENTILE and measure.percentile is None:
        issues.add(
            measure.at,
            place,
            "MISSING_PERCENTILE",
            f"'{measure.name}' needs a percentile from 0 to 1.",
        )
        return None
    if expr is None:
        return None
    return MeasureInfo(measure.name, spec.name, measure.agg, expr, time_dimension, measure)


# ---------------------------------------------------------------- metrics

FindMeasure = Callable[[str], MeasureInfo | None]
FindMetric = Callable[[str], Metric | None]


@dataclass(frozen=True)
class Lookup:
    """How a metric finds its inputs while the graph is built."""

    measure: FindMeasure
    metric: FindMetric
    names: Callable[[InputKind], Iterable[str]]
    broken_home: Callable[[str], str | None]
    """Who has the problem, for a name that was written and is left out: `its model 'orders'`."""


def build_metric(spec: Metric, lookup: Lookup) -> tuple[MetricInfo | None, tuple[Issue, ...]]:
    """The metric with its inputs found and its expressions parsed, or None when it is broken."""
    issues = IssueList()
    path = f"metrics.{spec.name}"
    inputs = [_input(i, lookup, path, issues) for i in _inputs_of(spec)]
    filters = _filters(spec.filter, f"{path}.filter", issues)
    _check_shape(spec, path, issues)
    expr = None
    if spec.type is MetricType.DERIVED and spec.expr:
        expr = _derived_expr(spec, path, issues)
    if issues.broken:
        return None, tuple(issues.issues)
    known = tuple(i for i in inputs if i is not None)
    models = tuple(dict.fromkeys(i.measure.model for i in known if i.measure is not None))
    owner = spec.model or next(iter(models), None)
    info = MetricInfo(spec.name, spec.type, spec, owner, known, filters, expr, models)
    return info, tuple(issues.issues)


def _inputs_of(spec: Metric) -> list[MetricInput]:
    if spec.type is MetricType.DERIVED:
        return list(spec.inputs)
    if spec.type is MetricType.CONVERSION and spec.conversion:
        return [spec.conversion.base, spec.conversion.conversion]
    if spec.aggregate is not None and spec.measure is None:
        # A measure-less simple metric: its inline aggregation is a measure of the same name.
        return [
            MetricInput(
                spec.aggregate.name,
                InputKind.MEASURE,
                join_to_timespine=spec.join_to_timespine,
                fill_nulls_with=spec.fill_nulls_with,
                at=spec.aggregate.at or spec.at,
            )
        ]
    return [i for i in (spec.measure, spec.numerator, spec.denominator) if i is not None]


_NEEDS: dict[MetricType, tuple[int, str]] = {
    MetricType.SIMPLE: (1, "a measure"),
    MetricType.CUMULATIVE: (1, "a measure or an input metric"),
    MetricType.RATIO: (2, "a numerator and a denominator"),
    MetricType.DERIVED: (1, "an expr and at least one input metric"),
    MetricType.CONVERSION: (2, "a base and a conversion measure"),
}


def _check_shape(spec: Metric, path: str, issues: IssueList) -> None:
    if spec.type is MetricType.SQL:
        return
    count, words = _NEEDS[spec.type]
    complete = len(_inputs_of(spec)) >= count
    if spec.type is MetricType.DERIVED and not spec.expr:
        complete = False
    if not complete:
        issues.add(
            spec.at,
            path,
            "INCOMPLETE_METRIC",
            f"The {spec.type} metric '{spec.name}' needs {words}.",
        )


def _input(spec: MetricInput, lookup: Lookup, path: str, issues: IssueList) -> InputInfo | None:
    """The input found: as what the author meant, else as the other kind of that name."""
    filters = _filters(spec.filter, f"{path}.inputs.{spec.name}.filter", issues)
    measure, metric = lookup.measure(spec.name), lookup.metric(spec.name)
    home = lookup.broken_home(spec.name)
    # A metric often has the name of its measure: without the measure it is not made of itself.
    is_itself = path == f"metrics.{spec.name}"
    as_last_resort = measure is None and home is None and not is_itself
    if metric is not None and (spec.kind is InputKind.METRIC or as_last_resort):
        return InputInfo(spec, None, metric.name, filters)
    if measure is not None:
        return InputInfo(spec, measure, None, filters)
    if home is not None:
        issues.add(
            spec.at,
            f"{path}.inputs.{spec.name}",
            "BROKEN_INPUT",
            f"'{spec.name}' cannot be used: {home} has a problem of its own.",
        )
        return None
    near = did_you_mean(spec.name, lookup.names(spec.kind))
    issues.add(
        spec.at,
        f"{path}.inputs.{spec.name}",
        "UNKNOWN_INPUT",
        f"There is no {spec.kind} '{spec.name}'." + (f" Did you mean {near[0]}?" if near else ""),
    )
    return None


def _filters(filters: tuple[Filter, ...], path: str, issues: IssueList) -> tuple[Predicate, ...]:
    found = []
    for item in filters:
        try:
            found.append(parse_filter(item.source, path))
        except QueryError as error:
            at = item.at.named_in(error.message) if item.at else None
            issues.add(at, path, error.code, error.message)
    return tuple(found)


def _derived_expr(spec: Metric, path: str, issues: IssueList) -> exp.Expr | None:
    try:
        tree = parse_expression(spec.expr or "")
    except ExpressionError as error:
        issues.add(spec.at, f"{path}.expr", "INVALID_EXPRESSION", f"'{spec.name}': {error}")
        return None
    names = [i.alias or i.name for i in spec.inputs]
    for name in sorted({n for n in names if names.count(n) > 1}):
        issues.add(
            spec.at,
            f"{path}.inputs",
            "DUPLICATE_INPUT",
            f"Two inputs are called '{name}': add an alias.",
        )
    used = columns_of(tree)
    folded = {n.casefold() for n in names}
    for name in used:
        if name.casefold() not in folded:
            near = did_you_mean(name, names)
            issues.add(
                spec.at,
                f"{path}.expr",
                "UNKNOWN_INPUT",
                f"The expr uses '{name}', which is not among the inputs {', '.join(names)}."
                + (f" Did you mean {near[0]}?" if near else ""),
            )
    if not used:
        issues.add(
            spec.at, f"{path}.expr", "UNUSED_INPUT", f"The expr of '{spec.name}' uses no input."
        )
    for name in names:
        if name.casefold() not in {u.casefold() for u in used}:
            issues.add(
                spec.at,
                f"{path}.expr",
                "UNUSED_INPUT",
                f"The input '{name}' is not used in the expr.",
                severity="warning",
            )
    return tree

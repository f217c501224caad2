"""What must be true of a model by itself; what needs other models is the graph's to check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from semantic_layer.compiler.reading.reader import Record
from semantic_layer.compiler.spec import Dimension, DimensionType, Entity, EntityType, Measure
from semantic_layer.errors import did_you_mean

Member = TypeVar("Member", Entity, Dimension, Measure)


@dataclass(frozen=True)
class Written:
    """A model's members, each with the record it was written in."""

    record: Record
    entities: Sequence[tuple[Entity, Record]]
    dimensions: Sequence[tuple[Dimension, Record]]
    measures: Sequence[tuple[Measure, Record]]
    default_time: Record | None = None
    whole: bool = True
    """False when a member could not be read at all: what seems missing may be that one."""

    @property
    def time_dimensions(self) -> list[str]:
        return [d.name for d, _ in self.dimensions if d.type is DimensionType.TIME]


def members(pairs: Sequence[tuple[Member, Record]]) -> tuple[Member, ...]:
    """The members without their records."""
    return tuple(member for member, _ in pairs)


def check_model(written: Written) -> None:
    """Note every problem of the model's members with each other."""
    _check_duplicates(written)
    if not written.whole:
        return
    _check_primary(written)
    _check_validity(written)
    if written.default_time is not None:
        check_time_dimension(written.default_time, "agg_time_dimension", written.time_dimensions)
    for measure, record in written.measures:
        check_aggregation_time(measure, record, written)


def check_aggregation_time(measure: Measure, record: Record, written: Written) -> None:
    """A measure's own time dimension and the one it is not additive over are the model's."""
    check_time_dimension(record, "agg_time_dimension", written.time_dimensions)
    non_additive: Record | None = record.get("non_additive_dimension")
    if non_additive is None or measure.non_additive is None:
        return
    check_time_dimension(non_additive, "name", written.time_dimensions)
    entities = [entity.name for entity, _ in written.entities]
    if written.record.get("primary_entity"):
        entities.append(written.record.get("primary_entity"))
    for name in measure.non_additive.window_groupings:
        if name not in entities:
            key = "group_by" if non_additive.get("group_by") else "window_groupings"
            hint = _hint(name, entities, "entities")
            message = f"'{name}' is no entity of this model. {hint}"
            non_additive.issue(key, "UNKNOWN_ENTITY", message)


def check_time_dimension(record: Record, key: str, known: Sequence[str]) -> None:
    """The name under `key` is a time dimension of the model."""
    name = record.get(key)
    if name is not None and name not in known:
        message = (
            f"'{name}' is no time dimension of this model. {_hint(name, known, 'time dimensions')}"
        )
        record.issue(key, "UNKNOWN_DIMENSION", message)


def _hint(name: str, known: Sequence[str], what: str) -> str:
    near = did_you_mean(name, known, 1)
    if near:
        return f"Did you mean '{near[0]}'?"
    return f"It has {', '.join(known)}." if known else f"It has no {what}."


def _check_duplicates(written: Written) -> None:
    seen: dict[tuple[str, str | None], Record] = {}
    keys = [((e.name, e.role), r, "entity") for e, r in written.entities]
    keys += [((d.name, None), r, "dimension") for d, r in written.dimensions]
    for key, record, what in keys:
        _check_once(seen, key, record, what)
    measures: dict[tuple[str, str | None], Record] = {}
    for measure, record in written.measures:
        _check_once(measures, (measure.name, None), record, "measure")


def _check_once(
    seen: dict[tuple[str, str | None], Record],
    key: tuple[str, str | None],
    record: Record,
    what: str,
) -> None:
    first = seen.setdefault(key, record)
    if first is not record:
        record.issue("name", "DUPLICATE_NAME", f"The {what} '{key[0]}' {taken_by(first)}.")


def taken_by(first: Record) -> str:
    """Where a name is already used, for messages."""
    node = first.node_of("name")
    if node.line is None:
        return f"has the name of {first.path}: rename one"
    return f"has a name already used at line {node.line}, column {node.column}: rename one"


_REACHED_BY = (EntityType.PRIMARY, EntityType.UNIQUE, EntityType.NATURAL)


def _check_primary(written: Written) -> None:
    primaries = [(e, r) for e, r in written.entities if e.type is EntityType.PRIMARY]
    for entity, record in primaries[1:]:
        message = (
            f"'{entity.name}' is a second primary entity beside '{primaries[0][0].name}':"
            " make it unique or foreign."
        )
        record.issue("type", "DUPLICATE_PRIMARY", message)
    named = written.record.get("primary_entity")
    if named is not None and primaries and primaries[0][0].name != named:
        message = (
            f"The entity '{primaries[0][0].name}' is primary already: remove 'primary_entity'."
        )
        written.record.issue("primary_entity", "CONFLICT", message)
    reachable = any(e.type in _REACHED_BY for e, _ in written.entities)
    if named is None and not reachable and written.dimensions:
        message = (
            "No primary entity: other models cannot reach its dimensions. Give an entity"
            " 'type: primary', or name one in 'primary_entity'."
        )
        written.record.issue("", "NO_PRIMARY_ENTITY", message, "warning")


def _check_validity(written: Written) -> None:
    bounds = [(d, r) for d, r in written.dimensions if d.validity_start or d.validity_end]
    naturals = [(e, r) for e, r in written.entities if e.type is EntityType.NATURAL]
    for _, record in naturals if not bounds else ():
        message = (
            "A natural entity needs two time dimensions with validity_params, one is_start and"
            " one is_end: add them, or use another type."
        )
        record.issue("type", "MISSING_VALIDITY", message)
    if not bounds:
        return
    _check_bounds(bounds)
    if not naturals:
        message = "Validity needs an entity with 'type: natural' as the key it holds for."
        bounds[0][1].issue("", "MISSING_NATURAL_ENTITY", message)
    for entity, record in written.entities:
        if entity.type in (EntityType.PRIMARY, EntityType.UNIQUE):
            message = (
                f"With validity, rows repeat '{entity.name}', so it cannot be {entity.type}:"
                " use natural or foreign."
            )
            record.issue("type", "INVALID_ENTITY_TYPE", message)
    for measure, record in written.measures:
        message = f"'{measure.name}': a model with validity cannot have measures, rows overlap."
        record.issue("", "MISPLACED_KEY", message)


def _check_bounds(bounds: Sequence[tuple[Dimension, Record]]) -> None:
    counts = Counter(
        [*("is_start" for d, _ in bounds if d.validity_start)]
        + [*("is_end" for d, _ in bounds if d.validity_end)]
    )
    for key in ("is_start", "is_end"):
        if counts[key] != 1:
            message = f"Exactly one dimension must have validity_params {key}, found {counts[key]}."
            bounds[-1][1].issue("", "MISSING_VALIDITY", message)
    for dimension, record in bounds:
        if dimension.type is not DimensionType.TIME:
            record.issue("type", "MISPLACED_KEY", "validity_params need 'type: time'.")
        if dimension.validity_start and dimension.validity_end:
            record.issue("", "CONFLICT", "One dimension cannot be both is_start and is_end.")

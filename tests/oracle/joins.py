"""What a name means for one row of a fact: the row walks its joins by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.oracle.periods import GRAINS, PART_GRAINS, PARTS, coarsest, cut
from tests.oracle.world import (
    OWNING,
    TERM,
    Field,
    Model,
    Refused,
    Row,
    World,
    dimension,
    entity,
    expression,
    grain_of,
    local,
)


class _Nulls(dict[str, Any]):
    def __missing__(self, key: str) -> None:
        return None


NULLS: Row = _Nulls()
"""A row without any value, to see whether a name means something where there are no rows."""


@dataclass(frozen=True)
class Sight:
    """A row of a fact as one leaf sees it: it counts at `shown`, on the clock of that dimension."""

    model: Model
    row: Row
    clock: str | None = None
    shown: datetime | None = None
    metric_grain: str = "day"
    """What metric_time without a grain means in the question."""

    @property
    def happened(self) -> datetime | None:
        found = dimension(self.model, self.clock) if self.clock else None
        return self.row[expression(found)] if found else None


Step = tuple[Model, Row | None]


def walk(world: World, sight: Sight, links: tuple[str, ...]) -> Step:
    """The model and row the links lead to; the row is None where a key is null or unmatched."""
    way: list[Step] = [(sight.model, sight.row)]
    for link in links:
        model, row = way[-1]
        here, target = entity(model, link), owner_of(world, model, link)
        if here is None or target is None:
            raise Refused(f"{link} cannot be reached from {model['name']}")
        if validity(target) and sight.clock is None:
            raise Refused(f"{target['name']} keeps history and there is no time to look it up by")
        key = None if row is None else row[expression(here)]
        way.append((target, matching(world, target, link, key, way, sight.shown)))
    return way[-1]


def owner_of(world: World, model: Model, link: str) -> Model | None:
    """The other model that has one row for each value of the entity."""
    return next((m for m in world.models if m is not model and entity(m, link, *OWNING)), None)


def matching(
    world: World, target: Model, link: str, key: Any, way: list[Step], moment: datetime | None
) -> Row | None:
    found = [row for row in keyed(world, target, link, key, way) if valid(target, row, moment)]
    assert len(found) <= 1, "the world breaks its own promise of one row for each key"
    return found[0] if found else None


def keyed(world: World, target: Model, link: str, key: Any, way: list[Step]) -> list[Row]:
    """The rows of a key in the partition: several where the table keeps history."""
    column = expression(entity(target, link, *OWNING) or {})
    rows = world.rows[target["name"]] if key is not None else []
    return [row for row in rows if row[column] == key and same_partition(target, row, way)]


def same_partition(target: Model, row: Row, way: list[Step]) -> bool:
    """Partitions of one name must be equal, with the nearest table on the way that has it."""
    for item in target.get("dimensions", ()):
        if not item.get("is_partition"):
            continue
        for model, other in reversed(way):
            same = dimension(model, item["name"])
            if same is not None and same.get("is_partition"):
                value = None if other is None else other[expression(same)]
                if value is None or value != row[expression(item)]:
                    return False
                break
    return True


def validity(model: Model) -> tuple[str, str] | None:
    """The columns from when and until when a row of the table holds."""
    found: dict[str, str] = {}
    for item in model.get("dimensions", ()):
        for mark in item.get("type_params", {}).get("validity_params", {}):
            found[mark] = expression(item)
    return (found["is_start"], found["is_end"]) if found else None


def valid(model: Model, row: Row, moment: datetime | None) -> bool:
    columns = validity(model)
    if columns is None:
        return True
    start, end = row[columns[0]], row[columns[1]]
    return moment is not None and start <= moment and (end is None or moment < end)


def spelled_out(world: World, model: Model, name: str) -> tuple[str, ...]:
    """Entities to walk until a model that has the entity `name`: the one shortest way.

    Raises Refused for none and for several.
    """
    ways: list[tuple[Model, tuple[str, ...]]] = [(model, ())]
    while ways:
        arrived = {path for at, path in ways if entity(at, name)}
        if len(arrived) == 1:
            return arrived.pop()
        if arrived:
            raise Refused(f"{name} is reached over {sorted(arrived)}")
        ways = [
            (target, (*path, key["name"]))
            for at, path in ways
            for key in at.get("entities", ())
            if key["type"] == "foreign" and key["name"] not in path
            for target in [owner_of(world, at, key["name"])]
            if target is not None
        ]
    raise Refused(f"nothing leads from {model['name']} to {name}")


def links_of(world: World, model: Model, field: Field) -> tuple[str, ...]:
    """The entities to walk from the model to the field's element."""
    if field.links and entity(model, field.links[0], *OWNING):
        return field.links[1:]
    return (*spelled_out(world, model, (*field.links, field.element)[0]), *field.links)


def is_own_time(world: World, model: Model, clock: str | None, field: Field) -> bool:
    """Whether the field is the measure's metric_time, under that name or its own."""
    if field.is_metric_time:
        return clock is not None
    return (
        field.element == clock and len(field.links) == 1 and entity(model, field.links[0], *OWNING)
    )


def value_of(world: World, sight: Sight, field: Field, *, whole: bool = False) -> Any:
    """What the field is for one sight. A time without a grain is cut, unless `whole`."""
    if is_own_time(world, sight.model, sight.clock, field):
        item = dimension(sight.model, str(sight.clock)) or {}
        default = sight.metric_grain if field.is_metric_time and not whole else None
        own, grain = grain_of(item), field.grain or default
        return bucket(world, sight.shown, own, field, grain, whole=whole)
    if field.is_metric_time:
        raise Refused("the measure has no time dimension")
    model, row = walk(world, sight, links_of(world, sight.model, field))
    item = dimension(model, field.element) or entity(model, field.element) or {}
    if not item:
        raise Refused(f"{field.element} is not in {model['name']}")
    value = None if row is None else row[expression(item)]
    if item["type"] == "time":
        value = local(world, item, value)
        return bucket(world, value, grain_of(item), field, field.grain, whole=whole)
    return value


def bucket(
    world: World,
    moment: datetime | None,
    own: str,
    field: Field,
    grain: str | None,
    *,
    whole: bool = False,
) -> Any:
    """The moment as the field shows it; refused where that is finer than what is stored."""
    if field.part is not None:
        refuse_finer(PART_GRAINS[field.part], own)
        return None if moment is None else PARTS[field.part](moment)
    if field.grain == TERM:
        if world.days is None:
            raise Refused("there is no such grain")
        refuse_finer("day", own)
        return None if moment is None else world.days.get(cut(moment, "day"))
    if field.grain is None and (whole or grain is None):
        shown = None if whole else coarsest(("day", own))
        return moment if shown is None or moment is None else cut(moment, shown)
    refuse_finer(grain or own, own)
    return None if moment is None else cut(moment, grain or own)


def refuse_finer(grain: str, own: str) -> None:
    if GRAINS.index(grain) < GRAINS.index(own):
        raise Refused(f"{grain} is finer than the data")

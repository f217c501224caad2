"""Queries without metrics: the distinct members that models have, side by side in full joins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.oracle.conditions import fields_in, holds, parts_of
from tests.oracle.joins import Sight, bucket, keyed, links_of, owner_of, value_of
from tests.oracle.periods import GRAINS, PART_GRAINS, finest
from tests.oracle.steps import Clock, bounds_of, in_range
from tests.oracle.world import (
    OWNING,
    TERM,
    Field,
    Key,
    Model,
    Refused,
    Row,
    World,
    dimension,
    entity,
    expression,
    field_of,
    grain_of,
    local,
)

Path = tuple[str, ...]
Joined = dict[Path, Row | None]
"""One row of a full join: the row found by each path of entities, () being the source."""


def distinct_members(world: World, query: dict[str, Any]) -> set[Key]:
    """The distinct tuples; with `min_max_only` the one row of smallest and largest values."""
    fields = tuple(field_of(name) for name in query["group_by"])
    conditions = parts_of(query.get("where", ()))
    timed = [c for c in conditions if all(field_of(n).is_metric_time for n in fields_in(c))]
    plain = [c for c in conditions if c not in timed]
    periods = period_rows(world, query, [f for f in fields if f.is_metric_time], timed)
    members = member_rows(world, [f for f in fields if not f.is_metric_time], plain)
    rows = set()
    for period in periods:
        for member in members:
            times, others = iter(period), iter(member)
            rows.add(tuple(next(times if f.is_metric_time else others) for f in fields))
    return bounds_only(rows, len(fields)) if query.get("min_max_only") else rows


def bounds_only(rows: set[Key], count: int) -> set[Key]:
    found: list[Any] = []
    for n in range(count):
        known = [row[n] for row in rows if row[n] is not None]
        found += [min(known), max(known)] if known else [None, None]
    return {tuple(found)}


# ---------------------------------------------------------------- time


CALENDAR: Model = {
    "name": "calendar",
    "dimensions": [{"name": "day", "type": "time", "type_params": {"time_granularity": "day"}}],
}


def period_rows(
    world: World, query: dict[str, Any], fields: list[Field], conditions: list[Any]
) -> set[Key]:
    """The periods of the spine inside range and conditions; one empty row where time is not
    asked for."""
    bounds = bounds_of(query)
    if not fields:
        return {()}
    if world.days is None and None in bounds:
        raise Refused("time alone needs a range")
    grain = finest([f.grain for f in fields if f.grain and f.grain != TERM] + ["day"])
    hours = {
        **CALENDAR,
        "dimensions": [{**CALENDAR["dimensions"][0], "type_params": {"time_granularity": grain}}],
    }
    empty = World((hours,), {"calendar": []}, world.days)
    found = set()
    for moment in Clock(empty, hours, "day", (), bounds).spine(grain, bounds):
        sight = Sight(hours, {}, "day", moment)

        def look(name: str, sight: Sight = sight) -> Any:
            return value_of(empty, sight, field_of(name), whole=True)

        if in_range(moment, bounds) and holds(conditions, look) is True:
            found.add(tuple(value_of(empty, sight, field) for field in fields))
    return found


# ---------------------------------------------------------------- members


def member_rows(world: World, fields: list[Field], conditions: list[Any]) -> set[Key]:
    if not fields and not conditions:
        return {()}
    wanted = [*fields, *(field_of(name) for name in fields_in(conditions))]
    source = nearest_source(world, wanted)
    paths = paths_of(world, source, wanted)
    rows = joined(world, source, paths)

    def look(row: Joined) -> Callable[[str], Any]:
        return lambda name: member_value(world, source, row, field_of(name), whole=True)

    return {
        tuple(member_value(world, source, row, field) for field in fields)
        for row in rows
        if holds(conditions, look(row)) is True
    }


def nearest_source(world: World, fields: list[Field]) -> Model:
    """The model that reaches all names over the fewest others; of those the one with the fewest
    names of its own."""
    costs: list[tuple[int, int, int, Model]] = []
    for position, model in enumerate(world.models):
        try:
            costs.append((len(paths_of(world, model, fields)), size(model), position, model))
        except Refused:
            continue
    if not costs:
        raise Refused("no model reaches all of these")
    return min(costs, key=lambda cost: cost[:3])[3]


def size(model: Model) -> int:
    """How many names the model has: a time one for each grain and date part it can be shown by."""
    count = len(model["entities"])
    for item in model["dimensions"]:
        count += 1
        if item["type"] == "time":
            finest_grain = GRAINS.index(grain_of(item))
            grains = [*GRAINS, *PART_GRAINS.values()]
            count += sum(GRAINS.index(grain) >= finest_grain for grain in grains) - 1
    return count * (1 + sum(item["type"] in OWNING for item in model["entities"]))


def paths_of(world: World, source: Model, fields: list[Field]) -> list[Path]:
    """Every join on the way to the fields, in the order they are met."""
    found: dict[Path, None] = {}
    for field in fields:
        links = links_of(world, source, field)
        model = source
        for end, link in enumerate(links, start=1):
            target = owner_of(world, model, link)
            if entity(model, link) is None or target is None:
                raise Refused(f"{link} cannot be reached from {model['name']}")
            found[links[:end]] = None
            model = target
        if not (dimension(model, field.element) or entity(model, field.element)):
            raise Refused(f"{field.element} is not in {model['name']}")
    return list(found)


def joined(world: World, source: Model, paths: list[Path]) -> list[Joined]:
    rows: list[Joined] = [{(): row} for row in world.rows[source["name"]]]
    models = {(): source}
    for path in paths:
        model = models[path[:-1]]
        target = models[path] = owner_of(world, model, path[-1]) or {}
        key = expression(entity(model, path[-1]) or {})
        pairs: list[Joined] = []
        for row in rows:
            here = row.get(path[:-1])
            way = [(models[path[:n]], row.get(path[:n])) for n in range(len(path))]
            value = None if here is None else here[key]
            found = keyed(world, target, path[-1], value, way)
            pairs += [{**row, path: other} for other in found or [None]]
        met = {id(row[path]) for row in pairs}
        unmet = [row for row in world.rows[target["name"]] if id(row) not in met]
        rows = pairs + [{path: row} for row in unmet]
    return rows


def member_value(
    world: World, source: Model, row: Joined, field: Field, *, whole: bool = False
) -> Any:
    links = links_of(world, source, field)
    model = source
    for link in links:
        model = owner_of(world, model, link) or {}
    found = row.get(links)
    item = dimension(model, field.element) or entity(model, field.element) or {}
    value = None if found is None else found[expression(item)]
    if item["type"] == "time":
        value = local(world, item, value)
        return bucket(world, value, grain_of(item), field, field.grain, whole=whole)
    return value

"""Conversions: each one goes to the latest base event of its entity before it."""

from __future__ import annotations

from typing import Any

from tests.oracle.aggregates import aggregate
from tests.oracle.joins import NULLS, Sight, value_of
from tests.oracle.leaves import Facts, Question, Values
from tests.oracle.periods import cut, later
from tests.oracle.steps import named
from tests.oracle.world import Key, World, dimension, field_of, grain_of


def conversions(world: World, metric: dict[str, Any], base: Question, event: Question) -> Values:
    """The conversions by the keys of the base event that each one goes to."""
    base_facts = _facts(world, metric["base_measure"], base)
    event_facts = _facts(world, metric["conversion_measure"], event)
    properties = metric.get("constant_properties", ())
    groups: dict[Key, list[Any]] = {} if base.group_by else {(): []}
    starts = base_facts.sights()
    for name in (metric["entity"], *(item["conversion_property"] for item in properties)):
        value_of(world, event_facts.sight(NULLS), field_of(name))  # refuses where no row is, too
    for name in (metric["entity"], *(item["base_property"] for item in properties)):
        value_of(world, base_facts.sight(NULLS), field_of(name))
    for sight in event_facts.sights():
        candidates = [
            start
            for start in starts
            if _matches(world, metric, start, sight)
            and all(
                _same(world, start, sight, item["base_property"], item["conversion_property"])
                for item in properties
            )
        ]
        if not candidates:
            continue
        latest = max(_time(start) for start in candidates)
        keys = {base_facts.key(start) for start in candidates if _time(start) == latest}
        groups.setdefault(min(keys, key=_nulls_last), []).append(event_facts.value(sight))
    return {key: aggregate(event_facts.measure, values) for key, values in groups.items()}


def _nulls_last(key: Key) -> tuple[tuple[bool, Any], ...]:
    return tuple((value is None, 0 if value is None else value) for value in key)


def _facts(world: World, name: Any, question: Question) -> Facts:
    model, measure = world.measure(name["name"] if isinstance(name, dict) else name)
    return Facts(world, measure, model, question)


def _matches(world: World, metric: dict[str, Any], start: Sight, sight: Sight) -> bool:
    if start.happened is None or sight.happened is None or _time(start) > _time(sight):
        return False
    if not _same(world, start, sight, metric["entity"], metric["entity"]):
        return False
    if metric.get("window") is None:
        return True
    window = named("window", metric["window"])
    return _time(start) > later(_time(sight), -window.count, str(window.grain))


def _time(sight: Sight) -> Any:
    item = dimension(sight.model, str(sight.clock)) or {}
    return cut(sight.happened, grain_of(item)) if sight.happened is not None else None


def _same(world: World, start: Sight, sight: Sight, base: str, conversion: str) -> bool:
    left = value_of(world, start, field_of(base))
    return left is not None and left == value_of(world, sight, field_of(conversion))

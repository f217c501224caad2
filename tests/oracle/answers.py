"""The answer to a whole query: its metrics side by side, comparison, conditions on metrics.

Rows are tuples, group-by values first, before order and limit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.oracle.conditions import fields_in, holds
from tests.oracle.leaves import Question, Values
from tests.oracle.members import distinct_members
from tests.oracle.metrics import Column, divide, metric
from tests.oracle.periods import coarsest
from tests.oracle.steps import bounds_of, named
from tests.oracle.world import (
    Field,
    Key,
    Model,
    Row,
    World,
    clock_of,
    dimension,
    expression,
    field_of,
    grain_of,
    rules_of,
)

Rows = set[Key]


def answer(world: World, query: dict[str, Any]) -> Rows:
    """All rows of a query, before order and limit. Raises Refused."""
    world = replace(world, rows=visible_rows(world), zone=query.get("time_zone"))
    if not query.get("metrics"):
        return distinct_members(world, query)
    names = query["metrics"]
    conditions = query.get("where", [])
    after = [c for c in conditions if _speaks_of_metrics(world, c)]
    before = tuple(c for c in conditions if c not in after)
    hidden = [n for c in after for n in fields_in(c) if n in world.metric_names()]
    question = question_of(world, query, before, hidden)
    columns: dict[str, Column] = {}
    for name in dict.fromkeys((*names, *hidden)):
        columns[name] = metric(world, name, question)
        if query.get("compare") and name in names:
            step = named("compare", query["compare"]["offset"])
            columns[f"{name}__previous"] = metric(world, name, question.inside((), step))
    rows = set()
    for key in {k: None for column in columns.values() for k in column.rows}:
        values = {name: column.get(key) for name, column in columns.items()}
        fields = {_written(f): v for f, v in zip(question.group_by, key, strict=True)}
        if holds(after, {**fields, **values}.__getitem__) is True:
            rows.add((*key, *_shown(query, values)))
    return rows


def visible_rows(world: World) -> dict[str, list[Row]]:
    """The rows that some rule of their model lets through: there are no others."""
    return {
        model["name"]: [row for row in world.rows[model["name"]] if _is_visible(model, row)]
        for model in world.models
    }


def _is_visible(model: Model, row: Row) -> bool:
    def look(name: str) -> Any:
        return row[expression(dimension(model, field_of(name).element) or {})]

    rules = rules_of(model)
    return not rules or any(holds(rule["rows"], look) is True for rule in rules)


def _written(field: Field) -> str:
    words = [*field.links, field.element]
    words += [field.grain] if field.grain else []
    return "__".join(words + ([f"extract_{field.part}"] if field.part else []))


def _shown(query: dict[str, Any], values: dict[str, Any]) -> list[Any]:
    found: list[Any] = []
    for name in query["metrics"]:
        found.append(values[name])
        if query.get("compare"):
            now, before = values[name], values[f"{name}__previous"]
            change = None if now is None or before is None else now - before
            found += [before, change, divide(None if change is None else change * 100, before)]
    return found


def _speaks_of_metrics(world: World, condition: Any) -> bool:
    return any(name in world.metric_names() for name in fields_in(condition))


def question_of(
    world: World, query: dict[str, Any], where: tuple[Any, ...], hidden: list[str]
) -> Question:
    grain = metric_time_grain(world, query["metrics"], hidden)
    asked = map(field_of, query.get("group_by", ()))
    fields = tuple(dict.fromkeys(spelled(field, grain) for field in asked))

    def by_entity(name: str, entity: str) -> Values:
        # The query's own conditions and range do not reach into it.
        inner = Question((field_of(entity),), (), (None, None), grain, by_entity)
        column = metric(world, name, inner)
        return {key: column.get(key) for key in column.rows}

    return Question(fields, where, bounds_of(query), grain, by_entity)


def spelled(field: Field, grain: str) -> Field:
    """metric_time with the grain it means, so that asked twice it is one column."""
    if field.is_metric_time and field.grain is None and field.part is None:
        return replace(field, grain=grain)
    return field


def metric_time_grain(world: World, names: list[str], hidden: list[str]) -> str:
    """What metric_time alone means: each metric's `time_granularity`, else the coarser of day and
    the grain of its time; the coarsest of all. Unless each says its own, those that only conditions
    speak of count too."""
    grains = []
    for name in names:
        written = world.metric(name).get("time_granularity")
        grains += (
            [written] if written else [coarsest(("day", g)) for g in clock_grains(world, name)]
        )
    if any("time_granularity" not in world.metric(name) for name in names):
        grains += [grain for name in hidden for grain in clock_grains(world, name)]
    return coarsest(grains or ["day"])


def clock_grains(world: World, name: str) -> list[str]:
    """The grains of the time dimensions behind a metric."""
    item = world.metric(name)
    measures = [item.get("measure"), item.get("base_measure"), item.get("conversion_measure")]
    found = []
    for written in measures:
        if written is not None:
            model, measure = world.measure(_name(written))
            clock = clock_of(model, measure)
            found += [grain_of(dimension(model, clock) or {})] if clock else []
    inputs = [*item.get("metrics", ()), item.get("numerator"), item.get("denominator")]
    for part in inputs:
        found += clock_grains(world, _name(part)) if part is not None else []
    return found


def _name(written: Any) -> str:
    return str(written["name"] if isinstance(written, dict) else written)


# ---------------------------------------------------------------- order and limit


def sort_key(query: dict[str, Any], columns: list[str]) -> Callable[[Key], tuple[Any, ...]]:
    """What rows are ordered by: nulls last, whichever way."""

    def key(row: Key) -> tuple[Any, ...]:
        parts: list[Any] = []
        for item in query.get("order_by", ()):
            value = row[columns.index(item.removeprefix("-"))]
            parts.append((value is None, _ranked(value, item.startswith("-"))))
        return tuple(parts)

    return key


class _Backwards:
    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: Any) -> bool:
        return bool(other.value < self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Backwards) and self.value == other.value


def _ranked(value: Any, descending: bool) -> Any:
    if value is None:
        return 0
    return _Backwards(value) if descending else value

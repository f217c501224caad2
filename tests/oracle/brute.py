"""The meaning of a metric query, worked out row by row in plain Python.

Written from the rules of the language, not from the compiler, and shares no code with it: every row
of a fact walks its joins by itself. Slow and obvious; a compiled query must give the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any

Row = dict[str, Any]
Key = tuple[Any, ...]


class Refused(Exception):
    """The question has no right answer; the compiler must refuse it too."""


@dataclass(frozen=True)
class World:
    """Flat JSON models, and the rows of each model's table by model name."""

    models: tuple[dict[str, Any], ...]
    rows: dict[str, list[Row]]

    def model(self, name: str) -> dict[str, Any]:
        return next(model for model in self.models if model["name"] == name)

    def metric(self, name: str) -> dict[str, Any]:
        return next(
            m for model in self.models for m in model.get("metrics", ()) if m["name"] == name
        )

    def measure(self, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
        return next(
            (model, measure)
            for model in self.models
            for measure in model.get("measures", ())
            if measure["name"] == name
        )


# ---------------------------------------------------------------- names and joins


@dataclass(frozen=True)
class Field:
    """A group-by or filter name taken apart: entities to walk, then a dimension or an entity."""

    links: tuple[str, ...]
    element: str
    grain: str | None = None
    part: str | None = None


GRAINS = ("day", "week", "month", "quarter", "year")


def field_of(name: str) -> Field:
    words = name.split("__")
    grain = part = None
    if len(words) > 1 and words[-1] in GRAINS:
        grain = words.pop()
    elif len(words) > 1 and words[-1].startswith("extract_"):
        part = words.pop().removeprefix("extract_")
    return Field(tuple(words[:-1]), words[-1], grain, part)


def primary(model: dict[str, Any]) -> str | None:
    return next((e["name"] for e in model.get("entities", ()) if e["type"] == "primary"), None)


def entity(model: dict[str, Any], name: str, *types: str) -> dict[str, Any] | None:
    for item in model.get("entities", ()):
        if item["name"] == name and (not types or item["type"] in types):
            return item
    return None


def expression(item: dict[str, Any]) -> str:
    return str(item.get("expr") or item["name"])


def walk(world: World, model: dict[str, Any], row: Row | None, links: tuple[str, ...]) -> Any:
    """The model and row the links lead to; the row is None where a key is null or unmatched."""
    for link in links:
        here = entity(model, link)
        target = next(
            (m for m in world.models if m is not model and entity(m, link, "primary", "unique")),
            None,
        )
        if here is None or target is None:
            raise Refused(f"{link} cannot be reached from {model['name']}")
        key = None if row is None else row[expression(here)]
        column = expression(entity(target, link, "primary", "unique") or {})
        matches = [r for r in world.rows[target["name"]] if key is not None and r[column] == key]
        model, row = target, (matches[0] if matches else None)
    return model, row


def spelled_out(world: World, model: dict[str, Any], name: str) -> tuple[str, ...]:
    """Entities to walk until a model that has the entity `name`: the one shortest way.

    Raises Refused for none and for several.
    """
    ways: list[tuple[dict[str, Any], tuple[str, ...]]] = [(model, ())]
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
            for target in world.models
            if target is not at and entity(target, key["name"], "primary", "unique")
        ]
    raise Refused(f"nothing leads from {model['name']} to {name}")


def value_of(world: World, model: dict[str, Any], row: Row, field: Field, time: str | None) -> Any:
    """What the field is for one row of a fact; `time` is the column behind metric_time."""
    if field.element == "metric_time" and not field.links:
        if time is None:
            raise Refused("no time dimension")
        return cut(row[time], field.grain or (None if field.part else "day"), field.part)
    links = field.links
    if links and links[0] == primary(model):
        links = links[1:]
    else:
        links = (*spelled_out(world, model, (*links, field.element)[0]), *links)
    target, found = walk(world, model, row, links)
    item = next((d for d in target.get("dimensions", ()) if d["name"] == field.element), None)
    if item is None and (item := entity(target, field.element)) is None:
        raise Refused(f"{field.element} is not in {target['name']}")
    if field.links == () and item in target.get("dimensions", ()):
        raise Refused("plain names are not asked of this reference")
    value = None if found is None else found[expression(item)]
    if item.get("type") == "time":
        return cut(value, field.grain or (None if field.part else "day"), field.part)
    return value


def cut(value: date | None, grain: str | None, part: str | None) -> Any:
    """Truncate to the grain, or take the part out; weeks start on Monday."""
    if value is None or (grain is None and part is None):
        return value
    if part is not None:
        return PARTS[part](value)
    starts = {
        "day": value,
        "week": value - timedelta(days=value.weekday()),
        "month": value.replace(day=1),
        "quarter": value.replace(month=(value.month - 1) // 3 * 3 + 1, day=1),
        "year": value.replace(month=1, day=1),
    }
    return starts[grain or "day"]


PARTS: dict[str, Callable[[date], int]] = {
    "year": lambda d: d.year,
    "quarter": lambda d: (d.month - 1) // 3 + 1,
    "month": lambda d: d.month,
    "day": lambda d: d.day,
    "dow": lambda d: d.isoweekday(),
    "doy": lambda d: d.timetuple().tm_yday,
}


# ---------------------------------------------------------------- conditions, three-valued

Truth = bool | None


def holds(condition: Any, lookup: Callable[[str], Any]) -> Truth:
    """SQL's truth of a structured filter: None where it is unknown."""
    if isinstance(condition, list):
        return both([holds(item, lookup) for item in condition])
    if "and" in condition:
        return both([holds(item, lookup) for item in condition["and"]])
    if "or" in condition:
        truths = [holds(item, lookup) for item in condition["or"]]
        return True if True in truths else None if None in truths else False
    if "not" in condition:
        truth = holds(condition["not"], lookup)
        return None if truth is None else not truth
    left, right = lookup(condition["field"]), condition.get("value")
    if condition["op"] == "is_null":
        return left is None
    if condition["op"] == "not_null":
        return left is not None
    if isinstance(left, date):
        right = date.fromisoformat(right)
    return None if left is None else COMPARE[condition["op"]](left, right)


def both(truths: list[Truth]) -> Truth:
    return False if False in truths else None if None in truths else True


COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "in": lambda a, b: a in b,
    "not_in": lambda a, b: a not in b,
    "between": lambda a, b: b[0] <= a <= b[1],
    "starts_with": lambda a, b: a.startswith(b),
    "contains": lambda a, b: b in a,
}


def fields_in(condition: Any) -> Iterator[str]:
    """The names a structured filter mentions."""
    if isinstance(condition, list):
        for item in condition:
            yield from fields_in(item)
    elif "field" in condition:
        yield condition["field"]
    else:
        for item in condition.values():
            yield from fields_in(item)


# ---------------------------------------------------------------- metrics


def aggregate(kind: str, values: list[Any]) -> Any:
    """One aggregation over the values of a group, nulls as SQL treats them."""
    if kind == "sum_boolean":
        return sum(1 for v in values if v) if values else None
    known = [v for v in values if v is not None]
    if kind == "count":
        return len(known)
    if kind == "count_distinct":
        return len(set(known))
    if not known:
        return None
    simple: dict[str, Callable[[list[Any]], Any]] = {
        "sum": sum,
        "min": min,
        "max": max,
        "average": lambda v: sum(v) / len(v),
        "median": median,
    }
    return simple[kind](known)


@dataclass(frozen=True)
class Question:
    """A query's group-by fields and the filters that bind every leaf below it."""

    group_by: tuple[Field, ...]
    where: tuple[Any, ...]


def leaf(world: World, name: str, question: Question) -> dict[Key, Any]:
    """A measure by the asked keys: filter rows, then aggregate; without keys always one row."""
    model, measure = world.measure(name)
    time = measure.get("agg_time_dimension") or model.get("defaults", {}).get("agg_time_dimension")
    columns = {d["name"]: expression(d) for d in model.get("dimensions", ())}
    time_column = columns.get(time) if time else None
    groups: dict[Key, list[Any]] = {} if question.group_by else {(): []}
    for field in (*question.group_by, *map(field_of, fields_in(list(question.where)))):
        value_of(world, model, NULLS, field, time_column)  # refuses even where no row is
    for row in world.rows[model["name"]]:

        def look(asked: str, row: Row = row) -> Any:
            return value_of(world, model, row, field_of(asked), time_column)

        if holds(list(question.where), look) is not True:
            continue
        key = tuple(value_of(world, model, row, f, time_column) for f in question.group_by)
        expr = expression(measure)
        groups.setdefault(key, []).append(int(expr) if expr.isdigit() else row[expr])
    return {key: aggregate(measure["agg"], values) for key, values in groups.items()}


class _Nulls(dict[str, Any]):
    def __missing__(self, key: str) -> None:
        return None


NULLS: Row = _Nulls()


def listed(value: Any) -> tuple[Any, ...]:
    return () if value is None else tuple(value) if isinstance(value, list) else (value,)


def metric(world: World, name: str, question: Question) -> dict[Key, Any]:
    """A metric by the asked keys, from its definition."""
    item = world.metric(name)
    asked = Question(question.group_by, (*question.where, *listed(item.get("filter"))))
    if item["type"] == "simple":
        return leaf(world, item["measure"], asked)
    if item["type"] == "ratio":
        top = metric(world, item["numerator"], asked)
        bottom = metric(world, item["denominator"], asked)
        return {k: divide(top.get(k), bottom.get(k)) for k in {**top, **bottom}}
    inputs = {}
    for part in item["metrics"]:
        below = Question(asked.group_by, (*asked.where, *listed(part.get("filter"))))
        inputs[part.get("alias") or part["name"]] = metric(world, part["name"], below)
    keys = {key: None for values in inputs.values() for key in values}
    return {
        key: FORMULAS[item["expr"]](*(values.get(key) for values in inputs.values()))
        for key in keys
    }


def divide(top: Any, bottom: Any) -> float | None:
    return None if top is None or not bottom else top / bottom


def _strict(formula: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *values: None if None in values else formula(*values)


# The formulas that the generator writes, over the inputs a and b in their order.
FORMULAS: dict[str, Callable[..., Any]] = {
    "a + b": _strict(lambda a, b: a + b),
    "a - b": _strict(lambda a, b: a - b),
    "a * 2 - b": _strict(lambda a, b: a * 2 - b),
    "a / b": divide,
    "coalesce(a, 0) + coalesce(b, 0)": lambda a, b: (a or 0) + (b or 0),
}


def answer(world: World, query: dict[str, Any]) -> set[Key]:
    """The rows of a query as a set of tuples, group-by values first. Raises Refused."""
    fields = tuple(field_of(name) for name in query.get("group_by", ()))
    names = [model_metric["name"] for m in world.models for model_metric in m.get("metrics", ())]
    conditions = query.get("where", [])
    after = [c for c in conditions if any(f in names for f in fields_in(c))]
    before = tuple(c for c in conditions if c not in after)
    columns = [metric(world, name, Question(fields, before)) for name in query["metrics"]]
    rows = set()
    for key in {k: None for column in columns for k in column}:
        values = dict(zip(query["metrics"], (c.get(key) for c in columns), strict=True))
        if holds(after, values.__getitem__) is True:
            rows.add((*key, *values.values()))
    return rows

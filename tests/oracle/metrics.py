"""A metric by the asked keys, from its definition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tests.oracle.conversions import conversions
from tests.oracle.leaves import Question, Values, leaf
from tests.oracle.steps import Step, named
from tests.oracle.world import TERM, Refused, World, listed


@dataclass(frozen=True)
class Column:
    """A metric's own rows; `fill` stands in for nulls, in rows of other metrics too."""

    rows: Values
    fill: Any = None

    def get(self, key: Any) -> Any:
        value = self.rows.get(key)
        return self.fill if value is None else value


def metric(world: World, name: str, question: Question) -> Column:
    item = world.metric(name)
    return BUILDERS[item["type"]](world, item, question.inside(listed(item.get("filter"))))


def _written(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {"name": value}


def _simple(world: World, item: dict[str, Any], question: Question) -> Column:
    used = _written(item["measure"])
    asked = question.inside(listed(used.get("filter")))
    on_spine = used.get("join_to_timespine") or item.get("join_to_timespine", False)
    fill = used.get("fill_nulls_with", item.get("fill_nulls_with"))
    return Column(leaf(world, used["name"], asked, on_spine), fill)


def _ratio(world: World, item: dict[str, Any], question: Question) -> Column:
    top, bottom = (_input(world, item[side], question) for side in ("numerator", "denominator"))
    return Column({k: divide(top.get(k), bottom.get(k)) for k in {**top.rows, **bottom.rows}})


def _input(world: World, written: Any, question: Question) -> Column:
    used = _written(written)
    steps = []
    if used.get("offset_window"):
        steps.append(named("offset", used["offset_window"]))
    if any(step.grain == TERM for step in steps) and world.days is None:
        raise Refused("there is no such grain")
    if used.get("offset_to_grain"):
        steps.append(named("to_grain", used["offset_to_grain"]))
    return metric(world, used["name"], question.inside(listed(used.get("filter")), *steps))


def _derived(world: World, item: dict[str, Any], question: Question) -> Column:
    inputs = [_input(world, part, question) for part in item["metrics"]]
    keys = {key: None for column in inputs for key in column.rows}
    formula = FORMULAS[item["expr"]]
    return Column({key: formula(*(column.get(key) for column in inputs)) for key in keys})


def _cumulative(world: World, item: dict[str, Any], question: Question) -> Column:
    used = _written(item["measure"])
    step = Step("all")
    if item.get("window"):
        step = named("window", item["window"])
    elif item.get("grain_to_date"):
        step = named("to_date", item["grain_to_date"])
    asked = question.inside(listed(used.get("filter")), step)
    asked = replace(asked, period_agg=item.get("period_agg", "first"))
    fill = used.get("fill_nulls_with", item.get("fill_nulls_with"))
    on_spine = used.get("join_to_timespine", False)
    return Column(leaf(world, used["name"], asked, on_spine, fill), fill)


def _conversion(world: World, item: dict[str, Any], question: Question) -> Column:
    base, event = _written(item["base_measure"]), _written(item["conversion_measure"])
    if any(not _one_to_one(world, step) for step in question.steps):
        raise Refused("a base event would be seen several times")
    asked = question.inside(listed(base.get("filter")))
    events = Question((), (), (None, None), question.metric_grain, question.by_entity)
    found = conversions(world, item, asked, events.inside(listed(event.get("filter"))))
    converted = Column(found, event.get("fill_nulls_with"))
    rows = leaf(world, base["name"], asked, base.get("join_to_timespine", False))
    if item.get("calculation") == "conversions":
        return Column({key: converted.get(key) for key in {**rows, **found}})
    started = Column(rows, base.get("fill_nulls_with"))
    return Column({k: divide(converted.get(k), started.get(k)) for k in {**rows, **found}})


def _one_to_one(world: World, step: Step) -> bool:
    even = step.kind == "offset" and step.grain in ("hour", "day", "week")
    return even or step.kind == "compare" or (step.kind == "offset" and world.days is None)


BUILDERS: dict[str, Callable[[World, dict[str, Any], Question], Column]] = {
    "simple": _simple,
    "ratio": _ratio,
    "derived": _derived,
    "cumulative": _cumulative,
    "conversion": _conversion,
}


def divide(top: Any, bottom: Any) -> float | None:
    return None if top is None or not bottom else top / bottom


def _strict(formula: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *values: None if None in values else formula(*values)


# The formulas that the generator writes, over the inputs a and b in their order.
FORMULAS: dict[str, Callable[..., Any]] = {
    "a": lambda a: a,
    "a + b": _strict(lambda a, b: a + b),
    "a - b": _strict(lambda a, b: a - b),
    "a * 2 - b": _strict(lambda a, b: a * 2 - b),
    "a / b": divide,
    "coalesce(a, 0) + coalesce(b, 0)": lambda a, b: (a or 0) + (b or 0),
}

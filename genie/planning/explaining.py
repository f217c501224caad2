"""A frame in words for the person: two frames that are different queries never read the same."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from genie.planning.catalog import Catalog
from genie.planning.frame import METRIC_TIME, Filter, Frame, Order, Range

DAYS = ("", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
OPS = {">": "more than", "<": "less than", ">=": "at least", "<=": "at most", "=": "exactly"}
_APART = (",", " and ", " or ", '"')
"""What would blur where one value ends."""


def explained(frame: Frame, catalog: Catalog) -> str:
    """One or two sentences: metrics, grouping, filters, time with dates, order."""
    parts = [_metrics(frame, catalog)]
    if frame.groups:
        groups = [_group(group.field, frame, catalog) for group in frame.groups]
        parts.append("by " + listed(groups))
    conditions = [_condition(item) for item in frame.filters]
    conditions += [_threshold(item, catalog) for item in frame.thresholds]
    if frame.days:
        conditions.append("the day is " + listed([DAYS[day] for day in frame.days], "or"))
    if conditions:
        parts.append("where " + listed(conditions))
    parts.append(_time(frame, catalog))
    text = " ".join(filter(None, parts))
    order = _order(frame, catalog)
    return f"{text}{order}."


def _metrics(frame: Frame, catalog: Catalog) -> str:
    if not frame.metrics:
        return "The different values"
    return listed([catalog.label(name) for name in frame.metrics])


def _group(field: str, frame: Frame, catalog: Catalog) -> str:
    """The label of a column; of a time the grain as well."""
    group = next((item for item in frame.groups if item.field == field), None)
    if group is None:
        return catalog.label(field)
    if group.member == METRIC_TIME:
        return group.label
    label, grain = catalog.label(group.member), grain_in(group.field, group.member)
    return f"{label} by {grain}" if grain else label


def grain_in(field: str, member: str) -> str:
    """The grain or date part that the field adds to its member."""
    return field.removeprefix(member).removeprefix("__").replace("_", " ")


def shown(value: Any) -> str:
    """A value as it stands between others."""
    text = str(value)
    if not isinstance(value, str):
        return text
    numeric = text.replace(".", "").isdigit() or text != text.strip() or not text
    return f"'{text}'" if numeric or any(mark in text for mark in _APART) else text


def _condition(item: Filter) -> str:
    values = listed([shown(value) for value in item.values], "or")
    if item.op == "is_null":
        return f"{item.label} is {'' if item.negated else 'not '}known"
    if item.op != "in":
        return f"{item.label} is {OPS[item.op]} {values}"
    return f"{item.label} is {'not ' if item.negated else ''}{values}"


def _threshold(item: Filter, catalog: Catalog) -> str:
    term = catalog.metrics.get(item.field)
    value = item.values[0]
    number = f"{percent(value)} %" if term and term.percent else f"{value:,}"
    unit = f" {term.unit}" if term and term.unit and not term.percent else ""
    return f"{catalog.label(item.field)} is {OPS[item.op]} {number}{unit}"


def percent(value: float) -> str:
    """A share as a percentage, with all its digits."""
    return f"{round(value * 100, 10):.10f}".rstrip("0").rstrip(".")


def _time(frame: Frame, catalog: Catalog) -> str:
    chosen = frame.range
    if chosen is None:
        text = "over all time" if frame.metrics else ""
    else:
        text = dates_in_words(chosen)
        if chosen.field:
            text = f"with {catalog.label(chosen.field)} {text}"
        if frame.periods:
            text = f"in the {chosen.grain}s from {listed(list(frame.periods))}, {text}"
    if frame.compare:
        text += f", beside the same {frame.compare} earlier"
    return text


def dates_in_words(chosen: Range) -> str:
    """`from 2013-01-01 to 2013-03-31`, both days counted."""
    last = last_day(chosen)
    if chosen.start and last:
        if chosen.start == last:
            return f"on {last}"
        return f"from {chosen.start} to {last}"
    if chosen.start:
        return f"from {chosen.start} on"
    return f"until {last}" if last else "over all time"


def last_day(chosen: Range) -> str | None:
    """The day before the range ends."""
    if chosen.end is None:
        return None
    return (date.fromisoformat(chosen.end) - timedelta(days=1)).isoformat()


def _order(frame: Frame, catalog: Catalog) -> str:
    if not frame.order or not frame.groups:
        return f"; the first {frame.limit}" if frame.limit is not None else ""
    said = ", then ".join(_by(order, frame, catalog) for order in frame.order)
    return f"; {said}" + (f", {frame.limit} only" if frame.limit is not None else "")


def _by(order: Order, frame: Frame, catalog: Catalog) -> str:
    label = _group(order.field, frame, catalog)
    if order.field in frame.metrics:
        return f"{'highest' if order.descending else 'lowest'} {label} first"
    return f"in {'falling ' if order.descending else ''}order of {label}"


def listed(items: list[str], word: str = "and") -> str:
    """`A, B and C`."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {word} {items[-1]}"

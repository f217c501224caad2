"""A frame in words: for the person, and as a question that means just this frame."""

from __future__ import annotations

from datetime import date, timedelta

from genie.planning.catalog import Catalog
from genie.planning.frame import METRIC_TIME, Filter, Frame, Range

_DAYS = ("", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_OPS = {">": "more than", "<": "less than", ">=": "at least", "<=": "at most", "=": "exactly"}


def explained(frame: Frame, catalog: Catalog) -> str:
    """One or two sentences: metrics, grouping, filters, time with dates, order."""
    parts = [_metrics(frame, catalog)]
    if frame.groups:
        parts.append("by " + _listed([group.label for group in frame.groups]))
    conditions = [_condition(item) for item in frame.filters]
    conditions += [_threshold(item, catalog) for item in frame.thresholds]
    if frame.days:
        conditions.append("the day is " + _listed([_DAYS[day] for day in frame.days], "or"))
    if conditions:
        parts.append("where " + _listed(conditions))
    parts.append(_time(frame, catalog))
    text = " ".join(filter(None, parts))
    order = _order(frame, catalog)
    return f"{text}{order}."


def _metrics(frame: Frame, catalog: Catalog) -> str:
    if not frame.metrics:
        return "The different values"
    return _listed([catalog.label(name) for name in frame.metrics])


def _condition(item: Filter) -> str:
    values = _listed([str(value) for value in item.values], "or")
    if item.op == "is_null":
        return f"{item.label} is {'' if item.negated else 'not '}known"
    if item.op != "in":
        return f"{item.label} is {_OPS[item.op]} {values}"
    return f"{item.label} is {'not ' if item.negated else ''}{values}"


def _threshold(item: Filter, catalog: Catalog) -> str:
    term = catalog.metrics.get(item.field)
    value = item.values[0]
    shown = f"{value * 100:g} %" if term and term.percent else f"{value:,}"
    unit = f" {term.unit}" if term and term.unit and not term.percent else ""
    return f"{item.label} is {_OPS[item.op]} {shown}{unit}"


def _time(frame: Frame, catalog: Catalog) -> str:
    chosen = frame.range
    if chosen is None:
        text = "over all time" if frame.metrics else ""
    else:
        text = dates_in_words(chosen)
        if chosen.field:
            text = f"with {catalog.label(chosen.field)} {text}"
        if frame.periods:
            text = f"in the {chosen.grain}s from {_listed(list(frame.periods))}"
    if frame.compare:
        text += f", beside the same {frame.compare} earlier"
    return text


def dates_in_words(chosen: Range) -> str:
    """`from 2013-01-01 to 2013-03-31`, both days counted."""
    last = _last_day(chosen)
    if chosen.start and last:
        if chosen.start == last:
            return f"on {last}"
        return f"from {chosen.start} to {last}"
    if chosen.start:
        return f"from {chosen.start} on"
    return f"until {last}" if last else "over all time"


def _last_day(chosen: Range) -> str | None:
    if chosen.end is None:
        return None
    return (date.fromisoformat(chosen.end) - timedelta(days=1)).isoformat()


def _order(frame: Frame, catalog: Catalog) -> str:
    if not frame.order or not frame.groups:
        return f"; the first {frame.limit}" if frame.limit else ""
    order = frame.order[0]
    label = next((g.label for g in frame.groups if g.field == order.field), None)
    label = label or catalog.label(order.field)
    first = "first" if frame.limit is None else f"{frame.limit} only"
    metric = order.field in frame.metrics
    if metric:
        return f"; {'highest' if order.descending else 'lowest'} {label} first" + (
            f", {first}" if frame.limit is not None else ""
        )
    return f"; in order of {label}" + (f", {first}" if frame.limit is not None else "")


def _listed(items: list[str], word: str = "and") -> str:
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {word} {items[-1]}"


# ---------------------------------------------------------------- as a question


def as_question(frame: Frame, catalog: Catalog) -> str:
    """A question in words that means this frame; what cannot be said so is left to the caller to
    find out, by asking it."""
    parts = [_listed([catalog.label(name) for name in frame.metrics])]
    groups = [group.label if group.member != METRIC_TIME else group.label for group in frame.groups]
    if frame.limit is not None and frame.groups and frame.order:
        end = "top" if frame.order[0].descending else "bottom"
        parts = [f"{end} {frame.limit} {_listed(groups)} by {parts[0]}"]
    elif groups:
        parts.append(f"by {_listed(groups)}")
    for item in frame.filters:
        parts.append(_filter_words(item))
    for item in frame.thresholds:
        parts.append(f"with {item.label} {_OPS[item.op]} {_number(item, catalog)}")
    if frame.days:
        parts.append("on " + _listed([f"{_DAYS[day]}s" for day in frame.days]))
    if frame.range is not None and not frame.range.field:
        parts.append(_range_words(frame.range))
    if frame.compare:
        parts.append(_compare_words(frame.compare))
    return " ".join(filter(None, parts))


def _filter_words(item: Filter) -> str:
    values = _listed([f'"{value}"' for value in item.values])
    if item.op == "is_null":
        return f"where {item.label} is {'not null' if item.negated else 'null'}"
    if item.op != "in":
        return f"with {item.label} {_OPS[item.op]} {item.values[0]}"
    if item.values in ((True,), (False,)):
        return f"{'not ' if item.values == (False,) else 'with '}{item.label}"
    return f"{'excluding' if item.negated else 'for'} {item.label} {values}"


def _number(item: Filter, catalog: Catalog) -> str:
    term = catalog.metrics.get(item.field)
    value = item.values[0]
    return f"{value * 100:g}%" if term and term.percent else f"{value}"


def _range_words(chosen: Range) -> str:
    last = _last_day(chosen)
    if chosen.start and last:
        return f"on {last}" if chosen.start == last else f"between {chosen.start} and {last}"
    return f"since {chosen.start}" if chosen.start else f"until {last}"


def _compare_words(offset: str) -> str:
    count, _, grain = offset.partition(" ")
    return f"vs the previous {grain}" if count == "1" else ""

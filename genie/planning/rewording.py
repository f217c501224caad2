"""A frame as a question that means just this frame, to be asked again by one click."""

from __future__ import annotations

from datetime import date

from genie.planning.catalog import Catalog
from genie.planning.explaining import DAYS, OPS, grain_in, last_day, listed, percent
from genie.planning.frame import METRIC_TIME, Filter, Frame, Group, Range
from semantic_layer.compiler.spec import Grain


def as_question(frame: Frame, catalog: Catalog) -> str:
    """A question in words that means this frame; what cannot be said so is left to the caller to
    find out, by asking it."""
    parts = [listed([catalog.phrase(name) for name in frame.metrics])]
    groups = [_group(group, catalog) for group in frame.groups]
    ranked = frame.limit is not None and frame.groups and frame.order
    if ranked and frame.order[0].field in frame.metrics:
        end = "top" if frame.order[0].descending else "bottom"
        parts = [f"{end} {frame.limit} {listed(groups)} by {parts[0]}"]
    elif groups:
        parts.append(f"by {listed(groups)}")
    grouped = {group.field for group in frame.groups}
    parts += [_filter(item, catalog, grouped) for item in frame.filters]
    parts += [
        f"with {catalog.phrase(item.field)} {OPS[item.op]} {_number(item, catalog)}"
        for item in frame.thresholds
    ]
    if frame.days:
        parts.append("on " + listed([f"{DAYS[day]}s" for day in frame.days]))
    if frame.periods and frame.range is not None:
        parts.append("in " + listed([_period(day, frame.range.grain) for day in frame.periods]))
    elif frame.range is not None:
        named = catalog.phrase(frame.range.field) if frame.range.field else ""
        parts.append(f"{named} {_range(frame.range)}".strip())
    if frame.compare:
        parts.append(_compare(frame.compare))
    return " ".join(filter(None, parts))


def _group(group: Group, catalog: Catalog) -> str:
    if group.member == METRIC_TIME:
        return group.label
    return f"{catalog.phrase(group.member)} {grain_in(group.field, group.member)}".strip()


def _filter(item: Filter, catalog: Catalog, grouped: set[str]) -> str:
    name = catalog.phrase(item.field)
    values = listed([f'"{value}"' for value in item.values])
    if item.op == "is_null":
        return f"where {name} is {'not null' if item.negated else 'null'}"
    if item.op != "in":
        return f"with {name} {OPS[item.op]} {item.values[0]}"
    if item.values in ((True,), (False,)):
        return f"{'not ' if item.values == (False,) else 'with '}{name}"
    # A name that is grouped by already needs no saying again.
    named = "" if item.field in grouped else f"{name} "
    return f"{'excluding' if item.negated else 'for'} {named}{values}"


def _number(item: Filter, catalog: Catalog) -> str:
    term = catalog.metrics.get(item.field)
    value = item.values[0]
    return f"{percent(value)}%" if term and term.percent else f"{value}"


def _range(chosen: Range) -> str:
    last = last_day(chosen)
    if chosen.start and last:
        return f"on {last}" if chosen.start == last else f"between {chosen.start} and {last}"
    return f"since {chosen.start}" if chosen.start else f"until {last}"


def _period(day: str, grain: str) -> str:
    """`March 2026`, `Q2 2026`, `2026`."""
    start = date.fromisoformat(day)
    if grain == Grain.MONTH:
        return f"{start:%B} {start.year}"
    if grain == Grain.QUARTER:
        return f"Q{(start.month + 2) // 3} {start.year}"
    return str(start.year) if grain == Grain.YEAR else day


def _compare(offset: str) -> str:
    count, _, grain = offset.partition(" ")
    return f"vs the previous {grain}" if count == "1" else f"vs {offset} earlier"

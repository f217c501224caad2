"""Questions that no metric query says: what they ask, and the whole queries that come nearest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from genie.language.calendar import plus
from genie.language.english import CHANGES, PEOPLE, SHARING
from genie.language.words import concept
from genie.planning.catalog import Catalog, Term, key_of
from genie.planning.draft import Beyond, Draft
from genie.planning.frame import METRIC_TIME, Frame, Group, Order, Range
from semantic_layer.compiler.spec import Grain, MetricType

_RUNNING = frozenset({"running", "cumulative", "cumulated", "cumulatively", "accumulated"})
_PEOPLE = frozenset(concept(word) for word in PEOPLE)
_GRAINS = (Grain.MONTH, Grain.QUARTER, Grain.YEAR)


def recognize(draft: Draft, unexplained: list[int]) -> list[int]:
    """Note what the unexplained words ask for; those left that say something else."""
    if draft.beyond is not None or not draft.metrics:
        return unexplained
    for at in unexplained:
        kind = _asks_for(draft, at)
        if kind is not None:
            draft.beyond = kind
            draft.doubt(0.3, kind.value)
            around = SHARING if kind is Beyond.SHARE else frozenset()
            return [
                other
                for other in unexplained
                if other != at and draft.tokens[other].word not in around
            ]
    return unexplained


def _asks_for(draft: Draft, at: int) -> Beyond | None:
    token = draft.tokens[at]
    if token.concept == "rate":
        return Beyond.SHARE
    if token.concept == "average" and (draft.groups or draft.trend):
        return Beyond.AVERAGE
    if token.word in _RUNNING:
        return Beyond.RUNNING
    if token.word in CHANGES and draft.against is None:
        return Beyond.GROWTH
    return None


def nearest(draft: Draft, frame: Frame, catalog: Catalog) -> list[Frame]:
    """Whole queries that come nearest to the question, the best first."""
    if draft.beyond is None:
        return []
    found: dict[str, Frame] = {}
    for item in _OFFERS[draft.beyond](draft, frame, catalog):
        found.setdefault(str(item.body()), item)
    return list(found.values())


def _share(draft: Draft, frame: Frame, catalog: Catalog) -> Iterator[Frame]:
    """The parts; of one value, all values of its kind."""
    if frame.groups:
        yield replace(frame, limit=None)
    for item in frame.filters:
        if item.op == "in" and not item.negated:
            group = Group(item.field, item.field, catalog.label(item.field))
            others = tuple(other for other in frame.filters if other is not item)
            groups = (*frame.groups, group)
            order = (Order(frame.metrics[0], True),)
            yield replace(frame, groups=groups, filters=others, order=order, limit=None)
    yield replace(frame, groups=(), order=(), limit=None)


def _average(draft: Draft, frame: Frame, catalog: Catalog) -> Iterator[Frame]:
    """What the average would be of; averages that there are."""
    yield frame
    groups = tuple(group for group in frame.groups if group.member != METRIC_TIME)
    for term in _relatives(draft, catalog):
        if "average" in term.label.lower() or term.aggregation is None:
            yield replace(frame, metrics=(term.name,), groups=groups, order=(), limit=None)


def _running(draft: Draft, frame: Frame, catalog: Catalog) -> Iterator[Frame]:
    for term in _relatives(draft, catalog):
        if catalog.graph.metrics[term.name].type is MetricType.CUMULATIVE:
            yield replace(frame, metrics=(term.name,), order=_time_order(frame))
    yield frame if frame.by_time else frame.over_time(Grain.MONTH)


def _growth(draft: Draft, frame: Frame, catalog: Catalog) -> Iterator[Frame]:
    """Beside the period before, and beside a year before."""
    if frame.range is None and not frame.by_time:
        for grain in _GRAINS:
            yield replace(frame.over_time(grain), compare=f"1 {grain.value}")
        return
    if frame.range is None:
        return
    said = next((grain for grain in _GRAINS if grain == frame.range.grain), None)
    if said is not None and is_longer(frame.range, said) and not frame.by_time:
        yield replace(frame.over_time(said), compare=f"1 {said.value}")
    elif said is not None:
        yield replace(frame, compare=f"1 {said.value}")
    yield replace(frame, compare="1 year")


def is_longer(chosen: Range, grain: Grain) -> bool:
    """Whether the range is more than one period of the grain."""
    if chosen.start is None or chosen.end is None:
        return True
    return plus(date.fromisoformat(chosen.start), 1, grain) < date.fromisoformat(chosen.end)


def _within(draft: Draft, frame: Frame, catalog: Catalog) -> Iterator[Frame]:
    """All of them, and the first of each kind."""
    order = frame.order[:1]
    yield replace(frame, limit=None, order=order)
    for group in frame.groups:
        yield replace(frame, groups=(group,), order=order)


def _counted(draft: Draft, frame: Frame, catalog: Catalog) -> Iterator[Frame]:
    yield replace(frame, limit=None)


def _who(draft: Draft, frame: Frame, catalog: Catalog) -> Iterator[Frame]:
    """By each kind of people, the first of them where one is asked for."""
    for term in people(draft):
        group = Group(term.name, term.name, term.label)
        cue = draft.supers[-1] if draft.supers else None
        rest = cue.best if cue is not None and cue.descending is None else True
        down = rest if cue is None or cue.descending is None else cue.descending
        limit = (cue.count or 1) if cue is not None else None
        order = (Order(frame.metrics[0], down),)
        yield replace(frame, groups=(group,), order=order, limit=limit)


def people(draft: Draft) -> list[Term]:
    """What the metric can be grouped by that is somebody, the nearest first."""
    catalog = draft.catalog
    names = catalog.reachable(draft.metrics[0].name) if draft.metrics else frozenset()
    terms = [catalog.members[name] for name in names if name in catalog.members]
    found = [term for term in terms if not term.is_time and key_of(term.label) & _PEOPLE]
    near = min((term.hops for term in found), default=0)
    keys = {term.name for term in found if term.is_key}
    return sorted(
        (
            term
            for term in found
            if term.hops <= near + 1
            and not any(f"{term.name}__" in name for name in keys - {term.name})
        ),
        key=lambda term: (term.hops, term.name),
    )


def _hours(draft: Draft, frame: Frame, catalog: Catalog) -> Iterator[Frame]:
    groups = tuple(group for group in frame.groups if group.member != METRIC_TIME)
    for grain in (Grain.HOUR, Grain.DAY):
        yield replace(frame, groups=groups).over_time(grain)


def _sets(draft: Draft, frame: Frame, catalog: Catalog) -> Iterator[Frame]:
    name = f"{METRIC_TIME}__extract_dow"
    plain = replace(frame, days=())
    others = tuple(group for group in plain.groups if group.member != METRIC_TIME)
    week = Group(name, METRIC_TIME, "day of the week")
    yield replace(plain, groups=(*others, week), order=(Order(name),))
    order = () if not others else frame.order
    yield replace(plain, groups=others, days=(1, 2, 3, 4, 5), order=order)
    yield replace(plain, groups=others, days=(6, 7), order=order)


_OFFERS = {
    Beyond.SHARE: _share,
    Beyond.AVERAGE: _average,
    Beyond.RUNNING: _running,
    Beyond.GROWTH: _growth,
    Beyond.WITHIN: _within,
    Beyond.COUNT: _counted,
    Beyond.SETS: _sets,
    Beyond.WHO: _who,
    Beyond.CLOCK: _hours,
}


def _relatives(draft: Draft, catalog: Catalog) -> Iterator[Term]:
    """Other metrics of the same rows in the same unit."""
    for own in draft.metrics[:1]:
        for term in catalog.metrics.values():
            same = set(term.models) == set(own.models) and term.unit == own.unit
            if same and term.name != own.name:
                yield term


def _time_order(frame: Frame) -> tuple[Order, ...]:
    return tuple(Order(group.field) for group in frame.groups if group.member == METRIC_TIME)[:1]

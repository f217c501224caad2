"""Order, limit and what is missing: the last decisions on a reading."""

from __future__ import annotations

from genie.planning.catalog import Term
from genie.planning.cues import Cue
from genie.planning.draft import Beyond, Draft
from genie.planning.frame import METRIC_TIME, Frame, Order


def ranked(draft: Draft, context: Frame | None) -> str:
    """Fill in `orders` and `limit`; which part the question lacks: `metric`, `group` or none."""
    _shown(draft)
    if not draft.metrics and not _lists_members(draft) and context is None:
        _keep_count(draft)
        return "metric"
    if draft.supers and _ranks(draft):
        if not draft.groups and context is None:
            return "group"
        _by_super(draft, draft.supers[-1], context)
    elif draft.ranking and draft.groups:
        _set(draft, draft.metrics[:1], descending=_direction(draft, default=True))
    elif draft.ordered:
        _set(draft, draft.ordered, descending=_direction(draft, default=True))
    elif draft.direction is not None:
        _set(draft, draft.metrics[:1], descending=draft.direction)
    _best_first(draft)
    if draft.alphabetical and draft.groups:
        draft.orders = [Order(draft.groups[0].field)]
    if draft.thresholds and not draft.groups and context is None:
        return "group"
    if not draft.orders:
        _usual(draft)
    return ""


def _keep_count(draft: Draft) -> None:
    """`top 3 countries` are three, whatever they are ranked by."""
    if draft.supers and draft.supers[-1].descending:
        draft.limit = draft.count if draft.count is not None else draft.supers[-1].count


def _best_first(draft: Draft) -> None:
    """`worst first`, where what is worse is known by the metric."""
    for cue in draft.firsts if draft.metrics and draft.groups else ():
        _set(draft, draft.metrics[:1], descending=cue.best is not draft.metrics[0].lower_is_better)


def _shown(draft: Draft) -> None:
    """What a threshold or an order is about has to be among the metrics."""
    names = [item.field for item in draft.thresholds]
    for term in (*(draft.catalog.metrics[name] for name in names), *draft.ordered):
        if term.is_metric and term not in draft.metrics:
            draft.metrics.append(term)


def _lists_members(draft: Draft) -> bool:
    return (
        (draft.listing or draft.asked)
        and bool(draft.groups)
        and not draft.supers
        and not draft.filters
    )


def _ranks(draft: Draft) -> bool:
    """A superlative inside the name of a metric alone ranks nothing."""
    if draft.asked or draft.supers[-1].count is not None:
        return True
    named = {at for start, end, label in draft.names for at in _tokens(draft, start, end, label)}
    return not all(cue.first in named for cue in draft.supers)


def _tokens(draft: Draft, start: int, end: int, label: str) -> list[int]:
    """Tokens of a metric's name as said."""
    if not any(term.label == label for term in draft.metrics):
        return []
    return [at for at, token in enumerate(draft.tokens) if start <= token.start < end]


def _direction(draft: Draft, *, default: bool) -> bool:
    return default if draft.direction is None else draft.direction


def _by_super(draft: Draft, cue: Cue, context: Frame | None) -> None:
    target = draft.metrics[0] if draft.metrics else None
    if target is None and context is not None and context.metrics:
        target = draft.catalog.metrics.get(context.metrics[0])
    if target is None:
        return
    if cue.descending is not None:
        descending = cue.descending
    else:
        descending = cue.best is not target.lower_is_better
        end = "lowest" if not descending else "highest"
        word = "best" if cue.best else "worst"
        draft.notes.append(f"{word.capitalize()} means {end} {target.label}.")
    _set(draft, [target], descending=descending)
    counts = [item.count for item in draft.supers if item.count is not None]
    counts += [draft.count] if draft.count is not None else []
    if counts:
        draft.limit = counts[-1]
    elif draft.asked and draft.singular:
        draft.limit = 1
    by_time = any(group.member == METRIC_TIME for group in draft.groups)
    if len(draft.groups) > 1 and (draft.within or by_time):
        draft.beyond = Beyond.WITHIN
        draft.doubt(0.3, Beyond.WITHIN.value)
    ends = {item.descending for item in draft.supers if item.descending is not None}
    if len(ends) > 1:
        draft.doubt(0.3, "which end comes first")


def _set(draft: Draft, terms: list[Term], *, descending: bool) -> None:
    draft.orders = [Order(term.name, descending) for term in terms]


def _usual(draft: Draft) -> None:
    """Time in its order, everything else by the first metric, largest first."""
    members = draft.catalog.members
    times = [
        group
        for group in draft.groups
        if group.member == METRIC_TIME
        or (group.member in members and members[group.member].is_time)
    ]
    if times:
        draft.orders = [Order(group.field) for group in times[:1]]
    elif draft.groups and draft.metrics:
        draft.orders = [Order(draft.metrics[0].name, True)]

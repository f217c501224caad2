"""Follow-up questions: what is said anew, over what was understood before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from genie.language.words import Token
from genie.planning.asking import Outcome, Plan
from genie.planning.frame import METRIC_TIME, Filter, Frame, Group, Order

_MARKERS = (
    ("and",), ("what", "about"), ("how", "about"), ("same",), ("the", "same"), ("now",), ("only",),
    ("just",), ("also",), ("instead",), ("then",), ("but",), ("without",), ("excluding",),
    ("exclude",), ("by",), ("per",), ("for",), ("in",), ("broken", "down"), ("break",), ("split",),
    ("breakdown",),
    ("add",), ("plus",), ("as", "well"), ("ok",), ("okay",), ("or",), ("compared",), ("vs",),
    ("versus",), ("sort",), ("order",), ("limit",), ("filter",), ("keep",), ("remove",), ("drop",),
    ("use",), ("change",), ("make",), ("do", "the", "same"), ("show", "the", "same"), ("with",),
    ("show", "me", "the", "same"), ("of", "those"), ("of", "these"), ("except",), ("since",),
)  # fmt: skip
_WITHIN = frozenset({"it", "that", "those", "these", "them", "same", "instead"})
_REFERRING = (
    ("what", "about"), ("how", "about"), ("same",), ("the", "same"), ("do", "the", "same"),
    ("and", "what", "about"), ("and", "how", "about"), ("show", "the", "same"),
    ("show", "me", "the", "same"), ("and", "the", "same"),
)  # fmt: skip
"""They mean nothing without the question before."""
_ADDING = frozenset({"also", "too", "add", "additionally", "further", "furthermore", "plus"})
_SPLITTING = frozenset({"split", "break", "breakdown", "broken", "drill"})


def follows(tokens: Sequence[Token], has_metric: bool) -> bool:
    """Whether the question builds on the one before: it says so, or names no metric."""
    if not has_metric:
        return True
    words = tuple(token.word for token in tokens)
    return any(words[: len(marker)] == marker for marker in _MARKERS) or bool(
        _WITHIN & set(words[-3:])
    )


def refers_back(tokens: Sequence[Token]) -> bool:
    """Whether the question is a part of one, and the rest is in the question before."""
    words = tuple(token.word for token in tokens if not token.is_mark)
    starts = any(words[: len(marker)] == marker for marker in _REFERRING)
    return starts or words[-1:] == ("instead",)


def carried(planned: Plan, before: Frame | None) -> Frame | None:
    """What the next question of a conversation builds on: the frame of this one.

    A new question that was asked back leaves its best reading, unsettled; a part of a question that
    was not understood leaves what it was a part of.
    """
    frame = planned.frame
    if planned.outcome is Outcome.ANSWERED:
        return frame
    fresh = planned.outcome is Outcome.ASKED_BACK and not planned.followed
    if frame is None or not fresh or not (frame.metrics or frame.groups or frame.filters):
        return before
    return replace(frame, unsettled=True)


def merged(tokens: Sequence[Token], before: Frame, new: Frame, *, explicit: bool) -> Frame:
    """The frame before with what is new; `explicit` says that an order was asked for now.

    New groups take the place of old ones, unless the question says to add or split further. A new
    value takes the place of an old one of the same thing.
    """
    words = {token.word for token in tokens}
    adding = bool(words & _ADDING) or {"as", "well"} <= words
    metrics = _metrics(before, new, adding)
    groups = _groups(before, new, adding or bool(words & _SPLITTING))
    found = replace(
        new,
        metrics=metrics,
        groups=groups,
        filters=_filters(before, new),
        thresholds=new.thresholds or before.thresholds,
        range=new.range or before.range,
        periods=new.periods if new.range else before.periods,
        days=new.days or before.days,
        compare=new.compare or before.compare,
    )
    same_groups = groups == before.groups
    limit = new.limit if new.limit is not None else before.limit if same_groups else None
    order = new.order if explicit else _kept_order(before, found)
    return replace(found, limit=limit, order=order)


def _metrics(before: Frame, new: Frame, adding: bool) -> tuple[str, ...]:
    if not new.metrics:
        return before.metrics
    if adding:
        return tuple(dict.fromkeys((*before.metrics, *new.metrics)))
    return new.metrics


def _groups(before: Frame, new: Frame, adding: bool) -> tuple[Group, ...]:
    if not new.groups:
        return before.groups
    if not adding:
        return new.groups
    known = {group.member for group in before.groups}
    return (*before.groups, *(group for group in new.groups if group.member not in known))


def _filters(before: Frame, new: Frame) -> tuple[Filter, ...]:
    kept = []
    for old in before.filters:
        replaced = [item for item in new.filters if _same_thing(old.field, item.field)]
        if not replaced or all(item.negated and item.field != old.field for item in replaced):
            kept.append(old)
    return (*kept, *new.filters)


def narrowed(before: Frame, found: Frame) -> list[tuple[float, str]]:
    """Doubts of new groups of which the question before kept one value: `and for all terms` after
    `in Autumn 2025`."""
    known = {group.member for group in before.groups}
    return [
        (0.4, f"whether {item.label} is still to be {item.values[0]}")
        for item in found.filters
        if item in before.filters and item.op == "in" and not item.negated
        if len(item.values) == 1
        for group in found.groups
        if group.member not in known and _same_thing(item.field, group.member)
    ]


def _same_thing(one: str, other: str) -> bool:
    """A key and a property of what it leads to: `origin`, `origin__name`."""
    return one == other or one.startswith(f"{other}__") or other.startswith(f"{one}__")


def _kept_order(before: Frame, found: Frame) -> tuple[Order, ...]:
    """The order before, of the new metric where that was what it was by."""
    fields = {group.field for group in found.groups}
    kept = []
    for order in before.order:
        if order.field in before.metrics and found.metrics:
            name = order.field if order.field in found.metrics else found.metrics[0]
            kept.append(Order(name, order.descending))
        elif order.field in fields:
            kept.append(order)
    times = [group.field for group in found.groups if group.member == METRIC_TIME]
    if times and not any(order.field in times for order in kept) and found.limit is None:
        return (Order(times[0]),)
    if kept or not found.groups or not found.metrics:
        return tuple(kept) if found.groups else ()
    return (Order(found.metrics[0], True),)

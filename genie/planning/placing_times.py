"""Time in its place: ranges, grains to group by, days of the week, comparisons."""

from __future__ import annotations

from genie.language.comparisons import Against
from genie.language.times import Beside, By, OnDays, When, set_beside
from genie.language.words import plural
from genie.planning.accounting import counted_off
from genie.planning.draft import Beyond
from genie.planning.frame import METRIC_TIME, Group
from genie.planning.mentions import Mention
from genie.planning.settling import regrain
from genie.planning.walk import Walk
from semantic_layer.compiler.spec import Grain

_PART_LABELS = {
    "dow": "day of the week", "day": "day of the month", "doy": "day of the year",
    "month": "month of the year", "quarter": "quarter of the year", "year": "year",
}  # fmt: skip
_SUBJECT = frozenset({"with", "where", "when", "that", "having", "which"})
"""`months with more than 100 orders` are what is asked for."""


def place_time(walk: Walk, mention: Mention) -> None:
    """Note what the mention says of time."""
    assert mention.time is not None
    part = mention.time.part
    if isinstance(part, When):
        if walk.draft.when is not None or walk.mode.negated:
            walk.draft.doubt(0.35, "which time is meant")
        walk.draft.when = part
    elif isinstance(part, By):
        if walk.mode.negated:
            walk.draft.doubt(0.3, "what not to group by")
        _by(walk, mention, part)
    elif isinstance(part, OnDays):
        _days(walk, mention, part.days)
    elif isinstance(part, Beside):
        _beside(walk, part)
    elif isinstance(part, Against):
        if walk.mode.negated:
            walk.draft.doubt(0.3, "what to leave out")
        walk.draft.against = part
    walk.mode.settle_not()


def _beside(walk: Walk, part: Beside) -> None:
    """`October revenue compared with September`; what follows on a question is compared with it."""
    when = walk.draft.when
    if walk.mode.negated or when is None or when.standing:
        walk.draft.doubt(0.35, "which times are compared")
        return
    walk.draft.when = set_beside(when, part.period)


def _days(walk: Walk, mention: Mention, days: tuple[int, ...]) -> None:
    single = len(days) == 1 and not plural(walk.word(mention.last))
    if single and walk.word(mention.last - 1) not in ("every", "each", "a", "any"):
        walk.draft.doubt(0.5, f"whether every {walk.word(mention.last).capitalize()} is meant")
    if walk.mode.negated:
        days = tuple(day for day in range(1, 8) if day not in days)
    walk.draft.days = tuple(sorted({*walk.draft.days, *days}))


def _by(walk: Walk, mention: Mention, part: By) -> None:
    ranked = bool(walk.draft.supers) and walk.draft.supers[-1].after == mention.first
    subject = not mention.partial and len(mention.tokens) == 1 and walk.word(
        mention.last + 1
    ) in ("with", "where", "when", "that", "having", "which")  # fmt: skip
    if ranked or subject:
        walk.draft.asked, walk.draft.singular = True, not plural(walk.word(mention.first))
        if counted_off(walk.tokens, mention.first):
            walk.draft.beyond = Beyond.COUNT
            walk.draft.doubt(0.4, Beyond.COUNT.value)
    elif mention.partial and not walk.mode.group:
        walk.draft.doubt(0.4, "whether to group by time")
    if part.grain is None and part.part is None:
        walk.draft.trend = True
        return
    if part.grain is not None and _is_of_member(walk, mention, part.grain):
        return
    if part.grain is Grain.HOUR and walk.word(mention.last + 1) == "of":  # `by hour of the day`
        walk.draft.beyond = Beyond.CLOCK
        walk.draft.doubt(0.3, Beyond.CLOCK.value)
    suffix = part.grain.value if part.grain else f"extract_{part.part}"
    label = part.grain.value if part.grain else _PART_LABELS[str(part.part)]
    name = f"{METRIC_TIME}__{suffix}"
    if all(group.field != name for group in walk.draft.groups):
        walk.draft.groups.append(Group(name, METRIC_TIME, label))
    walk.draft.asked = walk.draft.asked or part.asked
    if walk.tokens[mention.first].word in ("by", "per", "each", "every"):
        walk.mode.group = True


def _is_of_member(walk: Walk, mention: Mention, grain: Grain) -> bool:
    """`discharge month`, `by month of discharge`: the grain of another time."""
    last = walk.draft.grouped[-1] if walk.draft.grouped else None
    if last and last.term and last.term.is_time and mention.first == last.last + 1:
        regrain(walk.draft, last.term, grain)
        return True
    named = walk.word(mention.last + 1) == "of" and any(
        other.term and other.term.is_time and 1 < other.first - mention.last <= 3
        for other in walk.mentions
    )
    if named:
        walk.mode.grain, walk.mode.group = grain, True
    return named

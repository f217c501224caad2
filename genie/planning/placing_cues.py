"""Cues in their place: what each says of the names that follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from genie.planning.cues import Cue, CueKind
from genie.planning.walk import NOWHERE, Walk

_ENDS_NOT = frozenset({CueKind.NOT, CueKind.GROUP, CueKind.ORDER})


def place_cue(walk: Walk, cue: Cue) -> None:
    """Change what the names that follow are for."""
    walk.draft.used.update(range(cue.first, cue.after))
    if walk.mode.not_at is not None and cue.kind in _ENDS_NOT:
        walk.draft.doubt(0.3, "what to leave out")
        walk.mode.not_at = None
    step = _STEPS.get(cue.kind)
    if step is not None:
        step(walk, cue)


def _group(walk: Walk, cue: Cue) -> None:
    mode = walk.mode
    mode.group, mode.negated, mode.order = True, False, False
    mode.per = walk.word(cue.first) == "per"
    walk.draft.split = True


def _order(walk: Walk, _: Cue) -> None:
    walk.mode.order, walk.mode.group = True, False


def _not(walk: Walk, cue: Cue) -> None:
    mode = walk.mode
    mode.negated, mode.group, mode.not_at, mode.joined = True, False, cue, False


def _which(walk: Walk, cue: Cue) -> None:
    walk.mode.which = NOWHERE if _relates(walk, cue) else cue.after
    if walk.context is not None and walk.word(cue.after) == "one":
        walk.draft.asked = True


def _and(walk: Walk, cue: Cue) -> None:
    walk.mode.joined, walk.mode.group = True, walk.mode.group and cue.op != "versus"


def _with(walk: Walk, _: Cue) -> None:
    walk.mode.group = False


def _null(walk: Walk, _: Cue) -> None:
    walk.draft.nulls -= 1
    if walk.mode.not_at is not None:  # `is not null`: the name before it has taken the `not`
        walk.mode.settle_not()


def _super(walk: Walk, cue: Cue) -> None:
    walk.draft.supers.append(cue)


def _direction(walk: Walk, cue: Cue) -> None:
    if cue.op:
        walk.draft.firsts.append(cue)
        return
    walk.draft.direction = cue.descending
    walk.draft.alphabetical = cue.descending is None


def _list(walk: Walk, _: Cue) -> None:
    walk.draft.listing = True


def _relates(walk: Walk, cue: Cue) -> bool:
    """`customers who shopped at Kingsgate`: the name before it is meant."""
    before = [m for m in walk.mentions if m.last == cue.first - 1 and (m.term or m.noun)]
    return bool(before) and walk.word(cue.first) in ("who", "which")


_STEPS: Mapping[CueKind, Callable[[Walk, Cue], None]] = {
    CueKind.GROUP: _group,
    CueKind.ORDER: _order,
    CueKind.NOT: _not,
    CueKind.WHICH: _which,
    CueKind.AND: _and,
    CueKind.WITH: _with,
    CueKind.NULL: _null,
    CueKind.SUPER: _super,
    CueKind.DIRECTION: _direction,
    CueKind.LIST: _list,
}

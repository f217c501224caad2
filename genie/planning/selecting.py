"""Which mentions to believe together: sets that do not overlap and explain most of the question."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from genie.language.english import DONE_BY, FILLER, LINKING
from genie.language.words import Token
from genie.planning.catalog import GENERIC
from genie.planning.cues import Cue
from genie.planning.mentions import Mention

_BEAM = 60
_IN_FULL = 0.95
_KEPT = 40
_UNEXPLAINED = 0.9
_EACH = 0.2
"""What every mention costs: one name for all the words is better than two for the halves."""


@dataclass(frozen=True)
class Selection:
    """Mentions that do not overlap, in order, and how much of the question they explain."""

    mentions: tuple[Mention, ...]
    score: float
    used: frozenset[int]


def weights_of(
    tokens: Sequence[Token], cues: Sequence[Cue], mentions: Sequence[Mention]
) -> list[float]:
    """How much it matters that a token is explained: small words and cues hardly, but a small word
    that stands in a metric's full name (`data used`) as much as any."""
    cued = {at for cue in cues for at in range(cue.first, cue.after)}
    named = {
        at
        for item in mentions
        if item.term and item.term.is_metric and len(item.tokens) > 1
        if not item.partial and not item.how and item.quality >= _IN_FULL
        for at in item.tokens
        if tokens[at].concept not in GENERIC
    }
    weights = []
    for at, token in enumerate(tokens):
        if token.is_mark:
            weights.append(0.0)
        elif at in named and at not in cued:
            weights.append(1.0)
        elif at in cued:
            weights.append(0.3)
        elif not token.quoted and (token.word in LINKING or token.word in FILLER):
            weights.append(0.15)
        elif token.word in DONE_BY and tokens[at + 1 : at + 2] and tokens[at + 1].word == "by":
            weights.append(0.3)  # `operated by`, `placed by`: the name after it says what is meant
        else:
            weights.append(1.0)
    return weights


def select(mentions: Sequence[Mention], weights: Sequence[float]) -> list[Selection]:
    """The best sets of mentions, best first."""
    starting: defaultdict[int, list[Mention]] = defaultdict(list)
    for mention in mentions:
        starting[mention.first].append(mention)
    beam = [Selection((), 0.0, frozenset())]
    for at, weight in enumerate(weights):
        following: list[Selection] = []
        for state in beam:
            if at in state.used:
                following.append(state)
                continue
            missed = _UNEXPLAINED * weight if weight >= 1.0 else 0.0
            following.append(Selection(state.mentions, state.score - missed, state.used))
            for mention in starting[at]:
                if state.used.isdisjoint(mention.tokens):
                    following.append(_with(state, mention, weights))
        following.sort(key=lambda state: -state.score)
        beam = following[:_BEAM]
    return beam[:_KEPT]


def _with(state: Selection, mention: Mention, weights: Sequence[float]) -> Selection:
    gained = mention.quality * sum(weights[at] for at in mention.tokens) - _EACH
    return Selection((*state.mentions, mention), state.score + gained, state.used | mention.tokens)

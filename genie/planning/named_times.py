"""Times that the data has a name for: `Autumn 2025` may be a term, and no three months."""

from __future__ import annotations

from collections.abc import Sequence

from genie.language.calendar import SEASONS
from genie.language.times import TimeMention
from genie.language.words import Token
from genie.planning.mentions import Mention
from genie.planning.values import ValueIndex

_WHOLE = 0.97
_PART = 0.82


def may_be_named(token: Token) -> bool:
    """Whether the word is so vague a time that people give its name to other things."""
    return token.word in SEASONS


def not_named(
    tokens: Sequence[Token], times: Sequence[TimeMention], values: Sequence[Mention]
) -> list[TimeMention]:
    """The times without those in whose words a value is named in full."""
    named = [
        item.tokens
        for item in values
        if len(item.tokens) > 1
        and item.quality >= _WHOLE
        and any(may_be_named(tokens[at]) for at in item.tokens)
    ]
    return [
        item
        for item in times
        if not any(words <= set(range(item.first, item.after)) for words in named)
    ]


def named_in_part(
    tokens: Sequence[Token], times: Sequence[TimeMention], index: ValueIndex
) -> list[Mention]:
    """Values that begin with a season that is said without a year: which of them is not told."""
    return [
        Mention(frozenset({at}), _PART, hits=tuple(hits))
        for item in times
        if all(tokens[at].number is None for at in range(item.first, item.after))
        for at in range(item.first, item.after)
        if may_be_named(tokens[at]) and (hits := index.beginning_with(tokens[at].word))
    ]


def without(times: Sequence[TimeMention], mentions: Sequence[Mention]) -> list[TimeMention]:
    """The times in whose words nothing of that is mentioned."""
    words = {at for item in mentions for at in item.tokens}
    return [item for item in times if words.isdisjoint(range(item.first, item.after))]

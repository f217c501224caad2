"""Times that the data has a name for: `Autumn 2025` may be a term, and no three months."""

from __future__ import annotations

from collections.abc import Sequence

from genie.language.calendar import SEASONS
from genie.language.times import TimeMention
from genie.language.words import Token
from genie.planning.mentions import Mention

_WHOLE = 0.97


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

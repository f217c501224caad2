"""Looking along the tokens of a question."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from genie.language.calendar import Period
from genie.language.words import Token

Found = tuple[Period, int]
"""A period and the index of the token after it."""
UP_TO = frozenset({"to", "until", "till", "through", "thru", "and", "–", "—"})
"""Between the first and the last of a span."""
ENDS = frozenset({"", "?", ".", "!", ",", ";"})
"""Where a part of the question ends."""
_A_FEW = {"couple": 2, "pair": 2}


class Cursor:
    """Words and numbers by their place; outside of the question there is nothing. `today` is the
    day it is where the person is."""

    def __init__(self, tokens: Sequence[Token], today: date) -> None:
        self._tokens = tokens
        self._today = today

    def word(self, at: int) -> str:
        return self._tokens[at].word if 0 <= at < len(self._tokens) else ""

    def text(self, at: int) -> str:
        return self._tokens[at].text if 0 <= at < len(self._tokens) else ""

    def whole(self, at: int) -> int | None:
        """The whole number at the place."""
        if not 0 <= at < len(self._tokens):
            return None
        number = self._tokens[at].number
        if number is None or self._tokens[at].percent or number != int(number):
            return None
        return int(number)

    def past(self, at: int, *words: str) -> int:
        """The place after one of the words, if one stands there."""
        return at + 1 if self.word(at) in words else at

    def counted(self, at: int) -> tuple[int | None, int]:
        """A count and the place after it: `3`, `a couple of`."""
        place = self.past(at, "a")
        few = _A_FEW.get(self.word(place))
        if few is not None:
            return few, self.past(place + 1, "of")
        count = self.whole(at)
        return count, at if count is None else at + 1

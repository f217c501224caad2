"""What a number is set against: `vs last year`, `month over month`, `a year earlier`."""

from __future__ import annotations

from dataclasses import dataclass

from genie.language.calendar import grain_of
from genie.language.cursor import ENDS, Cursor
from semantic_layer.compiler.spec import Grain

_OVER = {
    "yoy": Grain.YEAR, "qoq": Grain.QUARTER, "mom": Grain.MONTH, "wow": Grain.WEEK,
    "dod": Grain.DAY,
}  # fmt: skip
_SHORT = {"y": Grain.YEAR, "q": Grain.QUARTER, "m": Grain.MONTH, "w": Grain.WEEK, "d": Grain.DAY}
_CHANGE = frozenset({"change", "changes", "growth", "comparison", "difference"})
_VERSUS = frozenset({"vs", "versus", "against", "than", "compared", "comparison", "relative"})
_SETTING = frozenset({"compare", "compares", "differ", "differs", "different", "difference"})
_SETS = frozenset({"to", "with", "against", "from"})
"""`compare to`, `different from`: what follows is what is set against."""
_BEFORE = frozenset({"last", "previous", "prior", "preceding"})
_EARLIER = frozenset({"before", "earlier", "prior", "ago"})


@dataclass(frozen=True)
class Against:
    """Beside the same metrics one offset earlier; the length of the range where `grain` is None."""

    grain: Grain | None = None
    count: int = 1
    each: bool = False
    """Every period against the one before: `month over month`."""


class ComparisonReader(Cursor):
    """Reads a comparison with the past at a place."""

    def over(self, at: int) -> tuple[Against, int] | None:
        """`YoY`, `y/y`, `month over month`, `year on year`."""
        word = self.word(at)
        grain, after = _OVER.get(word), at + 1
        if grain is None and word in _SHORT and self.word(at + 2) == word:
            grain, after = (_SHORT[word] if self.word(at + 1) == "/" else None), at + 3
        if grain is None and word in _SHORT and self.word(at + 1) == "o":
            grain, after = (_SHORT[word] if self.word(at + 2) == word else None), at + 3
        if grain is None and self.word(at + 1) in ("over", "on") and self.word(at + 2) == word:
            grain, after = grain_of(word), at + 3
        if grain is None:
            return None
        while self.word(after) in _CHANGE:
            after += 1
        return Against(grain, each=True), after

    def start(self, at: int) -> int | None:
        """The place after `versus`, `compared to`, `different from`."""
        setting = self.word(at) in _SETTING and self.word(at + 1) in _SETS
        if self.word(at) not in _VERSUS and not setting:
            return None
        place = at + 2 if setting else at + 1
        return self.past(place, "to", "with")

    def against(self, at: int) -> tuple[Against, int] | None:
        """`vs last year`, `compared to the previous period`, `than the month before`."""
        place = self.start(at)
        if place is None:
            return None
        while self.word(place) in ("the", "same", "in", "to", "with", "that", "of"):
            place += 1
        return self._before(place) or self._same(place) or self._earlier(place)

    def _before(self, at: int) -> tuple[Against, int] | None:
        """`last year`, `the previous period`, `the previous 7 days`, `last`."""
        if self.word(at) == "yesterday":
            return Against(Grain.DAY), at + 1
        if self.word(at) not in _BEFORE:
            return None
        if self.word(at + 1) in ("period", "time", "timeframe", "one"):
            return Against(), at + 2
        count, unit = self.counted(at + 1)
        grain = grain_of(self.word(unit))
        if grain is not None:
            return Against(grain, count or 1), unit + 1
        return (Against(), at + 1) if self.word(at + 1) in ENDS else None

    def _same(self, at: int) -> tuple[Against, int] | None:
        """`period of the last year`, `quarter a year earlier`."""
        if self.word(at) not in ("period", "time") and grain_of(self.word(at)) is None:
            return None
        later = at + 1
        while self.word(later) in ("of", "in", "the"):
            later += 1
        if self.word(later) in _BEFORE:
            grain = grain_of(self.word(later + 1))
            return (Against(grain), later + 2) if grain else None
        return self._earlier(later)

    def _earlier(self, at: int) -> tuple[Against, int] | None:
        """`the year before`, `a year ago`, `2 quarters earlier`."""
        count, unit = self.counted(at)
        if count is None:
            unit = self.past(at, "a", "an", "one")
        grain = grain_of(self.word(unit))
        if grain is None or self.word(unit + 1) not in _EARLIER:
            return None
        return Against(grain, count or 1), unit + 2

"""A period of any kind at a place: of the calendar, of the clock, a part of another, one that ends
with another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from enum import StrEnum

from genie.language.calendar import Anchor, Period, grain_of, of_grain, reached, slip_of
from genie.language.clock import ClockReader
from genie.language.cursor import Cursor, Found
from genie.language.dated import CalendarReader
from genie.language.words import Token
from semantic_layer.compiler.spec import Grain

_ENDING = frozenset({"ending", "ended"})


class Edge(StrEnum):
    """Which end of a period is meant: `since the start of 2024`."""

    START = "start"
    END = "end"


_EDGES = {"start": Edge.START, "beginning": Edge.START, "end": Edge.END}


class PeriodReader(Cursor):
    """Reads one period at a position; `today` is the day it is where the person is."""

    def __init__(self, tokens: Sequence[Token], today: date) -> None:
        super().__init__(tokens, today)
        self._calendar = CalendarReader(tokens, today)
        self._clock = ClockReader(tokens, today)
        self._known: dict[int, Found | None] = {}

    def read(self, at: int) -> Found | None:
        """The longest period that starts at the token."""
        if at >= len(self._tokens):
            return None
        if at not in self._known:
            self._known[at] = self._longest(at)
        return self._known[at]

    def _longest(self, at: int) -> Found | None:
        readers = (self._calendar.read, self._clock.read, self._part_of, self._up_to)
        found = [result for reader in readers if (result := reader(at)) is not None]
        return self._remarked(at, max(found, key=lambda item: item[1])) if found else None

    def _remarked(self, at: int, found: Found) -> Found:
        """With what was mistyped in it."""
        slips = [(self.text(place), slip_of(self.word(place))) for place in range(at, found[1])]
        said = [f"I read '{text}' as '{meant}'." for text, meant in slips if meant]
        remarks = dict.fromkeys(remark for remark in (found[0].remark, *said) if remark)
        return replace(found[0], remark=" ".join(remarks)), found[1]

    def weekday(self, at: int) -> Found | None:
        """A day of the week that stands for one day: `since Monday`."""
        return self._clock.weekday(at)

    def edge(self, at: int) -> tuple[Edge, Period, int] | None:
        """`the start of 2024`, `the end of last month`, `the beginning of the year`."""
        place = self.past(at, "the")
        edge = _EDGES.get(self.word(place))
        if edge is None or self.word(place + 1) != "of":
            return None
        place = self.past(place + 2, "the")
        found = self.read(place)
        if found is not None:
            return edge, *found
        grain = grain_of(self.word(place))
        if grain is None or grain is Grain.HOUR:
            return None
        return edge, of_grain(self._today, grain, Anchor.CLOCK), place + 1

    def _up_to(self, at: int) -> Found | None:
        """`12 months to March 2025`, `the year ended June 2025`."""
        place = self.past(at, "the")
        count, unit = self.counted(place)
        grain = grain_of(self.word(unit))
        if grain is None or grain is Grain.HOUR:
            return None
        joint = self.word(unit + 1)
        if joint not in _ENDING and not (joint == "to" and count is not None):
            return None
        last = self._calendar.read(self.past(unit + 2, "in", "on", "the"))
        if last is None or last[0].end is None:
            return None
        return replace(
            last[0], start=reached(last[0].end, -(count or 1), grain), grain=grain
        ), last[1]

    def _part_of(self, at: int) -> Found | None:
        """`the first week of July 2013`, `the last 10 days of 2013`."""
        place = self.past(at, "the")
        order = self.word(place)
        if order not in ("first", "last", "final"):
            return None
        count, place = self.counted(place + 1)
        grain = grain_of(self.word(place))
        if grain is None or self.word(place + 1) not in ("of", "in"):
            return None
        whole = self._calendar.month(self.past(place + 2, "the")) or self.read(place + 2)
        if whole is None or whole[0].start is None or whole[0].end is None:
            return None
        return self._cut(whole[0], count or 1, grain, order != "first"), whole[1]

    @staticmethod
    def _cut(whole: Period, count: int, grain: Grain, last: bool) -> Period:
        assert whole.start is not None
        assert whole.end is not None
        if last:
            return replace(whole, start=reached(whole.end, -count, grain), grain=grain)
        return replace(whole, end=reached(whole.start, count, grain), grain=grain)

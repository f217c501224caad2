"""Periods that hang on today: `last quarter`, `the day before yesterday`, `last weekend`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from genie.language.calendar import (
    WEEKDAYS,
    Anchor,
    Period,
    floored,
    grain_of,
    month_of,
    of_grain,
    quarter_of,
    shifted,
)
from genie.language.cursor import ENDS, Cursor, Found
from semantic_layer.compiler.spec import Grain

PAST = frozenset({"last", "lst", "past", "previous", "prior", "preceding", "trailing"})
_BEFORE_THAT = frozenset({"previous", "prior", "preceding"})
_NEXT = frozenset({"next", "coming", "upcoming", "following"})
_THIS = frozenset({"this", "current"})
_LATEST = frozenset({"latest", "newest"})
_TO_DATE = {"ytd": Grain.YEAR, "qtd": Grain.QUARTER, "mtd": Grain.MONTH, "wtd": Grain.WEEK}
_EARLIER = frozenset({"before", "earlier", "prior"})


class ClockReader(Cursor):
    """Reads a period of the clock at a place."""

    def read(self, at: int) -> Found | None:
        """The longest such period that starts at the token."""
        readers = (
            self._to_date, self._relative, self._before_last, self._weekend, self._named_day,
            self._last_month, self._latest, self._ago, self._day_word, self._the_one_before,
        )  # fmt: skip
        found = [result for reader in readers if (result := reader(at)) is not None]
        return max(found, key=lambda item: item[1]) if found else None

    def weekday(self, at: int) -> Found | None:
        """`since Monday`: the last one that has begun."""
        number = WEEKDAYS.get(self.word(at))
        if number is None:
            return None
        day = self._today - timedelta(days=(self._today.isoweekday() - number) % 7)
        return of_grain(day, Grain.DAY, Anchor.CLOCK), at + 1

    def _to_date(self, at: int) -> Found | None:
        grain = _TO_DATE.get(self.word(at))
        place = at + 1
        if grain is None and self.word(at + 1) == "to" and self.word(at + 2) == "date":
            grain, place = grain_of(self.word(at)), at + 3
        so_far = self.word(at) == "so" and self.word(at + 1) == "far"
        if grain is None and so_far and self.word(at + 2) in _THIS:
            grain, place = grain_of(self.word(at + 3)), at + 4
        if grain is None or grain is Grain.HOUR:
            return None
        start = floored(self._today, grain)
        return Period(start, self._today + timedelta(days=1), grain, Anchor.CLOCK), place

    def _relative(self, at: int) -> Found | None:
        """`last quarter`, `the past 30 days`, `this month`."""
        place = self.past(at, "the")
        word = self.word(place)
        count, unit = self.counted(place + 1)
        unit = self.past(unit, "full", "complete", "calendar")
        grain = grain_of(self.word(unit))
        if grain is None or grain is Grain.HOUR or self.word(unit) == "date":
            return None
        current = of_grain(self._today, grain, Anchor.CLOCK)
        if word in _THIS and count is None:
            if self.word(unit + 1) == "so" and self.word(unit + 2) == "far":
                return replace(current, end=self._today + timedelta(days=1)), unit + 3
            return current, unit + 1
        if word in _NEXT:
            ahead = shifted(current, 1, grain)
            return replace(ahead, end=shifted(current, count or 1, grain).end), unit + 1
        if word not in PAST or (self.word(unit + 1) in ("of", "in") and count is None):
            return None
        back = shifted(current, -(count or 1), grain)
        before = int(word in _BEFORE_THAT and count is None)
        return replace(back, end=current.start, count=count or 1, back=before), unit + 1

    def _before_last(self, at: int) -> Found | None:
        """`the month before last`, `the day before yesterday`."""
        place = self.past(at, "the")
        grain = grain_of(self.word(place))
        wanted = "yesterday" if grain is Grain.DAY else "last"
        if grain is None or self.word(place + 1) != "before" or self.word(place + 2) != wanted:
            return None
        return shifted(of_grain(self._today, grain, Anchor.CLOCK), -2, grain), place + 3

    def _weekend(self, at: int) -> Found | None:
        """`last weekend`: the last that is over; `this weekend`: of this week."""
        place = self.past(at, "the")
        this = self.word(place) in _THIS
        if self.word(place + 1) != "weekend" or not (this or self.word(place) in PAST):
            return None
        monday = floored(self._today, Grain.WEEK)
        start = monday + timedelta(days=5 if this else -2)
        end = start + timedelta(days=2)
        return Period(start, end, Grain.DAY, Anchor.CLOCK, count=2), place + 2

    def _named_day(self, at: int) -> Found | None:
        """`last Friday`: the last before today."""
        place = self.past(at, "the")
        number = WEEKDAYS.get(self.word(place + 1))
        if number is None or self.word(place) not in (*PAST, *_THIS):
            return None
        if self.word(place) in _THIS:
            day = floored(self._today, Grain.WEEK) + timedelta(days=number - 1)
        else:
            day = self._today - timedelta(days=(self._today.isoweekday() - number - 1) % 7 + 1)
        remark = f"I took {self.word(place)} {self.text(place + 1)} to be {day}."
        return replace(of_grain(day, Grain.DAY, Anchor.CLOCK), remark=remark), place + 2

    def _last_month(self, at: int) -> Found | None:
        """`last December`, `last Q4`: the last that is over; `this March`: of this year."""
        place = self.past(at, "the")
        said, named = self.word(place), self.word(place + 1)
        month, grain, quarter = month_of(named), Grain.MONTH, quarter_of(named)
        if quarter is not None:
            month, grain = quarter * 3 - 2, Grain.QUARTER
        if month is None or said not in ("last", "previous", "this"):
            return None
        found = of_grain(date(self._today.year, month, 1), grain, Anchor.CLOCK)
        assert found.end is not None
        if said != "this" and found.end > self._today:
            found = shifted(found, -1, Grain.YEAR)
        same_year = said != "this" and found.start is not None and (
            found.start.year == self._today.year
        )  # fmt: skip
        name = f"{said} {self.text(place + 1)}"
        remark = f"I took {name} to be that of {self._today.year}." if same_year else ""
        return replace(found, remark=remark), place + 2

    def _latest(self, at: int) -> Found | None:
        """`the latest month`: of the data, not of the clock."""
        place = self.past(at, "the")
        if self.word(place) == "most" and self.word(place + 1) == "recent":
            place += 1
        elif self.word(place) not in _LATEST:
            return None
        count, unit = self.counted(place + 1)
        grain = grain_of(self.word(unit))
        if grain is None or grain is Grain.HOUR:
            return None
        return Period(None, None, grain, Anchor.LATEST, count or 1), unit + 1

    def _ago(self, at: int) -> Found | None:
        count, unit = self.counted(at)
        if count is None and self.word(at) in ("a", "an", "one"):
            count, unit = 1, at + 1
        grain = grain_of(self.word(unit))
        if count is None or grain is None or grain is Grain.HOUR or self.word(unit + 1) != "ago":
            return None
        return shifted(of_grain(self._today, grain, Anchor.CLOCK), -count, grain), unit + 2

    def _day_word(self, at: int) -> Found | None:
        back = {"today": 0, "yesterday": 1, "tomorrow": -1}.get(self.word(at))
        if back is None:
            return None
        day = self._today - timedelta(days=back)
        return of_grain(day, Grain.DAY, Anchor.CLOCK), at + 1

    def _the_one_before(self, at: int) -> Found | None:
        """`and the quarter before?`, `a year earlier`: than the question before asked for."""
        opening = self.word(at)
        if opening not in ("the", "a", "one"):
            return None
        grain = grain_of(self.word(at + 1))
        if grain is None or grain is Grain.HOUR or self.word(at + 2) not in _EARLIER:
            return None
        after = self.past(at + 3, "that")
        if self.word(after) not in ENDS:
            return None
        return Period(None, None, grain, Anchor.BEFORE, back=1), after

"""Periods of the calendar as people name them: `Q2 2013`, `4 July`, `week 12`, `summer 2025`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from genie.language.calendar import (
    ORDINALS,
    SEASONS,
    Anchor,
    Period,
    grain_of,
    month_of,
    of_grain,
    plus,
    quarter_of,
)
from genie.language.cursor import UP_TO, Cursor, Found
from semantic_layer.compiler.spec import Grain

_ALSO_WORDS = frozenset({"march", "may", "mar", "sep", "dec", "jan"})
_WEEK_OF = frozenset({"of", "beginning", "starting", "from", "commencing"})
_WEEKS = frozenset({"week", "wk", "cw", "kw"})
_HALVES = {"h1": 1, "h2": 2, "1h": 1, "2h": 2}
_YEARS = range(1900, 2101)
_JOINED = frozenset({"and", "or", ",", "to", "through", "until", "–", "—", "&", "vs", "versus"})


class CalendarReader(Cursor):
    """Reads a period of the calendar at a place; one without a year is the last that has begun."""

    def read(self, at: int) -> Found | None:
        """The longest such period that starts at the token."""
        if at >= len(self._tokens):
            return None
        readers = (
            self._date, self.month, self._quarter, self._named_quarter, self._half, self._season,
            self._week, self._week_of, self._days_of_month, self._year, self._spelled,
        )  # fmt: skip
        found = [result for reader in readers if (result := reader(at)) is not None]
        return max(found, key=lambda item: item[1]) if found else None

    def _year_at(self, at: int) -> tuple[int | None, int]:
        """A year after an optional `of`, `in` or comma."""
        place = self.past(at, "of", "in", ",")
        year = self._year_said(place)
        if year is not None:
            return year, place + 1
        said = self.word(place)
        if said in ("last", "this", "previous") and self.word(place + 1) == "year":
            return self._today.year - (0 if said == "this" else 1), place + 2
        return None, at

    def _year_said(self, at: int) -> int | None:
        """`2025`, and `'25` as people write it."""
        word = self.word(at)
        if word.startswith("'") and word[1:].isdecimal():
            return 2000 + int(word[1:])
        if not word.isdecimal() or len(word) != 4 or int(word) not in _YEARS:
            return None
        return int(word)

    def _year(self, at: int) -> Found | None:
        year = self._year_said(at)
        return None if year is None else (of_grain(date(year, 1, 1), Grain.YEAR), at + 1)

    def _spelled(self, at: int) -> Found | None:
        """`the whole of 2025`, `the year 2025`, `the month of May`."""
        place = self.past(at, "the", "all")
        place = self.past(place, "whole", "full", "entire", "calendar")
        grain = grain_of(self.word(place))
        place = place if grain is None else place + 1
        if place == at:
            return None
        found = self.read(self.past(place, "of"))
        if found is None or (grain is not None and found[0].grain is not grain):
            return None
        return found

    def _with_year(self, month: int, day: int | None, after: int) -> Found | None:
        year, place = self._year_at(after)
        grain = Grain.DAY if day is not None else Grain.MONTH
        try:
            if year is not None:
                return of_grain(date(year, month, day or 1), grain), place
            near = of_grain(date(self._today.year, month, day or 1), grain, Anchor.YEARLESS)
        except ValueError:  # 31 June
            return None
        if near.start is not None and near.start > self._today:
            near = near.in_year(self._today.year - 1)
        return near, place

    def _date(self, at: int) -> Found | None:
        word = self.word(at)
        sign = next((sign for sign in "-/." if sign in word), "-")
        parts = word.split(sign)
        if len(parts) > 1 and all(part.isdecimal() for part in parts):
            return self._written(parts, sign, at)
        month = month_of(word)
        day = self.whole(at + 1)
        if month and day and 1 <= day <= 31 and self._year_said(at + 1) is None:
            return self._with_year(month, day, at + 2)
        start = self.past(at, "the")
        day = self.whole(start) or max(ORDINALS.get(self.word(start), 0), 0)
        place = self.past(start + 1, "of")
        month = month_of(self.word(place))
        if day and month and 1 <= day <= 31:
            return self._with_year(month, day, place + 1)
        return None

    def _written(self, parts: list[str], sign: str, at: int) -> Found | None:
        """`2013-07`, `2013-07-04`, `31.12.2013`; `25/12/2013` where the order of day and month is
        sure."""
        numbers = [int(part) for part in parts]
        try:
            if len(parts) == 3 and len(parts[2]) == 4:
                first, second, year = numbers
                if sign == "/" and first <= 12 and second <= 12 and first != second:
                    return None
                american = sign == "/" and second > 12
                month, day = (first, second) if american else (second, first)
                return of_grain(date(year, month, day), Grain.DAY), at + 1
            if len(parts[0]) != 4:
                return None
            grain = Grain.DAY if len(numbers) == 3 else Grain.MONTH
            return of_grain(date(numbers[0], numbers[1], (*numbers, 1)[2]), grain), at + 1
        except ValueError:
            return None

    def month(self, at: int) -> Found | None:
        token = self._tokens[at]
        month = month_of(token.word)
        if month is None or token.quoted:
            return None
        certain = (
            token.word not in _ALSO_WORDS
            or token.text[:1].isupper()
            or self.word(at - 1)
            in ("in", "of", "since", "during", "for", "from", "and", "to", "until", "before",
                "after", "last", "through", "between", "vs", "versus")
        )  # fmt: skip
        year, _ = self._year_at(at + 1)
        if not (certain or year is not None or self._next_is_month(at + 1)):
            return None
        return self._with_year(month, None, at + 1)

    def _next_is_month(self, at: int) -> bool:
        """`march, april and may`"""
        return self.word(at) in _JOINED and month_of(self.word(at + 1)) is not None

    def _quarter(self, at: int) -> Found | None:
        """`Q2 2013`, `2013 Q2`, `Q2`."""
        number, year = quarter_of(self.word(at)), self._year_said(at)
        if number is not None:
            return self._quarter_of(number, at + 1)
        number = quarter_of(self.word(at + 1))
        if year is None or number is None:
            return None
        return of_grain(date(year, number * 3, 1), Grain.QUARTER), at + 2

    def _named_quarter(self, at: int) -> Found | None:
        place = self.past(at, "the")
        number = ORDINALS.get(self.word(place))
        if number is None or number < 0 or self.word(place + 1) != "quarter":
            return None
        return self._quarter_of(number, place + 2)

    def _quarter_of(self, number: int, after: int) -> Found:
        year, place = self._year_at(after)
        month = number * 3 - 2
        if year is not None:
            return of_grain(date(year, month, 1), Grain.QUARTER), place
        near = of_grain(date(self._today.year, month, 1), Grain.QUARTER, Anchor.YEARLESS)
        if near.start is not None and near.start > self._today:
            near = near.in_year(self._today.year - 1)
        return near, place

    def _half(self, at: int) -> Found | None:
        """`H1 2013`, `2013 H1`, `the second half of 2013`."""
        place = self.past(at, "the")
        word = self.word(place)
        number = _HALVES.get(word)
        if number is None and self.word(place + 1) == "half":
            number = {"first": 1, "second": 2, "last": 2, "1st": 1, "2nd": 2}.get(word)
            place += 1
        year, after = self._year_at(place + 1)
        if number is None and self._year_said(at) and self.word(at + 1) in _HALVES:
            number, year, after = _HALVES[self.word(at + 1)], self._year_said(at), at + 2
        if number is None:
            return None
        anchor = Anchor.FIXED if year is not None else Anchor.YEARLESS
        start = date(year or self._today.year, number * 6 - 5, 1)
        if year is None and start > self._today:
            start = start.replace(year=start.year - 1)
        return Period(start, plus(start, 6, Grain.MONTH), Grain.MONTH, anchor), after

    def _season(self, at: int) -> Found | None:
        """`summer 2025`, `last spring`: whole months, as the remark tells."""
        place = self.past(at, "the")
        which = self.word(place) if self.word(place) in ("last", "this") else ""
        place += bool(which)
        word = self.word(place)
        first = SEASONS.get(word)
        if first is None:
            return None
        year, after = self._year_at(place + 1)
        if word == "fall" and not (which or year or self.word(at - 1) in ("in", "during")):
            return None
        start = date(year or self._today.year, first, 1)
        if year is None and start > self._today:
            start = start.replace(year=start.year - 1)
        end = plus(start, 3, Grain.MONTH)
        if which == "last" and end > self._today:
            start, end = plus(start, -1, Grain.YEAR), plus(end, -1, Grain.YEAR)
        known = year is not None or bool(which)
        anchor, sure = (Anchor.FIXED, 0.85) if known else (Anchor.YEARLESS, 0.5)
        remark = f"I took {word} to be {start:%B} to {plus(start, 2, Grain.MONTH):%B}."
        return Period(start, end, Grain.MONTH, anchor, remark=remark, sure=sure), after

    def _week(self, at: int) -> Found | None:
        """`week 46`, `KW 3 2025`, `2025-W46`: weeks of ISO 8601."""
        year = self._year_said(at)
        place = at if year is None else at + 1
        word = self.word(place)
        digits = word.removeprefix("w")
        if word != digits and digits.isdecimal():
            number, after = int(digits), place + 1
        elif year is None:
            place = self.past(place, "iso", "calendar")
            number, after = self.whole(place + 1) or 0, place + 2
            if self.word(place) not in _WEEKS or self._year_said(place + 1):
                return None
        else:
            return None
        anchor = Anchor.FIXED
        if year is None:
            year, after = self._year_at(after)
        if year is None:
            year, anchor = self._today.year, Anchor.CLOCK
        try:
            start = date.fromisocalendar(year, number, 1)
            if anchor is Anchor.CLOCK and start > self._today:
                start = date.fromisocalendar(year - 1, number, 1)
        except ValueError:  # week 54
            return None
        return of_grain(start, Grain.WEEK, anchor), after

    def _week_of(self, at: int) -> Found | None:
        """`the week of May 5 2025`, `week beginning 4 May`: Monday to Sunday."""
        place = self.past(at, "the")
        if self.word(place) != "week" or self.word(place + 1) not in _WEEK_OF:
            return None
        found = self._date(self.past(place + 2, "on", "the"))
        if found is None or found[0].start is None or found[0].grain is not Grain.DAY:
            return None
        day = found[0]
        assert day.start is not None
        return of_grain(day.start, Grain.WEEK, day.anchor), found[1]

    def _days_of_month(self, at: int) -> Found | None:
        """`5 to 11 October 2025`, `October 5-11`."""
        ahead = month_of(self.word(at)) is not None
        first, second = (self.whole(at + ahead), self.whole(at + ahead + 2))
        if first is None or second is None or self.word(at + ahead + 1) not in UP_TO:
            return None
        after = at + ahead + 3
        month = month_of(self.word(at if ahead else self.past(after, "of")))
        if month is None or not 1 <= first < second <= 31:
            return None
        after = after if ahead else self.past(after, "of") + 1
        low, high = self._with_year(month, first, after), self._with_year(month, second, after)
        if low is None or high is None or low[0].start is None or high[0].end is None:
            return None
        if low[0].start >= high[0].end:
            return None
        return replace(low[0], end=high[0].end), high[1]

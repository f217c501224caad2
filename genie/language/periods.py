"""Periods of the calendar as people name them: `Q2 2013`, `4 July`, `last quarter`, `yesterday`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from genie.language.calendar import (
    MONTHS,
    ORDINALS,
    SEASONS,
    Anchor,
    Period,
    floored,
    grain_of,
    of_grain,
    plus,
    reached,
    shifted,
)
from genie.language.words import Token
from semantic_layer.compiler.spec import Grain

_PAST = frozenset({"last", "past", "previous", "prior", "preceding", "trailing"})
_NEXT = frozenset({"next", "coming", "upcoming", "following"})
_THIS = frozenset({"this", "current"})
_LATEST = frozenset({"latest", "newest"})
_ALSO_WORDS = frozenset({"march", "may", "mar", "sep", "dec", "jan"})
_WEEK_OF = frozenset({"of", "beginning", "starting", "from", "commencing"})
_TO_DAY = frozenset({"to", "and", "until", "till", "through", "thru", "-", "–", "—"})
_YEARS = range(1900, 2101)

Found = tuple[Period, int]
"""A period and the index of the token after it."""


class PeriodReader:
    """Reads one period at a position; `today` is the day it is where the person is."""

    def __init__(self, tokens: Sequence[Token], today: date) -> None:
        self._tokens = tokens
        self._today = today

    def read(self, at: int) -> Found | None:
        """The longest period that starts at the token."""
        readers = (
            self._part_of,
            self._date,
            self._month,
            self._quarter,
            self._named_quarter,
            self._half,
            self._season,
            self._week_of,
            self._days_of_month,
            self._to_date,
            self._relative,
            self._latest,
            self._ago,
            self._day_word,
            self._year,
        )
        found = [result for reader in readers if (result := reader(at)) is not None]
        return max(found, key=lambda item: item[1]) if found else None

    # ------------------------------------------------------------ tokens

    def word(self, at: int) -> str:
        return self._tokens[at].word if 0 <= at < len(self._tokens) else ""

    def _whole(self, at: int) -> int | None:
        if not 0 <= at < len(self._tokens):
            return None
        number = self._tokens[at].number
        if number is None or self._tokens[at].percent or number != int(number):
            return None
        return int(number)

    def _past_small(self, at: int, *words: str) -> int:
        return at + 1 if self.word(at) in words else at

    # ------------------------------------------------------------ the calendar

    def _year_at(self, at: int) -> tuple[int | None, int]:
        """A year after an optional `of`, `in` or comma."""
        place = self._past_small(at, "of", "in", ",")
        token = self._tokens[place] if place < len(self._tokens) else None
        if token and token.word.isdecimal() and len(token.word) == 4 and int(token.word) in _YEARS:
            return int(token.word), place + 1
        said = self.word(place)
        if said in ("last", "this", "previous") and self.word(place + 1) == "year":
            return self._today.year - (0 if said == "this" else 1), place + 2
        return None, at

    def _year(self, at: int) -> Found | None:
        token = self._tokens[at]
        if token.word.isdecimal() and len(token.word) == 4 and int(token.word) in _YEARS:
            return of_grain(date(int(token.word), 1, 1), Grain.YEAR), at + 1
        return None

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
        token = self._tokens[at]
        parts = token.word.split("-") if "-" in token.word else token.word.split("/")
        if len(parts) > 1 and all(part.isdecimal() for part in parts):
            return self._written(parts, "/" in token.word, at)
        month = MONTHS.get(token.word)
        day = self._whole(at + 1)
        if month and day and 1 <= day <= 31:
            return self._with_year(month, day, at + 2)
        day, place = self._whole(at), self._past_small(at + 1, "of")
        month = MONTHS.get(self.word(place))
        if day and month and 1 <= day <= 31:
            return self._with_year(month, day, place + 1)
        return None

    def _written(self, parts: list[str], slashed: bool, at: int) -> Found | None:
        """`2013-07`, `2013-07-04`; `25/12/2013` where the order of day and month is sure."""
        numbers = [int(part) for part in parts]
        try:
            if slashed:
                first, second, year = numbers
                if first <= 12 and second <= 12 and first != second:
                    return None
                month, day = (first, second) if second > 12 or first == second else (second, first)
                return of_grain(date(year, month, day), Grain.DAY), at + 1
            grain = Grain.DAY if len(numbers) == 3 else Grain.MONTH
            return of_grain(date(numbers[0], numbers[1], (*numbers, 1)[2]), grain), at + 1
        except ValueError:
            return None

    def _month(self, at: int) -> Found | None:
        token = self._tokens[at]
        month = MONTHS.get(token.word)
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
        return self._with_year(month, None, at + 1) if certain or year is not None else None

    def _quarter(self, at: int) -> Found | None:
        """`Q2 2013`, `2013 Q2`, `Q2`."""
        word = self.word(at)
        if len(word) == 2 and word[0] == "q" and word[1] in "1234":
            return self._quarter_of(int(word[1]), at + 1)
        after = self.word(at + 1)
        if self._year(at) and len(after) == 2 and after[0] == "q" and after[1] in "1234":
            return of_grain(date(int(word), int(after[1]) * 3, 1), Grain.QUARTER), at + 2
        return None

    def _named_quarter(self, at: int) -> Found | None:
        place = self._past_small(at, "the")
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
        """`H1 2013`, `the second half of 2013`."""
        place = self._past_small(at, "the")
        word = self.word(place)
        number = {"h1": 1, "h2": 2}.get(word)
        if number is None and self.word(place + 1) == "half":
            number = {"first": 1, "second": 2, "last": 2, "1st": 1, "2nd": 2}.get(word)
            place += 1
        if number is None:
            return None
        year, after = self._year_at(place + 1)
        anchor = Anchor.FIXED if year is not None else Anchor.YEARLESS
        start = date(year or self._today.year, number * 6 - 5, 1)
        if year is None and start > self._today:
            start = start.replace(year=start.year - 1)
        return Period(start, plus(start, 6, Grain.MONTH), Grain.MONTH, anchor), after

    def _season(self, at: int) -> Found | None:
        """`summer 2025`, `last spring`: whole months, as the remark tells."""
        place = self._past_small(at, "the")
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
        anchor = Anchor.FIXED if year is not None or which else Anchor.YEARLESS
        remark = f"I took {word} to be {start:%B} to {plus(start, 2, Grain.MONTH):%B}."
        return Period(start, end, Grain.MONTH, anchor, remark=remark), after

    def _week_of(self, at: int) -> Found | None:
        """`the week of May 5 2025`, `week beginning 4 May`: Monday to Sunday."""
        place = self._past_small(at, "the")
        if self.word(place) != "week" or self.word(place + 1) not in _WEEK_OF:
            return None
        found = self._date(self._past_small(place + 2, "on", "the"))
        if found is None or found[0].start is None or found[0].grain is not Grain.DAY:
            return None
        day = found[0]
        assert day.start is not None
        return of_grain(day.start, Grain.WEEK, day.anchor), found[1]

    def _days_of_month(self, at: int) -> Found | None:
        """`5 to 11 October 2025`, `October 5-11`."""
        ahead = self.word(at) in MONTHS
        first, second = (self._whole(at + ahead), self._whole(at + ahead + 2))
        if first is None or second is None or self.word(at + ahead + 1) not in _TO_DAY:
            return None
        after = at + ahead + 3
        month = MONTHS.get(self.word(at if ahead else self._past_small(after, "of")))
        if month is None or not 1 <= first < second <= 31:
            return None
        after = after if ahead else self._past_small(after, "of") + 1
        low, high = self._with_year(month, first, after), self._with_year(month, second, after)
        if low is None or high is None or low[0].start is None or high[0].end is None:
            return None
        if low[0].start >= high[0].end:
            return None
        return replace(low[0], end=high[0].end), high[1]

    def _part_of(self, at: int) -> Found | None:
        """`the first week of July 2013`, `the last 10 days of 2013`."""
        place = self._past_small(at, "the")
        order = self.word(place)
        if order not in ("first", "last"):
            return None
        count = self._whole(place + 1)
        place += 1 if count is None else 2
        grain = grain_of(self.word(place))
        if grain is None or self.word(place + 1) not in ("of", "in"):
            return None
        whole = self._month(self._past_small(place + 2, "the")) or self.read(place + 2)
        if whole is None or whole[0].start is None or whole[0].end is None:
            return None
        return self._cut(whole[0], count or 1, grain, order == "last"), whole[1]

    @staticmethod
    def _cut(whole: Period, count: int, grain: Grain, last: bool) -> Period:
        assert whole.start is not None
        assert whole.end is not None
        if last:
            return replace(whole, start=reached(whole.end, -count, grain), grain=grain)
        return replace(whole, end=reached(whole.start, count, grain), grain=grain)

    # ------------------------------------------------------------ the clock

    def _to_date(self, at: int) -> Found | None:
        short = {"ytd": Grain.YEAR, "qtd": Grain.QUARTER, "mtd": Grain.MONTH, "wtd": Grain.WEEK}
        grain = short.get(self.word(at))
        place = at + 1
        if grain is None and self.word(at + 1) == "to" and self.word(at + 2) == "date":
            grain, place = grain_of(self.word(at)), at + 3
        so_far = self.word(at) == "so" and self.word(at + 1) == "far"
        if grain is None and so_far and self.word(at + 2) in _THIS:
            grain, place = grain_of(self.word(at + 3)), at + 4
        if grain is None:
            return None
        start = floored(self._today, grain)
        tomorrow = self._today + timedelta(days=1)
        return Period(start, tomorrow, grain, Anchor.CLOCK), place

    def _relative(self, at: int) -> Found | None:
        """`last quarter`, `the past 30 days`, `this month`."""
        place = self._past_small(at, "the")
        word = self.word(place)
        count = self._whole(place + 1)
        unit = place + 1 if count is None else place + 2
        unit = self._past_small(unit, "full", "complete", "calendar")
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
        if word not in _PAST or self.word(unit + 1) in ("of", "in") and count is None:
            return None
        back = shifted(current, -(count or 1), grain)
        return replace(back, end=current.start, count=count or 1), unit + 1

    def _latest(self, at: int) -> Found | None:
        """`the latest month`: of the data, not of the clock."""
        place = self._past_small(at, "the")
        if self.word(place) == "most" and self.word(place + 1) == "recent":
            place += 1
        elif self.word(place) not in _LATEST:
            return None
        count = self._whole(place + 1)
        unit = place + 1 if count is None else place + 2
        grain = grain_of(self.word(unit))
        if grain is None or grain is Grain.HOUR:
            return None
        return Period(None, None, grain, Anchor.LATEST, count or 1), unit + 1

    def _ago(self, at: int) -> Found | None:
        count = 1 if self.word(at) in ("a", "an") else self._whole(at)
        grain = grain_of(self.word(at + 1))
        if count is None or grain is None or self.word(at + 2) != "ago":
            return None
        return shifted(of_grain(self._today, grain, Anchor.CLOCK), -count, grain), at + 3

    def _day_word(self, at: int) -> Found | None:
        back = {"today": 0, "yesterday": 1, "tomorrow": -1}.get(self.word(at))
        if back is None:
            return None
        day = self._today - timedelta(days=back)
        return of_grain(day, Grain.DAY, Anchor.CLOCK), at + 1

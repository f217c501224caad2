"""Calendar arithmetic of time ranges that are moved back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from semantic_layer.compiler import times
from semantic_layer.compiler.spec import Grain

DAYS = [datetime(2023, 12, 25) + timedelta(days=n) for n in range(440)]


@pytest.mark.parametrize("unit", [Grain.DAY, Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR])
@pytest.mark.parametrize("count", [1, 3])
def test_moved_by_the_offset_the_days_found_are_those_of_the_range(unit: Grain, count: int) -> None:
    for start in DAYS[400:]:
        found = times.before_shift(start, count, unit, Grain.DAY)
        assert times.add(found, count, unit) >= start
        assert times.add(found - timedelta(days=1), count, unit) < start


def test_a_range_may_begin_and_end_with_the_calendar() -> None:
    first, last = datetime.min, datetime.max
    assert times.before_shift(first, 1, Grain.YEAR, Grain.MONTH) == first
    assert times.before_shift(last, 1, Grain.YEAR, Grain.MONTH) <= datetime(9999, 1, 1)

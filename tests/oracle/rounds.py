"""A round of random worlds on DuckDB: every question of each is judged by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pprint import pformat
from typing import Any

import duckdb
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.oracle.judging import judge
from tests.oracle.loading import load_calendar, load_world
from tests.oracle.questions import Case, cases


@dataclass
class Round:
    """What became of the questions, in a word each, and every difference in full."""

    outcomes: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)


def play(number: int, worlds: int, *, shrink: bool = False) -> Round:
    """The worlds of one seed. With `shrink` the first difference is made small, and raised."""
    found = Round()
    phases = [Phase.generate, *([Phase.shrink] if shrink else [])]
    with duckdb.connect(":memory:", config={"threads": 1}) as database:
        load_calendar(database)

        def run(sql: str, parameters: Mapping[str, Any]) -> list[Any]:
            return database.execute(sql, dict(parameters)).fetchall()

        @seed(number)
        @settings(
            max_examples=worlds,
            deadline=None,
            database=None,
            phases=phases,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=cases())
        def every_world(case: Case) -> None:
            load_world(database, case.world)
            for position, query in enumerate(case.queries):
                try:
                    found.outcomes[judge(case.world, query, position, run, "duckdb")] += 1
                except Exception as error:
                    if shrink:
                        raise
                    found.outcomes["different"] += 1
                    found.differences.append(f"{pformat((case.world, query))}\n{error}")

        every_world()
    return found

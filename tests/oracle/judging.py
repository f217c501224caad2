"""Whether a compiled query answers as the reference does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from semantic_layer.compiler import (
    AccessPolicy,
    CompiledQuery,
    MetricQuery,
    SemanticGraph,
    compile_query,
    compile_totals,
    parse_query,
)
from semantic_layer.errors import QueryError
from tests.oracle.answers import answer, sort_key
from tests.oracle.loading import graph_of
from tests.oracle.questions import as_asked
from tests.oracle.world import Refused, World

ANYBODY = AccessPolicy(email="anybody@example.com")
Run = Callable[[str, Mapping[str, Any]], list[tuple[Any, ...]]]


def judge(world: World, query: dict[str, Any], number: int, run: Run, dialect: str) -> str:
    """Compare one query; odd ones are asked in the text form. What became of it, in a word."""
    parsed = parse_query(as_asked(query, in_text=number % 2 == 1))
    graph = _graph(Same(world))
    try:
        expected = answer(world, query)
    except Refused:
        refused(lambda: compile_query(parsed, graph, policy=ANYBODY, dialect=dialect))
        return "refused"
    compiled = compile_query(parsed, graph, policy=ANYBODY, dialect=dialect)
    check(query, expected, compiled, run)
    if query.get("totals"):
        check_totals(world, query, parsed, graph, run, dialect)
    return "answered"


def check_totals(
    world: World,
    query: dict[str, Any],
    parsed: MetricQuery,
    graph: SemanticGraph,
    run: Run,
    dialect: str,
) -> None:
    """Every level's rows, each from the definition; one level refused refuses them all."""
    count = len(query["group_by"])
    levels = [{**query, "group_by": query["group_by"][:n]} for n in range(count)]
    try:
        expected = [answer(world, level) for level in levels]
    except Refused:
        refused(lambda: compile_totals(parsed, graph, policy=ANYBODY, dialect=dialect))
        return
    for total in compile_totals(parsed, graph, policy=ANYBODY, dialect=dialect):
        level = len(total.query.group_by)
        check(levels[level], expected[level], total.compiled, run)


def refused(ask: Callable[[], object]) -> None:
    """Asking must raise what users are told."""
    try:
        ask()
    except QueryError:
        return
    raise AssertionError("compiled, although the reference refuses it")


class Same:
    """A world by identity, to build its graph once."""

    def __init__(self, world: World) -> None:
        self.world = world

    def __hash__(self) -> int:
        return id(self.world)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.world is self.world


@lru_cache(maxsize=2)
def _graph(same: Same) -> SemanticGraph:
    return graph_of(same.world)


def check(
    query: dict[str, Any], expected: set[tuple[Any, ...]], compiled: CompiledQuery, run: Run
) -> None:
    rows = run(compiled.sql, compiled.parameters)
    told = f"{compiled.sql}\n-- {dict(compiled.parameters)}"
    if query.get("order_by"):
        key = sort_key(query, [*query["group_by"], *query["metrics"]])
        wanted = sorted((tuple(map(plain, row)) for row in expected), key=key)
        wanted = wanted[: query.get("limit", len(wanted))]
        found = [tuple(map(plain, row)) for row in rows]
        assert [key(row) for row in found] == [key(row) for row in wanted], told
        assert {repr(row) for row in found} <= set(comparable(expected)), told
        return
    assert comparable(rows) == comparable(expected), told
    assert len(rows) == len(set(rows)), told


def comparable(rows: Any) -> list[str]:
    return sorted(repr(tuple(plain(value) for value in row)) for row in rows)


def plain(value: Any) -> Any:
    """Values of equal meaning made equal: dates as midnights, numbers to 6 digits."""
    if isinstance(value, datetime) or value is None or isinstance(value, str):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if isinstance(value, int | float | Decimal):
        return round(float(value), 6) + 0.0
    return value

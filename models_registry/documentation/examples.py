"""An answer to each metric, with its SQL: its newest periods, or its one number."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone

from semantic_layer import wiring
from semantic_layer.compiler import (
    MetricInfo,
    SemanticGraph,
    compile_query,
    group_by_options,
    parse_query,
)
from semantic_layer.compiler.names import METRIC_TIME as TIME
from semantic_layer.compiler.spec import MetricType
from semantic_layer.errors import SemanticLayerError
from semantic_layer.ports import Actor, MetricRunner

PERIODS = 24
SHOWN = 8


@dataclass(frozen=True)
class Example:
    """A query's SQL, and what it answered; `rows` are the newest, first. `note` says why one is
    missing.
    """

    sql: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    labels: tuple[str, ...] = ()
    values: tuple[float | None, ...] = ()
    note: str = ""

    @property
    def has_chart(self) -> bool:
        return len([value for value in self.values if value is not None]) > 1


class Examples:
    """Asks for metrics one after the other until the time is over."""

    def __init__(
        self, actor: Actor, graph: SemanticGraph, category: str, *, seconds: float
    ) -> None:
        self._actor = actor
        self._graph = graph
        self._category = category
        self._ends_at = time.monotonic() + seconds
        self._dialect = wiring.warehouse(actor.credential).dialect
        self._runner: MetricRunner = wiring.load(settings.METRIC_RUNNER)()

    def of(self, info: MetricInfo) -> Example:
        """The example; why there is none, where the query fails."""
        if info.type is MetricType.SQL:
            return Example(sql=info.spec.sql or "", note="Raw SQL: it runs alone, ungoverned.")
        body = self._query(info)
        sql = ""
        try:
            query = parse_query({key: body[key] for key in ("metrics", "group_by")})
            compiled = compile_query(query, self._graph, dialect=self._dialect, now=timezone.now())
            sql = compiled.sql
            if not self._actor.may("execute"):
                return Example(sql=sql, note="No example: its author may not run queries.")
            if time.monotonic() > self._ends_at:
                return Example(sql=sql, note="No example: it would have taken too long.")
            answer = self._runner.run(self._actor, body, graph=self._graph)
        except SemanticLayerError as error:
            return Example(sql=sql, note=f"No example: {error.message}")
        return _example(sql, answer.columns, answer.rows, info.name)

    def _query(self, info: MetricInfo) -> dict[str, Any]:
        options = group_by_options(self._graph, [info.name])
        time_option = next((option for option in options if option.name == TIME), None)
        if time_option is None:
            return {"metrics": [info.name], "group_by": [], "category": self._category}
        grain = "month" if "month" in time_option.grains else time_option.default_grain
        column = f"{TIME}__{grain}"
        return {
            "metrics": [info.name],
            "group_by": [column],
            "order_by": [{"name": column, "descending": True}],
            "limit": PERIODS,
            "category": self._category,
        }


def _example(
    sql: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]], metric: str
) -> Example:
    shown = tuple(tuple(_cell(row[column]) for column in columns) for row in rows[:SHOWN])
    if len(columns) < 2:
        return Example(sql, tuple(columns), shown)
    oldest_first = list(reversed(rows))
    return Example(
        sql,
        tuple(columns),
        shown,
        labels=tuple(_cell(row[columns[0]]) for row in oldest_first),
        values=tuple(_number(row[metric]) for row in oldest_first),
    )


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value).replace("T00:00:00Z", "").replace("T00:00:00", "")


def _number(value: Any) -> float | None:
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError):
        return None

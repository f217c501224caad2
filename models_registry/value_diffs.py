"""What a change does to the numbers: every affected metric, old and new, on the warehouse."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings

from semantic_layer.compiler import MetricInfo, SemanticGraph, compile_query, parse_query
from semantic_layer.errors import SemanticLayerError
from semantic_layer.ports import Actor, MetricRunner
from semantic_layer.wiring import load

MAX_METRICS = 50
"""Metrics compared in one diff; the rest are counted. Each costs up to four statements."""

MAX_COMPILED = 2_000
"""Metrics whose SQL is looked at, each on both sides."""

RECENT_PERIODS = 30
TIME = "metric_time"
_TIME_COLUMN = re.compile(r"metric_time(?:__\w+)?")


@dataclass(frozen=True)
class Numbers:
    """One metric on one side: its total over the range, its values by period, or why not."""

    exists: bool
    total: Any = None
    periods: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None


@dataclass(frozen=True)
class ValueChange:
    """A metric before and after. `change` is added, removed, changed, same or failed."""

    metric: str
    change: str
    old: Numbers
    new: Numbers
    start: str | None = None
    """First period of the range that totals are over; None where the metric has no time."""

    changed_periods: int = 0
    largest: Mapping[str, Any] | None = None

    @property
    def size(self) -> Decimal:
        """Relative change of the total, or of the period that changed most; for the order."""
        pairs = [(self.old.total, self.new.total)]
        if self.largest is not None:
            pairs.append((self.largest["old"], self.largest["new"]))
        return max(_size(old, new) for old, new in pairs)

    def as_dict(self) -> dict[str, Any]:
        difference = _difference(self.old.total, self.new.total)
        return {
            "metric": self.metric,
            "change": self.change,
            "old": self.old.total,
            "new": self.new.total,
            "difference": None if difference is None else _plain(difference),
            "percent_change": _percent(self.old.total, difference),
            "start": self.start,
            "periods": len({*self.old.periods, *self.new.periods}),
            "changed_periods": self.changed_periods,
            "largest_change": self.largest,
            "old_error": self.old.error,
            "new_error": self.new.error,
        }


@dataclass(frozen=True)
class ValueDiff:
    """All affected metrics, largest changes first; `left_out` were too many to compare."""

    changes: tuple[ValueChange, ...]
    left_out: tuple[str, ...] = ()
    skipped: str | None = None
    """Why nothing was compared, where nothing was."""

    def as_dict(self) -> dict[str, Any]:
        return {
            "metrics": [change.as_dict() for change in self.changes],
            "left_out": list(self.left_out),
            "skipped": self.skipped,
        }


def value_diff(
    *,
    actor: Actor,
    category: str,
    before: SemanticGraph,
    after: SemanticGraph,
    models: Sequence[str] | None,
) -> ValueDiff:
    """Old and new numbers of every metric whose SQL the change of these models alters.

    Over the newest periods that have data, per period and in total. A metric that cannot be asked
    says why; nothing is raised for it. Side effect: statements on the warehouse, as the actor.
    """
    names = affected_metrics(before, after, models)
    if not names:
        return ValueDiff(())
    if not actor.may("execute"):
        return ValueDiff((), tuple(names), "Your role may not run queries.")
    compared, left_out = names[:MAX_METRICS], names[MAX_METRICS:]
    runner: MetricRunner = load(settings.METRIC_RUNNER)()
    sides = [_Side(runner, actor, category, graph) for graph in (before, after)]
    old_periods, new_periods = (side.periods(compared) for side in sides)
    starts = {name: _start(old_periods[name], new_periods[name]) for name in compared}
    old, new = (
        side.totals(numbers, starts)
        for side, numbers in zip(sides, (old_periods, new_periods), strict=True)
    )
    changes = [_compared(name, old[name], new[name], starts[name]) for name in compared]
    changes.sort(key=lambda change: (-_RANK[change.change], -change.size, change.metric))
    return ValueDiff(tuple(changes), tuple(left_out))


_RANK = {"failed": 3, "removed": 2, "added": 1, "changed": 1, "same": 0}


# ---------------------------------------------------------------- which metrics


def affected_metrics(
    before: SemanticGraph, after: SemanticGraph, models: Sequence[str] | None
) -> list[str]:
    """Metrics whose SQL differs between the graphs, by name.

    Only those are compiled that may: made of these models, or filtered (perhaps by a dimension of
    theirs).
    """
    if models is not None and not models:
        return []
    names = {
        name
        for graph in (before, after)
        for name, info in graph.metrics.items()
        if models is None or _may_differ(info, graph, frozenset(models))
    }
    asked = sorted(names)[:MAX_COMPILED]
    return [name for name in asked if _sql(before, name) != _sql(after, name)]


def _may_differ(info: MetricInfo, graph: SemanticGraph, models: frozenset[str]) -> bool:
    is_made_of = bool(models & {info.model, *info.models})
    return is_made_of or _is_filtered(info, graph)


def _is_filtered(info: MetricInfo, graph: SemanticGraph) -> bool:
    seen: set[str] = set()
    waiting = [info]
    while waiting:
        current = waiting.pop()
        if current.filters or any(item.filters for item in current.inputs):
            return True
        for item in current.inputs:
            if item.metric is not None and item.metric not in seen:
                seen.add(item.metric)
                waiting.append(graph.metrics[item.metric])
    return False


def _sql(graph: SemanticGraph, name: str) -> tuple[str, ...] | None:
    """What the metric means as SQL, over time and in total; None where it does not exist."""
    info = graph.metrics.get(name)
    if info is None:
        return None
    if info.spec.sql is not None:
        return (info.spec.sql,)
    return tuple(_compiled(graph, name, group_by) for group_by in ([TIME], []))


def _compiled(graph: SemanticGraph, name: str, group_by: list[str]) -> str:
    query = parse_query({"metrics": [name], "group_by": group_by})
    try:
        compiled = compile_query(query, graph, dialect="duckdb")
    except SemanticLayerError as error:
        return f"{error.code}: {error.message}"
    return f"{compiled.sql}\n{sorted(compiled.parameters.items())!r}"


# ---------------------------------------------------------------- their numbers


@dataclass(frozen=True)
class _Side:
    """One graph, asked as the actor."""

    runner: MetricRunner
    actor: Actor
    category: str
    graph: SemanticGraph

    def periods(self, names: Sequence[str]) -> dict[str, Numbers]:
        """The newest periods of each metric that have data, none for metrics without time."""
        present = [name for name in names if name in self.graph.metrics]
        found = {name: Numbers(name in present) for name in names}
        for group in self._askable(present):
            try:
                rows = self._newest(group)
            except SemanticLayerError:
                continue  # metrics without time: their totals are asked for alone
            for name in group:
                found[name] = Numbers(True, None, {_period(row): row.get(name) for row in rows})
        return found

    def totals(
        self, numbers: Mapping[str, Numbers], starts: Mapping[str, str | None]
    ) -> dict[str, Numbers]:
        """The same with the total since each metric's start, or with the error of asking."""
        found = dict(numbers)
        for name, known in numbers.items():
            if not known.exists:
                continue
            start = starts[name]
            extra = {} if start is None else {"time_range": {"start": start}}
            try:
                rows = self._rows([name], extra)
            except SemanticLayerError as error:
                found[name] = replace(known, error=error.message)
            else:
                found[name] = replace(known, total=rows[0].get(name) if rows else None)
        return found

    def _askable(self, names: Sequence[str]) -> Iterator[Sequence[str]]:
        """All names in one query where that compiles, else each by itself."""
        try:
            self._time(names)
        except SemanticLayerError:
            yield from ([name] for name in names)
        else:
            yield names

    def _newest(self, names: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        order = [f"-{self._time(names)}"]
        newest = {"group_by": [TIME], "order_by": order, "limit": RECENT_PERIODS}
        return [row for row in self._rows(names, newest) if _period(row)]

    def _time(self, names: Sequence[str]) -> str:
        """The column that `metric_time` becomes for these metrics (`metric_time__day`)."""
        query = parse_query({"metrics": list(names), "group_by": [TIME]})
        columns = compile_query(query, self.graph, dialect="duckdb").columns
        return next(column.name for column in columns if _TIME_COLUMN.fullmatch(column.name))

    def _rows(self, names: Sequence[str], extra: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        body = {"metrics": list(names), "category": self.category, **extra}
        return self.runner.run(self.actor, body, graph=self.graph).rows


def _start(old: Numbers, new: Numbers) -> str | None:
    """The later of the two beginnings, so that both sides have every period of the range."""
    return max((min(side.periods) for side in (old, new) if side.periods), default=None)


def _period(row: Mapping[str, Any]) -> str:
    """The time of a row; empty where it has none."""
    found = (value for key, value in row.items() if _TIME_COLUMN.fullmatch(key))
    return str(next(found, None) or "")


# ---------------------------------------------------------------- comparing


def _compared(name: str, old: Numbers, new: Numbers, start: str | None) -> ValueChange:
    differing = [
        {"period": key, "old": old.periods.get(key), "new": new.periods.get(key)}
        for key in sorted({*old.periods, *new.periods})
        if key >= (start or "") and not _equal(old.periods.get(key), new.periods.get(key))
    ]
    largest = max(differing, key=lambda row: _size(row["old"], row["new"]), default=None)
    change = _change(old, new, differing)
    return ValueChange(name, change, old, new, start, len(differing), largest)


def _change(old: Numbers, new: Numbers, differing: Sequence[Any]) -> str:
    if new.error is not None:
        return "failed"
    if not old.exists or not new.exists:
        return "removed" if old.exists else "added"
    return "changed" if differing or not _equal(old.total, new.total) else "same"


def _number(value: Any) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _equal(old: Any, new: Any) -> bool:
    """The same value; floats may differ in their last digits, as sums in another order do."""
    left, right = _number(old), _number(new)
    if left is None or right is None:
        return bool(old == new)
    return abs(left - right) <= Decimal("1e-9") * max(abs(left), abs(right))


def _difference(old: Any, new: Any) -> Decimal | None:
    left, right = _number(old), _number(new)
    return None if left is None or right is None else right - left


def _size(old: Any, new: Any) -> Decimal:
    if _equal(old, new):
        return Decimal(0)
    difference, base = _difference(old, new), _number(old)
    if difference is None or not base:
        return Decimal("Infinity")
    return abs(difference / base)


def _percent(old: Any, difference: Decimal | None) -> float | None:
    base = _number(old)
    return None if difference is None or not base else float(100 * difference / abs(base))


def _plain(number: Decimal) -> float | int | str:
    """As JSON has it, decimals that a float would round as text."""
    if number == number.to_integral_value() and abs(number) < 2**53:
        return int(number)
    return float(number) if Decimal(repr(float(number))) == number else str(number)

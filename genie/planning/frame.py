"""What was understood of a question: all of it, in the words of the semantic layer.

A frame is kept with a conversation, so that the next question can build on it; `body()` is the
body of metrics-explorer/query.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from semantic_layer.compiler.spec import Grain

METRIC_TIME = "metric_time"


@dataclass(frozen=True)
class Group:
    """A column to group by: `field` is the name in the query, `member` the name without grain."""

    field: str
    member: str
    label: str


def time_group(grain: Grain) -> Group:
    """The metric's own time, by the grain."""
    return Group(f"{METRIC_TIME}__{grain.value}", METRIC_TIME, grain.value)


@dataclass(frozen=True)
class Filter:
    """`field` is (or is not) one of the values; `op` is `in`, `is_null`, or a comparison with one
    value."""

    field: str
    label: str
    values: tuple[Any, ...]
    negated: bool = False
    op: str = "in"

    def condition(self) -> dict[str, Any]:
        if self.op == "is_null":
            return {"field": self.field, "op": "is_not_null" if self.negated else "is_null"}
        if self.op != "in":
            return {"field": self.field, "op": self.op, "value": self.values[0]}
        if len(self.values) == 1:
            op = "!=" if self.negated else "="
            return {"field": self.field, "op": op, "value": self.values[0]}
        op = "not_in" if self.negated else "in"
        return {"field": self.field, "op": op, "value": list(self.values)}


@dataclass(frozen=True)
class Range:
    """Half-open range of days, ISO 8601; None is open. `field` empty: the metric's own time.

    `moves` says that the clock decides it (`last month`).
    """

    start: str | None
    end: str | None
    grain: str = "day"
    field: str = ""
    moves: bool = False

    @property
    def bounded(self) -> bool:
        """False for `of all time`, which takes the place of a range said before."""
        return self.start is not None or self.end is not None


@dataclass(frozen=True)
class Order:
    field: str
    descending: bool = False

    def text(self) -> str:
        return f"-{self.field}" if self.descending else self.field


@dataclass(frozen=True)
class Frame:
    """One understood question. `periods` are the ISO starts of single periods of a grain that stand
    apart (`June and August`); `days` are days of the week, 1 being Monday."""

    metrics: tuple[str, ...] = ()
    groups: tuple[Group, ...] = ()
    filters: tuple[Filter, ...] = ()
    thresholds: tuple[Filter, ...] = ()
    range: Range | None = None
    periods: tuple[str, ...] = ()
    days: tuple[int, ...] = ()
    compare: str | None = None
    order: tuple[Order, ...] = ()
    limit: int | None = None
    unsettled: bool = False
    """The best reading of a question that was asked back, and not what the person chose."""

    @property
    def by_time(self) -> bool:
        """Whether it is grouped by the metric's own time."""
        return any(group.member == METRIC_TIME for group in self.groups)

    def over_time(self, grain: Grain) -> Frame:
        """The frame grouped by the grain before all else, and in its order."""
        group = time_group(grain)
        return replace(self, groups=(group, *self.groups), order=(Order(group.field),))

    def body(self) -> dict[str, Any]:
        """The metric query; keys that say nothing are left out."""
        where = self._where()
        found: dict[str, Any] = {
            "metrics": list(self.metrics),
            "group_by": [group.field for group in self.groups],
            "where": where,
            "order_by": [order.text() for order in self.order],
            "limit": self.limit,
        }
        if self.range is not None and self.range.bounded and not self.range.field:
            found["time_range"] = {"start": self.range.start, "end": self.range.end}
        if self.compare:
            found["compare"] = {"offset": self.compare}
        return {key: value for key, value in found.items() if value not in (None, [], ())}

    def _where(self) -> list[dict[str, Any]]:
        found = [item.condition() for item in (*self.filters, *self.thresholds)]
        if self.days:
            found.append(
                {"field": f"{METRIC_TIME}__extract_dow", "op": "in", "value": list(self.days)}
            )
        if self.periods and self.range is not None:
            name = f"{METRIC_TIME}__{self.range.grain}"
            found.append({"field": name, "op": "in", "value": list(self.periods)})
        if self.range is not None and self.range.field:
            name = self.range.field
            if self.range.start:
                found.append({"field": name, "op": ">=", "value": self.range.start})
            if self.range.end:
                found.append({"field": name, "op": "<", "value": self.range.end})
        return found

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> Frame:
        """A frame as it was kept; unknown keys of another release are passed over."""
        known = {item.name for item in fields(cls)}
        values = {key: value for key, value in kept.items() if key in known}
        parts: dict[str, Any] = {
            "metrics": tuple(values.get("metrics", ())),
            "groups": tuple(Group(**item) for item in values.get("groups", ())),
            "filters": tuple(_filter(item) for item in values.get("filters", ())),
            "thresholds": tuple(_filter(item) for item in values.get("thresholds", ())),
            "range": Range(**values["range"]) if values.get("range") else None,
            "periods": tuple(values.get("periods", ())),
            "days": tuple(values.get("days", ())),
            "compare": values.get("compare"),
            "order": tuple(Order(**item) for item in values.get("order", ())),
            "limit": values.get("limit"),
            "unsettled": bool(values.get("unsettled")),
        }
        return cls(**parts)


def _filter(item: Mapping[str, Any]) -> Filter:
    return replace(Filter(**item), values=tuple(item["values"]))


@dataclass(frozen=True)
class Reading:
    """A frame and how sure it is.

    `doubts` are factors below 1 with the reason for each; `unknown` are words of the question that
    nothing explains; `notes` are for the person; `missing` says which part a query needs and the
    question lacks. `spans` tell which part of the question said a name, for asking back.
    """

    frame: Frame
    score: float
    doubts: tuple[tuple[float, str], ...] = ()
    unknown: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    missing: str = ""
    names: tuple[tuple[int, int, str], ...] = field(default=())

    @property
    def confidence(self) -> float:
        sure = 0.97
        for factor, _ in self.doubts:
            sure *= factor
        return round(max(sure, 0.01), 2)

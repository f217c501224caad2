"""A world to ask questions of: models as flat JSON, the rows of their tables, a calendar."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.periods import GRAINS

Row = dict[str, Any]
Key = tuple[Any, ...]
Model = dict[str, Any]

TERM = "term"
"""The custom granularity that the calendar keeps."""
OWNING = ("primary", "unique", "natural")


class Refused(Exception):
    """The question has no right answer; the compiler must refuse it too."""


@dataclass(frozen=True)
class World:
    """`days` is the declared time spine, day -> its term; None where the project declares none.
    `zone` is the one a question is asked in: stored times with hours are UTC, dates are as written.
    """

    models: tuple[Model, ...]
    rows: dict[str, list[Row]]
    days: dict[datetime, datetime | None] | None = field(default=None)
    zone: str | None = None

    def metric(self, name: str) -> dict[str, Any]:
        return next(
            m for model in self.models for m in model.get("metrics", ()) if m["name"] == name
        )

    def metric_names(self) -> list[str]:
        return [m["name"] for model in self.models for m in model.get("metrics", ())]

    def measure(self, name: str) -> tuple[Model, dict[str, Any]]:
        return next(
            (model, measure)
            for model in self.models
            for measure in model.get("measures", ())
            if measure["name"] == name
        )


@dataclass(frozen=True)
class Field:
    """A group-by or filter name taken apart: entities to walk, then a dimension or an entity."""

    links: tuple[str, ...]
    element: str
    grain: str | None = None
    part: str | None = None

    @property
    def is_metric_time(self) -> bool:
        return self.element == "metric_time" and not self.links


def field_of(name: str) -> Field:
    words = name.split("__")
    grain = part = None
    if len(words) > 1 and words[-1] in (*GRAINS, TERM):
        grain = words.pop()
    elif len(words) > 1 and words[-1].startswith("extract_"):
        part = words.pop().removeprefix("extract_")
    return Field(tuple(words[:-1]), words[-1], grain, part)


def entity(model: Model, name: str, *types: str) -> dict[str, Any] | None:
    for item in model.get("entities", ()):
        if item["name"] == name and (not types or item["type"] in types):
            return item
    return None


def dimension(model: Model, name: str) -> dict[str, Any] | None:
    return next((d for d in model.get("dimensions", ()) if d["name"] == name), None)


def grain_of(item: dict[str, Any]) -> str:
    return str(item["type_params"]["time_granularity"])


def expression(item: dict[str, Any]) -> str:
    return str(item.get("expr") or item["name"])


def clock_of(model: Model, measure: dict[str, Any]) -> str | None:
    """The time dimension that is metric_time for the measure."""
    default = model.get("defaults", {}).get("agg_time_dimension")
    return measure.get("agg_time_dimension") or default


def local(world: World, item: dict[str, Any], moment: datetime | None) -> datetime | None:
    """A stored time of the dimension on the clocks of the zone that is asked for."""
    if moment is None or world.zone is None or grain_of(item) != "hour":
        return moment
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(world.zone)).replace(tzinfo=None)


def rules_of(model: Model) -> list[dict[str, Any]]:
    """Its access rules, all of them for everybody."""
    found: list[dict[str, Any]] = model.get("config", {}).get("meta", {}).get("access", [])
    return found


def listed(value: Any) -> tuple[Any, ...]:
    return () if value is None else tuple(value) if isinstance(value, list) else (value,)

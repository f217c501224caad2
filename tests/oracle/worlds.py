"""Random schemas, data and models for the brute-force reference.

Facts point to dimensions, dimensions to regions, and a second fact may point to the first: joins of
one and two hops, with null, orphan and unused keys, null values, empty tables, disjoint facts. One
dimension may keep history, another be partitioned; facts are kept by day, hour or month.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.oracle.definitions import measures, metrics
from tests.oracle.filters import condition
from tests.oracle.periods import cut, periods
from tests.oracle.world import Model, Row, World

SCHEMA = "w"
CATEGORIES = ("red", "green", "O'Brien", "")
# Turns of year, ISO year and quarter, a leap day, months of different length.
TURNS = (
    datetime(2023, 12, 30),
    datetime(2024, 1, 30),
    datetime(2024, 2, 27),
    datetime(2024, 3, 22),  # clocks in Asuncion go back on the 24th
    datetime(2024, 3, 30),  # clocks in Berlin go forward on the 31st
)
MOMENTS = tuple(start + timedelta(days=n) for start in TURNS for n in range(5))
# The declared calendar: terms of 40 days, with days outside any, and an end before the last facts.
CALENDAR = {
    day: datetime(2023, 12, 28) + timedelta(days=n // 40 * 40) if n >= 0 else None
    for n, day in enumerate(periods(datetime(2023, 12, 26), datetime(2024, 4, 2), "day"), start=-2)
}

Draw = Any


@dataclass(frozen=True)
class Fact:
    keys: tuple[str, ...]
    grain: str
    partitioned: bool


@dataclass(frozen=True)
class Attribute:
    """A dimension table: its region, and whether it keeps history or has a row per partition."""

    region: str | None
    kind: str


@dataclass(frozen=True)
class Shape:
    facts: tuple[Fact, ...]
    attributes: tuple[Attribute, ...]
    has_calendar: bool


@st.composite
def shapes(draw: Draw) -> Shape:
    count = draw(st.integers(1, 2))
    names = [f"dim{i}" for i in range(count)]
    kinds = st.sampled_from(("plain", "plain", "history", "partitioned"))
    regions = st.sampled_from((None, "region"))
    attributes = {name: Attribute(draw(regions), draw(kinds)) for name in names}
    facts = []
    for _ in range(draw(st.integers(1, 2))):
        keys = tuple(draw(st.lists(st.sampled_from(names), unique=True, max_size=count)))
        grain = draw(st.sampled_from(("day", "day", "day", "hour", "month")))
        # Without a partition of its own a fact would meet several rows of a partitioned table.
        needed = any(attributes[key].kind == "partitioned" for key in keys)
        facts.append(Fact(keys, grain, needed or draw(st.booleans())))
    if len(facts) == 2 and draw(st.integers(0, 2)) == 0:
        facts[1] = Fact(("fact0",), facts[1].grain, facts[1].partitioned)  # items of an order
    return Shape(tuple(facts), tuple(attributes.values()), draw(st.integers(0, 3)) > 0)


@st.composite
def worlds(draw: Draw, shape: Shape) -> World:
    models = [_described("region", ())]
    for index, attribute in enumerate(shape.attributes):
        models.append(_attribute(f"dim{index}", attribute))
    for index, fact in enumerate(shape.facts):
        model = _fact(f"fact{index}", fact)
        model["measures"] = draw(measures(index, fact.keys))
        models.append(model)
    models[-1]["metrics"] = draw(metrics(models))
    for model in models:
        if draw(st.integers(0, 9)) == 0:
            model["config"] = {"meta": {"access": draw(row_rules(model["name"]))}}
    rows = draw(tables(shape))
    return World(tuple(models), rows, CALENDAR if shape.has_calendar else None)


@st.composite
def row_rules(draw: Draw, name: str) -> list[dict[str, Any]]:
    fields = st.sampled_from((f"{name}__cat", f"{name}__size"))
    rule = st.lists(fields.flatmap(condition), min_size=1, max_size=2)
    return [{"rows": rows} for rows in draw(st.lists(rule, min_size=1, max_size=2))]


# ---------------------------------------------------------------- models


def _described(name: str, keys: tuple[str, ...]) -> Model:
    foreign = [{"name": key, "type": "foreign", "expr": f"{key}_id"} for key in keys]
    return {
        "name": name,
        "model": f"{SCHEMA}.{name}",
        "entities": [{"name": name, "type": "primary", "expr": "id"}, *foreign],
        "dimensions": [
            {"name": "cat", "type": "categorical"},
            {"name": "size", "type": "categorical", "expr": "num"},
        ],
    }


def _time(name: str, grain: str = "day", **more: Any) -> dict[str, Any]:
    return {"name": name, "type": "time", "type_params": {"time_granularity": grain, **more}}


def _attribute(name: str, attribute: Attribute) -> Model:
    model = _described(name, (attribute.region,) if attribute.region else ())
    if attribute.kind == "history":
        model["entities"][0]["type"] = "natural"
        model["dimensions"] += [
            _time("since", validity_params={"is_start": True}),
            _time("until", validity_params={"is_end": True}),
        ]
    else:
        model["dimensions"].append(_time("since"))
    if attribute.kind == "partitioned":
        model["dimensions"].append({"name": "part", "type": "categorical", "is_partition": True})
    return model


def _fact(name: str, fact: Fact) -> Model:
    model = _described(name, fact.keys)
    model["dimensions"] += [_time("ds", fact.grain), _time("due")]
    model["defaults"] = {"agg_time_dimension": "ds"}
    if fact.partitioned:
        model["dimensions"].append({"name": "part", "type": "categorical", "is_partition": True})
    return model


# ---------------------------------------------------------------- rows


@st.composite
def tables(draw: Draw, shape: Shape) -> dict[str, list[Row]]:
    found = {"region": draw(rows_of({**PLAIN}, 3))}
    for index, attribute in enumerate(shape.attributes):
        columns = {**PLAIN, "since": nullable_days}
        if attribute.region:
            columns[f"{attribute.region}_id"] = keys
        if attribute.kind != "plain":
            columns["id"] = st.integers(1, 3)
        if attribute.kind == "partitioned":
            columns["part"] = parts
        if attribute.kind == "history":
            columns |= {"since": days, "length": st.none() | st.integers(1, 40)}
        rows = draw(rows_of(columns, 5))
        found[f"dim{index}"] = KEPT[attribute.kind](rows)
    for index, fact in enumerate(shape.facts):
        found[f"fact{index}"] = draw(facts(fact))
    return found


days = st.sampled_from(MOMENTS)
nullable_days = st.none() | days
keys = st.none() | st.integers(1, 4)
parts = st.none() | st.sampled_from(("a", "b"))
PLAIN: dict[str, st.SearchStrategy[Any]] = {
    "cat": st.none() | st.sampled_from(CATEGORIES),
    "num": st.none() | st.integers(-3, 5),
    "flag": st.none() | st.booleans(),
}


@st.composite
def rows_of(draw: Draw, columns: dict[str, Any], most: int) -> list[Row]:
    names = list(columns)
    least = draw(st.sampled_from((0, 2, most)))
    row = st.tuples(*columns.values())
    drawn = draw(st.lists(row, min_size=least, max_size=most))
    return [{"id": n, **dict(zip(names, row, strict=True))} for n, row in enumerate(drawn, start=1)]


@st.composite
def facts(draw: Draw, fact: Fact) -> list[Row]:
    times = {"ds": days if draw(st.booleans()) else nullable_days, "due": nullable_days}
    columns = {**PLAIN, **times, **{f"{key}_id": keys for key in fact.keys}}
    if fact.partitioned:
        columns["part"] = parts
    if fact.grain == "hour":
        columns["hour"] = st.integers(0, 23)
    rows = draw(rows_of(columns, 9))
    for row in rows:
        hour = row.pop("hour", 0)
        if row["ds"] is not None:
            row["ds"] = cut(row["ds"], "month") if fact.grain == "month" else row["ds"]
            row["ds"] += timedelta(hours=hour)
    return rows


def _one_for_each_partition(rows: list[Row]) -> list[Row]:
    return list({(row["id"], row["part"]): row for row in rows}.values())


def _one_at_a_time(rows: list[Row]) -> list[Row]:
    """Versions of each key one after the other: each ends, at the latest, as the next begins."""
    found: list[Row] = []
    for row in sorted(rows, key=lambda r: (r["id"], r["since"])):
        length = row.pop("length")
        row["until"] = None if length is None else row["since"] + timedelta(days=length)
        before = found[-1] if found and found[-1]["id"] == row["id"] else None
        if before is not None and before["since"] == row["since"]:
            continue
        if before is not None and (before["until"] is None or before["until"] > row["since"]):
            before["until"] = row["since"]
        found.append(row)
    return found


KEPT = {
    "plain": lambda rows: rows,
    "partitioned": _one_for_each_partition,
    "history": _one_at_a_time,
}

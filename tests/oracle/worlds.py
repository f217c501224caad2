"""Random schemas, data, models and questions for the brute-force reference.

Facts point to dimensions, dimensions to regions, and a second fact may point to the first: joins of
one and two hops, with null, orphan and unused keys, null values, empty tables, disjoint facts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.oracle.brute import FORMULAS, GRAINS, World

SCHEMA = "w"
FIRST_DAY = date(2023, 12, 18)  # ISO year, leap day and quarter boundaries lie within 100 days
CATEGORIES = ("red", "green", "O'Brien", "")
AGGREGATIONS = ("sum", "min", "max", "average", "median", "count", "count_distinct")

Draw = Any


@dataclass(frozen=True)
class Case:
    """A world and one question to ask of it."""

    world: World
    query: dict[str, Any]


@dataclass(frozen=True)
class Shape:
    """Which keys each model carries: fact -> entities, dimension -> region or None."""

    facts: tuple[tuple[str, ...], ...]
    regions: tuple[str | None, ...]


@st.composite
def cases(draw: Draw) -> Case:
    """A random world and a question that usually has an answer."""
    shape = draw(shapes())
    world = World(tuple(draw(models_of(shape))), draw(rows_of(shape)))
    return Case(world, draw(questions(shape, world)))


@st.composite
def shapes(draw: Draw) -> Shape:
    dimensions = draw(st.integers(1, 2))
    names = [f"dim{i}" for i in range(dimensions)]
    facts = [
        tuple(draw(st.lists(st.sampled_from(names), unique=True, max_size=dimensions)))
        for _ in range(draw(st.integers(1, 2)))
    ]
    if len(facts) == 2 and draw(st.booleans()):
        facts[1] = ("fact0",)  # line items of an order: all else is reached through it
    regions = tuple(draw(st.sampled_from((None, "region"))) for _ in names)
    return Shape(tuple(facts), regions)


# ---------------------------------------------------------------- models


@st.composite
def models_of(draw: Draw, shape: Shape) -> list[dict[str, Any]]:
    models = [_described("region", ())]
    for index, region in enumerate(shape.regions):
        models.append(_described(f"dim{index}", (region,) if region else ()))
    for index, keys in enumerate(shape.facts):
        model = _described(f"fact{index}", keys)
        model["dimensions"].append(
            {"name": "ds", "type": "time", "type_params": {"time_granularity": "day"}}
        )
        model["defaults"] = {"agg_time_dimension": "ds"}
        model["measures"] = draw(measures(index))
        names = [measure["name"] for measure in model["measures"]]
        model["metrics"] = [draw(simple(name, f"fact{index}")) for name in names]
        models.append(model)
    models[-1]["metrics"] += draw(composed(models))
    return models


def _described(name: str, keys: tuple[str, ...]) -> dict[str, Any]:
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


@st.composite
def measures(draw: Draw, index: int) -> list[dict[str, Any]]:
    found = [{"name": f"rows{index}", "agg": "sum", "expr": "1"}]
    for agg in draw(st.lists(st.sampled_from(AGGREGATIONS), unique=True, min_size=1, max_size=3)):
        found.append({"name": f"{agg}_num{index}", "agg": agg, "expr": "num"})
    if draw(st.booleans()):
        found.append({"name": f"flags{index}", "agg": "sum_boolean", "expr": "flag"})
    return found


@st.composite
def simple(draw: Draw, measure: str, fact: str) -> dict[str, Any]:
    metric: dict[str, Any] = {"name": f"m_{measure}", "type": "simple", "measure": measure}
    if draw(st.integers(0, 3)) == 0:
        metric["filter"] = [draw(condition(f"{fact}__cat"))]
    return metric


@st.composite
def composed(draw: Draw, models: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A ratio and a derived metric over any metrics of the world, and one level above those."""
    names = [metric["name"] for model in models for metric in model.get("metrics", ())]
    pick = st.sampled_from(names)
    ratio = {"name": "m_ratio", "type": "ratio", "numerator": draw(pick), "denominator": draw(pick)}
    inputs = [{"name": draw(pick), "alias": alias} for alias in "ab"]
    if draw(st.booleans()):
        fact = next(
            m["name"]
            for m in models
            if any(x["name"] == inputs[0]["name"] for x in m.get("metrics", ()))
        )
        inputs[0]["filter"] = [draw(condition(f"{fact}__size"))]
    expr = draw(st.sampled_from(sorted(FORMULAS)))
    derived = {"name": "m_derived", "type": "derived", "expr": expr, "metrics": inputs}
    above = {
        "name": "m_above",
        "type": "derived",
        "expr": "coalesce(a, 0) + coalesce(b, 0)",
        "metrics": [{"name": "m_derived", "alias": "a"}, {"name": draw(pick), "alias": "b"}],
    }
    return [ratio, derived, above]


# ---------------------------------------------------------------- rows


@st.composite
def rows_of(draw: Draw, shape: Shape) -> dict[str, list[dict[str, Any]]]:
    tables = {"region": draw(table((), 3))}
    for index, region in enumerate(shape.regions):
        tables[f"dim{index}"] = draw(table((region,) if region else (), 4))
    for index, keys in enumerate(shape.facts):
        tables[f"fact{index}"] = draw(table(keys, 10, with_time=True))
    return tables


@st.composite
def table(draw: Draw, keys: tuple[str, ...], most: int, with_time: bool = False) -> Any:
    columns: dict[str, st.SearchStrategy[Any]] = {
        "cat": st.none() | st.sampled_from(CATEGORIES),
        "num": st.none() | st.integers(-3, 5),
        "flag": st.none() | st.booleans(),
        **{f"{key}_id": st.none() | st.integers(1, 5) for key in keys},
    }
    if with_time:
        days = st.integers(0, 100).map(lambda n: FIRST_DAY + timedelta(days=n))
        columns["ds"] = st.none() | days if draw(st.booleans()) else days
    least = draw(st.sampled_from((0, 2, most)))
    rows = draw(st.lists(st.fixed_dictionaries(columns), min_size=least, max_size=most))
    return [{"id": number, **row} for number, row in enumerate(rows, start=1)]


# ---------------------------------------------------------------- questions


@st.composite
def questions(draw: Draw, shape: Shape, world: World) -> dict[str, Any]:
    names = [m["name"] for model in world.models for m in model.get("metrics", ())]
    metrics = draw(st.lists(st.sampled_from(names), unique=True, min_size=1, max_size=3))
    fields = _fields(shape)
    group_by = draw(st.lists(st.sampled_from(fields), unique=True, max_size=3))
    where = [
        draw(condition(name))
        for name in draw(st.lists(st.sampled_from(fields), unique=True, max_size=2))
    ]
    if draw(st.integers(0, 4)) == 0:
        where.append({"field": metrics[0], "op": ">", "value": draw(st.integers(-2, 4))})
    return {"metrics": metrics, "group_by": group_by, "where": where}


def _fields(shape: Shape) -> list[str]:
    """Every name that some fact can be grouped by, spelled with its whole path."""
    found = ["metric_time__day"] + [f"metric_time__{grain}" for grain in GRAINS]
    found += ["metric_time__extract_dow", "metric_time__extract_quarter"]
    for index, keys in enumerate(shape.facts):
        found += [f"fact{index}__cat", f"fact{index}__ds__month"]
        for key in keys:
            found += _below(key, shape)
    return sorted(set(found))


def _below(key: str, shape: Shape) -> list[str]:
    if key == "fact0":
        return ["fact0", "fact0__cat"]
    region = shape.regions[int(key.removeprefix("dim"))]
    return [key, f"{key}__cat", f"{key}__size", *([f"{key}__{region}__cat"] if region else ())]


@st.composite
def condition(draw: Draw, name: str) -> dict[str, Any]:
    """One comparison that fits the field's type; sometimes negated or joined with another."""
    if name.endswith("__cat"):
        value = st.sampled_from(CATEGORIES)
        one: dict[str, Any] = draw(
            st.one_of(
                st.builds(
                    lambda o, v: {"field": name, "op": o, "value": v},
                    st.sampled_from(("=", "!=", "starts_with", "contains")),
                    value,
                ),
                st.builds(
                    lambda o, v: {"field": name, "op": o, "value": v},
                    st.sampled_from(("in", "not_in")),
                    st.lists(value, min_size=1, max_size=2),
                ),
                st.builds(
                    lambda o: {"field": name, "op": o}, st.sampled_from(("is_null", "not_null"))
                ),
            )
        )
    elif "metric_time" in name or "__ds" in name:
        one = draw(_time_condition(name))
    else:
        one = {
            "field": name,
            "op": draw(st.sampled_from(("=", "!=", "<", "<=", ">", ">="))),
            "value": draw(st.integers(-2, 4)),
        }
    return {"not": one} if draw(st.integers(0, 5)) == 0 else one


@st.composite
def _time_condition(draw: Draw, name: str) -> dict[str, Any]:
    if "extract" in name:
        return {
            "field": name,
            "op": draw(st.sampled_from(("=", ">="))),
            "value": draw(st.integers(1, 5)),
        }
    day = FIRST_DAY + timedelta(days=draw(st.integers(0, 100)))
    return {"field": name, "op": draw(st.sampled_from(("<", ">=", "="))), "value": day.isoformat()}

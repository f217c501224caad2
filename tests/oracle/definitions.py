"""Random measures and metrics of every type, over the models of a random world."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.oracle.filters import condition
from tests.oracle.metrics import FORMULAS
from tests.oracle.world import Model

AGGREGATIONS = ("sum", "min", "max", "average", "median", "count", "count_distinct")
PERCENTILES = (0.25, 0.9)
WINDOWS = ("2 days", "7 days", "1 week", "1 month", "36 hours")
OFFSETS = ("1 day", "1 week", "1 month", "1 quarter", "1 year", "1 term")

Draw = Any
Metric = dict[str, Any]


@st.composite
def measures(draw: Draw, index: int, keys: tuple[str, ...]) -> list[dict[str, Any]]:
    found = [
        {"name": f"rows{index}", "agg": "sum", "expr": "1"},
        {"name": f"due{index}", "agg": "count", "expr": "id", "agg_time_dimension": "due"},
    ]
    for agg in draw(st.lists(st.sampled_from(AGGREGATIONS), unique=True, min_size=1, max_size=2)):
        found.append({"name": f"{agg}_num{index}", "agg": agg, "expr": "num"})
    extra = draw(st.sampled_from(("flags", "percentile", "latest", "latest", "none")))
    if extra == "flags":
        found.append({"name": f"flags{index}", "agg": "sum_boolean", "expr": "flag"})
    if extra == "percentile":
        found.append(draw(percentiles(index)))
    if extra == "latest":
        found.append(draw(semi_additive(index, keys)))
    return found


@st.composite
def percentiles(draw: Draw, index: int) -> dict[str, Any]:
    params = {
        "percentile": draw(st.sampled_from(PERCENTILES)),
        "use_discrete_percentile": draw(st.booleans()),
    }
    return {"name": f"part_num{index}", "agg": "percentile", "expr": "num", "agg_params": params}


@st.composite
def semi_additive(draw: Draw, index: int, keys: tuple[str, ...]) -> dict[str, Any]:
    rule = {
        "name": draw(st.sampled_from(("ds", "ds", "due"))),
        "window_choice": draw(st.sampled_from(("min", "max"))),
        "window_groupings": [draw(st.sampled_from(keys))] if keys and draw(st.booleans()) else [],
    }
    measure = {"name": f"latest{index}", "agg": "sum", "expr": "num"}
    return {**measure, "non_additive_dimension": rule}


@st.composite
def metrics(draw: Draw, models: list[Model]) -> list[Metric]:
    """A simple metric for each measure, and one or more of every other type."""
    homes = {m["name"]: model for model in models for m in model.get("measures", ())}
    found = [draw(simple(name, model["name"])) for name, model in homes.items()]
    additive = [n for n in homes if not n.startswith("latest")]
    found += [draw(cumulative(f"c{n}", draw(st.sampled_from([*homes])))) for n in range(2)]
    spined = [{**draw(simple(n, homes[n]["name"])), "name": f"s_{n}"} for n in additive[:2]]
    for metric in spined:
        metric["join_to_timespine"] = True
        metric |= draw(fills)
    found += spined
    found += draw(st.lists(conversion(homes), max_size=1))
    found.append(draw(ratio(found)))
    found += draw(derived(found, homes))
    found.append(draw(filtered_by_metric(found, homes)))
    return found


fills: st.SearchStrategy[Metric] = st.sampled_from(
    ({}, {"fill_nulls_with": 0}, {"fill_nulls_with": -2})
)


@st.composite
def simple(draw: Draw, measure: str, fact: str) -> Metric:
    metric: Metric = {"name": f"m_{measure}", "type": "simple", "measure": measure}
    if draw(st.integers(0, 3)) == 0:
        metric["filter"] = [draw(condition(f"{fact}__cat"))]
    if draw(st.integers(0, 9)) == 0:
        metric |= draw(fills)
    if draw(st.integers(0, 9)) == 0:
        metric["time_granularity"] = "month"
    return metric


@st.composite
def cumulative(draw: Draw, name: str, measure: str) -> Metric:
    metric: Metric = {"name": name, "type": "cumulative", "measure": measure}
    kind = draw(st.sampled_from(("window", "window", "grain_to_date", "all")))
    if kind == "window":
        metric["window"] = draw(st.sampled_from(WINDOWS))
    if kind == "grain_to_date":
        metric["grain_to_date"] = draw(st.sampled_from(("week", "month", "quarter", "year")))
    metric["period_agg"] = draw(st.sampled_from(("first", "last", "average")))
    if draw(st.integers(0, 3)) == 0:
        metric["measure"] = {
            "name": measure,
            "join_to_timespine": draw(st.booleans()),
            **draw(fills),
        }
    return metric


@st.composite
def conversion(draw: Draw, homes: dict[str, Model]) -> Metric:
    entities = sorted({e["name"] for m in homes.values() for e in m["entities"]})
    names = st.sampled_from([n for n in homes if n.startswith("rows")])
    metric: Metric = {
        "name": "conv",
        "type": "conversion",
        "base_measure": draw(names),
        "conversion_measure": {"name": draw(names), **draw(fills)},
        "entity": draw(st.sampled_from(entities)),
        "calculation": draw(st.sampled_from(("conversions", "conversion_rate"))),
    }
    if draw(st.booleans()):
        metric["window"] = draw(st.sampled_from(("1 day", "7 days", "1 month")))
    if draw(st.integers(0, 2)) == 0:
        base, event = homes[metric["base_measure"]], homes[metric["conversion_measure"]["name"]]
        metric["constant_properties"] = [
            {
                "base_property": f"{base['name']}__cat",
                "conversion_property": f"{event['name']}__cat",
            }
        ]
    return metric


@st.composite
def ratio(draw: Draw, found: list[Metric]) -> Metric:
    pick = st.sampled_from([m["name"] for m in found])
    return {"name": "ratio", "type": "ratio", "numerator": draw(pick), "denominator": draw(pick)}


@st.composite
def derived(draw: Draw, found: list[Metric], homes: dict[str, Model]) -> list[Metric]:
    """Of plain inputs, of the past, of the past of the past, and one level above."""
    pick = st.sampled_from([m["name"] for m in found])
    inputs = [{"name": draw(pick), "alias": alias} for alias in "ab"]
    if draw(st.booleans()):
        fact = next(iter(homes.values()))["name"]
        inputs[0]["filter"] = [draw(condition(f"{fact}__size"))]
    two = st.sampled_from(sorted(name for name in FORMULAS if name != "a"))
    plain = {"name": "derived", "type": "derived", "expr": draw(two), "metrics": inputs}
    steady = st.sampled_from([m["name"] for m in found if m["type"] in ("simple", "cumulative")])
    now = draw(steady)
    past = {
        "name": "past",
        "type": "derived",
        "expr": draw(two),
        "metrics": [{"name": now, "alias": "a"}, {"name": now, "alias": "b", **draw(moves)}],
    }
    before = {
        "name": "before",
        "type": "derived",
        "expr": "a",
        "metrics": [{"name": draw(st.sampled_from((now, "past"))), "alias": "a", **draw(moves)}],
    }
    above = {
        "name": "above",
        "type": "derived",
        "expr": "coalesce(a, 0) + coalesce(b, 0)",
        "metrics": [{"name": "derived", "alias": "a"}, {"name": draw(pick), "alias": "b"}],
    }
    return [plain, past, before, above]


moves = st.one_of(
    st.sampled_from(OFFSETS).map(lambda text: {"offset_window": text}),
    st.sampled_from(("week", "month", "quarter")).map(lambda text: {"offset_to_grain": text}),
)


@st.composite
def filtered_by_metric(draw: Draw, found: list[Metric], homes: dict[str, Model]) -> Metric:
    """Of rows whose entity has so much of another metric."""
    rows = draw(st.sampled_from([n for n in homes if n.startswith("rows")]))
    entities = [e["name"] for e in homes[rows]["entities"]]
    inner = draw(st.sampled_from([m["name"] for m in found]))
    entity = draw(st.sampled_from(entities))
    field = f"Metric('{inner}', group_by=['{entity}'])"
    op = draw(st.sampled_from((">", "<=", "is_null")))
    leaf = {"field": field, "op": op}
    if op != "is_null":
        leaf["value"] = draw(st.integers(-1, 2))
    return {"name": "chosen", "type": "simple", "measure": rows, "filter": [leaf]}

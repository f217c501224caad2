"""Random questions that usually have an answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.oracle.filters import condition, days, text_of
from tests.oracle.world import World
from tests.oracle.worlds import Shape, shapes, worlds

Draw = Any
Query = dict[str, Any]
QUESTIONS = 5
ZONES = ("America/Asuncion", "Europe/Berlin", "Pacific/Auckland")


@dataclass(frozen=True)
class Case:
    """A world and some questions to ask of it."""

    world: World
    queries: tuple[Query, ...]


@st.composite
def cases(draw: Draw) -> Case:
    shape = draw(shapes())
    world = draw(worlds(shape))
    return Case(world, tuple(draw(questions(shape, world)) for _ in range(QUESTIONS)))


@st.composite
def questions(draw: Draw, shape: Shape, world: World) -> Query:
    if draw(st.integers(0, 7)) == 0:
        return draw(members(shape))
    times, others = time_fields(shape), plain_fields(shape)
    metrics = draw(
        st.lists(st.sampled_from(world.metric_names()), unique=True, min_size=1, max_size=2)
    )
    group_by = draw(st.lists(st.sampled_from(times), unique=True, max_size=1))
    group_by += draw(st.lists(st.sampled_from((*others, *times)), unique=True, max_size=2))
    if any(name.startswith("metric_time__") for name in group_by):
        group_by = [name for name in group_by if name != "metric_time"]  # may be the same column
    query: Query = {"metrics": metrics, "group_by": list(dict.fromkeys(group_by))}
    query["where"] = [
        draw(condition(name))
        for name in draw(st.lists(st.sampled_from((*times, *others)), max_size=2))
    ]
    if draw(st.integers(0, 5)) == 0:
        name = draw(st.sampled_from((*metrics, *world.metric_names())))
        query["where"].append({"field": name, "op": ">", "value": draw(st.integers(-2, 4))})
    if draw(st.integers(0, 2)) == 0:
        query["time_range"] = draw(ranges)
    return {**query, **draw(extras(query)), **draw(zones(shape, world, query))}


@st.composite
def zones(draw: Draw, shape: Shape, world: World, query: Query) -> Query:
    """A zone to be asked in, now and then. Not of hours, of which two may have one name."""
    hourly = any(fact.grain == "hour" for fact in shape.facts)
    told = (query, world.models)
    unclear = any(word in str(told) for word in ("metric_time__hour", "'conversion'", "is_start"))
    if not hourly or unclear or draw(st.booleans()):
        return {}
    return {"time_zone": draw(st.sampled_from(ZONES))}


@st.composite
def extras(draw: Draw, query: Query) -> Query:
    """Order, limit, totals or a comparison."""
    kind = draw(st.sampled_from(("none", "none", "order", "totals", "compare")))
    if kind == "order":
        names = st.sampled_from((*query["group_by"], *query["metrics"]))
        order = draw(st.lists(names, unique=True, min_size=1, max_size=2))
        signs = [draw(st.sampled_from(("", "-"))) + name for name in order]
        return {"order_by": signs, **draw(st.sampled_from(({}, {"limit": 0}, {"limit": 2})))}
    if kind == "compare":
        offset = draw(st.sampled_from(("1 day", "1 week", "1 month", "1 year")))
        return {"compare": {"offset": offset}}
    return {"totals": True} if kind == "totals" else {}


def _range(start: str, length: int) -> Query:
    return {"start": start, "end": (date.fromisoformat(start) + timedelta(length)).isoformat()}


ranges = st.one_of(
    st.builds(_range, days, st.integers(1, 60)),
    days.map(lambda day: {"start": day}),
    days.map(lambda day: {"end": day}),
)


@st.composite
def members(draw: Draw, shape: Shape) -> Query:
    """Distinct members around one model, with time beside them now and then."""
    names = draw(st.sampled_from(families(shape)))
    group_by = draw(st.lists(st.sampled_from(names), unique=True, min_size=1, max_size=2))
    query: Query = {"group_by": group_by}
    if draw(st.integers(0, 3)) == 0:
        grains = ("", "__week", "__month", "__quarter", "__term", "__extract_dow")
        query["group_by"] = [*group_by, "metric_time" + draw(st.sampled_from(grains))]
        query["time_range"] = draw(ranges)
    wanted = draw(st.lists(st.sampled_from(names), max_size=1))
    query["where"] = [draw(condition(name)) for name in wanted]
    if draw(st.integers(0, 3)) == 0:
        query["min_max_only"] = True
    return query


# ---------------------------------------------------------------- names


def time_fields(shape: Shape) -> list[str]:
    found = ["metric_time"]
    found += [f"metric_time__{grain}" for grain in ("day", "day", "week", "month", "quarter")]
    found += ["metric_time__year", "metric_time__hour", "metric_time__term"]
    found += ["metric_time__extract_dow", "metric_time__extract_quarter"]
    for index in range(len(shape.facts)):
        found += [f"fact{index}__ds__month", f"fact{index}__ds__day", f"fact{index}__due__week"]
    return found


def plain_fields(shape: Shape) -> list[str]:
    """Every other name that some fact can be grouped by, spelled with its whole path."""
    found = []
    for index, fact in enumerate(shape.facts):
        found += [f"fact{index}__cat", *(f"fact{index}__{key}" for key in fact.keys)]
        for key in fact.keys:
            found += below(key, shape)
    return sorted(set(found))


def below(key: str, shape: Shape) -> list[str]:
    if key.startswith("fact"):
        return [key, f"{key}__cat", f"{key}__due__month"]
    region = shape.attributes[int(key.removeprefix("dim"))].region
    found = [key, f"{key}__cat", f"{key}__size", f"{key}__since__month"]
    return found + ([f"{key}__{region}__cat", f"{key}__{region}"] if region else [])


def families(shape: Shape) -> list[list[str]]:
    """Names that one model reaches over fewer joins than any other."""
    found = [["region", "region__cat", "region__size"]]
    for index in range(len(shape.attributes)):
        names = [n for n in below(f"dim{index}", shape) if n != f"dim{index}"]
        found.append([*names, f"dim{index}__since__week"])
    for index, fact in enumerate(shape.facts):
        found += [
            [f"fact{index}__cat", f"fact{index}__ds__month", *below(k, shape)] for k in fact.keys
        ]
    return found


def as_asked(query: Query, in_text: bool) -> Query:
    """The query as sent: its conditions in the text form, where that has words for them."""
    where = [(text_of(c) if in_text else None) or c for c in query.get("where", [])]
    return {**query, "where": where}

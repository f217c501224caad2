"""What is said back: two queries never read the same, and what is offered is one click away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genie.planning.catalog import build_catalog
from genie.planning.explaining import explained
from genie.planning.frame import METRIC_TIME, Filter, Frame, Group, Order, Range
from genie.planning.rewording import as_question
from semantic_layer.compiler import Source, build_graph, read_documents
from semantic_layer.compiler.spec import Grain
from tests.genie.business import streaming

SCHEMA = """
semantic_models:
  - name: sales
    model: invented.main.sales
    defaults: {agg_time_dimension: sold_on}
    entities: [{name: sale, type: primary, expr: id}, {name: shop, type: foreign, expr: shop_id}]
    dimensions:
      - {name: sold_on, type: time, label: Day, type_params: {time_granularity: day}}
      - {name: kind, type: categorical, label: Kind}
      - {name: income, type: categorical, label: Income}
    measures:
      - {name: amount, agg: sum, expr: eur}
      - {name: fee, agg: sum, expr: fee}
      - {name: share, agg: average, expr: share}
  - name: shops
    model: invented.main.shops
    entities: [{name: shop, type: primary, expr: id}]
    dimensions:
      - {name: shop_name, type: categorical, label: Shop}
      - {name: sort, type: categorical, label: Kind}
metrics:
  - {name: income, label: Income, type: simple, type_params: {measure: amount}}
  - {name: income_after_fees, label: Income, type: simple, type_params: {measure: fee}}
  - name: margin
    label: Margin
    type: simple
    type_params: {measure: share}
    config: {meta: {format: "0.0%"}}
"""
CATALOG = build_catalog(build_graph(read_documents([Source(SCHEMA, "invented.yml")])))
METRICS = sorted(CATALOG.metrics)
FIELDS = sorted(name for name, term in CATALOG.members.items() if not term.is_time)
DAYS = st.dates(date(2024, 1, 1), date(2026, 12, 31))
VALUES = st.sampled_from(["A", "B", "A, B", "A or B", "A and B", "7", " A", "", 7, 7.5, 1000])


def group_of(name: str) -> Group:
    return Group(name, name, CATALOG.label(name))


GROUPS = st.one_of(
    st.sampled_from(FIELDS).map(group_of),
    st.sampled_from([Grain.MONTH, Grain.QUARTER, Grain.YEAR]).map(
        lambda grain: Group(f"{METRIC_TIME}__{grain.value}", METRIC_TIME, grain.value)
    ),
    st.sampled_from(["day", "month"]).map(
        lambda grain: Group(f"sale__sold_on__{grain}", "sale__sold_on", "Day")
    ),
)
FILTERS = st.builds(
    lambda field, values, negated, op: Filter(
        field,
        "",
        () if op == "is_null" else tuple(values if op == "in" else values[:1]),
        negated and op in ("in", "is_null"),
        op,
    ),
    st.sampled_from(FIELDS),
    st.lists(VALUES, min_size=1, max_size=3, unique_by=str),
    st.booleans(),
    st.sampled_from(["in", "in", ">", "<=", "is_null"]),
)
THRESHOLDS = st.builds(
    lambda name, value, op: Filter(name, "", (value,), op=op),
    st.sampled_from(METRICS),
    st.sampled_from([1, 0.05, 0.051, 0.0512345, 1000, 1000.5]),
    st.sampled_from([">", "<", ">=", "<=", "="]),
)


@st.composite
def ranges(draw: st.DrawFn) -> Range:
    start = draw(st.none() | DAYS)
    end = draw(DAYS) if start is None else start + timedelta(days=draw(st.integers(1, 400)))
    field = draw(st.sampled_from(["", "sale__sold_on"]))
    kept = end if start is None or draw(st.booleans()) else None
    return Range(start and start.isoformat(), kept and kept.isoformat(), "month", field)


@st.composite
def frames(draw: st.DrawFn) -> Frame:
    metrics = tuple(draw(st.lists(st.sampled_from(METRICS), min_size=1, max_size=2, unique=True)))
    groups = tuple(draw(st.lists(GROUPS, max_size=2, unique_by=lambda item: item.field)))
    columns: Sequence[str] = [*metrics, *(group.field for group in groups)]
    orders = st.lists(
        st.builds(Order, st.sampled_from(columns), st.booleans()),
        max_size=2,
        unique_by=lambda item: item.field,
    )
    return Frame(
        metrics,
        groups,
        tuple(draw(st.lists(FILTERS, max_size=2, unique_by=lambda item: item.field))),
        tuple(draw(st.lists(THRESHOLDS, max_size=1))),
        draw(st.none() | ranges()),
        days=draw(st.sampled_from([(), (6, 7), (1,)])),
        compare=draw(st.sampled_from([None, "1 year", "2 months"])),
        order=tuple(draw(orders)) if groups else (),
        limit=draw(st.sampled_from([None, 1, 5])),
    )


@given(frames(), frames())
def test_different_queries_never_read_the_same(one: Frame, other: Frame) -> None:
    if one.body() != other.body():
        assert explained(one, CATALOG) != explained(other, CATALOG)


@given(frames(), st.data())
def test_whatever_is_changed_shows(frame: Frame, data: st.DataObject) -> None:
    other = data.draw(frames())
    for name in ("metrics", "filters", "thresholds", "range", "days", "compare", "limit"):
        changed = replace(frame, **{name: getattr(other, name)})
        if changed.body() != frame.body():
            assert explained(changed, CATALOG) != explained(frame, CATALOG), name


def test_labels_tell_names_apart() -> None:
    labels = [term.label for term in (*CATALOG.metrics.values(), *CATALOG.members.values())]
    assert len({label.casefold() for label in labels}) == len(labels)
    assert CATALOG.label("shop__shop_name") == "Shop"
    assert CATALOG.label("shop") == "Shop (key)"


ROUND = (
    "revenue by country and segment in 2024",
    "top 3 countries by revenue",
    "bottom 2 plans by churn rate in Q3 2024",
    "net revenue from enterprise customers since March 2024",
    "refunds for Germany and France by month",
    "minutes watched by genre excluding kids",
    "countries with revenue above 10000",
    "revenue on weekends in 2024",
    "revenue in June 2024 and August 2024",
    "revenue by month compared to the previous month",
    "subscriptions by end date month",
)


@pytest.mark.parametrize("question", ROUND)
def test_a_query_in_words_is_the_same_query(question: str) -> None:
    found = streaming().plan(question)
    assert found.frame is not None
    assert streaming().query(as_question(found.frame, streaming().catalog)) == found.frame.body()


def test_each_option_says_its_whole_query() -> None:
    """What an option is called is what it gives when it is asked."""
    for question in (
        "top 2 plans per country by revenue in 2024",
        "minutes by genre",
        "revenue growth",
    ):
        options = streaming().asks_back(question).options
        assert options, question
        for option in options:
            assert streaming().plan(option.text).message.startswith(option.label)
        assert len({option.label for option in options}) == len(options)

"""Tables that keep history are looked up at the time the answer shows, as metric_time is there."""

from __future__ import annotations

import pytest

from semantic_layer.errors import QueryError
from tests.compiler.harness import World, make_world, world

MODELS = """
project_configuration:
  time_spines:
    - node_relation: {schema_name: w, alias: days}
      primary_column: {name: day, time_granularity: day}
semantic_models:
  - name: stays
    model: w.stays
    defaults: {agg_time_dimension: began_on}
    entities: [{name: stay, type: primary, expr: id}, {name: flat, type: foreign}]
    dimensions: [{name: began_on, type: time, type_params: {time_granularity: day}}]
    measures: [{name: stays, agg: sum, expr: "1", create_metric: true}]
  - name: flats
    model: w.flats
    entities: [{name: flat, type: natural}]
    dimensions:
      - {name: beds, type: categorical}
      - name: since
        type: time
        type_params: {time_granularity: day, validity_params: {is_start: true}}
      - name: until
        type: time
        type_params: {time_granularity: day, validity_params: {is_end: true}}
metrics:
  - {name: so_far, type: cumulative, measure: stays}
  - {name: the_day_before, type: derived, expr: n,
     metrics: [{name: stays, alias: n, offset_window: 1 day}]}
"""


@pytest.fixture(scope="module")
def flats() -> World:
    """One flat, of 2 beds until January 2 and of 3 from then on; a stay on the 1st and the 2nd."""
    days = [[f"2024-01-0{n}"] for n in range(1, 4)]
    return make_world(
        "flats",
        MODELS,
        {
            "w.stays": {
                "columns": {"id": "INT", "flat": "INT", "began_on": "DATE"},
                "rows": [[1, 7, "2024-01-01"], [2, 7, "2024-01-02"]],
            },
            "w.flats": {
                "columns": {"flat": "INT", "beds": "INT", "since": "DATE", "until": "DATE"},
                "rows": [[7, 2, "2023-01-01", "2024-01-02"], [7, 3, "2024-01-02", None]],
            },
            "w.days": {"columns": {"day": "DATE"}, "rows": days},
        },
    )


def test_each_fact_meets_the_version_of_its_day(flats: World) -> None:
    assert flats.ask(metrics=["stays"], group_by=["flat__beds"]) == [(2, 1), (3, 1)]


def test_a_window_meets_the_version_of_the_day_it_is_shown_at(flats: World) -> None:
    rows = flats.ask(metrics=["so_far"], group_by=["metric_time", "flat__beds"])
    assert rows == [("2024-01-01", 2, 1), ("2024-01-02", 3, 2), ("2024-01-03", 3, 2)]


def test_an_offset_meets_the_version_of_the_day_it_is_shown_at(flats: World) -> None:
    rows = flats.ask(metrics=["the_day_before"], group_by=["metric_time", "flat__beds"])
    assert rows == [("2024-01-02", 3, 1), ("2024-01-03", 3, 1)]


def test_conversions_are_not_shown_on_several_days_at_once() -> None:
    # March 29, 30 and 31 are all a month after February 29: which of them has the conversion?
    with pytest.raises(QueryError) as caught:
        world("spined").compile(metrics=["conversions_last_month"], group_by=["metric_time"])
    assert caught.value.code == "NOT_AVAILABLE"


def test_members_without_a_time_meet_every_version(flats: World) -> None:
    rows = flats.ask(group_by=["stay__flat", "flat__beds"])
    assert rows == [(7, 2), (7, 3)]

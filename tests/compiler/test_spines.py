"""A spine is as fine as the conditions on time, so that it has the periods in which they hold."""

from __future__ import annotations

import pytest

from tests.compiler.harness import World, make_world

MODELS = """
project_configuration:
  time_spines:
    - node_relation: {schema_name: w, alias: days}
      primary_column: {name: day, time_granularity: day}
    - node_relation: {schema_name: w, alias: hours}
      primary_column: {name: hour, time_granularity: hour}
semantic_models:
  - name: calls
    model: w.calls
    defaults: {agg_time_dimension: called_at}
    entities: [{name: call, type: primary, expr: id}]
    dimensions: [{name: called_at, type: time, type_params: {time_granularity: hour}}]
    measures: [{name: call_count, agg: sum, expr: "1"}]
metrics:
  - {name: calls, type: simple, measure: {name: call_count, join_to_timespine: true}}
"""
NOON = "{{ TimeDimension('metric_time', 'hour') }} = '2024-01-01 12:00:00'"


@pytest.fixture(scope="module")
def calls() -> World:
    """Two calls on January 1, one before and one after 13:00."""
    hours = [[f"2024-01-0{day} {hour:02}:00:00"] for day in (1, 2) for hour in range(24)]
    return make_world(
        "calls",
        MODELS,
        {
            "w.calls": {
                "columns": {"id": "INT", "called_at": "TIMESTAMP"},
                "rows": [[1, "2024-01-01 12:20:00"], [2, "2024-01-01 13:00:00"]],
            },
            "w.days": {"columns": {"day": "DATE"}, "rows": [["2024-01-01"], ["2024-01-02"]]},
            "w.hours": {"columns": {"hour": "TIMESTAMP"}, "rows": hours},
        },
    )


def test_a_day_has_the_hour_that_a_condition_names(calls: World) -> None:
    rows = calls.ask(metrics=["calls"], group_by=["metric_time__day"], where=NOON)
    assert rows == [("2024-01-01", 1)]


def test_members_have_it_too(calls: World) -> None:
    assert calls.ask(group_by=["metric_time__day"], where=NOON) == [("2024-01-01",)]

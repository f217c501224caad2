"""Named ways to get a wrong number, each refused or right. No refactor may weaken them."""

from __future__ import annotations

from typing import Any

import pytest

from semantic_layer.errors import QueryError, SemanticLayerError
from tests.compiler.harness import World, in_order, make_world, world


def total(here: World, metric: str) -> Any:
    return here.ask(metrics=[metric])[0][0]


@pytest.mark.parametrize("metric", ["orders", "revenue", "refunded", "gifts", "priced_orders"])
@pytest.mark.parametrize(
    "name",
    [
        "customer",
        "customer__segment",
        "customer__region__region_name",
        "metric_time__week",
        "metric_time__extract_dow",
    ],
)
def test_sums_over_a_breakdown_equal_the_total(metric: str, name: str) -> None:
    here = world("shop")
    rows = here.ask(metrics=[metric], group_by=[name])
    assert sum(row[1] or 0 for row in rows) == total(here, metric)


def test_a_second_fact_changes_nothing_for_the_first() -> None:
    here = world("shop")
    alone = {row[0]: row[1] for row in here.ask(metrics=["revenue"], group_by=["customer"])}
    beside = here.ask(metrics=["revenue", "refunded", "customers"], group_by=["customer"])
    assert {row[0]: row[1] for row in beside if row[0] in alone} == alone
    assert len({row[0] for row in beside}) == len(beside)


def test_chasm_two_facts_of_one_parent_do_not_multiply() -> None:
    # Order 1 has two refunds: joined row by row its amount would count twice.
    rows = world("shop").ask(metrics=["net"], group_by=["customer__customer_name"])
    assert rows[0] == ("Ann", 23.0)


def test_null_keys_of_both_facts_meet_in_one_row() -> None:
    rows = world("shop").ask(metrics=["revenue", "refunded"], group_by=["customer"])
    assert [row for row in rows if row[0] is None] == [(None, 50.0, 1.0)]


def test_null_pairs_are_one_group() -> None:
    rows = world("shop").ask(
        metrics=["orders", "refunds", "customers"],
        group_by=["customer__segment", "customer__region__region_name"],
    )
    assert [row for row in rows if row[0] is None and row[1] is None] == [(None, None, 2, 1, None)]


def test_distinct_and_median_over_joins_are_not_summed() -> None:
    here = world("shop")
    rows = here.ask(metrics=["buyers", "median_amount"], group_by=["customer__region__region_name"])
    assert rows == in_order([("North", 1, 15.0), ("South", 1, 30.0), (None, 2, 50.0)])
    assert total(here, "buyers") == 4


def test_a_ratio_of_sums_is_not_a_mean_of_ratios() -> None:
    assert total(world("shop"), "refund_rate") == pytest.approx(51 / 210)


def test_a_condition_on_a_joined_dimension_drops_unmatched_rows_only_when_it_says_so() -> None:
    here = world("shop")
    plain = here.ask(metrics=["orders"], where=[{"field": "customer__segment", "op": "is_null"}])
    assert plain == [(4,)]
    either = here.ask(
        metrics=["orders"],
        where="{{ Dimension('customer__segment') }} = 'gold' OR {{ Entity('customer') }} IS NULL",
    )
    assert either == [(3,)]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"metrics": ["revenues"]}, "UNKNOWN_METRIC"),
        ({"metrics": ["revenue"], "group_by": ["refund__refunded_on"]}, "FAN_OUT"),
        ({"metrics": ["revenue"], "order_by": ["orders"]}, "INVALID_ORDER_BY"),
        ({"metrics": ["revenue"], "time_zone": "Mars/Olympus"}, "UNKNOWN_TIME_ZONE"),
        ({"metrics": ["revenue"], "time_range": {"start": "2024-01-02", "end": "2024-01-02"}},
         "EMPTY_TIME_RANGE"),
        ({"metrics": ["revenue"], "where": [{"field": "metric_time", "op": ">", "value": "soon"}]},
         "INVALID_TIME"),
        ({"metrics": ["average_price"], "group_by": ["metric_time"]}, "NO_METRIC_TIME"),
        ({"metrics": ["revenue"], "group_by": ["metric_time__fortnight"]}, "UNKNOWN_FIELD"),
        ({"metrics": []}, "MALFORMED"),
        ({"metrics": ["revenue"], "gruop_by": []}, "MALFORMED"),
        ({"metrics": ["revenue"], "limit": -1}, "MALFORMED"),
        ({"metrics": "revenue"}, "MALFORMED"),
        ({"metrics": ["revenue"],
          "where": [{"or": [{"field": "revenue", "op": ">", "value": 1},
                            {"field": "order__is_gift", "op": "=", "value": True}]}]},
         "INVALID_FILTER"),
        ({"group_by": ["metric_time"]}, "TIME_RANGE_NEEDED"),
    ],
)  # fmt: skip
def test_what_has_no_right_answer_is_refused(body: dict[str, Any], code: str) -> None:
    with pytest.raises(SemanticLayerError) as caught:
        world("shop").compile(**body)
    assert caught.value.code == code
    assert caught.value.message.strip()


def test_a_refusal_says_where_in_the_query() -> None:
    with pytest.raises(QueryError) as caught:
        world("shop").compile(metrics=["revenue"], group_by=["order", "customer__segmend"])
    assert caught.value.path == "group_by[1]"


HOURS = """
semantic_model:
  name: readings
  model: w.readings
  defaults: {agg_time_dimension: read_at}
  entities: [{name: reading, type: primary, expr: id}]
  dimensions: [{name: read_at, type: time, type_params: {time_granularity: hour}}]
  measures: [{name: readings, agg: count, expr: id, create_metric: true}]
"""


def hourly(start: str, hours: int) -> World:
    here = make_world(
        "hours",
        HOURS,
        {"w.readings": {"columns": {"id": "INTEGER", "read_at": "TIMESTAMP"}, "rows": []}},
    )
    here.connection.execute(
        "INSERT INTO w.readings SELECT i, CAST(? AS TIMESTAMP) + INTERVAL 1 HOUR * i "
        f"FROM range({hours}) t(i)",
        [start],
    )
    return here


@pytest.mark.parametrize(
    ("day", "first_utc_hour", "hours"),
    [("2024-03-10", "2024-03-10 05:00:00", 23), ("2024-11-03", "2024-11-03 04:00:00", 25)],
)
def test_the_days_clocks_change_have_23_and_25_hours(
    day: str, first_utc_hour: str, hours: int
) -> None:
    here = hourly(first_utc_hour, hours)
    body = {"metrics": ["readings"], "time_zone": "America/New_York"}
    assert here.ask(**body, group_by=["metric_time__day"]) == [(day, hours)]
    by_hour = here.ask(**body, group_by=["metric_time__hour"])
    assert [row[1] for row in by_hour] == [1] * hours
    assert all(row[0].startswith(day) for row in by_hour)


def test_a_range_over_a_changing_day_is_the_whole_local_day() -> None:
    here = hourly("2024-11-03 00:00:00", 48)
    rows = here.ask(
        metrics=["readings"],
        time_zone="America/New_York",
        time_range={"start": "2024-11-03", "end": "2024-11-04"},
    )
    assert rows == [(25,)]


def test_half_hour_zones_cut_their_own_hours() -> None:
    here = hourly("2024-01-01 00:00:00", 3)
    here.connection.execute("UPDATE w.readings SET read_at = read_at + INTERVAL 45 MINUTE")
    rows = here.ask(metrics=["readings"], group_by=["metric_time__hour"], time_zone="Asia/Kolkata")
    assert [row[0] for row in rows] == [f"2024-01-01T0{h}:00:00" for h in (6, 7, 8)]


def test_weeks_and_years_at_the_turn_of_the_year() -> None:
    here = hourly("2024-12-29 23:00:00", 2)
    rows = here.ask(metrics=["readings"], group_by=["metric_time__week", "metric_time__year"])
    assert rows == [("2024-12-23", "2024-01-01", 1), ("2024-12-30", "2024-01-01", 1)]

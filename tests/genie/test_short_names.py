"""Names as old warehouses have them, in short forms and without labels; asked for in full words."""

from __future__ import annotations

from typing import Any

import pytest

from genie.language.short_forms import shortness
from genie.planning.asking import Outcome
from tests.genie.told import World

RAILWAY = World(
    """
semantic_models:
  - name: trp
    model: rail.dw.f_trp
    defaults: {agg_time_dimension: trp_dt}
    entities:
      - {name: trp, type: primary, expr: id}
      - {name: stn, type: foreign, expr: stn_id}
    dimensions:
      - {name: trp_dt, type: time, type_params: {time_granularity: day}}
      - {name: tkt_typ, type: categorical}
      - {name: cncl_rsn, type: categorical}
    measures:
      - {name: trp_n, agg: count, expr: id}
      - {name: late_n, agg: sum_boolean, expr: late}
      - {name: frt_sum, agg: sum, expr: kg}
      - {name: psgr_sum, agg: sum, expr: psgr}
      - {name: wait_avg, agg: average, expr: wait}
  - name: stn
    model: rail.dw.d_stn
    entities: [{name: stn, type: primary, expr: id}]
    dimensions: [{name: rgn, type: categorical}, {name: stn_nm, type: categorical}]
metrics:
  - {name: trp_cnt, type: simple, type_params: {measure: trp_n}}
  - {name: late_trp_cnt, type: simple, type_params: {measure: late_n}}
  - {name: frt_wt, type: simple, type_params: {measure: frt_sum}}
  - {name: psgr_qty, type: simple, type_params: {measure: psgr_sum}}
  - {name: avg_wait_mins, type: simple, type_params: {measure: wait_avg}}
  - {name: late_rate, type: ratio, type_params: {numerator: late_trp_cnt, denominator: trp_cnt}}
""",
    {
        "trp__tkt_typ": ("single", "return"),
        "trp__cncl_rsn": ("snow", "strike", "Waiting Room"),
        "stn__rgn": ("North", "South"),
        "stn__stn_nm": ("Upper Mill", "Lower Mill"),
        "stn": (1, 2),
    },
)


@pytest.mark.parametrize(
    ("question", "metric", "group"),
    [
        ("trips by region", "trp_cnt", "stn__rgn"),
        ("number of trips per ticket type", "trp_cnt", "trp__tkt_typ"),
        ("late trips by cancellation reason", "late_trp_cnt", "trp__cncl_rsn"),
        ("how much freight weight by region", "frt_wt", "stn__rgn"),
        ("passenger quantity by region", "psgr_qty", "stn__rgn"),
        ("average wait time by regoin", "avg_wait_mins", "stn__rgn"),
    ],
)
def test_full_words_find_short_names(question: str, metric: str, group: str) -> None:
    body = RAILWAY.query(question)
    assert (body["metrics"], body["group_by"]) == ([metric], [group])


def test_the_bare_plural_is_the_count() -> None:
    assert RAILWAY.query("trips last month")["metrics"] == ["trp_cnt"]
    assert RAILWAY.query("and late trips?", "trips in 2025")["metrics"] == ["late_trp_cnt"]


def test_how_a_word_was_read_is_told() -> None:
    assert "I read 'region' as 'rgn'." in RAILWAY.ask("trips by region").message


def test_what_is_short_for_nothing_is_not_understood() -> None:
    assert RAILWAY.ask("trips by engine").outcome is Outcome.ASKED_BACK
    assert RAILWAY.ask("trips by weather").unknown == ("weather",)


def test_a_word_of_a_name_is_no_part_of_a_value() -> None:
    assert "where" not in RAILWAY.query("average wait by region")


def test_worst_of_what_is_late_is_the_most() -> None:
    assert RAILWAY.query("worst region by late trips")["order_by"] == ["-late_trp_cnt"]


def test_a_value_of_several_words_may_be_mistyped() -> None:
    condition: list[dict[str, Any]] = RAILWAY.query("trips for Lowwer Mill")["where"]
    assert condition == [{"field": "stn__stn_nm", "op": "=", "value": "Lower Mill"}]


@pytest.mark.parametrize(
    ("short", "word"),
    [
        ("whs", "warehouse"), ("svc", "service"), ("lvl", "level"), ("ctry", "country"),
        ("dest", "destination"), ("dept", "department"), ("avrg", "average"), ("stk", "stock"),
        ("mgr", "manager"), ("frt", "freight"), ("acct", "account"), ("typ", "type"),
    ],
)  # fmt: skip
def test_short_forms(short: str, word: str) -> None:
    assert shortness(short, word) is not None


@pytest.mark.parametrize(
    ("short", "word"),
    [
        ("ctr", "customers"), ("rsn", "region"), ("rtn", "ratio"), ("whs", "week"),
        ("abc", "account"), ("qty", "quota"), ("ct", "count"), ("lvl", "lvl"), ("ate", "rate"),
    ],
)  # fmt: skip
def test_what_is_no_short_form(short: str, word: str) -> None:
    assert shortness(short, word) is None

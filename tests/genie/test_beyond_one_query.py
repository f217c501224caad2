"""What no metric query says is not approximated: whole queries that come near are offered."""

from __future__ import annotations

import pytest

from tests.genie.business import streaming

NEAREST = (
    ("what percent of revenue comes from each country", ["customer__country"], {}),
    ("share of revenue by country", ["customer__country"], {}),
    ("top 2 segments per country by revenue", ["customer__segment", "customer__country"], {}),
    ("how many countries have more than 1000 revenue", ["customer__country"], {}),
    ("average daily revenue", ["metric_time__day"], {}),
    ("average revenue per month in 2024", ["metric_time__month"], {}),
    ("running total of revenue by month", ["metric_time__month"], {}),
    ("revenue growth", ["metric_time__month"], {"offset": "1 month"}),
    ("how much did revenue grow in November 2024", [], {"offset": "1 month"}),
    ("revenue on weekdays vs weekends", ["metric_time__extract_dow"], {}),
)


@pytest.mark.parametrize(("question", "groups", "compare"), NEAREST)
def test_the_nearest_queries_are_offered(
    question: str, groups: list[str], compare: dict[str, str]
) -> None:
    offered = streaming().offers(question)
    assert offered
    found = [(set(body.get("group_by", [])), body.get("compare", {})) for body in offered]
    assert (set(groups), compare) in found
    assert all(
        "revenue" in body["metrics"][0] or "invoice" in body["metrics"][0] for body in offered
    )


@pytest.mark.parametrize(
    "question",
    ["distribution of revenue by country", "revenue mix by country", "revenue split by country"],
)
def test_a_split_is_a_group(question: str) -> None:
    assert streaming().query(question)["group_by"] == ["customer__country"]


def test_a_share_that_is_a_metric_is_answered() -> None:
    assert streaming().query("share of churned subscriptions by country")["metrics"] == [
        "churn_rate"
    ]


def test_who_asks_for_somebody() -> None:
    offered = streaming().offers("who brought the most revenue in 2024")
    assert any(body["group_by"] == ["customer"] and body["limit"] == 1 for body in offered)


def test_a_ranking_that_names_no_group_offers_groups() -> None:
    for body in streaming().offers("lowest churn rate in 2024"):
        assert body["metrics"] == ["churn_rate"]
        assert body["order_by"] == ["churn_rate"]
        assert body["limit"] == 1


def test_a_ranking_that_names_no_metric_keeps_its_order() -> None:
    for body in streaming().offers("top 3 countries in 2024"):
        assert body["group_by"] == ["customer__country"]
        assert body["limit"] == 3
        assert body["time_range"] == {"start": "2024-01-01", "end": "2025-01-01"}


def test_the_hour_of_the_day_is_no_hour_and_day() -> None:
    streaming().asks_back("revenue by hour of day")


def test_every_period_against_the_one_before() -> None:
    body = streaming().query("month over month revenue growth in 2024")
    assert body["group_by"] == ["metric_time__month"]
    assert body["compare"] == {"offset": "1 month"}


def test_a_key_and_its_name_are_one_thing() -> None:
    assert streaming().query("which plan has the most subscriptions")["limit"] == 1


def test_a_question_that_was_asked_back_stays_open() -> None:
    """What is said next belongs to it, and its best reading is not taken for chosen."""
    for more in ("only Spain", "by segment instead", "and in 2023?"):
        offered = streaming().offers(more, "minutes by genre in 2024")
        assert len(offered) == 1, more
        assert "genre" in str(offered[0]) or "segment" in str(offered[0])
    assert streaming().query("revenue by country", "minutes by genre in 2024") == (
        streaming().query("revenue by country")
    )


def test_the_number_that_was_asked_for_completes_the_question() -> None:
    offered = streaming().offers("revenue", "top 3 countries in 2024")
    assert offered == [streaming().query("top 3 countries by revenue in 2024")]


def test_a_part_that_was_not_understood_leaves_the_question_as_it_was() -> None:
    before = ("revenue by country in 2024", "and by zorblax?")
    assert streaming().query("only Spain", *before) == (streaming().query("only Spain", before[0]))

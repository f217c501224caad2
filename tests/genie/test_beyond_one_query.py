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

"""What is read of words that are easily read otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from genie.planning.asking import Outcome
from tests.genie.conftest import Ask

GERMANY = {"field": "customer__country", "op": "=", "value": "Germany"}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "revenue in October 2024 compared to October 2023",
            {"time_range": {"start": "2024-10-01", "end": "2024-11-01"}}
            | {"compare": {"offset": "1 year"}},
        ),
        (
            "compare July with June 2024 revenue",
            {"time_range": {"start": "2024-07-01", "end": "2024-08-01"}}
            | {"compare": {"offset": "1 month"}},
        ),
        (
            "revenue between 5 and 11 October 2024",
            {"time_range": {"start": "2024-10-05", "end": "2024-10-12"}},
        ),
        (
            "revenue in the week of 9 October 2024",
            {"time_range": {"start": "2024-10-07", "end": "2024-10-14"}},
        ),
        ("revenue in summer 2024", {"time_range": {"start": "2024-06-01", "end": "2024-09-01"}}),
        (
            "revenue from Monday to Friday",
            {
                "where": [
                    {"field": "metric_time__extract_dow", "op": "in", "value": [1, 2, 3, 4, 5]}
                ]
            },
        ),
        (
            "revenue not on Mondays",
            {
                "where": [
                    {"field": "metric_time__extract_dow", "op": "in", "value": [2, 3, 4, 5, 6, 7]}
                ]
            },
        ),
        ("subscriptions by end date month", {"group_by": ["subscription__ended_on__month"]}),
        (
            "revenue for all countries but Germany",
            {"group_by": ["customer__country"], "where": [GERMANY | {"op": "!="}]},
        ),
        ("churn rate by plan, worst first", {"order_by": ["-churn_rate"]}),
    ],
)
def test_readings(ask: Ask, question: str, expected: dict[str, Any]) -> None:
    reply = ask(question, execute=False)
    assert reply.outcome is Outcome.ANSWERED, reply.explanation
    assert reply.metric_query is not None
    assert {key: reply.metric_query.get(key) for key in expected} == expected


def test_a_period_is_not_compared_with_itself(ask: Ask) -> None:
    """In January 2025, October of last year is the latest one, too."""
    reply = ask("revenue in October compared to October last year", execute=False)
    assert reply.outcome is Outcome.ASKED_BACK


def test_values_of_large_dimensions_are_looked_up(ask: Ask, settings: Any) -> None:
    settings.GENIE_VALUES_MAX = 2
    for text in ("revenue in germany", 'revenue in "Germany"'):
        reply = ask(text)
        assert reply.outcome is Outcome.ANSWERED, reply.explanation
        assert reply.metric_query is not None
        assert reply.metric_query["where"] == [GERMANY]
    assert ask("revenue in Zorblaxia").not_understood == ("Zorblaxia",)


def test_what_is_grouped_by_is_no_other_form_of_a_value(ask: Ask) -> None:
    """`paid` is a status, and `payment` half the name of a method."""
    assert ask("revenue by payment", execute=False).outcome is Outcome.ASKED_BACK

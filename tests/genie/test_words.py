"""What a word is: a name, a value, a time, or nothing. Over a theatre, made up for this."""

from __future__ import annotations

from typing import Any

import pytest

from genie.planning.asking import Outcome
from tests.genie.told import World

THEATRE = World(
    """
semantic_models:
  - name: tickets
    label: Tickets
    model: stage.main.tickets
    defaults: {agg_time_dimension: sold_on}
    entities:
      - {name: ticket, type: primary, expr: id}
      - {name: play, type: foreign, expr: play_id}
      - {name: guest, type: foreign, expr: guest_id}
    dimensions:
      - {name: sold_on, type: time, label: Sale date, type_params: {time_granularity: day}}
      - {name: season, type: categorical, label: Season}
    measures:
      - {name: ticket_n, agg: count, expr: id}
      - {name: light_sum, agg: sum, expr: kwh}
      - {name: guest_n, agg: count_distinct, expr: guest_id}
      - {name: price_avg, agg: average, expr: price}
  - name: plays
    model: stage.main.plays
    entities: [{name: play, type: primary, expr: id}]
    dimensions:
      - {name: play_title, type: categorical, label: Play}
      - {name: genre, type: categorical, label: Genre}
  - name: guests
    label: Guests
    model: stage.main.guests
    entities: [{name: guest, type: primary, expr: id}]
    dimensions:
      - {name: city, type: categorical, label: City, description: Where they live (hometown).}
      - {name: sex, type: categorical, label: Sex}
metrics:
  - {name: tickets, label: Tickets, description: "Seats sold, also called admittances (PTK).",
     type: simple, type_params: {measure: ticket_n}}
  - {name: power_used, label: Power used, description: "What the stage used (also called load)",
     type: simple, type_params: {measure: light_sum}}
  - {name: users, label: Guests with usage, type: simple, type_params: {measure: guest_n}}
  - {name: price, label: Average price, type: simple, type_params: {measure: price_avg}}
  - {name: share, label: Guest share, type: ratio,
     type_params: {numerator: users, denominator: tickets}}
""",
    {
        "ticket__season": ("Winter 2025", "Autumn 2025", "Autumn 2024", "Spring 2025"),
        "play__play_title": ("Hamlet", "Faust I", "Faust II", "Twelfth Night"),
        "play__genre": ("Tragedy", "Comedy", "Comedy of Manners"),
        "guest__sex": ("male", "female"),
        "guest__city": ("Leeds", "York"),
    },
)


def where(question: str, *before: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = THEATRE.query(question, *before).get("where", [])
    return found


def test_a_value_that_is_named_in_full_is_no_time() -> None:
    season = {"field": "ticket__season", "op": "=", "value": "Autumn 2025"}
    assert where("tickets by genre in autumn 2025") == [season]
    body = THEATRE.query("and in autumn 2025?", "tickets by genre in spring 2025")
    assert body["where"] == [season]
    assert "time_range" not in body
    assert where("tickets in autumn 2025 vs autumn 2024") == [
        {"field": "ticket__season", "op": "in", "value": ["Autumn 2025", "Autumn 2024"]}
    ]


def test_other_times_stay_times() -> None:
    body = THEATRE.query("tickets by season in October 2025")
    assert body["time_range"] == {"start": "2025-10-01", "end": "2025-11-01"}
    assert "where" not in body


def test_a_name_said_in_full_beats_one_that_leaves_words_over() -> None:
    body = THEATRE.query("how much power did our guests use last month")
    assert body["metrics"] == ["power_used"]


@pytest.mark.parametrize(
    "question",
    [
        "gimme the tickets by genre pls",
        "please send me tickets by genre",
        "would you be so kind as to pull the total tickets by genre",
        "i'd love to see the tickets by genre",
        "break down the tickets by genre",
        "tickets in total by genre",
    ],
)
def test_what_people_write_around_a_question_means_nothing(question: str) -> None:
    body = THEATRE.query(question)
    assert (body["metrics"], body["group_by"]) == (["tickets"], ["play__genre"])


def test_a_total_of_an_average_is_not_passed_over() -> None:
    assert THEATRE.ask("total average price by genre").unknown == ("total",)


def test_a_share_may_be_written_with_its_sign() -> None:
    assert THEATRE.query("guest share % by genre")["metrics"] == ["share"]


@pytest.mark.parametrize("words", ["3 most common genres", "three most popular genres"])
def test_numbers_stand_before_words_for_most(words: str) -> None:
    body = THEATRE.query(f"{words} by tickets")
    assert (body["group_by"], body["limit"]) == (["play__genre"], 3)


def test_a_number_stands_before_what_is_ranked() -> None:
    body = THEATRE.query("two genres with the highest guest share")
    assert (body["group_by"], body["limit"]) == (["play__genre"], 2)


def test_a_word_that_several_values_begin_with_is_asked_about() -> None:
    found = THEATRE.ask("tickets for faust")
    assert found.outcome is Outcome.ASKED_BACK
    chosen = [where(option.text)[0]["value"] for option in found.options]
    assert chosen == [["Faust I", "Faust II"], "Faust I", "Faust II"]
    assert where("tickets for all faust plays")[0]["value"] == ["Faust I", "Faust II"]


def test_many_of_a_kind_are_not_the_one_that_is_called_so() -> None:
    found = THEATRE.ask("tickets for the comedy plays")
    assert found.outcome is Outcome.ASKED_BACK
    chosen = [where(option.text)[0]["value"] for option in found.options]
    assert chosen == ["Comedy", ["Comedy", "Comedy of Manners"]]
    assert where("tickets for comedy")[0]["value"] == "Comedy"


@pytest.mark.parametrize(
    ("question", "metric"),
    [
        ("admittances by hometown", "tickets"),
        ("seats sold by city", "tickets"),
        ("PTKs by city", "tickets"),
        ("stage by city", None),
        ("load by city", "power_used"),
    ],
)
def test_a_description_says_what_no_name_does(question: str, metric: str | None) -> None:
    found = THEATRE.ask(question)
    if metric is None:
        assert found.outcome is not Outcome.ANSWERED
        return
    body = THEATRE.query(question)
    assert (body["metrics"], body["group_by"]) == ([metric], ["guest__city"])
    assert found.confidence < THEATRE.ask("tickets by city").confidence
    assert "to mean" in found.message


def test_a_season_without_a_year_is_any_of_its_values() -> None:
    found = THEATRE.ask("tickets in autumn")
    assert found.outcome is Outcome.ASKED_BACK
    offered = [where(option.text)[0]["value"] for option in found.options]
    assert "Autumn 2024" in offered
    assert "Autumn 2025" in offered


def test_people_say_values_otherwise() -> None:
    assert where("tickets for women") == [{"field": "guest__sex", "op": "=", "value": "female"}]
    body = THEATRE.query("compare the tickets of men and women")
    assert body["group_by"] == ["guest__sex"]


def test_a_group_of_one_value_is_asked_about() -> None:
    asked = THEATRE.ask("by season", "tickets by genre in autumn 2025")
    assert asked.outcome is Outcome.ASKED_BACK
    body = THEATRE.query("by city", "tickets by genre in autumn 2025")
    assert body["group_by"] == ["guest__city"]


@pytest.mark.parametrize("question", ["list tickets by genre", "show the tickets per genre"])
def test_what_is_split_is_a_number_and_no_list(question: str) -> None:
    found = THEATRE.ask(question)
    if found.outcome is Outcome.ANSWERED:
        assert found.frame is not None
        assert found.frame.metrics == ("tickets",)


def test_what_is_listed_is_listed() -> None:
    assert "metrics" not in THEATRE.query("list the genres")

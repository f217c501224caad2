"""The search index by itself: ranking, typing mistakes, speed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_registry.search import SearchIndex, SearchText, allowed_mistakes, words_of

METRICS = {
    "flights": ("Flights", ["departures", "trips"], "Scheduled flights, cancelled ones included."),
    "flights_flown": ("Flights flown", [], "Flights that took off."),
    "cancelled_flights": ("Cancelled flights", [], "Flights that never left."),
    "cancellation_rate": ("Cancellation rate", ["cancel ratio"], "Share of flights cancelled."),
    "on_time_rate": ("On-time rate", ["punctuality", "otp"], "Share that left within 15 minutes."),
    "departure_delay_average": ("Average departure delay", ["mean delay"], "Minutes late."),
    "departure_delay_p90": ("90th percentile of departure delay", [], "Minutes late at worst."),
    "distance_flown": ("Distance", ["miles"], "Miles flown."),
}

INDEX = SearchIndex(
    (
        name,
        [
            SearchText(name, 1.0, is_title=True),
            SearchText(label, 0.95, is_title=True),
            *(SearchText(synonym, 0.9, is_title=True) for synonym in synonyms),
            SearchText(description, 0.55),
        ],
    )
    for name, (label, synonyms, description) in METRICS.items()
)


def found(query: str) -> list[str]:
    return [hit.key for hit in INDEX.search(query)]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("flights", "flights"),
        ("FLIGHTS FLOWN", "flights_flown"),
        ("flights-flown", "flights_flown"),
        ("punctuality", "on_time_rate"),
        ("otp", "on_time_rate"),
        ("ontime", "on_time_rate"),
        ("on time", "on_time_rate"),
        ("cancelation rate", "cancellation_rate"),
        ("cancel", "cancellation_rate"),
        ("delay p90", "departure_delay_p90"),
        ("mean delay", "departure_delay_average"),
        ("dep delay avg", "departure_delay_average"),
        ("departrue delay", "departure_delay_average"),
        ("miles", "distance_flown"),
        ("dist", "distance_flown"),
    ],
)
def test_the_best_comes_first(query: str, first: str) -> None:
    assert found(query)[0] == first


def test_exact_names_score_one_and_other_titles_a_little_less() -> None:
    assert INDEX.search("on_time_rate")[0].score == 1.0
    assert 0.95 < INDEX.search("punctuality")[0].score < 1.0


@pytest.mark.parametrize("query", ["", "   ", "___", "zebra", "xyz", "%", "é"])
def test_nothing_fits_nothing(query: str) -> None:
    assert found(query) == []


def test_short_words_mean_what_they_say() -> None:
    assert allowed_mistakes("otp") == 0
    assert found("otq") == []


def test_words() -> None:
    assert words_of("On-Time_Rate 90") == ("on", "time", "rate", "90")
    assert words_of("Größe STRASSE") == ("grösse", "strasse")


@given(st.text(max_size=60))
def test_any_query_is_answered_in_order_with_scores_from_0_to_1(query: str) -> None:
    scores = [hit.score for hit in INDEX.search(query)]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)

"""The demo's own lineage, written down by hand from semantic_layer/demo/gold.sql and the models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from lineage.models import Edge, Unit
from lineage.refreshing import refresh
from semantic_layer.embedded.environment import PROJECT

pytestmark = pytest.mark.django_db

_COPIED = """
flight_id flight_date scheduled_departure_local scheduled_departure_hour_utc carrier_code
flight_number tail_number origin destination weather_hour_id departure_delay_min
arrival_delay_min air_time_min distance_mi is_cancelled is_diverted is_on_time
"""
COPIED = _COPIED.split()
VALUES = {
    "flight_details": {
        **{name: {f"flights.{name}"} for name in COPIED},
        "airline_name": {"airlines.airline_name"},
        "origin_name": {"airports.airport_name"},
        "destination_name": {"airports.airport_name"},
        "is_bad_weather": {"weather.is_bad_weather"},
    },
    "flight_seats": {
        **{
            name: {f"flights.{name}"}
            for name in (
                "flight_id", "flight_date", "carrier_code", "tail_number", "origin", "destination",
            )
        },
        "seats": {"planes.seats"},
        "seat_miles": {"planes.seats", "flights.distance_mi"},
    },
    "monthly_carrier_performance": {
        "flight_month": {"flight_details.flight_date"},
        "carrier_code": {"flight_details.carrier_code"},
        "airline_name": {"flight_details.airline_name"},
        # count(*) is made of rows, not of a column.
        "on_time_flights": {"flight_details.is_on_time"},
        "cancelled_flights": {"flight_details.is_cancelled"},
    },
}  # fmt: skip
CONDITIONS = {
    "flight_details": {
        "flights.carrier_code", "airlines.carrier_code", "flights.origin", "flights.destination",
        "airports.airport_code", "flights.weather_hour_id", "weather.weather_hour_id",
    },
    "flight_seats": {"planes.tail_number", "flights.tail_number", "flights.is_cancelled"},
    # GROUP BY ALL: by every column that is no aggregate.
    "monthly_carrier_performance": {
        "flight_details.flight_date", "flight_details.carrier_code", "flight_details.airline_name",
    },
}  # fmt: skip
MEASURES = {
    "flight_count": {"flight_id"},
    "departed_count": {"is_cancelled"},
    "on_time_count": {"is_on_time"},
    "departure_delay_mean": {"departure_delay_min"},
}
METRICS = {
    "on_time_rate": {"on_time_flights", "flights"},
    "cancellation_rate": {"cancelled_flights", "flights"},
}


@pytest.fixture
def demo(demo_warehouse: Path, settings: Any) -> None:
    settings.DUCKDB_ATTACH = f"flights={demo_warehouse}"
    settings.DUCKDB_DEFAULT_CATALOG = "flights"
    call_command("import_models", str(PROJECT / "semantic-models"), "--category", "production")
    refresh()


def into(name: str, kind: str, relation: str, level: str = "column") -> dict[str, set[str]]:
    """Last two parts of the sources, by target."""
    found: dict[str, set[str]] = {}
    edges = Edge.objects.filter(relation=relation, level=level, target__kind=kind)
    for edge in edges.select_related("source", "target"):
        parts = edge.target.parts
        if name in parts:
            found.setdefault(parts[-1], set()).add(".".join(edge.source.parts[-2:]))
    return found


@pytest.mark.usefixtures("demo")
def test_the_views_columns_come_from_where_their_sql_says() -> None:
    for view, columns in VALUES.items():
        assert into(view, "column", "value") == columns
        assert into(view, "table", "condition").get(view, set()) == CONDITIONS[view]
    assert not Unit.objects.exclude(unresolved=[]).exists()


@pytest.mark.usefixtures("demo")
def test_measures_and_metrics_are_made_of_what_the_models_say() -> None:
    measures = into("flights", "measure", "value")
    for name, columns in MEASURES.items():
        assert measures[name] == {f"flights.{column}" for column in columns}
    for name, sources in METRICS.items():
        made_of = into(name, "metric", "value")[name]
        assert made_of == {f"production.{source}" for source in sources}
    filtered = into("flights_in_bad_weather", "metric", "condition")["flights_in_bad_weather"]
    assert filtered == {"weather.is_bad"}

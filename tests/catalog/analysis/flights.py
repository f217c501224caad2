"""The demo's gold tables, whose models are written by hand."""

from __future__ import annotations

from tests.catalog.analysis.labels import Truth, names

FLIGHTS = (
    Truth("airlines", key=("carrier_code",), labels=names("airline_name")),
    Truth(
        "airports",
        key=("airport_code",),
        averages=names("altitude_ft"),
        labels=names("airport_name time_zone utc_offset_hours"),
    ),
    Truth(
        "planes",
        key=("tail_number",),
        sums=names("engine_count seats"),
        labels=names("year_built plane_type manufacturer model engine_type"),
        metrics=names("planes"),
    ),
    Truth(
        "weather",
        key=("weather_hour_id",),
        foreign={"origin": "airports.airport_code"},
        time="observed_on",
        times=names("observed_on observed_hour_utc"),
        sums=names("precipitation_in"),
        averages=names(
            "temperature_f dew_point_f humidity_percent wind_speed_mph wind_gust_mph pressure_mb "
            "visibility_mi"
        ),
        flags=names("is_bad_weather"),
        metrics=names("average_temperature bad_weather_rate"),
    ),
    Truth(
        "flights",
        key=("flight_id",),
        foreign={
            "carrier_code": "airlines.carrier_code",
            "tail_number": "planes.tail_number",
            "origin": "airports.airport_code",
            "destination": "airports.airport_code",
            "weather_hour_id": "weather.weather_hour_id",
        },
        time="flight_date",
        times=names("flight_date scheduled_departure_local scheduled_departure_hour_utc"),
        sums=names("departure_delay_min arrival_delay_min air_time_min distance_mi"),
        flags=names("is_cancelled is_diverted is_on_time"),
        labels=names("flight_number"),
        metrics=names(
            "flights cancelled_flights cancelled_rate on_time_rate average_departure_delay distance"
        ),
    ),
)

"""Answers over HTTP against SQL written by hand over the delivered (bronze) tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
import pytest

from tests.http.client import HttpClient

MONTH = "strftime(make_date(year, month, 1), '%Y-%m')"
ON_TIME = "count(*) FILTER (WHERE arr_delay < 15) / count(*)::DOUBLE"
BAD_WEATHER = "precip >= 0.1 OR visib < 3 OR wind_gust >= 40"
WITH_WEATHER = (
    "bronze.flights f JOIN bronze.weather w ON w.origin = f.origin AND w.time_hour = f.time_hour"
)

QUESTIONS: Sequence[tuple[dict[str, Any], str]] = [
    (
        {"metrics": ["on_time_rate"], "group_by": ["carrier__name", "metric_time__month"]},
        f"SELECT name, {MONTH}, {ON_TIME} FROM bronze.flights "
        "LEFT JOIN bronze.airlines USING (carrier) GROUP BY ALL",
    ),
    (
        {"metrics": ["departure_delay_p90"], "group_by": ["origin"]},
        "SELECT origin, quantile_cont(dep_delay, 0.9) FROM bronze.flights GROUP BY ALL",
    ),
    (
        {"metrics": ["seats_flown"], "group_by": ["carrier__name"]},
        "SELECT name, sum(seats) FROM bronze.flights JOIN bronze.planes USING (tailnum) "
        "LEFT JOIN bronze.airlines USING (carrier) WHERE dep_time IS NOT NULL GROUP BY ALL",
    ),
    (
        {"metrics": ["flights_in_bad_weather"], "group_by": ["metric_time__quarter"]},
        "SELECT strftime(date_trunc('quarter', make_date(f.year, f.month, 1)), '%Y-%m'), count(*) "
        f"FROM {WITH_WEATHER} WHERE {BAD_WEATHER} GROUP BY ALL",
    ),
    (  # two facts: each is counted over its own rows before they meet
        {"metrics": ["cancelled_flights", "bad_weather_hours"], "group_by": ["origin__name"]},
        "SELECT name, c, h FROM (SELECT origin, count(*) c FROM bronze.flights "
        "WHERE dep_time IS NULL GROUP BY ALL) FULL JOIN (SELECT origin, count(*) h "
        f"FROM bronze.weather WHERE {BAD_WEATHER} GROUP BY ALL) USING (origin) "
        "LEFT JOIN bronze.airports ON faa = origin",
    ),
    (
        {
            "metrics": ["flights", "distance_flown"],
            "group_by": ["destination__time_zone"],
            "where": [
                {"field": "carrier__name", "op": "in", "value": ["Delta Air Lines Inc."]},
                "{{ TimeDimension('metric_time', 'day') }} >= '2013-03-01'",
            ],
            "time_range": {"start": "2013-02-01", "end": "2013-05-01"},
        },
        "SELECT tzone, count(*), sum(distance) FILTER (WHERE air_time IS NOT NULL) "
        "FROM bronze.flights LEFT JOIN bronze.airports ON faa = dest "
        "WHERE carrier = 'DL' AND month IN (3, 4) GROUP BY ALL",
    ),
    (
        {"metrics": ["flights", "planes_flown", "speed_average", "cancellation_rate"]},
        "SELECT count(*), count(DISTINCT tailnum) FILTER (WHERE dep_time IS NOT NULL), "
        "sum(distance) FILTER (WHERE air_time IS NOT NULL) / (sum(air_time) / 60.0), "
        "count(*) FILTER (WHERE dep_time IS NULL) / count(*)::DOUBLE FROM bronze.flights",
    ),
    (
        {"group_by": ["plane__engine_type"]},  # no metric: the members
        "SELECT DISTINCT engine FROM bronze.planes",
    ),
]


def comparable(rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """Months without their day, numbers as rounded floats, in one order."""
    return sorted((tuple(map(_comparable, row)) for row in rows), key=repr)


def _comparable(value: Any) -> Any:
    if isinstance(value, str):
        return value.removesuffix("-01T00:00:00").removesuffix("-01 00:00:00")
    return None if value is None else round(float(value), 9)


@pytest.mark.parametrize(("body", "sql"), QUESTIONS, ids=lambda value: str(value)[:60])
def test_the_answer_is_that_of_the_rows(
    analyst: HttpClient, warehouse: duckdb.DuckDBPyConnection, body: dict[str, Any], sql: str
) -> None:
    answer = analyst.answer("POST", "/api/metrics-explorer/query", body)
    rows = [tuple(row[column] for column in answer["columns"]) for row in answer["rows"]]
    expected = warehouse.execute(sql).fetchall()
    assert len(expected) > 0
    assert answer["truncated"] is False
    assert comparable(rows) == comparable(expected)


def test_a_breakdown_adds_up_to_the_total(analyst: HttpClient) -> None:
    """BQN, PSE, SJU and STT have no airport: their flights stay, under null."""
    body = {"metrics": ["flights"], "group_by": ["destination__name"]}
    rows = analyst.answer("POST", "/api/metrics-explorer/query", body)["rows"]
    assert sum(row["flights"] for row in rows) == 336_776
    assert any(row["destination__name"] is None for row in rows)

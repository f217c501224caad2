"""The demo's models are free of issues, well described, and give the numbers of the files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from semantic_layer.compiler import (
    SemanticGraph,
    Source,
    build_graph,
    compile_query,
    group_by_options,
    parse_query,
    read_documents,
)
from semantic_layer.embedded.environment import PROJECT

FILES = sorted((PROJECT / "semantic-models").glob("*.yml"))
ON_TIME = "count(*) FILTER (WHERE arr_delay < 15)"
BAD = "precip >= 0.1 OR visib < 3 OR wind_gust >= 40"
MONTH = "strftime(make_date(year, month, 1), '%Y-%m')"

# metrics, group-by -> SQL over bronze, written without looking at what the compiler makes of it
ANSWERS: Sequence[tuple[Sequence[str], Sequence[str], str]] = [
    (["flights"], [], "SELECT count(*) FROM bronze.flights"),
    (
        ["on_time_rate", "cancellation_rate"],
        ["carrier__name", "metric_time__month"],
        f"SELECT name, {MONTH}, {ON_TIME} / count(*)::DOUBLE, "
        "count(*) FILTER (WHERE dep_time IS NULL) / count(*)::DOUBLE "
        "FROM bronze.flights LEFT JOIN bronze.airlines USING (carrier) GROUP BY ALL",
    ),
    (
        ["departure_delay_average", "departure_delay_p90", "departure_delay_typical"],
        ["origin__name"],
        "SELECT name, avg(dep_delay), quantile_cont(dep_delay, 0.9), median(dep_delay) "
        "FROM bronze.flights LEFT JOIN bronze.airports ON faa = origin GROUP BY ALL",
    ),
    (
        ["flights"],  # BQN, PSE, SJU and STT have no name: their flights stay, under null
        ["destination__name"],
        "SELECT name, count(*) FROM bronze.flights LEFT JOIN bronze.airports ON faa = dest "
        "GROUP BY ALL",
    ),
    (
        ["seats_flown", "available_seat_miles"],
        ["plane__manufacturer"],
        "SELECT manufacturer, sum(seats), sum(seats * distance) FROM bronze.flights "
        "JOIN bronze.planes USING (tailnum) WHERE dep_time IS NOT NULL GROUP BY ALL",
    ),
    (
        ["flights_in_bad_weather", "bad_weather_cancellations"],
        ["carrier__name"],
        "SELECT name, count(*), count(*) FILTER (WHERE dep_time IS NULL) FROM bronze.flights f "
        "JOIN bronze.weather w ON w.origin = f.origin AND w.time_hour = f.time_hour "
        f"LEFT JOIN bronze.airlines USING (carrier) WHERE {BAD} GROUP BY ALL",
    ),
    (
        ["wind_speed_average", "wind_gust_max", "bad_weather_hours"],
        ["origin__name", "metric_time__month"],
        f"SELECT name, {MONTH}, avg(wind_speed) FILTER (WHERE wind_speed < 1000), max(wind_gust), "
        f"count(*) FILTER (WHERE {BAD}) "
        "FROM bronze.weather LEFT JOIN bronze.airports ON faa = origin GROUP BY ALL",
    ),
    (
        ["cancelled_flights", "bad_weather_hours", "cancellations_per_bad_weather_hour"],
        ["metric_time__month"],  # two facts, each counted over its own rows
        f"SELECT *, c::DOUBLE / b FROM (SELECT {MONTH} m, count(*) c FROM bronze.flights "
        f"WHERE dep_time IS NULL GROUP BY ALL) JOIN (SELECT {MONTH} m, count(*) b "
        f"FROM bronze.weather WHERE {BAD} GROUP BY ALL) USING (m)",
    ),
    (
        ["planes_flown", "flights_per_plane", "speed_average"],
        [],
        "SELECT count(DISTINCT tailnum) FILTER (WHERE dep_time IS NOT NULL), "
        "count(dep_time) / count(DISTINCT tailnum) FILTER (WHERE dep_time IS NOT NULL)::DOUBLE, "
        "sum(distance) FILTER (WHERE air_time IS NOT NULL) / (sum(air_time) / 60.0) "
        "FROM bronze.flights",
    ),
    (
        ["seats_per_plane", "seats_per_plane_median", "planes"],
        ["plane__engine_type"],
        "SELECT engine, avg(seats), median(seats), count(*) FROM bronze.planes GROUP BY ALL",
    ),
]


@pytest.fixture(scope="module")
def graph() -> SemanticGraph:
    project = read_documents([Source(file.read_text(), file.name) for file in FILES])
    graph = build_graph(project)
    assert [str(issue) for issue in graph.issues] == []
    return graph


@pytest.fixture(scope="module")
def connection(demo_warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{demo_warehouse}' AS flights (READ_ONLY)")
        connection.execute("USE flights")
        yield connection


def documents() -> list[dict[str, Any]]:
    return [yaml.safe_load(file.read_text()) for file in FILES]


def metrics() -> list[dict[str, Any]]:
    return [metric for document in documents() for metric in document["metrics"]]


def run(
    connection: duckdb.DuckDBPyConnection, graph: SemanticGraph, body: Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    compiled = compile_query(parse_query(body), graph, dialect="duckdb")
    return connection.execute(compiled.sql, dict(compiled.parameters) or None).fetchall()


def comparable(rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Months as text, numbers as rounded floats, in one order."""
    return sorted((tuple(map(_comparable, row)) for row in rows), key=repr)


def _comparable(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    if hasattr(value, "strftime"):
        return value.strftime("%Y-%m")
    return round(float(value), 9)


@pytest.mark.parametrize(("names", "group_by", "sql"), ANSWERS, ids=lambda value: str(value)[:40])
def test_the_numbers_are_those_of_the_files(
    connection: duckdb.DuckDBPyConnection,
    graph: SemanticGraph,
    names: Sequence[str],
    group_by: Sequence[str],
    sql: str,
) -> None:
    found = run(connection, graph, {"metrics": names, "group_by": group_by})
    expected = connection.execute(sql).fetchall()
    assert len(expected) > 0
    assert comparable(found) == comparable(expected)


@pytest.mark.parametrize("name", [metric["name"] for metric in metrics()])
def test_every_metric_has_a_total(
    connection: duckdb.DuckDBPyConnection, graph: SemanticGraph, name: str
) -> None:
    total = run(connection, graph, {"metrics": [name]})
    assert len(total) == 1
    assert total[0][0] is not None


@pytest.mark.parametrize("name", ["flights", "weather_hours", "planes", "airports", "airlines"])
def test_a_metric_answers_for_all_it_can_be_grouped_by(
    connection: duckdb.DuckDBPyConnection, graph: SemanticGraph, name: str
) -> None:
    options = group_by_options(graph, [name])
    assert options
    for option in options:
        assert run(connection, graph, {"metrics": [name], "group_by": [option.name], "limit": 3})


def test_parts_add_up_to_the_total(
    connection: duckdb.DuckDBPyConnection, graph: SemanticGraph
) -> None:
    for name in ("plane__size", "destination__time_zone", "weather_hour__wind_band", "status"):
        body = {"metrics": ["flights"], "group_by": [name]}
        assert sum(row[1] for row in run(connection, graph, body)) == 336_776


def test_all_is_described_for_people_and_search() -> None:
    assert len(metrics()) >= 25
    for metric in metrics():
        meta = metric["config"]["meta"]
        assert metric["label"]
        assert len(metric["description"]) > 20, metric["name"]
        assert meta["synonyms"]
        assert meta["format"]
        assert meta["owner"]
        assert meta["tags"]
    for document in documents():
        model = document["semantic_model"]
        for part in ("entities", "dimensions", "measures"):
            for element in model[part]:
                assert element["label"], (model["name"], element["name"])
                assert element["description"], (model["name"], element["name"])

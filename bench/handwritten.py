"""Ten questions to the demo's warehouse: compiled SQL beside what a person would write, on DuckDB.

    python -m bench.handwritten

Both give the same rows, which is checked first. They run in turns on one thread, so that what else
the machine does slows both; the ratio is of their medians.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from bench.measuring import WIDTH, milliseconds
from semantic_layer.compiler import (
    SemanticGraph,
    Source,
    build_graph,
    compile_query,
    parse_query,
    read_documents,
)
from semantic_layer.demo import warehouse

DEMO = Path(__file__).resolve().parent.parent / "semantic-models"
TURNS, WARM_UP = 25, 3
TARGET = 1.2

YEAR = {"start": "2013-01-01", "end": "2014-01-01"}
SUMMER = {"start": "2013-06-01", "end": "2013-09-01"}

QUESTIONS: Mapping[str, tuple[dict[str, Any], str]] = {
    "one metric by month": (
        {"metrics": ["flights"], "group_by": ["metric_time__month"]},
        """
        SELECT date_trunc('month', flight_date) AS month, count(*) FROM flights.gold.flights
        GROUP BY month
        """,
    ),
    "ratio by a joined dimension": (
        {"metrics": ["on_time_rate"], "group_by": ["carrier__name"]},
        """
        SELECT a.airline_name, count(*) FILTER (f.is_on_time) / count(*)
        FROM flights.gold.flights f LEFT JOIN flights.gold.airlines a USING (carrier_code)
        GROUP BY a.airline_name
        """,
    ),
    "two roles of one model": (
        {"metrics": ["flights"], "group_by": ["origin__name", "destination__name"]},
        """
        SELECT o.airport_name, d.airport_name, count(*)
        FROM flights.gold.flights f
        LEFT JOIN flights.gold.airports o ON o.airport_code = f.origin
        LEFT JOIN flights.gold.airports d ON d.airport_code = f.destination
        GROUP BY 1, 2
        """,
    ),
    "three ratios by week and carrier": (
        {
            "metrics": ["on_time_rate", "cancellation_rate", "diversion_rate"],
            "group_by": ["metric_time__week", "carrier__name"],
        },
        """
        SELECT date_trunc('week', f.flight_date) AS week, a.airline_name,
            count(*) FILTER (f.is_on_time) / count(*),
            count(*) FILTER (f.is_cancelled) / count(*),
            count(*) FILTER (f.is_diverted) / nullif(count(*) FILTER (NOT f.is_cancelled), 0)
        FROM flights.gold.flights f LEFT JOIN flights.gold.airlines a USING (carrier_code)
        GROUP BY week, a.airline_name
        """,
    ),
    "average, median and percentile by hour": (
        {
            "metrics": [
                "departure_delay_average", "departure_delay_typical", "departure_delay_p90",
            ],
            "group_by": ["flight__departure_hour_local"],
        },
        """
        SELECT hour(scheduled_departure_local), avg(departure_delay_min),
            median(departure_delay_min), quantile_cont(departure_delay_min, 0.9)
        FROM flights.gold.flights GROUP BY 1
        """,
    ),
    "metrics of two facts, four dimensions": (
        {
            "metrics": ["flights", "on_time_rate", "seats_flown"],
            "group_by": [
                "metric_time__month", "carrier__name", "plane__manufacturer", "origin__name",
            ],
            "where": [{"field": "plane__year_built", "op": ">=", "value": 1995}],
        },
        """
        WITH f AS (
            SELECT date_trunc('month', flight_date) AS month, airline_name, manufacturer,
                airport_name, count(*) AS flights, count(*) FILTER (is_on_time) AS on_time
            FROM flights.gold.flights f
            LEFT JOIN flights.gold.airlines a USING (carrier_code)
            JOIN flights.gold.planes p USING (tail_number)
            LEFT JOIN flights.gold.airports o ON o.airport_code = f.origin
            WHERE p.year_built >= 1995
            GROUP BY ALL
        ), s AS (
            SELECT date_trunc('month', flight_date) AS month, airline_name, manufacturer,
                airport_name, sum(s.seats) AS seats
            FROM flights.gold.flight_seats s
            LEFT JOIN flights.gold.airlines a USING (carrier_code)
            JOIN flights.gold.planes p USING (tail_number)
            LEFT JOIN flights.gold.airports o ON o.airport_code = s.origin
            WHERE p.year_built >= 1995
            GROUP BY ALL
        )
        SELECT coalesce(f.month, s.month), coalesce(f.airline_name, s.airline_name),
            coalesce(f.manufacturer, s.manufacturer), coalesce(f.airport_name, s.airport_name),
            f.flights, f.on_time / f.flights, s.seats
        FROM f FULL JOIN s ON f.month IS NOT DISTINCT FROM s.month
            AND f.airline_name IS NOT DISTINCT FROM s.airline_name
            AND f.manufacturer IS NOT DISTINCT FROM s.manufacturer
            AND f.airport_name IS NOT DISTINCT FROM s.airport_name
        """,
    ),
    "distinct planes by quarter": (
        {"metrics": ["planes_flown", "flights_per_plane"], "group_by": ["metric_time__quarter"]},
        """
        SELECT date_trunc('quarter', flight_date) AS quarter,
            count(DISTINCT tail_number) FILTER (NOT is_cancelled),
            count(*) FILTER (NOT is_cancelled)
                / nullif(count(DISTINCT tail_number) FILTER (NOT is_cancelled), 0)
        FROM flights.gold.flights GROUP BY quarter
        """,
    ),
    "a summer by day, filtered by a joined name": (
        {
            "metrics": ["cancelled_flights"],
            "group_by": ["metric_time__day"],
            "where": [{"field": "carrier__name", "op": "!=", "value": "United Air Lines Inc."}],
            "time_range": SUMMER,
        },
        """
        SELECT f.flight_date, count(*) FILTER (f.is_cancelled)
        FROM flights.gold.flights f JOIN flights.gold.airlines a USING (carrier_code)
        WHERE f.flight_date >= DATE '2013-06-01' AND f.flight_date < DATE '2013-09-01'
            AND a.airline_name <> 'United Air Lines Inc.'
        GROUP BY f.flight_date
        """,
    ),
    "each month against the one before": (
        {
            "metrics": ["flights"],
            "group_by": ["metric_time__month"],
            "time_range": YEAR,
            "compare": {"offset": "1 month"},
        },
        """
        WITH months AS (
            SELECT date_trunc('month', flight_date) AS month, count(*) AS flights
            FROM flights.gold.flights
            WHERE flight_date >= DATE '2012-12-01' AND flight_date < DATE '2014-01-01'
            GROUP BY month
        )
        SELECT m.month, m.flights, b.flights, m.flights - b.flights,
            100 * (m.flights - b.flights) / b.flights
        FROM months m LEFT JOIN months b ON b.month + INTERVAL 1 MONTH = m.month
        """,
    ),
    "the ten busiest destinations": (
        {
            "metrics": ["flights"],
            "group_by": ["destination__name"],
            "order_by": ["-flights"],
            "limit": 10,
        },
        """
        SELECT d.airport_name, count(*) AS flights
        FROM flights.gold.flights f
        LEFT JOIN flights.gold.airports d ON d.airport_code = f.destination
        GROUP BY d.airport_name ORDER BY flights DESC LIMIT 10
        """,
    ),
}  # fmt: skip


def demo_graph() -> SemanticGraph:
    files = [Source(file.read_text(), file.name) for file in sorted(DEMO.glob("*.yml"))]
    return build_graph(read_documents(files))


def plain(value: Any) -> str:
    if isinstance(value, int | float | Decimal):
        return f"{float(value):.6g}"
    return str(value).removesuffix(" 00:00:00")


def comparable(rows: list[tuple[Any, ...]]) -> list[str]:
    return sorted(repr([plain(value) for value in row]) for row in rows)


def compare(connection: duckdb.DuckDBPyConnection, graph: SemanticGraph, name: str) -> float:
    """The ratio of one question, printed. Ends the program where rows differ."""
    body, by_hand = QUESTIONS[name]
    compiled = compile_query(parse_query(body), graph, dialect="duckdb")
    parameters = dict(compiled.parameters)

    def ours() -> list[tuple[Any, ...]]:
        return connection.execute(compiled.sql, parameters).fetchall()

    def theirs() -> list[tuple[Any, ...]]:
        return connection.execute(by_hand).fetchall()

    if comparable(ours()) != comparable(theirs()):
        raise SystemExit(f"'{name}': the compiled rows are not those written by hand.")
    times = [(milliseconds(ours), milliseconds(theirs)) for _ in range(TURNS + WARM_UP)][WARM_UP:]
    mine, hand = (statistics.median(column) for column in zip(*times, strict=True))
    print(f"{name:<{WIDTH}}{mine:>10.2f}{hand:>10.2f}{mine / hand:>8.2f}", flush=True)
    return mine / hand


def main() -> None:
    graph = demo_graph()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        file = Path(folder) / f"{warehouse.CATALOG}.duckdb"
        warehouse.build(file, lambda _step: None)
        with duckdb.connect(str(file), read_only=True, config={"threads": 1}) as connection:
            print(f"{'demo warehouse':<{WIDTH}}{'ours ms':>10}{'hand ms':>10}{'ratio':>8}")
            ratios = [compare(connection, graph, name) for name in QUESTIONS]
    label = f"MEDIAN OF RATIOS (target <= {TARGET}), largest"
    print(f"{label:<{WIDTH}}{statistics.median(ratios):>20.2f}{max(ratios):>8.2f}")


if __name__ == "__main__":
    main()

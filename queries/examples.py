"""Requests and answers shown in the API documentation, from the demo's flights."""

from __future__ import annotations

from queries.bodies import answer_example, request_example

_QUERY_ID = "7f6c2f8e-2f0b-4a37-9d5c-5d2f3a1b8c90"
_STATEMENT_ID = "0b8f7c54c1d24bb5a1ce7e6a1c5f0d3e"
_ROWS = {
    "row_count": 1,
    "execution_time_ms": 6.2,
    "query_id": _QUERY_ID,
    "statement_id": _STATEMENT_ID,
    "truncated": False,
    "cached": False,
}
_QUERY = {
    "metrics": ["flights", "on_time_rate"],
    "group_by": ["carrier__name", {"name": "metric_time", "grain": "month"}],
    "where": [{"field": "origin__code", "op": "=", "value": "JFK"}],
    "order_by": ["-flights"],
    "time_range": {"start": "2013-01-01", "end": "2013-02-01"},
    "limit": 10,
}
_SQL = 'SELECT carrier__name, metric_time__month, flights, on_time_rate FROM "..."'

EXECUTE = [
    request_example(
        "A bound parameter",
        {
            "query": "SELECT carrier, count(*) AS flights FROM flights.gold.flights "
            "WHERE origin = $origin GROUP BY carrier",
            "parameters": {"origin": "JFK"},
            "limit": 100,
        },
    ),
    answer_example(
        "Rows",
        {
            "columns": ["carrier", "flights"],
            "column_types": ["VARCHAR", "BIGINT"],
            "rows": [{"carrier": "B6", "flights": 42076}],
            **_ROWS,
        },
    ),
]

VALIDATE = [
    request_example("A misspelt column", {"query": "SELECT carier FROM flights.gold.flights"}),
    answer_example(
        "Refused by the engine",
        {
            "valid": False,
            "is_valid": False,
            "errors": ['Referenced column "carier" not found in FROM clause!'],
            "warnings": [],
            "message": 'Referenced column "carier" not found in FROM clause!',
            "details": {"line": 1, "column": 8},
        },
    ),
]

METRIC_QUERY = [
    request_example("Two metrics by airline and month", _QUERY),
    answer_example(
        "Rows, SQL and receipt",
        {
            "columns": ["carrier__name", "metric_time__month", "flights", "on_time_rate"],
            "column_types": ["VARCHAR", "TIMESTAMP", "BIGINT", "DOUBLE"],
            "rows": [
                {
                    "carrier__name": "JetBlue Airways",
                    "metric_time__month": "2013-01-01T00:00:00",
                    "flights": 3304,
                    "on_time_rate": 0.78,
                }
            ],
            **_ROWS,
            "sql": _SQL,
            "receipt": {
                "query_id": _QUERY_ID,
                "category": "production",
                "category_version": "17",
                "metrics": ["flights", "on_time_rate"],
                "models": [{"name": "airlines", "version": 1}, {"name": "flights", "version": 3}],
                "sql_sha256": "5b1d6a0e6a5ac3a1a1f7c5b8a9a0a4d3f1a3b0f4a3f5e2d1c0b9a8f7e6d5c4b3",
                "parameters": {"p0": "JFK"},
                "row_limit": 10,
                "dialect": "duckdb",
                "warehouse": "duckdb",
                "statement_id": _STATEMENT_ID,
                "data_scope": "3f2a9c0d1b7e4f60",
                "time_range": {"start": "2013-01-01", "end": "2013-02-01"},
                "time_zone": "UTC",
                "now": "2026-11-23T09:00:00Z",
                "cache": {
                    "state": "off",
                    "data_read_at": "2026-11-23T09:00:00Z",
                    "data_age_s": 0.0,
                },
                "notes": [],
            },
        },
    ),
]

COMPILE = [
    request_example("The same query, compiled only", _QUERY),
    answer_example(
        "SQL",
        {
            "sql": _SQL,
            "dialect": "duckdb",
            "parameters": {"p0": "JFK"},
            "columns": ["carrier__name", "flights"],
            "column_details": [
                {
                    "name": "carrier__name",
                    "role": "dimension",
                    "kind": "categorical",
                    "label": "Airline",
                    "description": "Name of the airline.",
                    "grain": None,
                    "date_part": None,
                },
                {
                    "name": "flights",
                    "role": "metric",
                    "kind": "simple",
                    "label": "Flights",
                    "description": "Flights planned.",
                    "grain": None,
                    "date_part": None,
                },
            ],
            "metrics": ["flights"],
            "models": [{"name": "airlines", "version": 1}, {"name": "flights", "version": 3}],
            "time_range": {"start": "2013-01-01", "end": "2013-02-01"},
            "time_zone": "UTC",
            "notes": [],
        },
    ),
]

DIMENSIONS = [
    request_example("What two metrics share", {"metrics": ["flights", "on_time_rate"]}),
    answer_example(
        "Dimensions",
        {
            "metrics": ["flights", "on_time_rate"],
            "dimensions": [
                {
                    "name": "carrier__name",
                    "type": "categorical",
                    "label": "Airline",
                    "description": "Name of the airline.",
                    "model": "airlines",
                    "grains": [],
                    "default_grain": None,
                }
            ],
            "total_count": 1,
        },
    ),
]

DIMENSION_VALUES = [
    request_example(
        "Airlines whose name holds `air`", {"dimension": "carrier__name", "search": "air"}
    ),
    answer_example(
        "Values",
        {
            "dimension": "carrier__name",
            "values": ["AirTran Airways Corporation", "Alaska Airlines Inc."],
            "total_count": 2,
            "truncated": False,
            "query_id": _QUERY_ID,
        },
    ),
]

"""How long compiling takes: ten queries of the demo, and one query in ever larger registries.

    python -m bench.compile

Pure Python on one core, neither database nor warehouse. Every call has a literal of its own; the
graph is warm, as it is in a running service.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bench.measuring import fact, heading, milliseconds, report, timed
from bench.registry_world import Subject, documents, subjects
from semantic_layer.compiler import (
    DIALECTS,
    SemanticGraph,
    Source,
    build_graph,
    compile_query,
    parse_query,
    read_documents,
)

DEMO = Path(__file__).resolve().parent.parent / "semantic-models"
CALLS, WARM_UP = 60, 5
SIZES = (10, 100, 1_000)
TARGET = "<= 3, p95 <= 8"
YEAR = {"start": "2013-01-01", "end": "2014-01-01"}

Query = Callable[[int], dict[str, Any]]

DEMO_QUERIES: Mapping[str, Query] = {
    "one metric, no group": lambda n: {
        "metrics": ["flights"], "where": [_less("flight", n)],
    },
    "one metric by month": lambda n: {
        "metrics": ["flights"], "group_by": ["metric_time__month"], "where": [_less("flight", n)],
    },
    "ratio by a joined dimension": lambda n: {
        "metrics": ["on_time_rate"], "group_by": ["carrier__name"], "where": [_less("flight", n)],
    },
    "two roles of one model": lambda n: {
        "metrics": ["flights"],
        "group_by": ["origin__name", "destination__name"],
        "where": [_less("flight", n)],
    },
    "three ratios by week and carrier": lambda n: {
        "metrics": ["on_time_rate", "cancellation_rate", "diversion_rate"],
        "group_by": ["metric_time__week", "carrier__name"],
        "where": [_less("flight", n)],
        "order_by": ["-on_time_rate"],
        "limit": 50,
    },
    "average, median and percentile by hour": lambda n: {
        "metrics": [
            "departure_delay_average", "departure_delay_typical", "departure_delay_p90",
        ],
        "group_by": ["flight__departure_hour_local"],
        "where": [_less("flight", n)],
    },
    "3 metrics over 2 facts, 4 dimensions, 2 filters": lambda n: {
        "metrics": ["flights", "on_time_rate", "seats_flown"],
        "group_by": ["metric_time__month", "carrier__name", "plane__manufacturer", "origin__name"],
        "where": [
            {"field": "carrier__name", "op": "!=", "value": f"Carrier {n}"},
            {"field": "plane__year_built", "op": ">=", "value": 1990 + n % 20},
        ],
    },
    "derived metric over two facts": lambda n: {
        "metrics": ["seats_per_flight"],
        "group_by": ["metric_time__quarter"],
        "where": [{"field": "carrier__name", "op": "!=", "value": f"Carrier {n}"}],
    },
    "filter written as text": lambda n: {
        "metrics": ["cancelled_flights"],
        "group_by": ["metric_time__day"],
        "where": [f"{{{{ Dimension('carrier__name') }}}} <> 'Carrier {n}'"],
        "time_range": YEAR,
    },
    "members of a dimension": lambda n: {"group_by": ["carrier__name"], "limit": n + 1},
}  # fmt: skip


def _less(field: str, n: int) -> dict[str, Any]:
    return {"field": field, "op": ">", "value": n}


def compiling(graph: SemanticGraph, query: Query, dialect: str) -> list[float]:
    def call(n: int) -> None:
        compile_query(parse_query(query(n)), graph, dialect=dialect)

    return timed(lambda n=n: call(n) for n in range(CALLS + WARM_UP))[WARM_UP:]


def bench_demo() -> None:
    files = [Source(file.read_text(), file.name) for file in sorted(DEMO.glob("*.yml"))]
    graph = build_graph(read_documents(files))
    if graph.issues:
        raise SystemExit(f"The demo's models have issues: {graph.issues[:3]}")
    for dialect in DIALECTS:
        heading(f"demo models, {dialect}")
        every: list[float] = []
        for name, query in DEMO_QUERIES.items():
            times = compiling(graph, query, dialect)
            report(name, times)
            every += times
        report("ALL", every, target=TARGET)


def typical(subject: Subject) -> Query:
    """Three metrics of one model, its month and two of its dimensions, two filters."""
    name = subject.name
    return lambda n: {
        "metrics": [f"{name}_amount", f"{name}_late_rate", f"{name}_margin"],
        "group_by": ["metric_time__month", subject.entity],
        "where": [
            {"field": subject.entity, "op": ">", "value": n},
            {"field": f"{subject.entity}__happened_at", "op": ">=", "value": "2026-01-01"},
        ],
    }


def bench_growth() -> None:
    heading("the same query in larger registries, duckdb")
    for size in SIZES:
        project = read_documents(Source(text, file) for file, text in documents(size))
        graph = build_graph(project)
        if graph.issues or len(graph.models) != size:
            raise SystemExit(f"The made registry has issues: {graph.issues[:3]}")
        bench_size(f"{size:,} models", graph, typical(subjects(size)[0]))


def bench_size(label: str, graph: SemanticGraph, query: Query) -> None:
    gc.collect()
    first = milliseconds(lambda: compile_query(parse_query(query(0)), graph, dialect="duckdb"))
    fact(f"{label}: first query of a new graph", first, "ms")
    report(label, compiling(graph, query, "duckdb"), target="no growth")


def main() -> None:
    bench_demo()
    print()
    bench_growth()


if __name__ == "__main__":
    main()

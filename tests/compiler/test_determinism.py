"""Same input, byte-identical SQL: in one process, over rebuilt graphs, and under any hash seed."""

from __future__ import annotations

import subprocess
import sys

from semantic_layer.compiler import build_graph, compile_query, parse_query
from tests.compiler.harness import world

BODY = {
    "metrics": ["net_of_fee", "gift_share", "customers", "refund_rate"],
    "group_by": ["metric_time__month", "customer__segment", "customer__region__region_name"],
    "where": [
        {"field": "customer__segment", "op": "in", "value": ["gold", "silver"]},
        {"field": "revenue", "op": ">", "value": 5},
    ],
    "order_by": ["-metric_time"],
    "time_range": {"start": "2024-01-01", "end": "2025-01-01"},
}

SCRIPT = """
import hashlib
from tests.compiler.harness import world
from tests.compiler.test_determinism import BODY
found = [world("shop").compile(d, **BODY) for d in ("duckdb", "databricks")]
print(hashlib.sha256("".join(c.sql + repr(c) for c in found).encode()).hexdigest())
"""


def test_compiling_twice_gives_the_same_bytes() -> None:
    graph = world("shop").graph
    again = build_graph(graph.project)
    for dialect in ("duckdb", "databricks"):
        texts = {
            compile_query(parse_query(BODY), g, dialect=dialect).sql for g in (graph, graph, again)
        }
        assert len(texts) == 1


def test_hash_seeds_change_nothing() -> None:
    digests = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4242")
    }
    assert len(digests) == 1


def test_equal_values_share_one_parameter() -> None:
    compiled = world("shop").compile(**BODY)
    values = [(type(value), value) for value in compiled.parameters.values()]
    assert len(values) == len(set(values))
    assert list(compiled.parameters) == [f"p{n}" for n in range(len(values))]

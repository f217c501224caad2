"""Compiles queries with MetricFlow; run by `bench.against_metricflow` with the Python of
.venv-metricflow, whose packages are not the project's.

    there.py DIRECTORY QUERIES CALLS   ->  {query: [CPU milliseconds]} on standard output
"""

from __future__ import annotations

import json
import logging
import sys
import time
from typing import Any

from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow_semantic_interfaces.parsing.dir_to_model import (
    parse_directory_of_yaml_files_to_semantic_manifest,
)
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

WARM_UP = 3


class NoWarehouse:
    """What the engine asks of a SQL client while it only compiles."""

    sql_engine_type = SqlEngine.DUCKDB
    sql_plan_renderer = DuckDbSqlPlanRenderer()


def main(directory: str, queries: str, calls: int) -> None:
    logging.disable(logging.CRITICAL)
    manifest = parse_directory_of_yaml_files_to_semantic_manifest(directory).semantic_manifest
    engine = MetricFlowEngine(SemanticManifestLookup(manifest), NoWarehouse())
    print(json.dumps({name: timed(engine, q, calls) for name, q in json.loads(queries).items()}))


def timed(engine: MetricFlowEngine, query: dict[str, Any], calls: int) -> list[float]:
    times = []
    for number in range(WARM_UP + calls):
        where = [text.replace("@", str(number)) for text in query.get("where", [])]
        started = time.process_time()
        request = MetricFlowQueryRequest.create(
            metric_names=query["metrics"],
            group_by_names=query.get("group_by"),
            where_constraints=where or None,
        )
        engine.explain(request)
        times.append((time.process_time() - started) * 1000)
    return times[WARM_UP:]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))

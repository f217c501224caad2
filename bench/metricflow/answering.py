"""Writes the SQL MetricFlow answers questions with; run by `tests.oracle.beside_metricflow` with
the Python of .venv-metricflow, whose packages are not the project's.

One world a line on standard input, {"folder": model files, "queries": [...]}; one line of answers
each on standard output, [{"sql": text} or {"refused": reason}].
"""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow_semantic_interfaces.parsing.dir_to_model import (
    parse_directory_of_yaml_files_to_semantic_manifest,
)
from metricflow_semantic_interfaces.type_enums.date_part import DatePart
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup
from metricflow_semantics.specs.query_param_implementations import (
    DimensionOrEntityParameter,
    TimeDimensionParameter,
)
from there import NoWarehouse

GRAINS = ("hour", "day", "week", "month", "quarter", "year")
PART = "__extract_"


def main() -> None:
    logging.disable(logging.CRITICAL)
    for line in sys.stdin:
        world = json.loads(line)
        parsed = parse_directory_of_yaml_files_to_semantic_manifest(world["folder"])
        engine = MetricFlowEngine(SemanticManifestLookup(parsed.semantic_manifest), NoWarehouse())
        grains = {*GRAINS, *world["custom_grains"]}
        print(json.dumps([answer(engine, q, grains) for q in world["queries"]]), flush=True)


def answer(engine: MetricFlowEngine, query: dict[str, Any], grains: set[str]) -> dict[str, str]:
    try:
        request = MetricFlowQueryRequest.create(
            metric_names=query.get("metrics") or None,
            group_by=[parameter(name, grains) for name in query["group_by"]] or None,
            where_constraints=query.get("where") or None,
            min_max_only=query.get("min_max_only", False),
        )
        return {"sql": engine.explain(request).sql_statement.sql}
    except Exception as error:  # noqa: BLE001  whatever it raises, it has no answer
        return {"refused": f"{type(error).__name__}: {error}"[:2000]}


def parameter(name: str, grains: set[str]) -> Any:
    """A group-by name as an object: names cannot say a date part."""
    if PART in name:
        plain, part = name.split(PART)
        return TimeDimensionParameter(name=plain, date_part=DatePart(part))
    plain, _, grain = name.rpartition("__")
    if grain in grains:
        return TimeDimensionParameter(name=plain, grain=grain)
    if name == "metric_time":
        return TimeDimensionParameter(name=name)
    return DimensionOrEntityParameter(name)


if __name__ == "__main__":
    main()

"""Compile time beside MetricFlow's: the same files, the same queries, in the same run.

    python -m bench.against_metricflow

CPU time of one core each, medians per query, the ratio of medians, and the median of ratios.
MetricFlow has an environment of its own; `make bench-metricflow` makes it.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

from bench.measuring import WIDTH
from bench.registry_world import Subject, documents, subjects
from semantic_layer.compiler import (
    SemanticGraph,
    Source,
    build_graph,
    compile_query,
    parse_query,
    read_documents,
)

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".venv-metricflow" / "bin" / "python"
CALLS, THEIR_CALLS, WARM_UP = 60, 15, 5
SIZES = (10, 100)
SPINE = {
    "project_configuration": {
        "time_spines": [
            {
                "node_relation": {"schema_name": "lake", "alias": "days"},
                "primary_column": {"name": "day", "time_granularity": "day"},
            }
        ]
    }
}


def main() -> None:
    if not PYTHON.exists():
        print("MetricFlow is not here to compare with. `make bench-metricflow` installs it.")
        return
    for size in SIZES:
        compare(size)


def compare(size: int) -> None:
    print(f"{f'{size} models, duckdb':<{WIDTH}}{'ours ms':>10}{'MetricFlow':>12}{'ratio':>8}")
    asked = queries(subjects(size)[0])
    with tempfile.TemporaryDirectory() as folder:
        files = write(Path(folder), size)
        theirs = measure_there(folder, asked)
    project = read_documents(Source(text, name) for name, text in files.items())
    graph = build_graph(project)
    if graph.issues:
        raise SystemExit(f"The made registry has issues: {graph.issues[:3]}")
    ratios = []
    for name, query in asked.items():
        here, there = statistics.median(measure(graph, query)), statistics.median(theirs[name])
        ratios.append(there / here)
        print(f"{name:<{WIDTH}}{here:>10.2f}{there:>12.1f}{ratios[-1]:>8.1f}", flush=True)
    median = statistics.median(ratios)
    print(f"{'median of ratios':<{WIDTH}}{'':>10}{'':>12}{median:>8.1f}   target >= 10", flush=True)


def queries(subject: Subject) -> dict[str, dict[str, Any]]:
    """`@` in a filter is a number of its own in each call."""
    name, entity = subject.name, subject.entity
    number = f"{{{{ Entity('{entity}') }}}} > @"
    day = f"{{{{ TimeDimension('{entity}__happened_at', 'day') }}}} >= '2026-01-01'"
    return {
        "one metric, no group": {"metrics": [f"{name}_amount"], "where": [number]},
        "one metric by month": {
            "metrics": [f"{name}_amount"],
            "group_by": ["metric_time__month"],
            "where": [number],
        },
        "ratio by entity": {
            "metrics": [f"{name}_late_rate"],
            "group_by": [entity],
            "where": [number],
        },
        "derived metric by week": {
            "metrics": [f"{name}_margin"],
            "group_by": ["metric_time__week"],
            "where": [number],
        },
        "3 metrics, 2 groups, 2 filters": {
            "metrics": [f"{name}_amount", f"{name}_late_rate", f"{name}_margin"],
            "group_by": ["metric_time__month", entity],
            "where": [number, day],
        },
    }


def measure(graph: SemanticGraph, query: dict[str, Any]) -> list[float]:
    times = []
    for number in range(WARM_UP + CALLS):
        where = [text.replace("@", str(number)) for text in query["where"]]
        started = time.process_time()
        compile_query(parse_query({**query, "where": where}), graph, dialect="duckdb")
        times.append((time.process_time() - started) * 1000)
    return times[WARM_UP:]


def measure_there(folder: str, asked: dict[str, dict[str, Any]]) -> dict[str, list[float]]:
    script = ROOT / "bench" / "metricflow" / "there.py"
    done = subprocess.run(
        [PYTHON, script, folder, json.dumps(asked), str(THEIR_CALLS)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"MetricFlow failed: {done.stderr[-1500:].strip()}")
    found: dict[str, list[float]] = json.loads(done.stdout)
    return found


def write(folder: Path, size: int) -> dict[str, str]:
    """The registry in the reference's own form: one document each, keyed by what it is."""
    files = {name: in_their_form(text) for name, text in documents(size)}
    files["project.yml"] = yaml.dump(SPINE)
    for name, text in files.items():
        (folder / name).write_text(text)
    return files


def in_their_form(text: str) -> str:
    document = yaml.safe_load(text)
    model = document["semantic_model"]
    database, schema, alias = model.pop("model").split(".")
    model["node_relation"] = {"database": database, "schema_name": schema, "alias": alias}
    del model["config"]
    for metric in document["metrics"]:
        sides = metric["type_params"]
        for side in {"numerator", "denominator"} & set(sides):
            sides[side] = {"name": sides[side]}
    parts = [{"semantic_model": model}, *({"metric": m} for m in document["metrics"])]
    return yaml.dump_all(parts, Dumper=yaml.CSafeDumper, sort_keys=False, width=1000)


if __name__ == "__main__":
    main()

"""What reading leaves out is told once: whoever refers to it is told that, and no more."""

from __future__ import annotations

from semantic_layer.compiler import build_graph, read_documents
from semantic_layer.compiler.reading import Source

MODEL = """
name: orders
model: a.b.c
primary_entity: order
dimensions: [{name: at, type: time, time_granularity: day}]
defaults: {agg_time_dimension: TIME}
measures: [{name: revenue, agg: sum}, {name: orders, agg: count, expr: "*"}]
metrics:
  - {name: revenue, measure: revenue}
  - {name: share, type: ratio, numerator: revenue, denominator: TOTAL}
  - {name: total, type: TYPE, measure: revenue}
"""


def _codes(**words: str) -> list[tuple[int | None, str]]:
    text = MODEL
    for word, value in {"TIME": "at", "TOTAL": "total", "TYPE": "simple"}.items():
        text = text.replace(word, words.get(word, value))
    graph = build_graph(read_documents([Source(text)]))
    return [(issue.line, issue.code) for issue in graph.issues if issue.severity == "error"]


def test_a_good_model_has_no_issues() -> None:
    assert _codes() == []


def test_a_broken_metric() -> None:
    assert _codes(TYPE="simpel") == [(11, "INVALID_METRIC_TYPE"), (10, "BROKEN_INPUT")]


def test_a_broken_model() -> None:
    """One mistake of the model; its metrics say that it is the model's."""
    found = _codes(TIME="att")
    assert found[0] == (6, "UNKNOWN_DIMENSION")
    assert {code for _, code in found[1:]} == {"BROKEN_INPUT"}


def test_a_measure_that_does_not_exist_is_unknown() -> None:
    text = MODEL.replace("TIME", "at").replace("TOTAL", "total").replace("TYPE", "simple")
    text = text.replace("{name: revenue, measure: revenue}", "{name: revenu, measure: revenu}")
    graph = build_graph(read_documents([Source(text)]))
    assert "UNKNOWN_INPUT" in {issue.code for issue in graph.issues}
    assert "METRIC_CYCLE" not in {issue.code for issue in graph.issues}

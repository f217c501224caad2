"""What MetricFlow answers and the compiler does not: refused, with what works instead."""

from __future__ import annotations

import pytest

from semantic_layer.errors import QueryError
from tests.compiler.harness import make_world

MODEL = """
project_configuration:
  time_spines:
    - node_relation: {schema_name: w, alias: days}
      primary_column: {name: day, time_granularity: day}
      custom_granularities: [{name: term}]
semantic_model:
  name: stock
  model: w.stock
  defaults: {agg_time_dimension: counted_on}
  entities: [{name: count, type: primary, expr: id}]
  dimensions: [{name: counted_on, type: time, type_params: {time_granularity: day}}]
  measures:
    - {name: pieces, agg: sum, create_metric: true}
metrics:
  - {name: by_term, type: cumulative, measure: pieces, window: 2 term}
  - {name: double, type: derived, expr: pieces * 2, metrics: [pieces]}
  - {name: running_double, type: cumulative, cumulative_type_params: {metric: double}}
"""


@pytest.mark.parametrize(
    ("metric", "words", "instead"),
    [
        ("by_term", "custom grain 'term'", "Say it in days"),
        ("running_double", "'running_double') over a derived metric", "each of its simple metrics"),
    ],
)
def test_what_is_not_answered_is_refused_by_name(metric: str, words: str, instead: str) -> None:
    tables = {
        "w.stock": {"columns": {"id": "INT", "counted_on": "DATE", "pieces": "INT"}, "rows": []},
        "w.days": {"columns": {"day": "DATE", "term": "DATE"}, "rows": []},
    }
    here = make_world("refused", MODEL, tables)
    with pytest.raises(QueryError) as refused:
        here.compile(metrics=[metric], group_by=["metric_time"])
    assert refused.value.code == "NOT_AVAILABLE"
    assert words in str(refused.value)
    assert instead in str(refused.value)

"""A problem is told at the word that is wrong, not where its filter or expression begins."""

from __future__ import annotations

import pytest

from semantic_layer.compiler import Source, build_graph, read_documents
from semantic_layer.errors import Issue

HEAD = """\
semantic_model:
  name: orders
  model: w.orders
  defaults: {agg_time_dimension: ordered_on}
  entities: [{name: order, type: primary, expr: id}]
  dimensions:
    - {name: ordered_on, type: time, type_params: {time_granularity: day}}
    - {name: status, type: categorical}
  measures: [{name: orders, agg: count, expr: id}]
metrics:
  - name: done
    type: simple
    type_params: {measure: orders}
"""

FILTERS = {
    "in double quotes": (
        """    filter: "order__status = 'x' AND {{ Dimension('order__stauts') }} = 'y'"\n""",
        "UNKNOWN_FIELD",
        "order__stauts",
    ),
    "in a block": (
        """\
    filter: |
      {{ Dimension('order__status') }} = 'x'
      AND {{ Dimension('order__stauts') }} = 'y'
""",
        "UNKNOWN_FIELD",
        "order__stauts",
    ),
    "in a folded block": (
        """\
    filter: >-
      {{ Dimension('order__status') }} = 'x' AND
      {{ Dimension('order__stauts') }} = 'y'
""",
        "UNKNOWN_FIELD",
        "order__stauts",
    ),
    "in a list": (
        """\
    filter:
      - "{{ Dimension('order__status') }} = 'x'"
      - "{{ Dimension('order__stauts') }} = 'y'"
""",
        "UNKNOWN_FIELD",
        "order__stauts",
    ),
    "a function": (
        """    filter: "{{ Dimension('order__status') }} = uper('x')"\n""",
        "INVALID_FILTER",
        "uper",
    ),
    "an object": (
        """    filter: "status = 'x' AND {{ Dimention('order__status') }} = 'y'"\n""",
        "INVALID_FILTER",
        "Dimention",
    ),
    "a metric": (
        """    filter: "{{ Metric('dune', group_by=['order']) }} > 1"\n""",
        "UNKNOWN_METRIC",
        "dune",
    ),
}


@pytest.mark.parametrize("name", FILTERS)
def test_filters_point_at_the_word(name: str) -> None:
    text, code, word = FILTERS[name]
    graph = build_graph(read_documents([Source(HEAD + text, "orders.yml")]))
    found = [issue for issue in graph.issues if issue.severity == "error"]
    assert [issue.code for issue in found] == [code]
    assert at(found[0], HEAD + text).startswith(word)


@pytest.mark.parametrize(
    "expr",
    ['"CASE WHEN a THEN uper(b) END"', "|\n        CASE WHEN a\n          THEN uper(b) END"],
)
def test_expressions_point_at_the_word(expr: str) -> None:
    plain = "{name: status, type: categorical}"
    text = HEAD.replace(plain, f"name: status\n      type: categorical\n      expr: {expr}")
    found = read_documents([Source(text, "orders.yml")]).issues
    assert at(found[0], text).startswith("uper(b)")


def at(issue: Issue, text: str) -> str:
    """The file from the issue's place to the end of that line."""
    assert issue.line is not None
    assert issue.column is not None
    return text.splitlines()[issue.line - 1][issue.column - 1 :]

"""The good documents that the corpus of mistakes is made of."""

from __future__ import annotations

MODEL = """\
semantic_models:
  - name: orders
    model: ref('orders')
    defaults: {agg_time_dimension: ordered_at}
    entities:
      - {name: order, type: primary, expr: order_id}
      - {name: customer, type: foreign, expr: customer_id}
    dimensions:
      - {name: status, type: categorical}
      - {name: ordered_at, type: time, type_params: {time_granularity: day}}
    measures:
      - {name: revenue, agg: sum, expr: amount}
      - {name: order_count, agg: count, expr: 1}
"""


def model(**replaced: str) -> str:
    """The good model with one line's text replaced: model(primary='foreign')."""
    text = MODEL
    for old, new in replaced.items():
        assert old in text
        text = text.replace(old, new, 1)
    return text


def metric(body: str) -> str:
    """A document with one metric, its keys in `body`."""
    lines = "".join(f"    {line}\n" for line in body.strip("\n").split("\n"))
    return "metrics:\n  -" + lines[3:]


def members(body: str) -> str:
    """A document with one model that has little but `body`."""
    head = "semantic_models:\n  - name: orders\n    model: ref('orders')\n"
    head += "    primary_entity: order\n"
    return head + "".join(f"    {line}\n" for line in body.strip("\n").split("\n"))


Case = tuple[str, str, list[tuple[str, str]]]

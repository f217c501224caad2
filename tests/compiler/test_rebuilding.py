"""A graph rebuilt from an earlier one is the graph built from nothing, whatever was edited."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semantic_layer.compiler import Project, SemanticGraph, Source, build_graph, read_documents

ORDERS = """
semantic_model:
  name: orders
  model: ref('orders')
  defaults: {agg_time_dimension: ordered_on}
  entities:
    - {name: order, type: primary, expr: id}
    - {name: customer, type: foreign, expr: customer_id}
  dimensions:
    - {name: ordered_on, type: time, type_params: {time_granularity: day}}
    - {name: channel, type: categorical}
  measures:
    - {name: amount, agg: sum, expr: amount, create_metric: true}
    - {name: order_count, agg: count, expr: id}
metrics:
  - {name: orders_placed, type: simple, type_params: {measure: order_count}}
  - name: web_orders
    type: simple
    type_params: {measure: order_count}
    filter: "{{ Dimension('order__channel') }} = 'web'"
  - name: foreign_orders
    type: simple
    type_params: {measure: order_count}
    filter: "{{ Dimension('customer__country') }} != 'us'"
  - name: average_order
    type: ratio
    type_params: {numerator: amount, denominator: orders_placed}
"""
CUSTOMERS = """
semantic_model:
  name: customers
  model: ref('customers')
  entities: [{name: customer, type: primary, expr: id}]
  dimensions: [{name: country, type: categorical}]
  measures: [{name: customer_count, agg: count, expr: id}]
metrics:
  - {name: customers_known, type: simple, type_params: {measure: customer_count}}
  - name: orders_per_customer
    type: ratio
    type_params: {numerator: orders_placed, denominator: customers_known}
  - name: twice
    type: derived
    type_params: {expr: 2 * orders_per_customer, metrics: [{name: orders_per_customer}]}
"""

PLACED = "  - {name: orders_placed, type: simple, type_params: {measure: order_count}}\n"

EDITS: dict[str, tuple[str, str, str]] = {
    "nothing": ("orders", "ref('orders')", "ref('orders')"),
    "another table": ("orders", "ref('orders')", "ref('orders_v2')"),
    "another expression": ("orders", "agg: sum, expr: amount", "agg: sum, expr: amount * 2"),
    "a measure gone": ("orders", "    - {name: order_count, agg: count, expr: id}\n", ""),
    "a measure renamed": ("customers", "name: customer_count", "name: clients"),
    "no metric of its own": ("orders", ", create_metric: true", ""),
    "a dimension gone": ("customers", "dimensions: [{name: country, type: categorical}]", ""),
    "a dimension renamed": ("customers", "name: country", "name: land"),
    "a join gone": ("orders", "    - {name: customer, type: foreign, expr: customer_id}\n", ""),
    "a key made foreign": ("customers", "type: primary", "type: foreign"),
    "a filter broken": ("orders", "order__channel", "order__chanel"),
    "a metric gone": ("orders", PLACED, ""),
    "a metric renamed": ("customers", "name: customers_known", "name: clients_known"),
    "a circle": ("customers", "denominator: customers_known", "denominator: twice"),
    "a metric with the name of a measure": ("customers", "name: twice", "name: order_count"),
    "the same metric twice": ("customers", "name: twice", "name: orders_placed"),
    "a measure's name taken": ("customers", "name: customer_count", "name: amount"),
    "a model that cannot be read": ("customers", "type: primary", "type: prime"),
    "a metric that cannot be read": ("customers", "type: derived", "type: deriv"),
}  # fmt: skip


def read(texts: dict[str, str]) -> dict[str, Project]:
    return {name: read_documents([Source(text, name)]) for name, text in texts.items()}


def joined(parts: dict[str, Project]) -> Project:
    """One project, with parts as the same objects as before where they did not change."""
    project = Project()
    for part in parts.values():
        project = replace(
            project,
            models=project.models + part.models,
            metrics=project.metrics + part.metrics,
            issues=project.issues + part.issues,
            broken_models=project.broken_models | part.broken_models,
            broken_metrics=project.broken_metrics | part.broken_metrics,
            broken_measures={**project.broken_measures, **part.broken_measures},
        )
    return project


def told(graph: SemanticGraph) -> dict[str, Any]:
    """All that a graph says, without its objects' identities."""
    return {
        "issues": graph.issues,
        "models": {
            name: (
                model.spec, model.spec.meta, model.prefixes, list(model.entities),
                {d.name: d.expr.sql() for d in model.dimensions.values()},
                {m.name: (m.expr.sql(), m.agg, m.time_dimension) for m in model.measures.values()},
            )
            for name, model in graph.models.items()
        },
        "metrics": [
            (
                info.name, info.type, info.spec, info.spec.meta, info.model, info.models,
                [(i.name, i.metric, i.measure and i.measure.expr.sql()) for i in info.inputs],
                [p.key for p in info.filters],
            )
            for info in graph.metrics.values()
        ],
        "measures": {name: info.model for name, info in graph.measures.items()},
        "owners": {key: [m.name for m in models] for key, models in graph.owners.items()},
        "role_keys": graph.role_keys,
    }  # fmt: skip


def are_its_own(graph: SemanticGraph) -> bool:
    """Every measure of a metric is the one that the graph's models have now."""
    measures = {id(info) for info in graph.measures.values()}
    return all(
        id(item.measure) in measures
        for info in graph.metrics.values()
        for item in info.inputs
        if item.measure is not None
    )


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(sorted(EDITS)), min_size=1, max_size=6))
def test_any_edits_in_any_order(names: list[str]) -> None:
    texts = {"orders": ORDERS, "customers": CUSTOMERS}
    parts = read(texts)
    graph = build_graph(joined(parts))
    assert not graph.issues
    undone: set[str] = set()
    for name in names:
        file, old, new = EDITS[name]
        edited = texts[file].replace(*((new, old) if name in undone and new else (old, new)), 1)
        undone ^= {name}
        texts[file] = edited
        parts = {**parts, **read({file: edited})}
        graph = build_graph(joined(parts), graph)
        assert told(graph) == told(build_graph(joined(parts))), name
        assert are_its_own(graph)


@pytest.mark.parametrize("name", sorted(EDITS))
def test_each_edit_alone(name: str) -> None:
    file, old, new = EDITS[name]
    texts = {"orders": ORDERS, "customers": CUSTOMERS}
    assert old in texts[file]
    before = read(texts)
    after = {**before, **read({file: texts[file].replace(old, new, 1)})}

    first = build_graph(joined(before))
    there = build_graph(joined(after), first)
    assert told(there) == told(build_graph(joined(after)))
    assert told(build_graph(joined(before), there)) == told(first)


def test_synonyms_and_places_alone_are_an_edit() -> None:
    """They are no part of what makes two definitions equal, and yet people see them."""
    text = "\n" + CUSTOMERS.replace(
        "type_params: {measure: customer_count}",
        "type_params: {measure: customer_count}, config: {meta: {synonyms: [clients]}}",
    ).replace("ref('customers')", "ref('customers')\n  config: {meta: {owner: crm}}")
    before = read({"orders": ORDERS, "customers": CUSTOMERS})
    after = {**before, **read({"customers": text})}

    graph = build_graph(joined(after), build_graph(joined(before)))
    assert graph.metrics["customers_known"].spec.meta == {"synonyms": ["clients"]}
    assert graph.models["customers"].spec.meta == {"owner": "crm"}
    assert graph.metrics["twice"].spec.at == build_graph(joined(after)).metrics["twice"].spec.at


def test_what_did_not_change_is_not_built_again() -> None:
    before = read({"orders": ORDERS, "customers": CUSTOMERS})
    changed = CUSTOMERS.replace("agg: count, expr: id", "agg: count, expr: key")
    first = build_graph(joined(before))
    graph = build_graph(joined({**before, **read({"customers": changed})}), first)

    assert graph.models["orders"] is first.models["orders"]
    assert graph.metrics["web_orders"] is first.metrics["web_orders"]
    assert graph.metrics["twice"] is not first.metrics["twice"]

"""One model in every accepted form gives the same values."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from semantic_layer.compiler.reading import Source, read_documents, read_mapping
from semantic_layer.compiler.spec import (
    Aggregation,
    DimensionType,
    EntityType,
    Filter,
    Grain,
    InputKind,
    Measure,
    MetricInput,
    MetricType,
    PeriodAggregation,
    Project,
    Window,
)

LEGACY = """
semantic_models:
  - name: orders
    description: All orders
    model: ref('orders')
    defaults:
      agg_time_dimension: ordered_at
    entities:
      - name: order
        type: primary
        expr: order_id
      - name: customer
        type: foreign
        expr: customer_id
    dimensions:
      - name: status
        type: categorical
      - name: ordered_at
        type: time
        expr: ordered_on
        type_params:
          time_granularity: day
metrics:
  - name: revenue
    type: simple
    type_params:
      metric_aggregation_params:
        semantic_model: orders
        agg: sum
        expr: amount
    filter: "{{ Dimension('order__status') }} = 'done'"
  - name: order_count
    type: simple
    type_params:
      metric_aggregation_params: {semantic_model: orders, agg: count, expr: 1}
      fill_nulls_with: 0
  - name: order_value
    type: ratio
    type_params:
      numerator: revenue
      denominator: {name: order_count}
  - name: growth
    type: derived
    type_params:
      expr: revenue - before
      metrics:
        - name: revenue
        - name: revenue
          alias: before
          offset_window: 1 month
  - name: revenue_7d
    type: cumulative
    type_params:
      cumulative_type_params:
        metric: revenue
        window: 7 days
        period_agg: last
"""

DBT = """
models:
  - name: orders
    description: All orders
    semantic_model: true
    agg_time_dimension: ordered_at
    config: {materialized: table}
    columns:
      - name: order_id
        entity: {type: primary, name: order}
        data_tests: [unique]
      - name: customer_id
        entity: {type: foreign, name: customer}
      - name: status
        dimension: categorical
      - name: ordered_on
        granularity: day
        dimension: {type: time, name: ordered_at}
      - name: amount
    metrics:
      - name: revenue
        agg: sum
        expr: amount
        filter: "{{ Dimension('order__status') }} = 'done'"
      - name: order_count
        type: simple
        agg: count
        expr: 1
        fill_nulls_with: 0
      - name: order_value
        type: ratio
        numerator: revenue
        denominator: order_count
      - name: growth
        type: derived
        expr: revenue - before
        input_metrics:
          - revenue
          - {name: revenue, alias: before, offset_window: 1 month}
      - name: revenue_7d
        type: cumulative
        input_metric: revenue
        window: 7 days
        period_agg: last
"""

SINGULAR = """
semantic_model:
  name: orders
  description: All orders
  node_relation: {alias: orders}
  defaults: {agg_time_dimension: ordered_at}
  entities:
    - {name: order, type: PRIMARY, expr: order_id}
    - {name: customer, type: FOREIGN, expr: customer_id}
  dimensions:
    - {name: status, type: CATEGORICAL}
    - {name: ordered_at, type: TIME, expr: ordered_on, type_params: {time_granularity: DAY}}
---
metric:
  name: revenue
  type: SIMPLE
  type_params:
    metric_aggregation_params: {semantic_model: orders, agg: SUM, expr: amount}
  filter:
    - "{{ Dimension('order__status') }} = 'done'"
---
metric:
  name: order_count
  type: simple
  type_params:
    metric_aggregation_params: {semantic_model: orders, agg: count, expr: "1"}
    fill_nulls_with: 0
---
metric:
  {name: order_value, type: ratio, type_params: {numerator: revenue, denominator: order_count}}
---
metric:
  name: growth
  type: derived
  type_params:
    expr: revenue - before
    metrics: [revenue, {name: revenue, alias: before, offset_window: 1 months}]
---
metric:
  name: revenue_7d
  type: cumulative
  type_params:
    window: 7 days
    cumulative_type_params: {metric: revenue, period_agg: LAST}
"""

FLAT: dict[str, Any] = {
    "name": "orders",
    "description": "All orders",
    "model": "ref('orders')",
    "defaults": {"agg_time_dimension": "ordered_at"},
    "entities": [
        {"name": "order", "type": "primary", "expr": "order_id"},
        {"name": "customer", "type": "foreign", "expr": "customer_id"},
    ],
    "dimensions": [
        {"name": "status", "type": "categorical"},
        {"name": "ordered_at", "type": "time", "expr": "ordered_on", "time_granularity": "day"},
    ],
    "measures": [],
    "metrics": [
        {
            "name": "revenue",
            "type": "simple",
            "agg": "sum",
            "expr": "amount",
            "filter": "{{ Dimension('order__status') }} = 'done'",
        },
        {"name": "order_count", "agg": "count", "expr": "1", "fill_nulls_with": 0},
        {
            "name": "order_value",
            "type": "ratio",
            "numerator": "revenue",
            "denominator": "order_count",
        },
        {
            "name": "growth",
            "type": "derived",
            "expr": "revenue - before",
            "metrics": [
                "revenue",
                {"name": "revenue", "alias": "before", "offset_window": "1 month"},
            ],
        },
        {
            "name": "revenue_7d",
            "type": "cumulative",
            "input_metric": "revenue",
            "window": "7 days",
            "period_agg": "last",
        },
    ],
}


def _manifest() -> str:
    """The legacy form as dbt's compiler writes it: every key there, most of them null."""
    project: dict[str, Any] = yaml.safe_load(LEGACY)
    model = project["semantic_models"][0]
    model |= {"metadata": {"repo_file_path": "x", "file_slice": {"start_line_number": 1}}}
    model |= {"node_relation": {"alias": "orders", "relation_name": '"orders"', "database": None}}
    model |= {"model": None, "label": None, "config": {"meta": {}}, "measures": []}
    for metric in project["metrics"]:
        params = metric["type_params"]
        metric |= {"metadata": None, "label": None, "config": None, "time_granularity": None}
        for key in ("measure", "numerator", "denominator", "expr", "window", "grain_to_date"):
            params.setdefault(key, None)
        params |= {"input_measures": [{"name": "x", "join_to_timespine": False}]}
        params.setdefault("metrics", [])
        metric["datatype"] = None
        params["is_private"] = False
        params.setdefault("join_to_timespine", False)
        if isinstance(metric.get("filter"), str):
            sql = metric["filter"]
            metric["filter"] = {"where_filters": [{"where_sql_template": sql}]}
        cumulative = params.get("cumulative_type_params")
        if cumulative:
            cumulative["window"] = {"count": 7, "granularity": "day"}
            params["window"] = {"count": 7, "granularity": "day"}
    configuration = {"time_spines": [], "dsi_package_version": {"major_version": "0"}}
    return json.dumps(project | {"project_configuration": configuration, "saved_queries": []})


def _flat_yaml() -> str:
    return yaml.safe_dump(FLAT)


def _wrapper() -> str:
    model = {key: value for key, value in FLAT.items() if key != "metrics"}
    return yaml.safe_dump({"semantic_model": model, "metrics": FLAT["metrics"]})


def _read(text: str) -> Project:
    return read_documents([Source(text, "orders.yml")])


@pytest.fixture(scope="module")
def expected() -> Project:
    project = _read(LEGACY)
    assert project.issues == ()
    return project


@pytest.mark.parametrize(
    "text",
    [DBT, SINGULAR, _flat_yaml(), _wrapper(), _manifest(), json.dumps(FLAT)],
    ids=["dbt", "singular", "flat", "wrapper", "manifest", "json"],
)
def test_forms_are_equal(text: str, expected: Project) -> None:
    project = _read(text)
    assert project.issues == ()
    assert project.models == expected.models
    assert project.metrics == expected.metrics


REPEATED = """
semantic_models:
  - name: orders
    node_relation: {alias: orders}
    defaults: {agg_time_dimension: at}
    entities: [{name: order, type: primary}]
    dimensions:
      - {name: at, type: time, datatype: null, type_params: {time_granularity: day}}
    measures: [{name: sales, agg: sum, expr: amount}]
metrics:
  - name: sales
    type: simple
    type_params:
      measure: {name: sales, fill_nulls_with: 0, join_to_timespine: true}
      expr: amount
      join_to_timespine: true
      fill_nulls_with: 0
      input_measures: [{name: sales, fill_nulls_with: 0, join_to_timespine: true}]
      metric_aggregation_params: {semantic_model: orders, agg: sum}
  - name: so_far
    type: cumulative
    type_params:
      measure: {name: sales}
      join_to_timespine: false
      input_measures: [{name: sales}]
      cumulative_type_params: {period_agg: first, metric: {name: sales}}
  - name: again
    type: conversion
    type_params:
      join_to_timespine: false
      input_measures: [{name: sales}]
      conversion_type_params:
        base_measure: {name: sales}
        base_metric: {name: sales}
        conversion_measure: {name: sales}
        conversion_metric: {name: sales}
        entity: order
        calculation: conversion_rate
"""


def test_the_compiler_says_in_the_newer_form_again_what_stands_in_the_older() -> None:
    project = _read(REPEATED)
    assert project.issues == ()
    sales, so_far, again = project.metrics
    assert sales.aggregate is None
    assert sales.measure == MetricInput(
        "sales", InputKind.MEASURE, join_to_timespine=True, fill_nulls_with=0
    )
    assert so_far.measure == MetricInput("sales", InputKind.MEASURE)
    assert again.conversion is not None
    assert again.conversion.base.kind is InputKind.MEASURE


def test_a_person_is_told_which_of_two_inputs_is_used() -> None:
    text = REPEATED.replace("      input_measures: [{name: sales}]\n", "")
    told = [(issue.severity, issue.message) for issue in _read(text).issues]
    assert ("warning", "'measure' is given too, and is used.") in told


def test_json_body_is_equal(expected: Project) -> None:
    for body in (FLAT, json.loads(_manifest()), {"semantic_models": [FLAT]}):
        project = read_mapping(body)
        assert project.issues == ()
        assert (project.models, project.metrics) == (expected.models, expected.metrics)
        assert project.models[0].at is None


def test_values_are_what_was_written(expected: Project) -> None:
    model = expected.models[0]
    assert model.relation.parts == ("orders",)
    assert model.defaults.agg_time_dimension == "ordered_at"
    assert [(e.name, e.type, e.expr) for e in model.entities] == [
        ("order", EntityType.PRIMARY, "order_id"),
        ("customer", EntityType.FOREIGN, "customer_id"),
    ]
    status, ordered_at = model.dimensions
    assert (status.type, status.grain, status.expr) == (DimensionType.CATEGORICAL, None, None)
    assert (ordered_at.grain, ordered_at.expr) == (Grain.DAY, "ordered_on")
    revenue, count, ratio, growth, running = expected.metrics
    assert revenue.aggregate == Measure("revenue", Aggregation.SUM, "amount")
    assert revenue.filter == (Filter("{{ Dimension('order__status') }} = 'done'"),)
    assert count.fill_nulls_with == 0
    assert ratio.numerator == MetricInput("revenue")
    assert growth.inputs[1] == MetricInput(
        "revenue", alias="before", offset_window=Window(1, "month")
    )
    assert running.type is MetricType.CUMULATIVE
    assert running.measure == MetricInput("revenue")
    assert running.cumulative is not None
    assert running.cumulative.window == Window(7, "day")
    assert running.cumulative.period_agg is PeriodAggregation.LAST
    assert {metric.model for metric in expected.metrics} == {"orders"}


def test_positions_point_at_the_elements(expected: Project) -> None:
    at = expected.models[0].at
    assert at is not None
    assert (at.file, at.line, at.column) == ("orders.yml", 3, 5)
    growth = expected.metrics[3]
    assert growth.inputs[1].at is not None
    assert LEGACY.split("\n")[growth.inputs[1].at.line - 1].strip() == "- name: revenue"

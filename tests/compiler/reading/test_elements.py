"""What the elements of a document become, beyond what all forms share."""

from __future__ import annotations

import pytest

from semantic_layer.compiler.reading import Source, read_documents
from semantic_layer.compiler.spec import (
    Grain,
    InputKind,
    MetricInput,
    MetricType,
    Project,
)


def _read(text: str) -> Project:
    return read_documents([Source(text, "orders.yml")])


MEASURES = """
name: visits
model: main.web.visits
primary_entity: visit
entities: [{name: user, type: foreign}]
dimensions: [{name: at, type: time, time_granularity: hour}]
defaults: {agg_time_dimension: at}
measures:
  - {name: visits, agg: count, expr: 1, create_metric: true}
  - name: balance
    agg: sum
    non_additive_dimension: {name: at, window_choice: max, window_groupings: [user]}
  - name: p90
    agg: percentile
    expr: ms
    agg_params: {percentile: 0.9, use_discrete_percentile: true}
metrics:
  - {name: all_visits, type: simple, measure: {name: visits, join_to_timespine: true}}
  - name: conversion
    type: conversion
    type_params:
      conversion_type_params:
        {base_measure: visits, conversion_measure: buys, entity: user, window: 7 days}
  - {name: raw, sql: select 1}
"""


def test_measures_and_conversions() -> None:
    project = _read(MEASURES)
    assert project.issues == ()
    visits, balance, p90 = project.models[0].measures
    assert visits.create_metric
    assert balance.non_additive is not None
    assert balance.non_additive.window_groupings == ("user",)
    assert (p90.percentile, p90.percentile_discrete) == (0.9, True)
    all_visits, conversion, raw = project.metrics
    assert all_visits.measure == MetricInput("visits", InputKind.MEASURE, join_to_timespine=True)
    assert conversion.conversion is not None
    assert conversion.conversion.conversion == MetricInput("buys", InputKind.MEASURE)
    assert raw.type is MetricType.SQL


def test_metric_outside_belongs_to_the_owner_of_its_first_input() -> None:
    text = MEASURES.split("metrics:")[0]
    outside = """
metrics:
  - {name: a, measure: visits}
  - {name: b, type: ratio, numerator: a, denominator: c}
  - {name: c, measure: elsewhere}
"""
    project = _read(f"{text}\n---\n{outside}")
    assert project.issues == ()
    assert [metric.model for metric in project.metrics] == ["visits", "visits", None]


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("ref('a')", ("a",)),
        ('ref("a")', ("a",)),
        ("\"{{ ref('package', 'a') }}\"", ("a",)),
        ("ref('c.s.t')", ("c", "s", "t")),
        ("c.s.t", ("c", "s", "t")),
        ("s.t", ("s", "t")),
        ("'`my catalog`.s.\"T 1\"'", ("my catalog", "s", "T 1")),
        ("{database: c, schema: s, alias: t}", ("c", "s", "t")),
        ("{schema_name: s, alias: t}", ("s", "t")),
    ],
)
def test_tables(written: str, parts: tuple[str, ...]) -> None:
    project = _read(f"name: m\nmodel: {written}\n")
    assert project.issues == ()
    assert project.models[0].relation.parts == parts


def test_metadata_and_access() -> None:
    text = """
name: m
model: a.b.c
tags: [finance]
meta:
  owner: {team: sales}
  synonyms: turnover
  version: 1.10
  released: 2024-01-01
  "on": yes
  access:
    - roles: [analyst]
      members: {excludes: [revenue]}
      rows: [{field: order__region, op: in, value: user.groups}]
config:
  meta: {time_zone: Europe/Paris, certified: true}
  tags: [core]
primary_entity: x
dimensions:
  - {name: d, type: categorical, config: {meta: {data_type: DATE, format: "%d"}}}
"""
    project = _read(text)
    assert project.issues == ()
    model = project.models[0]
    assert model.tags == ("finance", "core")
    assert model.time_zone == "Europe/Paris"
    assert model.meta == {
        "owner": {"team": "sales"},
        "synonyms": ["turnover"],
        "version": "1.10",
        "released": "2024-01-01",
        "on": "yes",
        "certified": True,
    }
    rule = model.access[0]
    assert (rule.roles, rule.includes, rule.excludes) == (("analyst",), None, ("revenue",))
    assert rule.rows[0].source == {"field": "order__region", "op": "in", "value": "user.groups"}
    assert model.dimensions[0].data_type == "DATE"
    assert model.dimensions[0].meta == {"format": "%d"}


def test_switched_off_is_left_out_with_a_warning() -> None:
    project = _read(
        "name: m\nmodel: a\nconfig: {enabled: false}\nmetrics: [{name: x, measure: y}]\n"
    )
    assert (project.models, project.metrics) == ((), ())
    assert [(i.code, i.severity) for i in project.issues] == [("DISABLED", "warning")]


def test_one_broken_document_leaves_the_others() -> None:
    good = "name: good\nmodel: a\nmetrics: [{name: fine, measure: x}, {name: bad, mesure: y}]\n"
    project = read_documents([Source("name: bad\nmodel: 1.\n", "a"), Source(good, "b")])
    assert [model.name for model in project.models] == ["good"]
    assert [metric.name for metric in project.metrics] == ["fine"]
    assert project.broken_models == {"bad"}
    assert project.broken_metrics == {"bad"}
    assert {issue.file for issue in project.issues} == {"a", "b"}


def test_time_spines() -> None:
    text = """
models:
  - name: days
    time_spine:
      standard_granularity_column: day_at
      custom_granularities: [{name: fiscal_year, column_name: fy}]
    columns: [{name: day_at, granularity: day}]
project_configuration:
  time_spine_table_configurations:
    - {location: a.hours, column_name: h, grain: hour}
    - {location: a.other, column_name: h, grain: minute}
  time_spines:
    - node_relation: {schema_name: a, alias: mins}
      primary_column: {name: m, time_granularity: minute}
"""
    project = _read(text)
    assert project.issues == ()
    spines = [spine for c in project.configurations for spine in c.time_spines]
    assert [(s.relation.name, s.column, s.grain) for s in spines] == [
        ("days", "day_at", Grain.DAY),
        ("a.mins", "m", Grain.MINUTE),
        ("a.hours", "h", Grain.HOUR),
    ]
    assert spines[0].custom_granularities[0].name == "fiscal_year"


def test_saved_queries() -> None:
    text = """
saved_queries:
  - name: weekly
    query_params:
      metrics: [revenue]
      group_by: ["TimeDimension('metric_time', 'week')", order__status]
      where: "{{ Dimension('order__status') }} = 'x'"
      order_by: -revenue
      limit: 10
    exports:
      - {name: out, config: {export_as: table, schema: marts}}
"""
    project = _read(text)
    assert project.issues == ()
    query = project.saved_queries[0]
    assert query.group_by == ("TimeDimension('metric_time', 'week')", "order__status")
    assert (query.order_by, query.limit) == (("-revenue",), 10)
    assert query.exports[0].schema == "marts"

"""Time spines: who reads their tables, as the SQL that is compiled does."""

from __future__ import annotations

from typing import Any

import pytest

from lineage.models import Edge
from lineage.refreshing import refresh
from models_registry import services
from models_registry.audit import SYSTEM
from queries.requests import MetricRequest
from queries.services import compile_metrics
from semantic_layer.accounts.models import User
from tests.accounts_fixtures import Api, ApiClient

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("models")]

SPINE = """
semantic_models: []
project_configuration:
  time_spines:
    - node_relation: {alias: days, schema_name: gold, database: shop}
      primary_column: {name: day, time_granularity: day}
      custom_granularities: [{name: fiscal_quarter, column_name: fiscal_quarter}]
metrics:
  - name: revenue_every_day
    type: simple
    type_params: {measure: {name: revenue_sum, join_to_timespine: true, fill_nulls_with: 0}}
  - name: revenue_so_far
    type: cumulative
    type_params: {measure: revenue_sum}
  - name: revenue_growth
    type: derived
    type_params:
      expr: revenue - before
      metrics: [revenue, {name: revenue, alias: before, offset_window: 1 month}]
  - name: growth_in_cents
    type: derived
    type_params: {expr: revenue_growth * 100, metrics: [revenue_growth]}
saved_queries:
  - name: revenue_by_fiscal_quarter
    query_params: {metrics: [revenue], group_by: ["TimeDimension('metric_time', 'fiscal_quarter')"]}
"""
ON_DAYS = {"revenue_every_day", "revenue_so_far", "revenue_growth"}


@pytest.fixture
def spined() -> None:
    services.create_model(actor=SYSTEM, category="production", payload={"yaml": SPINE})
    refresh()


def readers(level: str) -> dict[str, set[str]]:
    """Who reads the spine, or its columns, directly."""
    found: dict[str, set[str]] = {}
    for edge in Edge.objects.filter(level=level).select_related("source", "target"):
        name = edge.source.ref.full_name
        if name.startswith("shop.gold.days"):
            found.setdefault(name, set()).add(edge.target.ref.full_name)
    return found


def test_metrics_that_need_every_period_read_it(spined: None) -> None:
    assert readers("object") == {"shop.gold.days": {*ON_DAYS, "revenue_by_fiscal_quarter"}}
    assert readers("column") == {
        "shop.gold.days.day": {*ON_DAYS, "revenue_by_fiscal_quarter"},
        "shop.gold.days.fiscal_quarter": {"revenue_by_fiscal_quarter"},
    }


@pytest.mark.parametrize("metric", ["revenue", "paid_revenue", *sorted(ON_DAYS)])
def test_it_is_what_the_compiled_sql_reads(spined: None, metric: str) -> None:
    body = {"metrics": [metric], "group_by": ["metric_time__day"]}
    compiled = compile_metrics(actor=SYSTEM, request=MetricRequest(body, "production"))
    assert ('"days"' in compiled.compiled.sql) is (metric in ON_DAYS)


def test_metric_and_impact_tell_of_it(spined: None, as_viewer: ApiClient) -> None:
    told = as_viewer.get("/api/lineage/metrics/growth_in_cents").json()
    assert "shop.gold.days" in {table["full_name"] for table in told["tables"]}
    assert "shop.gold.days.day" in {column["full_name"] for column in told["columns"]}
    impact = as_viewer.get("/api/lineage/impact?column=shop.gold.days.day").json()
    assert {"revenue_so_far", "growth_in_cents"} <= {d["name"] for d in impact["dependents"]}
    assert "revenue" not in {dependent["name"] for dependent in impact["dependents"]}


def test_a_kept_query_by_a_grain_of_the_spine_reads_it(
    spined: None, api: Api, analyst: User
) -> None:
    request: dict[str, Any] = {"metrics": ["revenue"], "group_by": ["metric_time__fiscal_quarter"]}
    saved = api(analyst).post("/api/queries/saved", {"name": "Mine", "metric_query": request})
    assert saved.status_code == 201, saved.json()
    refresh()
    assert saved.json()["id"] in {
        name.strip("`") for name in readers("column")["shop.gold.days.fiscal_quarter"]
    }

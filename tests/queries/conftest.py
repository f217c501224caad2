"""A small shop in a DuckDB file, attached read-only as catalog `shop`, and its models in
production.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.test import override_settings

from semantic_layer.accounts.models import User
from tests.accounts_fixtures import Api, ApiClient
from tests.queries.background import (  # noqa: F401  fixtures
    analyst_client,
    other_client,
    quick_loss,
    worker,
)
from tests.queries.live import _live, live  # noqa: F401  fixtures

SCHEMA = """
CREATE TABLE customers (customer_id INTEGER, name VARCHAR, country VARCHAR, joined DATE);
INSERT INTO customers VALUES
    (1, 'Ada', 'FR', '2024-01-05'), (2, 'Bo', 'SE', '2024-02-01'), (3, 'Cy', NULL, '2024-03-09');
CREATE TABLE orders (
    order_id INTEGER, customer_id INTEGER, ordered_at TIMESTAMP, amount DECIMAL(12, 2), items BIGINT
);
INSERT INTO orders VALUES
    (1, 1, '2025-01-10 23:30:00', 10.50, 1),
    (2, 1, '2025-01-11 08:00:00', 20.00, 2),
    (3, 2, '2025-02-01 00:15:00', 5.25, 1),
    (4, 9, '2025-02-14 12:00:00', 100.00, 9007199254740993),
    (5, NULL, '2025-03-31 23:59:59', 0.10, 1);
CREATE TABLE visits (visit_id INTEGER, customer_id INTEGER, day DATE);
INSERT INTO visits VALUES (1, 1, '2025-01-01'), (2, 1, '2025-01-01'), (3, 2, '2025-02-02');
CREATE TABLE numbers AS SELECT range AS n FROM range(2500);
"""

MODELS = """
semantic_models:
  - name: orders
    model: shop.main.orders
    defaults: {agg_time_dimension: ordered_at}
    entities:
      - {name: order, type: primary, expr: order_id}
      - {name: customer, type: foreign, expr: customer_id}
    dimensions:
      - {name: ordered_at, type: time, type_params: {time_granularity: second}}
    measures:
      - {name: revenue, agg: sum, expr: amount, create_metric: true}
      - {name: order_count, agg: count, expr: order_id, create_metric: true}
      - {name: item_count, agg: sum, expr: items, create_metric: true}
  - name: customers
    model: shop.main.customers
    defaults: {agg_time_dimension: joined}
    entities:
      - {name: customer, type: primary, expr: customer_id}
    dimensions:
      - {name: joined, type: time, type_params: {time_granularity: day}}
      - {name: name, type: categorical, label: Customer name}
      - {name: country, type: categorical}
    measures:
      - {name: customer_count, agg: count, expr: customer_id, create_metric: true}
  - name: visits
    model: shop.main.visits
    defaults: {agg_time_dimension: visited_on}
    entities:
      - {name: visit, type: primary, expr: visit_id}
      - {name: customer, type: foreign, expr: customer_id}
    dimensions:
      - {name: visited_on, type: time, expr: day, type_params: {time_granularity: day}}
    measures:
      - {name: visit_count, agg: count, expr: visit_id, create_metric: true}
metrics:
  - name: revenue_per_order
    type: ratio
    type_params: {numerator: revenue, denominator: order_count}
  - name: broken_ratio
    type: derived
    type_params:
      expr: order_count / (visit_count - visit_count)
      metrics: [order_count, visit_count]
saved_queries:
  - name: revenue_by_country
    query_params:
      metrics: [revenue]
      group_by: ["Dimension('customer__country')"]
      order_by: ["-revenue"]
"""


@pytest.fixture(scope="package")
def shop_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("warehouse") / "shop.duckdb"
    connection = duckdb.connect(str(file))
    connection.execute(SCHEMA)
    connection.close()
    return file


@pytest.fixture(scope="package")
def shop(shop_file: Path) -> Iterator[Path]:
    """The service's warehouse is the shop, as long as tests of this package run."""
    with override_settings(DUCKDB_ATTACH=f"shop={shop_file}", DUCKDB_DEFAULT_CATALOG="shop"):
        yield shop_file


@pytest.fixture(autouse=True)
def _generous_rate_limits(settings: Any) -> None:
    """Tests of queries ask more often than a person may; tests/api holds the limits."""
    settings.RATE_LIMIT_PROFILE = "development"


@pytest.fixture
def analyst_api(api: Api, analyst: User, shop: Path) -> ApiClient:
    return api(analyst)


@pytest.fixture
def models(api: Api, engineer: User, shop: Path) -> None:
    """The shop's models, written through the API."""
    response = api(engineer).post("/api/models", {"yaml": MODELS})
    assert response.status_code == 201, response.json()


def execute(client: ApiClient, query: str, **extra: Any) -> Any:
    return client.post("/api/queries/execute", {"query": query, **extra})

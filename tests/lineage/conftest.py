"""A small shop with views over views, one of them hidden, and models over it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.test import override_settings

from models_registry import services
from models_registry.audit import SYSTEM
from semantic_layer.accounts.models import User
from tests.accounts_fixtures import Api, ApiClient

SCHEMA = """
CREATE SCHEMA gold;
CREATE TABLE gold.orders (order_id INTEGER, customer_id INTEGER, ordered_at DATE, amount DOUBLE,
    status VARCHAR);
INSERT INTO gold.orders VALUES
    (1, 1, '2025-01-03', 10.0, 'paid'), (2, 1, '2025-02-04', 5.0, 'open'),
    (3, 2, '2025-02-05', 2.5, 'paid');
CREATE TABLE gold.customers (customer_id INTEGER, country VARCHAR);
CREATE VIEW gold.paid AS SELECT order_id, customer_id, amount * 2 AS double_amount
    FROM gold.orders WHERE status = 'paid';
CREATE VIEW gold.by_country AS SELECT c.country, sum(p.double_amount) AS total
    FROM gold.paid p JOIN gold.customers c USING (customer_id) GROUP BY ALL;
CREATE VIEW gold.opaque AS SELECT max(COLUMNS('amount')) AS n FROM gold.orders;
CREATE TABLE gold.days (day DATE, fiscal_quarter DATE);
INSERT INTO gold.days SELECT d, date_trunc('quarter', d)
    FROM range(DATE '2025-01-01', DATE '2025-04-01', INTERVAL 1 DAY) AS r(d);
CREATE TABLE gold."odd.name/<b>" ("a.b" INTEGER, "x""y" INTEGER);
CREATE VIEW gold."v]->""; <script>" AS SELECT "a.b" AS "<i>" FROM gold."odd.name/<b>";
"""

MODELS = """
semantic_models:
  - name: orders
    label: Orders
    model: shop.gold.orders
    defaults: {agg_time_dimension: ordered_at}
    entities:
      - {name: order, type: primary, expr: order_id}
      - {name: customer, type: foreign, expr: customer_id}
    dimensions:
      - {name: ordered_at, type: time, type_params: {time_granularity: day}}
      - {name: status, type: categorical}
      - {name: size, type: categorical, expr: "CASE WHEN amount > 10 THEN 'big' ELSE status END"}
    measures:
      - {name: revenue_sum, agg: sum, expr: amount}
      - {name: order_count, agg: count, expr: order_id}
  - name: customers
    model: shop.gold.customers
    entities: [{name: customer, type: primary, expr: customer_id}]
    dimensions: [{name: country, type: categorical}]
    measures: [{name: customer_count, agg: count, expr: customer_id, create_metric: true}]
  - name: secrets
    model: shop.gold.by_country
    config: {meta: {access: [{roles: [admin]}]}}
    entities: [{name: place, type: primary, expr: country}]
    measures: [{name: secret_total, agg: sum, expr: total, create_metric: true}]
metrics:
  - {name: revenue, type: simple, label: Revenue, type_params: {measure: revenue_sum}}
  - {name: orders_placed, type: simple, type_params: {measure: order_count}}
  - name: paid_revenue
    type: simple
    type_params: {measure: revenue_sum}
    filter: "{{ Dimension('order__status') }} = 'paid'"
  - name: french_revenue
    type: simple
    type_params: {measure: revenue_sum}
    filter: "{{ Dimension('customer__country') }} = 'FR'"
  - name: average_order
    type: ratio
    type_params: {numerator: revenue, denominator: orders_placed}
  - name: average_in_cents
    type: derived
    type_params: {expr: average_order * 100, metrics: [average_order]}
  - name: revenue_per_customer
    type: ratio
    type_params: {numerator: revenue, denominator: customer_count}
saved_queries:
  - name: revenue_by_status
    query_params: {metrics: [revenue], group_by: ["Dimension('order__status')"]}
"""


@pytest.fixture(scope="package")
def shop_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("lineage") / "shop.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute(SCHEMA)
    return file


@pytest.fixture(scope="package")
def shop(shop_file: Path) -> Iterator[Path]:
    with override_settings(DUCKDB_ATTACH=f"shop={shop_file}", DUCKDB_DEFAULT_CATALOG="shop"):
        yield shop_file


@pytest.fixture(autouse=True)
def _generous_rate_limits(settings: Any) -> None:
    settings.RATE_LIMIT_PROFILE = "development"


@pytest.fixture
def models(db: None, shop: Path) -> None:
    """The shop's models, written by the system."""
    services.create_model(actor=SYSTEM, category="production", payload={"yaml": MODELS})


@pytest.fixture
def as_viewer(api: Api, viewer: User) -> ApiClient:
    return api(viewer)


@pytest.fixture
def as_analyst(api: Api, analyst: User) -> ApiClient:
    return api(analyst)


@pytest.fixture
def as_admin(api: Api, admin_user: User) -> ApiClient:
    return api(admin_user)

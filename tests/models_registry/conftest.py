"""Two small models that join, and people who write them."""

from __future__ import annotations

from typing import Any

import pytest

from models_registry import services
from models_registry.audit import SYSTEM
from semantic_layer.accounts.models import User
from tests.accounts_fixtures import Api, ApiClient

ORDERS = """\
# What customers bought.
semantic_model:
  name: orders
  description: One row per order.
  model: ref('orders')
  config:
    meta: {owner: sales, tags: [finance]}
  defaults: {agg_time_dimension: ordered_at}
  entities:
    - {name: order, type: primary, expr: order_id}
    - {name: customer, type: foreign, expr: customer_id}
  dimensions:
    - {name: ordered_at, type: time, type_params: {time_granularity: day}}
    - {name: channel, type: categorical}
  measures:
    - {name: revenue_sum, agg: sum, expr: amount}
    - {name: order_count, agg: count, expr: order_id}
metrics:
  - name: revenue
    label: Revenue
    description: What customers paid.
    type: simple
    type_params: {measure: revenue_sum}
    config: {meta: {synonyms: [turnover, sales]}}
  - name: orders_placed
    type: simple
    type_params: {measure: order_count}
  - name: average_order_value
    label: Average order value
    type: ratio
    type_params: {numerator: revenue, denominator: orders_placed}
"""

CUSTOMERS: dict[str, Any] = {
    "name": "customers",
    "description": "One row per customer.",
    "model": "shop.main.customers",
    "entities": [{"name": "customer", "type": "primary", "expr": "customer_id"}],
    "dimensions": [{"name": "country", "type": "categorical"}],
    "measures": [{"name": "customer_count", "agg": "count", "expr": "customer_id"}],
    "metrics": [{"name": "customers_known", "type": "simple", "measure": "customer_count"}],
    "tags": ["crm"],
    "meta": {"owner": "crm-team"},
}

GUARDED = {
    **CUSTOMERS,
    "name": "salaries",
    "entities": [{"name": "employee", "type": "primary", "expr": "id"}],
    "dimensions": [
        {"name": "team", "type": "categorical"},
        {"name": "grade", "type": "categorical"},
    ],
    "measures": [{"name": "salary_sum", "agg": "sum", "expr": "salary"}],
    "metrics": [{"name": "salaries_paid", "type": "simple", "measure": "salary_sum"}],
    "meta": {"access": [{"roles": ["analyst"], "members": {"excludes": ["grade"]}}]},
}


def write_orders(category: str = "production") -> None:
    services.create_model(actor=SYSTEM, category=category, payload={"yaml": ORDERS})


def write_customers(category: str = "production") -> None:
    services.create_model(actor=SYSTEM, category=category, payload=CUSTOMERS)


@pytest.fixture
def shop(db: None) -> None:
    """Both models in production."""
    write_customers()
    write_orders()


@pytest.fixture
def as_viewer(api: Api, viewer: User) -> ApiClient:
    return api(viewer)


@pytest.fixture
def as_engineer(api: Api, engineer: User) -> ApiClient:
    return api(engineer)


@pytest.fixture
def as_admin(api: Api, admin_user: User) -> ApiClient:
    return api(admin_user)


@pytest.fixture
def reviewed(settings: Any) -> None:
    settings.MODEL_REVIEW_CATEGORIES = ["production", "staging"]


@pytest.fixture
def colleague(db: None, api: Api) -> ApiClient:
    return api(User.objects.create_user("colleague@example.com", ["engineer"]))

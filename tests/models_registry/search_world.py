"""Models that are told apart only by ranking: similar names, shared words, hidden parts."""

from __future__ import annotations

from typing import Any

from models_registry import services
from models_registry.audit import SYSTEM
from tests.accounts_fixtures import ApiClient

SEARCH = "/api/models/search"

MODELS = """\
semantic_models:
  - name: orders
    label: Orders
    description: One row per order placed in the shop.
    model: lake.sales.fct_orders
    config:
      tags: [Finance, core]
      meta: {synonyms: [purchases, sales orders]}
    defaults: {agg_time_dimension: ordered_at}
    entities: [{name: order, type: primary, expr: order_id}]
    dimensions:
      - {name: ordered_at, type: time, type_params: {time_granularity: day}}
      - name: channel
        type: categorical
        description: Web or telephone.
        config: {meta: {synonyms: [distribution path]}}
    measures: [{name: order_count, agg: count, expr: order_id}]
  - name: order_items
    label: Order lines
    description: One row per line of an order.
    model: lake.sales.fct_order_items
    config: {tags: [core]}
    defaults: {agg_time_dimension: ordered_at}
    entities: [{name: order_item, type: primary, expr: id}]
    dimensions: [{name: ordered_at, type: time, type_params: {time_granularity: day}}]
    measures: [{name: item_revenue, agg: sum, expr: amount}]
  - name: refunds
    description: Money given back when an order was cancelled.
    model: lake.finance.refunds
    config: {tags: [finance], meta: {tags: [audited]}}
    entities: [{name: refund, type: primary, expr: id}]
    dimensions: [{name: reason, type: categorical, label: Grund der Rückgabe}]
  - name: warehouse_stock
    label: Stock
    description: Pieces on shelves each evening.
    model: {database: lake, schema: stock, alias: "stock_levels_100%"}
    config: {meta: {synonyms: inventory}}
    entities: [{name: shelf, type: primary, expr: id}]
    dimensions: [{name: pallet_kind, type: categorical}]
  - name: web_sessions
    label: Größe der Café-Sitzungen
    description: Visits of the site.
    model: ref('sessions')
    defaults: {agg_time_dimension: started_at}
    entities: [{name: session, type: primary, expr: id}]
    dimensions: [{name: started_at, type: time, type_params: {time_granularity: hour}}]
    measures: [{name: session_count, agg: count, expr: id}]
metrics:
  - name: cancellation_rate
    label: Share of cancellations
    type: ratio
    type_params: {numerator: orders_cancelled, denominator: orders_placed}
    config: {meta: {synonyms: [churned orders]}}
  - {name: orders_placed, type: simple, type_params: {measure: order_count}}
  - name: orders_cancelled
    type: simple
    type_params: {measure: order_count}
    filter: "{{ Dimension('order__channel') }} = 'none'"
  - name: revenue
    label: Revenue
    description: What customers paid, before refunds.
    type: simple
    type_params: {measure: item_revenue}
    config: {meta: {synonyms: [turnover]}}
  - {name: visits, type: simple, type_params: {measure: session_count}}
"""

GUARDED = """\
semantic_model:
  name: salaries
  label: Salaries
  description: What people earn.
  model: hr.main.salaries
  config:
    meta:
      access:
        - roles: [analyst]
          members: {excludes: [bonus_code, bonus_sum, bonus_paid]}
  defaults: {agg_time_dimension: paid_on}
  entities: [{name: payslip, type: primary, expr: id}]
  dimensions:
    - {name: paid_on, type: time, type_params: {time_granularity: day}}
    - {name: bonus_code, type: categorical, description: Clandestine arrangement.}
  measures: [{name: bonus_sum, agg: sum, expr: bonus}, {name: pay_sum, agg: sum, expr: pay}]
metrics:
  - {name: bonus_paid, type: simple, type_params: {measure: bonus_sum}}
  - {name: pay, type: simple, type_params: {measure: pay_sum}}
"""


def write_models(text: str = MODELS, category: str = "production") -> None:
    services.create_model(actor=SYSTEM, category=category, payload={"yaml": text})


def results(response: Any) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.content
    found: list[dict[str, Any]] = response.json()["results"]
    return found


def names(client: ApiClient, **asked: Any) -> list[str]:
    return [found["name"] for found in results(client.get(SEARCH, asked))]

"""Requests shown in the API documentation, from the demo's flights."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample

_AIRLINES = {
    "name": "airlines",
    "description": "The airlines that flew from New York in 2013, one row each.",
    "model": "flights.gold.airlines",
    "entities": [{"name": "carrier", "type": "primary", "expr": "carrier_code"}],
    "dimensions": [{"name": "name", "type": "categorical", "expr": "airline_name"}],
    "measures": [{"name": "airline_count", "agg": "count", "expr": "carrier_code"}],
    "metrics": [
        {"name": "airlines", "type": "simple", "label": "Airlines", "measure": "airline_count"}
    ],
}
_YAML = """\
semantic_model:
  name: airlines
  model: flights.gold.airlines
  entities:
    - {name: carrier, type: primary, expr: carrier_code}
  dimensions:
    - {name: name, type: categorical, expr: airline_name}
"""

CREATE = [
    OpenApiExample("JSON", {**_AIRLINES, "category": "development"}, request_only=True),
    OpenApiExample("YAML", {"yaml": _YAML, "category": "development"}, request_only=True),
]
UPDATE = [
    OpenApiExample(
        "Some keys",
        {"description": "One row per airline.", "message": "Say it shorter."},
        request_only=True,
    ),
    OpenApiExample("YAML", {"yaml": _YAML}, request_only=True),
]

BATCH = [
    OpenApiExample(
        "Two models, or none",
        {
            "atomic": True,
            "operations": [
                {"action": "create", "model": _AIRLINES},
                {"action": "update", "model_id": "airports", "model": {"tags": ["core"]}},
            ],
        },
        request_only=True,
    )
]
ADD_METRIC = [
    OpenApiExample(
        "A simple metric",
        {
            "name": "airlines_known",
            "type": "simple",
            "measure": "airline_count",
            "label": "Airlines",
        },
        request_only=True,
    )
]
TRANSITION = [
    OpenApiExample(
        "Approve what another person wrote",
        {"action": "approve", "version": 3, "reason": "Checked against the ledger."},
        request_only=True,
    )
]
PROMOTE = [
    OpenApiExample(
        "See what it would change",
        {"to_category": "staging", "dry_run": True},
        request_only=True,
    )
]

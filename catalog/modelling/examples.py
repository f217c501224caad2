"""Requests shown in the API documentation, from the demo's flights."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample

_PLANES = {"catalog": "flights", "schema": "gold", "table": "planes"}

ANALYZE = [OpenApiExample("A table of the demo", _PLANES, request_only=True)]
GENERATE = [
    OpenApiExample("What is likely", _PLANES, request_only=True),
    OpenApiExample(
        "Some metrics, saved in development",
        {
            **_PLANES,
            "model_name": "fleet",
            "description": "Planes that flew from New York.",
            "customizations": {"selected_metrics": ["planes"]},
            "save": True,
        },
        request_only=True,
    ),
]

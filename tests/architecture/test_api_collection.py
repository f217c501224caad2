"""The collection for API clients has every operation of the OpenAPI document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from semantic_layer.management.commands.api_collection import METHODS, collection

DOCUMENT: dict[str, Any] = json.loads((Path(__file__).parent / "openapi.json").read_text())


def requests() -> dict[tuple[str, str], Any]:
    found = collection(DOCUMENT)
    return {
        (one["request"]["method"], one["request"]["url"]["raw"]): one["request"]
        for folder in found["item"]
        for one in folder["item"]
    }


def test_every_operation_is_there() -> None:
    wanted = sum(1 for path in DOCUMENT["paths"].values() for method in path if method in METHODS)
    assert len(requests()) == wanted


def test_requests_are_ready_to_be_sent() -> None:
    found = requests()
    asked = found["POST", "{{base_url}}/api/metrics-explorer/query"]
    assert json.loads(asked["body"]["raw"])["metrics"]
    assert "auth" not in asked
    assert found["POST", "{{base_url}}/api/auth/login"]["auth"] == {"type": "noauth"}
    status = found["GET", "{{base_url}}/api/queries/:query_id/status"]
    assert status["url"]["variable"] == [{"key": "query_id", "value": ""}]
    columns = found["GET", "{{base_url}}/api/metadata/columns"]["url"]["query"]
    assert {one["key"] for one in columns if not one["disabled"]} >= {"catalog", "schema", "table"}

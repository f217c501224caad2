"""schemathesis writes models too: in development, so that the demo's stay as they are."""

from __future__ import annotations

from typing import Any

import schemathesis

WRITES = {"POST", "PUT", "DELETE"}
KEPT = (None, "production", "staging")


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Send writes of models to development; what is no category at all stays as it is."""
    if case.method.upper() not in WRITES or not case.path.startswith("/api/models"):
        return
    if case.query.get("category") in KEPT:
        case.query["category"] = "development"
    if not isinstance(case.body, dict):
        return
    if case.body.get("category") in ("production", "staging"):
        case.body["category"] = "development"
    if case.body.get("to_category") == "production":
        case.body["to_category"] = "staging"
    operations = case.body.get("operations")
    for operation in operations if isinstance(operations, list) else []:
        if isinstance(operation, dict) and operation.get("category") in KEPT:
            operation["category"] = "development"

"""`manage.py api_collection`: the API as a collection for API clients (Postman's format, 2.1).

Made of the OpenAPI document: a folder a tag, a request an operation, with an example body where the
document has one. Postman, Insomnia, Bruno and Hoppscotch read it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from drf_spectacular.generators import SchemaGenerator

FORMAT = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
METHODS = ("get", "post", "put", "patch", "delete")
NO_AUTH = {"type": "noauth"}
BEARER = {"type": "bearer", "bearer": [{"key": "token", "value": "{{token}}", "type": "string"}]}


class Command(BaseCommand):
    """Prints the collection."""

    help = "Print the API as a Postman collection; set its variables base_url and token."

    def handle(self, *args: Any, **options: Any) -> None:
        document = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
        found = collection(json.loads(json.dumps(document, default=str)))
        self.stdout.write(json.dumps(found, indent=1))


def collection(document: Mapping[str, Any]) -> dict[str, Any]:
    """The collection of an OpenAPI document, folders and requests in the document's order."""
    folders: dict[str, list[dict[str, Any]]] = {}
    for tag, request in _requests(document):
        folders.setdefault(tag, []).append(request)
    return {
        "info": {
            "name": document["info"]["title"], "schema": FORMAT, "version": settings.VERSION,
        },
        "auth": BEARER,
        "variable": [
            {"key": "base_url", "value": "http://localhost:8000"},
            {"key": "token", "value": ""},
        ],
        "item": [{"name": tag, "item": items} for tag, items in folders.items()],
    }  # fmt: skip


def _requests(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, operations in document["paths"].items():
        for method in METHODS:
            operation = operations.get(method)
            if operation is not None:
                tag = operation.get("tags", ["API"])[0]
                yield tag, _request(path, method, operation)


def _request(path: str, method: str, operation: Mapping[str, Any]) -> dict[str, Any]:
    parameters = operation.get("parameters", [])
    request: dict[str, Any] = {
        "method": method.upper(),
        "description": operation.get("description", ""),
        "header": [],
        "url": _url(path, parameters),
    }
    if {} in operation.get("security", []):
        request["auth"] = NO_AUTH
    body = _body(operation)
    if body is not None:
        request["header"] = [{"key": "Content-Type", "value": "application/json"}]
        request["body"] = {"mode": "raw", "raw": json.dumps(body, indent=2)}
    return {"name": operation.get("summary") or operation["operationId"], "request": request}


def _url(path: str, parameters: list[Mapping[str, Any]]) -> dict[str, Any]:
    parts = [f":{part[1:-1]}" if part.startswith("{") else part for part in path[1:].split("/")]
    inside = [one["name"] for one in parameters if one["in"] == "path"]
    query = [one for one in parameters if one["in"] == "query"]
    return {
        "raw": "{{base_url}}/" + "/".join(parts),
        "host": ["{{base_url}}"],
        "path": parts,
        "variable": [{"key": name, "value": ""} for name in inside],
        "query": [
            {
                "key": one["name"],
                "value": "",
                "description": one.get("description", ""),
                "disabled": not one.get("required", False),
            }
            for one in query
        ],
    }


def _body(operation: Mapping[str, Any]) -> Any:
    """The first example of the JSON body; an empty object where it has none; None without body."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    examples = list(content.get("examples", {}).values())
    return examples[0]["value"] if examples else {}

"""The OpenAPI document is pinned: who changes the API changes openapi.json, for review."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

PINNED = Path(__file__).with_name("openapi.json")


@pytest.fixture(scope="module")
def document() -> dict:
    GENERATOR_STATS.reset()
    generated = SchemaGenerator().get_schema(public=True)
    return json.loads(json.dumps(generated, default=str))


def test_the_document_is_the_pinned_one(document: dict) -> None:
    pinned = json.loads(PINNED.read_text(encoding="utf-8"))
    assert document == pinned, "The API changed. If that is meant: make openapi-snapshot"


def test_the_document_is_valid_openapi(document: dict) -> None:
    validate_schema(document)
    assert document["openapi"].startswith("3.1")


def test_nothing_in_it_was_guessed(document: dict) -> None:
    """drf-spectacular warns where it cannot tell a type, or gives two things one name."""
    assert not GENERATOR_STATS, "manage.py spectacular --fail-on-warn --settings tests.settings"


def test_every_operation_says_what_it_is(document: dict) -> None:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            place = f"{method.upper()} {path}"
            assert operation.get("summary"), place
            assert operation.get("tags"), place
            assert "default" in operation["responses"], place


def test_no_value_is_of_two_alternatives_at_once(document: dict) -> None:
    """`oneOf` with `{}` refuses what any other alternative allows."""

    def alternatives(node: object) -> Iterator[list[object]]:
        if isinstance(node, dict):
            yield node.get("oneOf", [])
        children = node.values() if isinstance(node, dict) else node
        for child in children if isinstance(node, dict | list) else ():
            yield from alternatives(child)

    assert [found for found in alternatives(document) if {} in found] == []


def test_operation_ids_are_unique(document: dict) -> None:
    names = [
        operation["operationId"]
        for operations in document["paths"].values()
        for operation in operations.values()
    ]
    assert len(names) == len(set(names))

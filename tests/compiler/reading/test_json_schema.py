"""The JSON Schema accepts what the reader accepts and refuses unknown keys as it does."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
import yaml

from semantic_layer.compiler.reading import Source, as_mapping, json_schema, read_documents, to_yaml
from semantic_layer.compiler.reading.document_shapes import SHAPES
from semantic_layer.compiler.reading.shapes import Kind, Many, Part
from tests.compiler.reading.broken_texts import MODEL
from tests.compiler.reading.test_elements import MEASURES
from tests.compiler.reading.test_forms import DBT, FLAT, LEGACY, SINGULAR

VALIDATOR = jsonschema.Draft202012Validator(json_schema())


def _parts(kind: Kind) -> list[Part]:
    if isinstance(kind, Many):
        return _parts(kind.item)
    return [kind] if isinstance(kind, Part) else []


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    assert json.loads(json.dumps(json_schema())) == json_schema()


def test_shapes_refer_to_shapes_that_exist() -> None:
    parts = [p for s in SHAPES.values() for k in s.keys.values() for p in _parts(k.kind)]
    assert {part.shape for part in parts} <= SHAPES.keys()
    assert all(part.short is None or part.short in SHAPES[part.shape].keys for part in parts)
    unused = SHAPES.keys() - {part.shape for part in parts} - {"document"}
    assert not unused


@pytest.mark.parametrize("text", [LEGACY, DBT, SINGULAR, MEASURES, MODEL])
def test_good_documents_fit(text: str) -> None:
    for document in yaml.safe_load_all(text):
        VALIDATOR.validate(document)


def test_what_we_write_fits() -> None:
    project = read_documents([Source(LEGACY)])
    VALIDATOR.validate(as_mapping(project.models[0], project.metrics))
    VALIDATOR.validate(yaml.safe_load(to_yaml(project.models[0], project.metrics)))


@pytest.mark.parametrize(
    "change",
    [
        {"meazures": []},
        {"measures": "revenue"},
        {"measures": [{"name": "a", "agg": "avg"}]},
        {"dimensions": [{"name": "a"}]},
        {"metrics": [{"name": "a", "type": "simple", "lable": "x"}]},
    ],
)
def test_mistakes_do_not_fit(change: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(FLAT | change)

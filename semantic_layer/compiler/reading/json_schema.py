"""JSON Schema (draft 2020-12) of the documents, made from the same tables the reader uses."""

from __future__ import annotations

from typing import Any

from semantic_layer.compiler.reading.document_shapes import SHAPES
from semantic_layer.compiler.reading.shapes import (
    Anything,
    Choice,
    Free,
    Kind,
    Many,
    Number,
    Part,
    Shape,
    Text,
    Truth,
)

_MODEL_NAME = "semantic model"


def json_schema() -> dict[str, Any]:
    """The schema of one document: a flat model, or a mapping of lists and singular parts."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Semantic layer document",
        "description": "Semantic models, metrics, saved queries and project settings.",
        "if": {"type": "object", "required": ["name"]},
        "then": {"$ref": _reference(_MODEL_NAME)},
        "else": {"$ref": _reference("document")},
        "$defs": {_key(name): _shape(shape) for name, shape in SHAPES.items()},
    }


def _key(name: str) -> str:
    return name.replace(" ", "_")


def _reference(name: str) -> str:
    return f"#/$defs/{_key(name)}"


def _shape(shape: Shape) -> dict[str, Any]:
    properties = {
        name: _kind(key.kind) | ({"description": key.note} if key.note else {})
        for name, key in shape.keys.items()
    }
    properties |= {name: {"description": "Not read here."} for name in sorted(shape.foreign)}
    schema: dict[str, Any] = {
        "type": "object",
        "description": shape.note,
        "properties": {name: _or_null(properties[name], name, shape) for name in properties},
        "additionalProperties": shape.open,
    }
    return schema | ({"required": list(shape.required)} if shape.required else {})


def _or_null(schema: dict[str, Any], name: str, shape: Shape) -> dict[str, Any]:
    """A key that is not required may be written with nothing after it."""
    note = {"description": schema["description"]} if "description" in schema else {}
    bare = {key: value for key, value in schema.items() if key != "description"}
    if name in shape.required or not bare:
        return schema
    return note | {"anyOf": [bare, {"type": "null"}]}


def _kind(kind: Kind) -> dict[str, Any]:
    match kind:
        case Text():
            return {"type": ["string", "number", "boolean"]}
        case Truth():
            return {"type": "boolean"}
        case Number():
            return _number(kind)
        case Choice():
            # Any case is read; editors should still offer the words themselves.
            pattern = "|".join(_any_case(word) for word in kind.words)
            return {
                "anyOf": [
                    {"enum": list(kind.words)},
                    {"type": "string", "pattern": f"^({pattern})$"},
                ]
            }
        case Many():
            items = _kind(kind.item)
            listed = {"type": "array", "items": items}
            return {"anyOf": [listed, items]} if kind.single else listed
        case Part():
            return _part(kind)
        case Free() | Anything():
            return {}


def _number(kind: Number) -> dict[str, Any]:
    bounds = {"minimum": kind.minimum, "maximum": kind.maximum}
    schema = {key: bound for key, bound in bounds.items() if bound is not None}
    return {"type": "integer" if kind.whole else "number"} | schema


def _part(kind: Part) -> dict[str, Any]:
    reference = {"$ref": _reference(kind.shape)}
    if kind.truth:
        return {"anyOf": [reference, {"type": "boolean"}]}
    if kind.short is not None:
        return {"anyOf": [reference, _kind(SHAPES[kind.shape].keys[kind.short].kind)]}
    return reference


def _any_case(word: str) -> str:
    return "".join(f"[{c}{c.upper()}]" if c.isalpha() else c for c in word)

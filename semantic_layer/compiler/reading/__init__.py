"""Reading documents: YAML and JSON in every accepted form to the values of spec.py, and back.

Public face: `read_documents`, `read_mapping`, `Source`; `to_yaml`, `as_mapping`, `metric_mapping`,
`definition_hash`; `json_schema`.
"""

from semantic_layer.compiler.reading.canonical import (
    as_mapping,
    definition_hash,
    metric_mapping,
    to_yaml,
)
from semantic_layer.compiler.reading.json_schema import json_schema
from semantic_layer.compiler.reading.nodes import MAX_BYTES
from semantic_layer.compiler.reading.projects import Source, read_documents, read_mapping

__all__ = [
    "MAX_BYTES",
    "Source",
    "as_mapping",
    "definition_hash",
    "json_schema",
    "metric_mapping",
    "read_documents",
    "read_mapping",
    "to_yaml",
]

"""Reading documents: YAML and JSON in every accepted form to the frozen values of spec.py.

Public face: `read_documents`, `read_mapping`, `Source`.
"""

from semantic_layer.compiler.reading.projects import Source, read_documents, read_mapping

__all__ = ["Source", "read_documents", "read_mapping"]

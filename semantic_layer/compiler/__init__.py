"""The semantic compiler: documents in, SQL text out. Pure: no Django, no I/O, no clock.

This is its whole public face; the modules behind it are its own business.
"""

from semantic_layer.compiler.access import restricted
from semantic_layer.compiler.compiling import Total, compile_query, compile_totals
from semantic_layer.compiler.dialects import DIALECTS
from semantic_layer.compiler.expressions import ExpressionError, parse_expression
from semantic_layer.compiler.graph import SemanticGraph, build_graph
from semantic_layer.compiler.infos import MeasureInfo, MetricInfo, ModelInfo
from semantic_layer.compiler.options import GroupByOption, group_by_options, measures_of
from semantic_layer.compiler.queries import parse_query
from semantic_layer.compiler.query_spec import (
    AccessPolicy,
    CompiledQuery,
    MetricQuery,
    ResultColumn,
)
from semantic_layer.compiler.reading import (
    Source,
    json_schema,
    read_documents,
    read_mapping,
    to_yaml,
)
from semantic_layer.compiler.spec import Project
from semantic_layer.compiler.value_types import mistyped

__all__ = [
    "DIALECTS",
    "AccessPolicy",
    "CompiledQuery",
    "ExpressionError",
    "GroupByOption",
    "MeasureInfo",
    "MetricInfo",
    "MetricQuery",
    "ModelInfo",
    "Project",
    "ResultColumn",
    "SemanticGraph",
    "Source",
    "Total",
    "build_graph",
    "compile_query",
    "compile_totals",
    "group_by_options",
    "json_schema",
    "measures_of",
    "mistyped",
    "parse_expression",
    "parse_query",
    "read_documents",
    "read_mapping",
    "restricted",
    "to_yaml",
]

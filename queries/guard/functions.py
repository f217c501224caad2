"""Functions and relations a statement may not touch, per dialect, each with why.

DuckDB's lists belong to its adapter, which checks them again on the engine's own tree. On
Databricks the caller's Unity Catalog rights are the real control; this keeps statements from
reaching beyond tables.
"""

from __future__ import annotations

import re

from semantic_layer.adapters import duckdb_surface as surface

_DATABRICKS_TABLE_FUNCTIONS = frozenset(
    {
        "collations",
        "explode",
        "explode_outer",
        "inline",
        "inline_outer",
        "json_tuple",
        "posexplode",
        "posexplode_outer",
        "range",
        "sql_keywords",
        "stack",
        "unnest",
        "variant_explode",
        "variant_explode_outer",
    }
)

_FILES = "reads files"
_NETWORK = "reaches the network"
_SECRETS = "reads secrets"
_STREAMS = "reads streams from outside"
_CODE = "runs code on the server"
_MODEL = "calls a model endpoint"

_DATABRICKS_REFUSED = {
    "ai_query": _MODEL,
    "vector_search": _MODEL,
    "cloud_files": _FILES,
    "cloud_files_state": _FILES,
    "copy_into": _FILES,
    "event_log": "reads the log of a pipeline",
    "from_avro": _NETWORK,
    "from_protobuf": _FILES,
    "to_avro": _NETWORK,
    "to_protobuf": _FILES,
    "http_request": _NETWORK,
    "identifier": "names a table or function by a value",
    "input_file_block_length": _FILES,
    "input_file_block_start": _FILES,
    "input_file_name": "shows where files are kept",
    "java_method": _CODE,
    "list_secrets": _SECRETS,
    "python_exec": _CODE,
    "read_files": _FILES,
    "read_kafka": _STREAMS,
    "read_kinesis": _STREAMS,
    "read_pubsub": _STREAMS,
    "read_pulsar": _STREAMS,
    "read_state_metadata": _FILES,
    "read_statestore": _FILES,
    "reflect": _CODE,
    "remote_query": _NETWORK,
    "secret": _SECRETS,
    "table_changes": "reads a table named by a value",
    "try_reflect": _CODE,
    "try_secret": _SECRETS,
}
_DATABRICKS_MODEL_FUNCTION = re.compile(r"ai_\w+\Z")

_DUCKDB_REFUSED_NAME = re.compile(
    r"(?:read_(?:csv|json|ndjson|parquet|text|blob|duckdb|single|xlsx)\w*|parquet_\w+|sniff_csv|"
    r"duckdb_\w+|pragma_\w+|(?:sqlite|postgres|mysql)_(?:scan|query|attach|execute)\w*|"
    r"iceberg_\w+|delta_scan|st_read\w*|(?:arrow|pandas|python_arrow|seq)_scan\w*|"
    r"python_map_function|http_(?:get|post|head)\w*)\Z"
)
_DUCKDB_NOT_SCALAR = frozenset({"glob", "checkpoint", "which_secret", "truncate_duckdb_logs"})

_FILE_FORMATS = frozenset(
    {
        "avro",
        "binaryfile",
        "cloudfiles",
        "csv",
        "delta",
        "deltasharing",
        "excel",
        "hudi",
        "iceberg",
        "image",
        "json",
        "orc",
        "parquet",
        "sequencefile",
        "state-metadata",
        "statestore",
        "text",
        "xml",
    }
)


def is_table_function(name: str, dialect: str) -> bool:
    """Whether a function may stand where a table may."""
    known = surface.TABLE_FUNCTIONS if dialect == "duckdb" else _DATABRICKS_TABLE_FUNCTIONS
    return name.casefold() in known


def table_functions(dialect: str) -> str:
    """The usual ones, for an error that says what would work."""
    return "range, generate_series, unnest" if dialect == "duckdb" else "range, explode, stack"


def refusal_of_function(name: str, dialect: str) -> str | None:
    """Why no statement may call it, as the end of a sentence; None when it may."""
    folded = name.casefold()
    if dialect == "databricks":
        if _DATABRICKS_MODEL_FUNCTION.match(folded):
            return _MODEL
        return _DATABRICKS_REFUSED.get(folded)
    if folded in surface.TABLE_FUNCTIONS:
        return None
    if folded in _DUCKDB_NOT_SCALAR or _DUCKDB_REFUSED_NAME.match(folded):
        return "reaches files, settings or the network"
    return surface.SCALAR_FUNCTIONS_REFUSED.get(folded)


def refusal_of_relation(parts: tuple[str, ...], dialect: str) -> str | None:
    """Why no statement may read the relation of this dotted name; None when it may."""
    name = parts[-1]
    if dialect == "duckdb":
        if name.casefold() in surface.RELATIONS_REFUSED:
            return f"{name} shows the server's settings, files or statements."
        if surface.looks_like_file(parts):
            return f"{'.'.join(parts)!r} would read a file. If it is a table, write its schema too."
        return None
    if any("/" in part for part in parts):  # Unity Catalog has no such name
        return f"{'.'.join(parts)!r} would read files. Tables are named catalog.schema.table."
    if len(parts) == 2 and parts[0].casefold() in _FILE_FORMATS:
        return f"{'.'.join(parts)!r} would read files. If it is a table, write its catalog too."
    return None

"""What of DuckDB a statement may touch: the lists the guard and the adapter both hold it against.

Pure data, no driver. Table functions are allowed by name, since one that reads files looks like
any other; scalar functions are refused by name, since users may have macros of their own and pure
ones do no harm.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

TABLE_FUNCTIONS = frozenset(
    {
        "range",
        "generate_series",
        "unnest",
        "repeat",
        "repeat_row",
        "json_each",
        "json_tree",
        "test_all_types",
        "icu_calendar_names",
        "pg_timezone_names",
        "duckdb_columns",
        "duckdb_constraints",
        "duckdb_functions",
        "duckdb_keywords",
        "duckdb_schemas",
        "duckdb_tables",
        "duckdb_types",
        "duckdb_views",
        "pragma_version",
    }
)
"""Table functions that read nothing but their arguments or the names of what exists."""

SCALAR_FUNCTIONS_REFUSED = {
    "getenv": "reads the server's environment",
    "getvariable": "reads session state",
    "current_setting": "reads the engine's settings",
    "set_config": "changes the engine's settings",
    "write_log": "writes to the engine's log",
    "parse_duckdb_log_message": "reads the engine's log",
    "json_execute_serialized_sql": "runs SQL hidden in a value",
    "nextval": "changes a sequence",
    "currval": "reads session state",
    "setval": "changes a sequence",
    "setseed": "changes session state",
    "sleep_ms": "only keeps the engine busy",
    "pg_sleep": "only keeps the engine busy",
    "inet_server_addr": "reads the server's network",
    "inet_server_port": "reads the server's network",
    "inet_client_addr": "reads the server's network",
    "inet_client_port": "reads the server's network",
    "which_secret": "reads secrets",
    "http_get": "reaches the network",
    "http_post": "reaches the network",
    "load_aws_credentials": "reads secrets",
    "to_substrait": "is not part of SQL analysis",
    "from_substrait": "runs SQL hidden in a value",
    "query": "runs SQL hidden in a value",
    "query_table": "reads a table named by a value",
}
"""Scalar functions that reach outside the data, each with why."""

RELATIONS_REFUSED = frozenset(
    {
        "duckdb_databases",
        "duckdb_extensions",
        "duckdb_external_file_cache",
        "duckdb_logs",
        "duckdb_log_contexts",
        "duckdb_memory",
        "duckdb_prepared_statements",
        "duckdb_secrets",
        "duckdb_settings",
        "duckdb_temporary_files",
        "duckdb_variables",
        "pg_database",
        "pg_prepared_statements",
        "pg_settings",
        "pragma_database_list",
        "pragma_database_size",
    }
)
"""System views that show file paths, settings, secrets or other people's statements."""

SHOWN = frozenset({"databases", "schemas", "tables", "all tables", "__show_tables_expanded"})
"""What SHOW may list."""

HIDDEN_CATALOGS = frozenset({"memory", "system", "temp"})
"""The engine's own databases: never listed, never attached over."""

HIDDEN_SCHEMAS = frozenset({"information_schema", "pg_catalog"})

_FILE_SUFFIX = re.compile(
    r"\.(?:csv|tsv|txt|json|jsonl|ndjson|parquet|arrow|feather|xlsx?|db|duckdb|ddb|sqlite3?|gz|zst)\Z",
    re.IGNORECASE,
)
_PATH_SIGN = re.compile(r"[/\\*?]")
_PATH_START = re.compile(r"(?:[/\\~]|\w+:)")


def looks_like_file(parts: Sequence[str]) -> bool:
    """Whether the engine might read a table name as the path of a file.

    It tries the whole dotted name as a path when no such table exists. A table whose name merely
    holds a slash can still be read: with its schema before it.
    """
    path = ".".join(parts)
    is_path, has_suffix = bool(_PATH_SIGN.search(path)), bool(_FILE_SUFFIX.search(path))
    if _PATH_START.match(path) or (is_path and has_suffix):
        return True
    return len(parts) == 1 and (is_path or has_suffix)

"""What each environment variable is for: the words of docs/settings.md and `manage.py doctor`.

By subject. A variable that the settings read and that is missing here fails a test, and so does one
that is here and read by nobody.
"""

from __future__ import annotations

from collections.abc import Mapping

HELP: Mapping[str, Mapping[str, str]] = {
    "Where things are": {
        "VAR_DIR": "Folder for all that the service writes itself.",
        "DEBUG": "Tracebacks in the browser; for development only.",
        "ALLOWED_HOSTS": "Host names that the service answers to.",
        "LOG_LEVEL": "The least severe level that is logged.",
        "MODEL_DIRECTORY": "Folder with the models that `load_demo` imports.",
    },
    "Secrets": {
        "SECRET_KEY": "Signs admin sessions and links; at least 32 characters.",
        "SECRET_KEY_PREVIOUS": "The former SECRET_KEY, while keys are rotated.",
        "JWT_SIGNING_KEY": "Signs access and refresh tokens; another one than SECRET_KEY.",
        "JWT_PREVIOUS_SIGNING_KEY": "The former JWT_SIGNING_KEY, for eight hours after a change.",
    },
    "Database, cache, broker": {
        "DATABASE_URL": "PostgreSQL, as postgresql://user:password@host:port/name.",
        "DATABASE_CONN_MAX_AGE_S": "Seconds that a connection is kept for further requests.",
        "DATABASE_CONNECT_TIMEOUT_S": "Seconds to wait for a connection.",
        "REDIS_URL": "Redis or Valkey: cache, rate limits, locks.",
        "CELERY_BROKER_URL": "Where Celery's messages are kept; REDIS_URL where unset.",
        "CACHE_KEY_PREFIX": "Keeps installations apart that share one Redis.",
    },
    "Web": {
        "HTTPS": "TLS ends at a proxy in front: secure cookies, redirect, HSTS.",
        "TRUSTED_PROXY_COUNT": "How many proxies of yours add to X-Forwarded-For.",
        "HSTS_SECONDS": "How long browsers insist on HTTPS.",
        "HSTS_SUBDOMAINS": "HSTS for all subdomains, and the preload list.",
        "CSRF_TRUSTED_ORIGINS": "Origins that may post to the admin site, with scheme.",
        "CORS_ALLOWED_ORIGINS": "Origins of frontends that may call the API.",
    },
    "Rate limits": {
        "RATE_LIMIT_PROFILE": "`development` multiplies every limit by 100.",
        "RATE_LIMIT_HEALTH": "Health requests a minute, of all callers together.",
        "RATE_LIMIT_METADATA": "Requests a minute and person for all that is in no other class.",
        "RATE_LIMIT_QUERIES": "SQL and metric queries a minute and person.",
        "RATE_LIMIT_MODELS": "Registry requests a minute and person.",
        "RATE_LIMIT_AI": "Analyses and generations a minute and person.",
        "RATE_LIMIT_EXPORTS": "Exports an hour and person.",
    },
    "Signing in": {
        "IDENTITY_PROVIDER": "Dotted path of who knows whose token it is; rarely set.",
        "ROLE_GROUPS_VIEWER": "Groups whose members are viewers, as everybody is.",
        "ROLE_GROUPS_ANALYST": "Groups whose members are analysts.",
        "ROLE_GROUPS_ENGINEER": "Groups whose members are engineers.",
        "ROLE_GROUPS_ADMIN": "Groups whose members are admins.",
    },
    "Warehouse": {
        "WAREHOUSE": "Which warehouse runs SQL.",
        "DUCKDB_ATTACH": "More DuckDB files as NAME=FILE, comma-separated; each is a catalog.",
        "DUCKDB_DEFAULT_CATALOG": "The catalog that two-part names mean.",
        "DUCKDB_MEMORY_LIMIT": "Memory of DuckDB, per process.",
        "DUCKDB_THREADS": "Threads of DuckDB, per process.",
    },
    "Queries": {
        "QUERY_MAX_CHARACTERS": "The longest SQL text.",
        "QUERY_TIMEOUT_S": "Seconds that a query may take while somebody waits.",
        "QUERY_MAX_ROWS": "Most rows of an SQL answer.",
        "METRIC_QUERY_MAX_ROWS": "Most rows of a metric answer.",
        "QUERY_BUDGET_ANALYST": "Rows, megabytes, seconds and queries at once of the role.",
        "QUERY_BUDGET_ENGINEER": "The same for engineers.",
        "QUERY_BUDGET_ADMIN": "The same for administrators.",
        "QUERY_PLACES_TOTAL": "Queries at once that people wait for, of all together.",
        "QUERY_PLACE_WAIT_S": "Seconds to wait for such a place.",
        "QUERY_CACHE_TTL_S": "Seconds that answers are kept; 0 keeps none.",
        "QUERY_CACHE_MAX_KB": "The largest answer that is kept.",
        "QUERY_CACHE_TOTAL_MB": "All kept answers together.",
    },
    "Queries in the background": {
        "QUERY_BACKGROUND_TIMEOUT_S": "Seconds that one may take.",
        "QUERY_BACKGROUND_PER_USER": "How many of one person run at once.",
        "QUERY_BACKGROUND_TOTAL": "How many run at once.",
        "QUERY_BACKGROUND_WAITING_PER_USER": "How many of one person may wait.",
        "QUERY_WAIT_TIMEOUT_S": "Seconds after which one that waits is given up.",
        "QUERY_HEARTBEAT_S": "How often a worker says that its query is alive.",
        "QUERY_LOST_AFTER_S": "Silence after which a worker counts as lost.",
        "QUERY_STREAMS_PER_USER": "Event streams of one person at once.",
        "QUERY_STREAMS_TOTAL": "Event streams at once.",
        "QUERY_STREAM_S": "Seconds after which a stream ends; clients come back.",
    },
    "Results and exports": {
        "RESULT_STORE_DIR": "Folder of results of background queries; shared by web and workers.",
        "RESULT_TTL_S": "Seconds that they are kept.",
        "RESULT_USER_MB": "Stored results of one person.",
        "RESULT_TOTAL_MB": "All stored results.",
        "EXPORT_STORE_DIR": "Folder of exported files; shared by web and workers.",
        "EXPORT_TTL_S": "Seconds that they are kept.",
        "EXPORT_MAX_ROWS": "Most rows of an export.",
        "EXPORT_MAX_MB": "The largest file.",
        "EXPORT_USER_MB": "Exports of one person.",
        "EXPORT_TOTAL_MB": "All exports.",
        "EXPORT_CSV_BOM": "A byte order mark in CSV files, which old Excel wants.",
    },
    "Databricks": {
        "DATABRICKS_HOST": "Address of the workspace; people then sign in with its tokens.",
        "DATABRICKS_HTTP_PATH": "The SQL warehouse; unset: SQL runs on DuckDB.",
        "DATABRICKS_WAREHOUSE_ID": "The warehouse's id, instead of its path.",
        "DATABRICKS_CATALOG": "The catalog that names without one mean.",
        "DATABRICKS_CLIENT_ID": "The service principal that background work is done as.",
        "DATABRICKS_CLIENT_SECRET": "Its OAuth secret.",
        "DATABRICKS_TOKEN": "A token for background work, instead of a service principal.",
        "DATABRICKS_OAUTH_CLIENT_ID": "OAuth application for signing in on the workspace's page.",
        "DATABRICKS_OAUTH_CLIENT_SECRET": "Its secret, where it has one.",
        "CREDENTIAL_KEYS": "Fernet keys, comma-separated, for people's tokens: the first seals.",
        "WORKSPACE_TIMEOUT_S": "Seconds to wait for one answer of the workspace's REST API.",
        "WORKSPACE_BUDGET_S": "Seconds for one question to it, with its repetitions.",
        "WORKSPACE_RECHECK_S": "Seconds until who is shut out there is shut out here.",
        "GENIE_SPACE_ID": "The Genie space that is asked; unset: none.",
    },
    "Registry": {
        "VOLUME_PATH": "A Unity Catalog Volume: /Volumes/catalog/schema/volume[/folder].",
        "VOLUME_FOLDER": "Folder that holds the volume where no Databricks volume is set.",
        "MODEL_REVIEW_CATEGORIES": "Categories where another person approves a version.",
    },
    "Tables to models": {
        "GOLD_SCHEMAS": "Patterns of the schemas whose tables models are made of.",
        "ANALYSIS_TIMEOUT_S": "Seconds for measuring one table.",
        "ANALYSIS_ROWS": "Rows that are read of a large table to measure it.",
    },
    "Language model": {
        "LANGUAGE_MODEL_ENDPOINT": "A serving endpoint of the workspace, instead of a URL.",
        "LANGUAGE_MODEL_URL": "Any URL that speaks OpenAI's chat completions, with `/v1`.",
        "LANGUAGE_MODEL_NAME": "The model to ask there.",
        "LANGUAGE_MODEL_API_KEY": "The key to ask with.",
        "LANGUAGE_MODEL_TIMEOUT_S": "Seconds to wait for an answer.",
        "LANGUAGE_MODEL_FORMAT": "How the answer's JSON Schema is asked for.",
        "LANGUAGE_MODEL_ROW_VALUES": "Whether it may be told values of rows.",
        "LANGUAGE_MODEL_OPTIONS": "More of the request's body, such as a temperature.",
    },
    "Monitoring": {
        "METRICS_TOKEN": "Bearer token that opens /metrics.",
        "METRICS_NETWORKS": "Networks that may read /metrics without one; `none` for none.",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "Collector of traces (OTLP over HTTP); unset: none.",
        "WORKER_METRICS_PORT": "Where a worker shows its own figures; 0: nowhere.",
    },
}

DEPENDS: Mapping[str, str] = {
    "VAR_DIR": "`var` in the project",
    "MODEL_DIRECTORY": "`semantic-models` in the project",
    "RESULT_STORE_DIR": "`results` in VAR_DIR",
    "EXPORT_STORE_DIR": "`exports` in VAR_DIR",
    "VOLUME_FOLDER": "`volumes` in VAR_DIR",
    "DUCKDB_THREADS": "as many as cores",
    "CELERY_BROKER_URL": "REDIS_URL",
    "IDENTITY_PROVIDER": "the workspace, or local users",
    "DATABRICKS_HTTP_PATH": "of DATABRICKS_WAREHOUSE_ID",
}
"""Defaults that depend on the machine or on other variables, in words."""

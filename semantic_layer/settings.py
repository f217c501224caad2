"""Django settings: from the environment only, secrets also from `<NAME>_FILE`, no default secret.

`manage.py up` fills the environment for its children; in production the operator does. Wrong
combinations are reported by semantic_layer/checks.py with an id and a hint.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from celery.schedules import crontab

from semantic_layer.env import (
    database_from_url,
    env,
    env_bool,
    env_choice,
    env_choices,
    env_int,
    env_json_object,
    env_list,
    env_networks,
    env_numbers,
    env_secret,
)

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"


# ---------------------------------------------------------------- where things are

VAR_DIR = Path(env("VAR_DIR", str(BASE_DIR / "var"))).expanduser().resolve()
DEBUG = env_bool("DEBUG", False)
SECRET_KEY = env_secret("SECRET_KEY")
JWT_SIGNING_KEY = env_secret("JWT_SIGNING_KEY")
# While keys are rotated: what was signed with the former ones still counts, nothing new is.
SECRET_KEY_FALLBACKS = [key for key in (env_secret("SECRET_KEY_PREVIOUS"),) if key]
JWT_PREVIOUS_SIGNING_KEY = env_secret("JWT_PREVIOUS_SIGNING_KEY")
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS")

ROOT_URLCONF = "semantic_layer.urls"
WSGI_APPLICATION = "semantic_layer.wsgi.application"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
USE_I18N = False
DATE_FORMAT = "Y-m-d"
DATETIME_FORMAT = "Y-m-d H:i"
TIME_FORMAT = "H:i"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "semantic_layer.accounts.admin_apps.TokenAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "corsheaders",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "semantic_layer.apps.SemanticLayerConfig",
    "semantic_layer.accounts",
    "catalog",
    "models_registry",
    "queries",
    "lineage",
    "genie",
]

MIDDLEWARE = [
    "semantic_layer.api.middleware.RequestIdMiddleware",
    "semantic_layer.api.headers.SecurityHeadersMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "semantic_layer.api.middleware.OptionalSlashMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

# ---------------------------------------------------------------- database, cache, broker

DATABASES = {"default": database_from_url(env("DATABASE_URL", "postgresql:///semantic_layer"))}
REDIS_URL = env("REDIS_URL", "redis://localhost:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": env("CACHE_KEY_PREFIX", "sl"),
        "OPTIONS": {
            "SOCKET_CONNECT_TIMEOUT": 2,
            "SOCKET_TIMEOUT": 5,
            # Whoever can write there must not be able to run code here, as pickles would let them.
            "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
        },
    }
}
CELERY_BROKER_URL = env("CELERY_BROKER_URL", REDIS_URL)
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "forget old sessions": {
        "task": "accounts.forget_old_sessions", "schedule": crontab(hour=3, minute=20)
    },
    "forget credentials": {
        "task": "accounts.forget_credentials", "schedule": 60.0, "options": {"expires": 60}
    },
    "forget conversations": {
        "task": "genie.forget_conversations", "schedule": crontab(hour=3, minute=40)
    },
    "refresh the lineage": {
        "task": "lineage.refresh", "schedule": 60.0, "options": {"expires": 60}
    },
    "resume generations": {
        "task": "catalog.resume_generations", "schedule": 15.0, "options": {"expires": 30}
    },
    "reap queries": {"task": "queries.reap", "schedule": 10.0, "options": {"expires": 30}},
    "sweep stored results": {"task": "queries.sweep_results", "schedule": 300.0},
    "wake ordered documentation": {
        "task": "models_registry.wake_documentation", "schedule": 60.0, "options": {"expires": 60}
    },
    "build documentation": {
        "task": "models_registry.build_due_docs", "schedule": 300.0, "options": {"expires": 300}
    },
    "sync the volume": {
        "task": "models_registry.sync_volume", "schedule": 30.0, "options": {"expires": 30}
    },
}  # fmt: skip

# ---------------------------------------------------------------- accounts

AUTH_USER_MODEL = "accounts.User"
# Unset: the workspace where there is one, else local users.
IDENTITY_PROVIDER = env("IDENTITY_PROVIDER")
# Names of the identity provider's groups, e.g. ROLE_GROUPS_ADMIN=sl-admins,data-platform
ROLE_GROUPS = {
    role: env_list(f"ROLE_GROUPS_{role.upper()}")
    for role in ("viewer", "analyst", "engineer", "admin")
}
SESSION_LIFETIME = timedelta(hours=8)
SESSION_COOKIE_AGE = int(SESSION_LIFETIME.total_seconds())
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
HTTPS = env_bool("HTTPS", False)
TRUSTED_PROXY_COUNT = env_int("TRUSTED_PROXY_COUNT", 0)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
# TLS ends at a proxy of ours: what it says of the scheme counts only where there is one.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXY_COUNT else None
SECURE_SSL_REDIRECT = HTTPS
# Health is asked by load balancers from inside, over plain HTTP.
SECURE_REDIRECT_EXEMPT = [r"^(api/)?health", r"^metrics"]
SECURE_HSTS_SECONDS = env_int("HSTS_SECONDS", 31_536_000) * HTTPS
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = env_bool("HSTS_SUBDOMAINS", False)
# Whether all its subdomains speak TLS is for the owner of a domain to say, not for Django.
SILENCED_SYSTEM_CHECKS = [] if SECURE_HSTS_PRELOAD else ["security.W005", "security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
SIMPLE_JWT = {
    "ALGORITHM": "HS256",
    "SIGNING_KEY": JWT_SIGNING_KEY,
    "ISSUER": "semantic-layer",
    "AUDIENCE": "semantic-layer-api",
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=30),
    "REFRESH_TOKEN_LIFETIME": SESSION_LIFETIME,
    "USER_ID_CLAIM": "sub",
}

# ---------------------------------------------------------------- Databricks workspace

DATABRICKS_HOST = env("DATABRICKS_HOST")
# Where SQL runs; without it, the workspace is for signing in and SQL runs on DuckDB.
_WAREHOUSE_ID = env("DATABRICKS_WAREHOUSE_ID")
DATABRICKS_HTTP_PATH = env(
    "DATABRICKS_HTTP_PATH", f"/sql/1.0/warehouses/{_WAREHOUSE_ID}" if _WAREHOUSE_ID else ""
)
# The catalog that names without one mean.
DATABRICKS_CATALOG = env("DATABRICKS_CATALOG")
# Further arguments of the SQL driver, over our own: a proxy, a CA file, another port.
DATABRICKS_CONNECTION = env_json_object("DATABRICKS_CONNECTION")
DATABRICKS_SOCKET_TIMEOUT_S = env_int("DATABRICKS_SOCKET_TIMEOUT_S", 30, minimum=1)
DATABRICKS_BREAKER_FAILURES = env_int("DATABRICKS_BREAKER_FAILURES", 5, minimum=1)
DATABRICKS_BREAKER_OPEN_S = env_int("DATABRICKS_BREAKER_OPEN_S", 15, minimum=1)
# What background work that no person asked for signs in with: a service principal, or a token.
DATABRICKS_CLIENT_ID = env("DATABRICKS_CLIENT_ID")
DATABRICKS_CLIENT_SECRET = env_secret("DATABRICKS_CLIENT_SECRET")
DATABRICKS_TOKEN = env_secret("DATABRICKS_TOKEN")
# The OAuth application people sign in with; unset: with a token only.
DATABRICKS_OAUTH_CLIENT_ID = env("DATABRICKS_OAUTH_CLIENT_ID")
DATABRICKS_OAUTH_CLIENT_SECRET = env_secret("DATABRICKS_OAUTH_CLIENT_SECRET")
# Fernet keys for the workspace tokens of signed-in people: the first seals, all open.
CREDENTIAL_KEYS = [key.strip() for key in env_secret("CREDENTIAL_KEYS").split(",") if key.strip()]
WORKSPACE_TIMEOUT_S = env_int("WORKSPACE_TIMEOUT_S", 10, minimum=1)
WORKSPACE_BUDGET_S = env_int("WORKSPACE_BUDGET_S", 20, minimum=1)
# How long it may take until somebody shut out at the workspace is shut out here.
WORKSPACE_RECHECK_S = env_int("WORKSPACE_RECHECK_S", 60)
# Whether a sign-in also asks the SQL warehouse whose token it is, which starts a stopped one.
WORKSPACE_SIGN_IN_QUERY = env_bool("WORKSPACE_SIGN_IN_QUERY", True)
GENIE_SPACE_ID = env("GENIE_SPACE_ID")

# ---------------------------------------------------------------- API

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "semantic_layer.accounts.authentication.BearerAuthentication"
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["semantic_layer.api.rendering.JsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["semantic_layer.api.parsing.StrictJsonParser"],
    "DEFAULT_SCHEMA_CLASS": "semantic_layer.api.schema.ApiSchema",
    "EXCEPTION_HANDLER": "semantic_layer.accounts.refusals.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "DATETIME_FORMAT": None,  # the renderer writes ISO 8601 with Z
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Semantic Layer Service",
    "VERSION": VERSION,
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "AnalysisSourceEnum": "catalog.modelling.serializers.SOURCES",
        "GenerationStateEnum": "catalog.models.GenerationState",
        "CategoryEnum": "models_registry.models.Category",
        "DocumentKindEnum": "models_registry.models.DocumentKind",
        "VersionStateEnum": "models_registry.models.VersionState",
        "TransitionActionEnum": "models_registry.transitions.ACTIONS",
        "BatchActionEnum": "models_registry.batches.ACTIONS",
        "MetricTypeEnum": "models_registry.serializers.METRIC_TYPES",
        "EntityTypeEnum": "models_registry.serializers.ENTITY_TYPES",
        "DimensionTypeEnum": "models_registry.serializers.DIMENSION_TYPES",
        "AggregationEnum": "models_registry.serializers.AGGREGATIONS",
        "ExportFormatEnum": "queries.models.ExportFormat",
        "LineageFormatEnum": "lineage.serializers.FORMATS",
        "LineageNodeKindEnum": "lineage.serializers.NODE_KINDS",
        "LineageRelationEnum": "lineage.serializers.RELATIONS",
        "LineageLevelEnum": "lineage.serializers.LEVELS",
        "LineageDirectionEnum": "lineage.services.DIRECTIONS",
        "DocumentationFormatEnum": "models_registry.models.DocumentationFormat",
        "DocumentationStateEnum": "models_registry.models.DocumentationState",
        "QuestionOutcomeEnum": "genie.serializers.OUTCOMES",
        "AnswerSourceEnum": "genie.serializers.ANSWER_SOURCES",
        "BreakerStateEnum": "semantic_layer.health.BREAKER_STATES",
        "HealthStatusEnum": "semantic_layer.health.STATUSES",
        "QueryKindEnum": "queries.models.QueryKind",
        "QueryStateEnum": "queries.states.QueryState",
        "RoleEnum": "semantic_layer.accounts.roles.Role",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "semantic_layer.api.schema.add_error_responses",
        "semantic_layer.api.schema.any_value_may_be_null",
    ],
}
RATE_LIMIT_PROFILE = env_choice("RATE_LIMIT_PROFILE", "production", ("production", "development"))
RATE_LIMITS = {
    # category: (requests, seconds)
    "health": (env_int("RATE_LIMIT_HEALTH", 1000, minimum=1), 60),
    "metadata": (env_int("RATE_LIMIT_METADATA", 100, minimum=1), 60),
    "queries": (env_int("RATE_LIMIT_QUERIES", 10, minimum=1), 60),
    "models": (env_int("RATE_LIMIT_MODELS", 50, minimum=1), 60),
    "ai": (env_int("RATE_LIMIT_AI", 5, minimum=1), 60),
    "exports": (env_int("RATE_LIMIT_EXPORTS", 5, minimum=1), 3600),
}
CORS_ALLOWED_ORIGINS = env_list(
    "CORS_ALLOWED_ORIGINS", "http://localhost:3000,http://localhost:3001"
)
CORS_ALLOW_METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]
CORS_ALLOW_HEADERS = [
    "content-type",
    "authorization",
    "x-requested-with",
    "if-match",
    "x-request-id",
]
CORS_EXPOSE_HEADERS = [
    "ETag", "Location", "Content-Disposition", "X-Request-ID", "X-Process-Time", "Retry-After",
    "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset",
]  # fmt: skip
CORS_ALLOW_CREDENTIALS = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024

# ---------------------------------------------------------------- warehouse

DUCKDB_DEMO_FILE = VAR_DIR / "warehouse" / "flights.duckdb"
DUCKDB_ATTACH = env("DUCKDB_ATTACH")
DUCKDB_DEFAULT_CATALOG = env("DUCKDB_DEFAULT_CATALOG")
DUCKDB_MEMORY_LIMIT = env("DUCKDB_MEMORY_LIMIT", "2GB")
DUCKDB_THREADS = env_int("DUCKDB_THREADS", os.cpu_count() or 1, minimum=1)
QUERY_MAX_CHARACTERS = env_int("QUERY_MAX_CHARACTERS", 10_000, minimum=1)
QUERY_TIMEOUT_S = env_int("QUERY_TIMEOUT_S", 120, minimum=1)
QUERY_MAX_ROWS = env_int("QUERY_MAX_ROWS", 10_000, minimum=1)
METRIC_QUERY_MAX_ROWS = env_int("METRIC_QUERY_MAX_ROWS", 100_000, minimum=1)
# Places for queries that somebody waits for; a role's own are in its budget.
QUERY_PLACES_TOTAL = env_int("QUERY_PLACES_TOTAL", 16, minimum=1)
QUERY_PLACE_WAIT_S = env_int("QUERY_PLACE_WAIT_S", 2)
QUERY_BUDGETS = {
    role: env_numbers(f"QUERY_BUDGET_{role.upper()}", default)
    for role, default in {
        "analyst": "rows=100000 mb=64 seconds=120 at_once=4",
        "engineer": "rows=100000 mb=128 seconds=120 at_once=6",
        "admin": "rows=100000 mb=256 seconds=120 at_once=8",
    }.items()
}
# Answers kept in Valkey; 0 seconds keeps none.
QUERY_CACHE_TTL_S = env_int("QUERY_CACHE_TTL_S", 300)
QUERY_CACHE_MAX_BYTES = env_int("QUERY_CACHE_MAX_KB", 1024, minimum=1) * 1024
QUERY_CACHE_TOTAL_BYTES = env_int("QUERY_CACHE_TOTAL_MB", 128, minimum=1) * 1024 * 1024
# Queries in the background. Celery ends a task after half an hour; a statement has to end before.
QUERY_BACKGROUND_TIMEOUT_S = env_int("QUERY_BACKGROUND_TIMEOUT_S", 1500, minimum=1)
QUERY_BACKGROUND_PER_USER = env_int("QUERY_BACKGROUND_PER_USER", 2, minimum=1)
QUERY_BACKGROUND_TOTAL = env_int("QUERY_BACKGROUND_TOTAL", 3, minimum=1)
QUERY_BACKGROUND_WAITING_PER_USER = env_int("QUERY_BACKGROUND_WAITING_PER_USER", 100, minimum=1)
QUERY_WAIT_TIMEOUT_S = env_int("QUERY_WAIT_TIMEOUT_S", 4 * 3600, minimum=1)
QUERY_HEARTBEAT_S = env_int("QUERY_HEARTBEAT_S", 3, minimum=1)
QUERY_LOST_AFTER_S = env_int("QUERY_LOST_AFTER_S", 20, minimum=2)
QUERY_MOST_LOSSES = env_int("QUERY_MOST_LOSSES", 4)
# A stream of events holds one of the web server's few threads.
QUERY_STREAMS_PER_USER = env_int("QUERY_STREAMS_PER_USER", 2, minimum=1)
QUERY_STREAMS_TOTAL = env_int("QUERY_STREAMS_TOTAL", 5, minimum=1)
QUERY_STREAM_S = env_int("QUERY_STREAM_S", 60, minimum=1)

# ---------------------------------------------------------------- results and exports kept as files

MB = 1024 * 1024
RESULT_STORE_DIR = Path(env("RESULT_STORE_DIR", str(VAR_DIR / "results")))
RESULT_TTL_S = env_int("RESULT_TTL_S", 24 * 3600, minimum=1)
RESULT_USER_BYTES = env_int("RESULT_USER_MB", 2_048, minimum=1) * MB
RESULT_TOTAL_BYTES = env_int("RESULT_TOTAL_MB", 20_480, minimum=1) * MB
EXPORT_STORE_DIR = Path(env("EXPORT_STORE_DIR", str(VAR_DIR / "exports")))
EXPORT_TTL_S = env_int("EXPORT_TTL_S", 3600, minimum=1)
EXPORT_MAX_ROWS = env_int("EXPORT_MAX_ROWS", 100_000, minimum=1)
EXPORT_MAX_BYTES = env_int("EXPORT_MAX_MB", 50, minimum=1) * MB
EXPORT_USER_BYTES = env_int("EXPORT_USER_MB", 512, minimum=1) * MB
EXPORT_TOTAL_BYTES = env_int("EXPORT_TOTAL_MB", 10_240, minimum=1) * MB
EXPORT_CSV_BOM = env_bool("EXPORT_CSV_BOM", False)

# ---------------------------------------------------------------- registry

MODEL_DIRECTORY = Path(env("MODEL_DIRECTORY", str(BASE_DIR / "semantic-models")))
VOLUME_FOLDER = Path(env("VOLUME_FOLDER", str(VAR_DIR / "volumes")))
# A Unity Catalog Volume instead of the folder: /Volumes/catalog/schema/volume[/folder]
VOLUME_PATH = env("VOLUME_PATH")
MODEL_MAX_BYTES = 5 * 1024 * 1024
MODEL_REVIEW_CATEGORIES = env_choices(
    "MODEL_REVIEW_CATEGORIES", ("production", "staging", "development")
)
SUGGESTION_SOURCE = "models_registry.graph_source.RegistrySuggestions"
METRIC_RUNNER = "queries.metric_runner.QueriesMetricRunner"
DEPENDENTS_SOURCES = [
    "queries.dependents.QueryDependents",
    "lineage.dependents.LineageDependents",
    "models_registry.documentation.dependents.DocumentationDependents",
]
MODEL_LINEAGE = "lineage.documentation.LineageOfModels"
DOCUMENTATION_FOLDER = VAR_DIR / "documentation"
# Categories whose site beat has built when their models change, and after so many seconds.
DOCUMENTATION_SITES = env_choices("DOCUMENTATION_SITES", ("production", "staging", "development"))
DOCUMENTATION_SITE_TTL_S = env_int("DOCUMENTATION_SITE_TTL_S", 24 * 3600, minimum=60)
SQL_RUNNER = "queries.sql_runner.QueriesSqlRunner"
MODEL_DRAFTS = "models_registry.drafts.RegistryModelDrafts"
PUBLISH_GATES = env_list("PUBLISH_GATES", "genie.evaluation.gate.GoldenQuestionsGate")

# ---------------------------------------------------------------- questions in words

GOLDEN_QUESTIONS_DIRECTORY = Path(
    env("GOLDEN_QUESTIONS_DIRECTORY", str(BASE_DIR / "genie" / "golden_questions"))
)
# Seconds that asking them may take when something is published.
GOLDEN_QUESTIONS_BUDGET_S = env_int("GOLDEN_QUESTIONS_BUDGET_S", 60, minimum=1)
# SQL that Genie writes where no governed metric answers.
GENIE_ALLOW_UNGOVERNED = env_bool("GENIE_ALLOW_UNGOVERNED", True)
GENIE_TIMEOUT_S = env_int("GENIE_TIMEOUT_S", 60, minimum=1)
# Days without a question after which a conversation is deleted; 0 keeps all.
GENIE_CONVERSATIONS_KEPT_DAYS = env_int("GENIE_CONVERSATIONS_KEPT_DAYS", 90)
# Values of dimensions that questions may name: kept per process and data scope.
GENIE_VALUES_MAX = env_int("GENIE_VALUES_MAX", 2_000, minimum=1)
GENIE_VALUES_KEPT = env_int("GENIE_VALUES_KEPT", 2_000, minimum=1)
GENIE_VALUES_TTL_S = env_int("GENIE_VALUES_TTL_S", 900, minimum=1)
GENIE_VALUES_BUDGET_S = env_int("GENIE_VALUES_BUDGET_S", 10, minimum=1)

# ---------------------------------------------------------------- tables to models

GOLD_SCHEMAS = env_list("GOLD_SCHEMAS", "gold*,*_gold,marts,analytics")
# Seconds for measuring one table, and how many rows of a large one are read for it.
ANALYSIS_TIMEOUT_S = env_int("ANALYSIS_TIMEOUT_S", 60, minimum=1)
ANALYSIS_ROWS = env_int("ANALYSIS_ROWS", 100_000, minimum=100)
GENERATION_LOST_AFTER_S = env_int("GENERATION_LOST_AFTER_S", 30, minimum=2)

# ---------------------------------------------------------------- language model

# Any URL that speaks OpenAI's chat completions, up to and with `/v1`; unset: heuristics alone.
LANGUAGE_MODEL_URL = env("LANGUAGE_MODEL_URL")
LANGUAGE_MODEL_NAME = env("LANGUAGE_MODEL_NAME")
LANGUAGE_MODEL_API_KEY = env_secret("LANGUAGE_MODEL_API_KEY")
LANGUAGE_MODEL_TIMEOUT_S = env_int("LANGUAGE_MODEL_TIMEOUT_S", 30, minimum=1)
LANGUAGE_MODEL_FORMAT = env_choice(
    "LANGUAGE_MODEL_FORMAT", "json_schema", ("json_schema", "json_object", "text")
)
# A serving endpoint of the workspace instead of a URL.
LANGUAGE_MODEL_ENDPOINT = env("LANGUAGE_MODEL_ENDPOINT")
# Whether values of rows may be told to it, besides names, types, comments and figures.
LANGUAGE_MODEL_ROW_VALUES = env_bool("LANGUAGE_MODEL_ROW_VALUES", False)
LANGUAGE_MODEL_OPTIONS = env_json_object("LANGUAGE_MODEL_OPTIONS")

# ---------------------------------------------------------------- admin site

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Semantic layer",
    "SITE_HEADER": "Semantic layer",
    "SITE_SYMBOL": "schema",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": f"{STATIC_URL}stewards/favicon.svg"}
    ],
    "SITE_URL": None,
    "SHOW_HISTORY": False,
    "SIDEBAR": {"navigation": "semantic_layer.accounts.navigation.sections"},
    "DASHBOARD_CALLBACK": "queries.stewards.dashboard.front_page",
}

# ---------------------------------------------------------------- figures and logs

# Who may read /metrics: a bearer of the token, and callers from these networks. Behind a proxy
# TRUSTED_PROXY_COUNT has to be right, or every caller comes from the proxy's network.
METRICS_TOKEN = env_secret("METRICS_TOKEN")
# The collector of traces, as OpenTelemetry's own variables name it; they all work.
OTEL_EXPORTER_OTLP_ENDPOINT = env("OTEL_EXPORTER_OTLP_ENDPOINT")
# A worker on a host of its own shows what it counted here; 0: nowhere.
WORKER_METRICS_PORT = env_int("WORKER_METRICS_PORT", 0)
METRICS_NETWORKS = env_networks("METRICS_NETWORKS", "127.0.0.0/8,::1/128")

LOG_LEVEL = env("LOG_LEVEL", "INFO").upper()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "semantic_layer.api.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django.server": {"handlers": ["stderr"], "propagate": False},
        # A line for each table of a font.
        "fontTools": {"level": "WARNING"},
        # A line for each question about a running statement; what fails is raised anyway.
        "databricks.sql": {"level": "CRITICAL"},
    },
}

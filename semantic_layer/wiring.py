"""Settings -> port instances: the only place where adapters are chosen.

Instances are cached per process, dropped when a setting changes. Credentials are never cached.
"""

from __future__ import annotations

import atexit
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from redis.backoff import NoBackoff
from redis.retry import Retry

from semantic_layer.adapters.databricks.breaker import CircuitBreaker
from semantic_layer.adapters.databricks.genie import DatabricksGenie
from semantic_layer.adapters.databricks.hosts import base_url
from semantic_layer.adapters.databricks.identity import DatabricksIdentity
from semantic_layer.adapters.databricks.lineage import DatabricksLineage
from semantic_layer.adapters.databricks.oauth import OAuthApp
from semantic_layer.adapters.databricks.options import DatabricksOptions
from semantic_layer.adapters.databricks.unity_catalog import UnityCatalog
from semantic_layer.adapters.databricks.volume import DatabricksVolume
from semantic_layer.adapters.databricks.warehouse import DatabricksWarehouse
from semantic_layer.adapters.databricks.workspace import SERVICE, Workspace, WorkspaceOptions
from semantic_layer.adapters.duckdb import DuckDBMetadata, DuckDBWarehouse
from semantic_layer.adapters.local_volume import LocalVolume
from semantic_layer.adapters.openai_compatible import OpenAICompatibleModel
from semantic_layer.ports import (
    Credential,
    Genie,
    IdentityProvider,
    LanguageModel,
    LineageSource,
    MetadataSource,
    VolumeStore,
    Warehouse,
    WorkspaceSignIn,
)

LOCAL_IDENTITY = "semantic_layer.accounts.local_identity.LocalIdentity"


def load(path: str) -> Any:
    """The object a dotted path names: how a lower app reaches an upper one unimported."""
    module, _, name = path.rpartition(".")
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ImproperlyConfigured(f"{path!r} cannot be imported: {error}") from error


def duckdb_catalogs() -> dict[str, Path]:
    """Catalog name -> file: DUCKDB_ATTACH (`name=file,...`) and the demo file if it exists."""
    found: dict[str, Path] = {}
    if settings.DUCKDB_DEMO_FILE.exists():
        found["flights"] = settings.DUCKDB_DEMO_FILE
    for item in filter(None, (part.strip() for part in settings.DUCKDB_ATTACH.split(","))):
        name, separator, file = item.partition("=")
        if not separator or not name.strip() or not file.strip():
            raise ImproperlyConfigured(f"DUCKDB_ATTACH: {item!r} is not NAME=FILE.")
        found[name.strip()] = Path(file.strip()).expanduser()
    return found


@cache
def _duckdb() -> DuckDBWarehouse:
    return DuckDBWarehouse(
        duckdb_catalogs(),
        default_catalog=settings.DUCKDB_DEFAULT_CATALOG or None,
        memory_limit=settings.DUCKDB_MEMORY_LIMIT,
        threads=settings.DUCKDB_THREADS,
        temp_dir=settings.VAR_DIR / "tmp" / "duckdb",
    )


@cache
def _databricks() -> DatabricksWarehouse:
    options = DatabricksOptions(
        settings.DATABRICKS_HOST,
        settings.DATABRICKS_HTTP_PATH,
        catalog=settings.DATABRICKS_CATALOG or None,
        connection=settings.DATABRICKS_CONNECTION,
        user_agent=f"semantic-layer-service/{settings.VERSION}",
        socket_timeout_s=settings.DATABRICKS_SOCKET_TIMEOUT_S,
    )
    return DatabricksWarehouse(
        options, service_token=_workspace().service_token, breaker=circuit_breaker()
    )


@cache
def circuit_breaker() -> CircuitBreaker:
    """The breaker of the workspace, for SQL and REST, shared with all processes."""
    patient = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}
    return CircuitBreaker(
        redis.Redis.from_url(settings.REDIS_URL, retry=Retry(NoBackoff(), 0), **patient),
        base_url(settings.DATABRICKS_HOST).partition("://")[2],
        prefix=str(settings.CACHES["default"]["KEY_PREFIX"]),
        trips_at=settings.DATABRICKS_BREAKER_FAILURES,
        open_s=settings.DATABRICKS_BREAKER_OPEN_S,
    )


def warehouse(credential: Credential) -> Warehouse:
    """The warehouse that runs SQL as this principal."""
    if has_sql_warehouse():
        return _databricks().for_credential(credential)
    return _duckdb().for_principal(credential.principal)


def metadata_source(credential: Credential) -> MetadataSource:
    """What exists, as this principal may see it."""
    if not has_sql_warehouse():
        return DuckDBMetadata(_duckdb())
    return UnityCatalog(
        _workspace().as_principal(credential),
        principal=credential.principal,
        default_catalog=settings.DATABRICKS_CATALOG or None,
    )


def at_workspace() -> bool:
    """Whether people sign in with tokens of a workspace, which then are kept for them."""
    return bool(settings.DATABRICKS_HOST) and not settings.IDENTITY_PROVIDER


def has_sql_warehouse() -> bool:
    """Whether SQL runs at the workspace."""
    return bool(settings.DATABRICKS_HOST and settings.DATABRICKS_HTTP_PATH)


def workspace_url() -> str | None:
    """The workspace's address, for people."""
    return base_url(settings.DATABRICKS_HOST) if settings.DATABRICKS_HOST else None


@cache
def _workspace() -> Workspace:
    return Workspace(
        WorkspaceOptions(
            host=settings.DATABRICKS_HOST,
            client_id=settings.DATABRICKS_CLIENT_ID,
            client_secret=settings.DATABRICKS_CLIENT_SECRET,
            token=settings.DATABRICKS_TOKEN,
            timeout_s=settings.WORKSPACE_TIMEOUT_S,
            budget_s=settings.WORKSPACE_BUDGET_S,
            version=settings.VERSION,
        ),
        breaker=circuit_breaker(),
    )


def workspace_sign_in() -> WorkspaceSignIn | None:
    """Signing in at the workspace's own page; None where that is not set up."""
    if not at_workspace() or not settings.DATABRICKS_OAUTH_CLIENT_ID:
        return None
    return OAuthApp(
        settings.DATABRICKS_HOST,
        settings.DATABRICKS_OAUTH_CLIENT_ID,
        settings.DATABRICKS_OAUTH_CLIENT_SECRET,
    )


@cache
def identity_provider() -> IdentityProvider:
    """Who decides whose token it is."""
    if at_workspace():
        return DatabricksIdentity(_workspace())
    provider: IdentityProvider = load(settings.IDENTITY_PROVIDER or LOCAL_IDENTITY)()
    return provider


@cache
def volume_store() -> VolumeStore:
    """Where the registry is mirrored as files."""
    if not settings.VOLUME_PATH:
        return LocalVolume(settings.VOLUME_FOLDER)
    return DatabricksVolume(
        lambda: _workspace().as_principal(Credential(SERVICE)), settings.VOLUME_PATH
    )


@cache
def language_model() -> LanguageModel | None:
    """The configured language model; None: features work by their heuristics alone."""
    if settings.LANGUAGE_MODEL_ENDPOINT:
        return OpenAICompatibleModel(
            f"{base_url(settings.DATABRICKS_HOST)}/serving-endpoints",
            settings.LANGUAGE_MODEL_ENDPOINT,
            api_key=_workspace().service_token,
            answer_format=settings.LANGUAGE_MODEL_FORMAT,
            options=settings.LANGUAGE_MODEL_OPTIONS,
        )
    if not settings.LANGUAGE_MODEL_URL:
        return None
    return OpenAICompatibleModel(
        settings.LANGUAGE_MODEL_URL,
        settings.LANGUAGE_MODEL_NAME,
        api_key=settings.LANGUAGE_MODEL_API_KEY,
        answer_format=settings.LANGUAGE_MODEL_FORMAT,
        options=settings.LANGUAGE_MODEL_OPTIONS,
    )


def genie(credential: Credential) -> Genie | None:
    """The workspace's Genie space as this principal; None where none is configured."""
    if not settings.DATABRICKS_HOST or not settings.GENIE_SPACE_ID:
        return None
    return DatabricksGenie(_workspace().as_principal(credential), settings.GENIE_SPACE_ID)


def lineage_source(credential: Credential) -> LineageSource | None:
    """Lineage recorded by the warehouse; None where it records none (DuckDB)."""
    if not has_sql_warehouse():
        return None

    def columns_of(table: str) -> list[str]:
        catalog, schema, name = table.split(".")
        found = metadata_source(credential).columns(catalog, schema, name)
        return [column.name for column in found]

    caller = _workspace().as_principal(credential)
    return DatabricksLineage(caller, warehouse(credential), columns_of)


def _forget(**kwargs: Any) -> None:
    for cached in (
        _databricks,
        _duckdb,
        _workspace,
        circuit_breaker,
        identity_provider,
        language_model,
        volume_store,
    ):
        cached.cache_clear()


@atexit.register
def _end_sessions() -> None:
    """Sessions keep compute busy until they are closed, or for a quarter of an hour."""
    if _databricks.cache_info().currsize:
        _databricks().close()


setting_changed.connect(_forget, dispatch_uid="semantic_layer.wiring")

"""Settings -> port instances: the only place where adapters are chosen.

Instances are cached per process, dropped when a setting changes. Credentials are never cached.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

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
)


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


def warehouse(credential: Credential) -> Warehouse:
    """The warehouse that runs SQL as this principal."""
    return _duckdb().for_principal(credential.principal)


def metadata_source(credential: Credential) -> MetadataSource:
    """What exists, as this principal may see it."""
    return DuckDBMetadata(_duckdb())


@cache
def identity_provider() -> IdentityProvider:
    """Who decides whose token it is."""
    provider: IdentityProvider = load(settings.IDENTITY_PROVIDER)()
    return provider


@cache
def volume_store() -> VolumeStore:
    """Where the registry is mirrored as files."""
    return LocalVolume(settings.VOLUME_FOLDER)


@cache
def language_model() -> LanguageModel | None:
    """The configured language model; None: features work by their heuristics alone."""
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
    return None


def lineage_source(credential: Credential) -> LineageSource | None:
    """Lineage recorded by the warehouse; None where it records none (DuckDB)."""
    return None


def _forget(**kwargs: Any) -> None:
    for cached in (_duckdb, identity_provider, language_model, volume_store):
        cached.cache_clear()


setting_changed.connect(_forget, dispatch_uid="semantic_layer.wiring")

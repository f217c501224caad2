"""Metadata remembered in Valkey for a few minutes, per data scope and state of the source."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from hashlib import blake2b
from typing import Any, TypeVar

from django.core.cache import cache, caches
from django_redis.cache import RedisCache
from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import RedisError

from semantic_layer.ports import (
    CatalogInfo,
    ColumnInfo,
    MetadataSource,
    SchemaInfo,
    TableInfo,
    TableType,
)

log = logging.getLogger(__name__)

LIFETIME_S = 300

T = TypeVar("T", CatalogInfo, SchemaInfo, TableInfo, ColumnInfo)

# A release that changes these classes must not read what its predecessor stored.
_FORM = [
    (kind.__name__, [field.name for field in fields(kind)])
    for kind in (CatalogInfo, SchemaInfo, TableInfo, ColumnInfo)
]
_TIMES = frozenset({"created_at", "updated_at"})


class CachedMetadata:
    """A MetadataSource whose lists are remembered for five minutes.

    What one data scope was answered is never given to another, and a changed source (its
    fingerprint) is seen at once. Without Valkey the source itself answers every time.
    """

    def __init__(self, source: MetadataSource, *, data_scope: str) -> None:
        self._source = source
        self._data_scope = data_scope

    def catalogs(self) -> Sequence[CatalogInfo]:
        return self._remembered(CatalogInfo, self._source.catalogs)

    def schemas(self, catalog: str) -> Sequence[SchemaInfo]:
        return self._remembered(SchemaInfo, self._source.schemas, catalog)

    def tables(self, catalog: str, schema: str) -> Sequence[TableInfo]:
        return self._remembered(TableInfo, self._source.tables, catalog, schema)

    def columns(self, catalog: str, schema: str, table: str) -> Sequence[ColumnInfo]:
        return self._remembered(ColumnInfo, self._source.columns, catalog, schema, table)

    def _remembered(
        self, kind: type[T], read: Callable[..., Sequence[T]], *names: str
    ) -> Sequence[T]:
        key = cache_key(self._data_scope, self._source.fingerprint(), read.__name__, *names)
        try:
            found = _restored(kind, cache.get(key))
        except (ConnectionInterrupted, RedisError):
            log.warning("metadata is read uncached: the cache cannot be reached")
            return read(*names)
        if found is None:
            found = list(read(*names))
            _store(key, [_stored(item) for item in found])
        return found


def _stored(item: CatalogInfo | SchemaInfo | TableInfo | ColumnInfo) -> dict[str, Any]:
    """The item for JSON; times whole, as the cache's encoder would drop their microseconds."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(item).items()
    }


def _restored(kind: type[T], stored: Any) -> list[T] | None:
    """What was stored as JSON; None for nothing, and for what nobody here has stored."""
    try:
        return [kind(**{name: _value(name, item[name]) for name in item}) for item in stored]
    except (TypeError, ValueError, LookupError):
        return None


def _value(name: str, value: Any) -> Any:
    if name in _TIMES and value is not None:
        return datetime.fromisoformat(value)
    if name == "table_type":
        return TableType(value)
    return tuple(value) if isinstance(value, list) else value


def cache_key(data_scope: str, fingerprint: str, *what: str) -> str:
    """One key per caller's data scope, state of the source and thing asked for."""
    parts = repr((_FORM, data_scope, fingerprint, what)).encode("utf-8", "surrogatepass")
    return f"metadata:{blake2b(parts, digest_size=20).hexdigest()}"


def _store(key: str, value: Any) -> None:
    try:
        cache.set(key, value, LIFETIME_S)
    except (ConnectionInterrupted, RedisError):
        log.warning("metadata is not remembered: the cache cannot be reached")


def forget_metadata() -> int:
    """Drop what is remembered, for every process; how many lists there were."""
    backend = caches["default"]
    assert isinstance(backend, RedisCache)  # there is one cache engine: docs/adr/0001
    return int(backend.delete_pattern("metadata:*"))

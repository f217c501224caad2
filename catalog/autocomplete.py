"""SQL completion for one caller: from indexes in memory, never from a scan per keystroke."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from typing import Any
from weakref import WeakValueDictionary

from django.conf import settings
from django.core.signals import setting_changed

from catalog.completion import (
    Expect,
    Inventory,
    InventoryBuilder,
    Knowledge,
    RegistryNames,
    Suggestion,
    read_cursor,
    suggest,
    vocabulary,
)
from catalog.refreshed import Refreshed
from semantic_layer import wiring
from semantic_layer.errors import Malformed, NotFound
from semantic_layer.ports import (
    Actor,
    MetadataSource,
    SchemaInfo,
    SuggestionSource,
    TableNamesSource,
)

MIN_CHARACTERS = 2
CATEGORY = "production"

# A hundred thousand columns take some 10 MB: this many columns of all scopes together are kept.
MAX_COLUMNS = 2_000_000
MAX_METRICS = 200_000


def complete(*, actor: Actor, prefix: str, context: str = "") -> list[Suggestion]:
    """How the SQL `context` may go on where `prefix` was typed last; at most 20, best first.

    The first call of a data scope reads all names once (where columns take long, those of tables,
    and the columns in the background); a changed source is read again in the
    background. Raises Malformed for a prefix of less than two characters.
    """
    if len(prefix) < MIN_CHARACTERS:
        raise Malformed(
            f"prefix needs at least {MIN_CHARACTERS} characters, not {len(prefix)}.",
            parameter="prefix",
        )
    dialect = wiring.warehouse(actor.credential).dialect
    cursor = read_cursor(context, prefix, dialect)
    if cursor.expect is Expect.NOTHING:
        return []
    source = wiring.metadata_source(actor.credential)
    knowledge = Knowledge(
        inventory=_inventory(actor, source),
        registry=_registry_names(),
        vocabulary=vocabulary(dialect),
        default_catalog=source.default_catalog,
    )
    return suggest(cursor, knowledge)


# ---------------------------------------------------------------- what exists


def _inventory(actor: Actor, source: MetadataSource) -> Inventory:
    def build() -> Inventory:
        built = _swept(source)
        # Scopes that see exactly the same share one copy: it holds nothing else of the caller.
        return _shared_inventories().setdefault(built.digest, built)

    first = (lambda: _named(source)) if isinstance(source, TableNamesSource) else None
    return _inventories().get(actor.data_scope, source.fingerprint(), build, first=first)


def _named(source: TableNamesSource) -> Inventory:
    """Names of tables, to be served until all columns were read."""
    builder = InventoryBuilder()
    for catalog in source.catalogs():
        with suppress(NotFound):  # listed, but what is in it is not for this caller
            tables = source.table_names(catalog.name)
            names = sorted({table.schema for table in tables})
            schemas = [SchemaInfo(name, catalog.name) for name in names]
            builder.add_catalog(catalog, schemas, (), tables=tables)
    return builder.build()


def _swept(source: MetadataSource) -> Inventory:
    builder = InventoryBuilder()
    for catalog in source.catalogs():
        with suppress(NotFound):  # dropped a moment ago, or listed without what is in it
            schemas = source.schemas(catalog.name)
            builder.add_catalog(catalog, schemas, source.all_columns(catalog.name))
    return builder.build()


@cache
def _inventories() -> Refreshed[Inventory]:
    return Refreshed(capacity=MAX_COLUMNS, weigh=lambda one: one.column_count)


@cache
def _shared_inventories() -> WeakValueDictionary[str, Inventory]:
    return WeakValueDictionary()


# ---------------------------------------------------------------- what is modelled


def _registry_names() -> RegistryNames:
    source = _suggestion_source(getattr(settings, "SUGGESTION_SOURCE", ""))
    if source is None:
        return RegistryNames()
    version, summaries = source.suggestions(CATEGORY)
    return _registries().get(CATEGORY, version, lambda: RegistryNames(summaries))


@cache
def _registries() -> Refreshed[RegistryNames]:
    return Refreshed(capacity=MAX_METRICS, weigh=lambda one: len(one.index))


@cache
def _suggestion_source(path: str) -> SuggestionSource | None:
    """The registry's face, named by a dotted path: the catalog must not import the registry."""
    if not path:
        return None
    source: SuggestionSource = wiring.load(path)()
    return source


def _forget(**kwargs: Any) -> None:
    for cached in (_inventories, _shared_inventories, _registries, _suggestion_source):
        cached.cache_clear()


setting_changed.connect(_forget, dispatch_uid="catalog.autocomplete")

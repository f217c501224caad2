"""The tables that models are made of: those of gold schemas, or tagged so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from django.conf import settings

from catalog import neighbours
from catalog.analyses import metadata_of
from catalog.metadata_cache import CachedMetadata
from semantic_layer.ports import Actor, TableInfo

_TAGS = frozenset({"gold", "layer:gold", "layer=gold", "certified"})


@dataclass(frozen=True)
class GoldTable:
    """A table, and whether a model reads it."""

    info: TableInfo
    has_semantic_model: bool
    column_count: int | None


def list_gold_tables(
    *,
    actor: Actor,
    catalog: str = "",
    schema_pattern: str = "",
    search: str = "",
    limit: int | None = None,
) -> list[GoldTable]:
    """Gold tables by full name, at most `limit`.

    `schema_pattern` (like `sales*`, commas between several) replaces that of the settings. Raises
    NotFound for a catalog that is not there.
    """
    metadata = metadata_of(actor)
    modelled = neighbours.model_drafts().modelled_tables(actor)
    found = sorted(
        _matching(metadata, catalog, _patterns(schema_pattern), search.casefold()),
        key=lambda info: info.full_name,
    )
    return [
        GoldTable(info, info.full_name in modelled, _column_count(metadata, info))
        for info in found[:limit]
    ]


def _patterns(given: str) -> tuple[str, ...] | None:
    """The patterns asked for; None: those of the settings, and tags."""
    parts = tuple(part.strip().casefold() for part in given.split(",") if part.strip())
    return parts or None


def _matching(
    metadata: CachedMetadata, catalog: str, patterns: tuple[str, ...] | None, text: str
) -> Iterator[TableInfo]:
    names = [catalog] if catalog else [found.name for found in metadata.catalogs()]
    wanted = patterns or tuple(pattern.casefold() for pattern in settings.GOLD_SCHEMAS)
    for name in names:
        for schema in metadata.schemas(name):
            is_gold = any(fnmatchcase(schema.name.casefold(), pattern) for pattern in wanted)
            if not is_gold and patterns is not None:
                continue
            for info in metadata.tables(name, schema.name):
                tagged = bool(_TAGS & {tag.casefold() for tag in info.tags})
                if (is_gold or tagged) and _holds(info, text):
                    yield info


def _holds(info: TableInfo, text: str) -> bool:
    return text in info.full_name.casefold() or text in (info.comment or "").casefold()


def _column_count(metadata: CachedMetadata, info: TableInfo) -> int | None:
    if info.column_count is not None:
        return info.column_count
    return len(metadata.columns(info.catalog, info.schema, info.name))

"""The volatile views and macros of a warehouse, found once per state of it."""

from __future__ import annotations

from queries.result_cache.volatile import tainted_names
from semantic_layer.ports import DefinitionSource, MetadataSource

_MOST_KEPT = 32
_kept: dict[str, frozenset[str]] = {}


def tainted_of(metadata: MetadataSource) -> frozenset[str]:
    """Names in lower case; empty where the source does not tell definitions."""
    if not isinstance(metadata, DefinitionSource):
        return frozenset()
    fingerprint = metadata.fingerprint()
    found = _kept.get(fingerprint)
    if found is None:
        found = tainted_names(dict(metadata.definitions()))
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[fingerprint] = found
    return found

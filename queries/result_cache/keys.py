"""Which question a statement is: what its answer depends on, as one key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from queries.cacheability import CacheUse, uncached
from semantic_layer.ports import MetadataSource, Warehouse

_FORM = 1
"""Counts up when entries of an older release must not be read any more."""


@dataclass(frozen=True)
class Question:
    """What was asked, as far as the answer depends on it. `sql` is compiled or normalised text,
    `zone` what its times mean, `models` the versions behind it.
    """

    sql: str
    row_limit: int
    parameters: Mapping[str, Any]
    zone: str
    models: Mapping[str, int | None]
    scope: str


def cache_use(
    question: Question,
    *,
    warehouse: Warehouse,
    metadata: MetadataSource,
    refresh: bool,
) -> CacheUse:
    """The key of the question as the warehouse is now."""
    fingerprint = metadata.fingerprint()
    if settings.QUERY_CACHE_TTL_S <= 0:
        return uncached("The cache is switched off (QUERY_CACHE_TTL_S).", fingerprint)
    parts = {
        "form": _FORM,
        "release": settings.VERSION,
        "warehouse": [warehouse.name, warehouse.dialect, fingerprint, metadata.default_catalog],
        "scope": question.scope,
        "sql": question.sql,
        "parameters": {name: _typed(value) for name, value in question.parameters.items()},
        "row_limit": question.row_limit,
        "zone": question.zone,
        "models": dict(question.models),
    }
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False)
    return CacheUse(
        key=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
        refresh=refresh,
        data_version=fingerprint,
        unchanged=lambda: metadata.fingerprint() == fingerprint,
    )


def _typed(value: Any) -> list[str]:
    """A bound value and its type: the text '1', the number 1 and true ask different things."""
    return [type(value).__name__, repr(value)]

"""Rows and results as the API writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models_registry.graph_source import Snapshot
from models_registry.metrics import ListedMetric
from models_registry.models import Document, DocumentVersion
from models_registry.services import ModelWritten

MEMBERS = ("entities", "dimensions", "measures", "metrics")


def etag(version: int) -> str:
    """The ETag of a version, quoted as HTTP wants it."""
    return f'"{version}"'


def listed(document: Document, *, expand: bool) -> dict[str, Any]:
    """A model in a list; `expand` adds its members (then the definition must be loaded)."""
    version = document.published
    assert version is not None
    body = {
        "id": document.name,
        "name": document.name,
        "label": version.label or None,
        "description": version.description or None,
        "category": document.category,
        "model": version.relation,
        "version": version.number,
        "entity_count": version.entity_count,
        "dimension_count": version.dimension_count,
        "measure_count": version.measure_count,
        "metric_count": version.metric_count,
        "status": version.state,
        "tags": version.tags,
        "owner": version.owner or None,
        "created_at": document.created_at,
        "updated_at": document.updated_at,
    }
    if expand:
        body |= {key: version.definition.get(key, []) for key in MEMBERS}
    return body


def whole(document: Document, version: DocumentVersion) -> dict[str, Any]:
    """A model with everything known of it."""
    return {
        **listed(document, expand=True),
        "defaults": version.definition.get("defaults", {}),
        "meta": version.definition.get("meta", {}),
        "yaml": version.yaml,
        "author": version.author_email,
        "message": version.message or None,
    }


def created(written: ModelWritten, category: str) -> dict[str, Any]:
    return {
        "id": written.name,
        "name": written.name,
        "message": "Model created successfully",
        "version": written.version,
        "category": category,
        "validation": _validation(written),
        "models": [
            {"id": item.name, "kind": item.kind, "version": item.number, "created": item.created}
            for item in written.documents
        ],
    }


def updated(written: ModelWritten, category: str) -> dict[str, Any]:
    return {
        "id": written.name,
        "message": "Model updated successfully",
        "version": written.version,
        "category": category,
        "validation": _validation(written),
    }


def _validation(written: ModelWritten) -> dict[str, Any]:
    return {
        "valid": True,
        "errors": [],
        "warnings": [issue.as_dict() for issue in written.warnings],
    }


def search(
    query: Mapping[str, Any],
    found: Sequence[tuple[ListedMetric, float]],
    page: Sequence[tuple[ListedMetric, float]],
    pagination: Mapping[str, Any],
) -> dict[str, Any]:
    """One page of search results with what was searched for."""
    return {
        "metrics": [{**metric.body(), "match_score": score} for metric, score in page],
        "total_count": len(found),
        "search_query": query["query"],
        "category_filter": query["category"],
        "pagination": pagination,
    }


def metric_detail(metric: ListedMetric, snapshot: Snapshot) -> dict[str, Any]:
    """A metric with its definition, what it can be grouped by, and where its numbers come from."""
    return metric.body()

"""Rows and results as the API writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from models_registry.definitions import canonical_yaml, definition_of
from models_registry.metrics import ListedMetric, sources_of
from models_registry.mirror.states import sync_states_of
from models_registry.models import Document, DocumentVersion
from models_registry.services import ModelWritten
from models_registry.summaries import summary_of
from semantic_layer.compiler import GroupByOption, SemanticGraph
from semantic_layer.compiler.reading import metric_mapping
from semantic_layer.compiler.spec import Project

MEMBERS = ("entities", "dimensions", "measures", "metrics")


def etag(version: int) -> str:
    """The ETag of a version, quoted as HTTP wants it."""
    return f'"{version}"'


def listed(document: Document, *, expand: bool, seen: Project | None = None) -> dict[str, Any]:
    """A model in a list; `expand` adds its members (then the definition must be loaded).

    `seen` is the part of it that the caller may see, where that is not all.
    """
    version = document.published
    assert version is not None
    summary = vars(version) if seen is None else summary_of(seen)
    body = {
        "id": document.name,
        "name": document.name,
        "label": version.label or None,
        "description": version.description or None,
        "category": document.category,
        "model": version.relation,
        "version": version.number,
        "entity_count": summary["entity_count"],
        "dimension_count": summary["dimension_count"],
        "measure_count": summary["measure_count"],
        "metric_count": summary["metric_count"],
        "status": version.state,
        "tags": version.tags,
        "owner": version.owner or None,
        "created_at": document.created_at,
        "updated_at": document.updated_at,
    }
    if expand:
        definition = version.definition if seen is None else definition_of(seen)
        body |= {key: definition.get(key, []) for key in MEMBERS}
    return body


def models(
    page: Sequence[Document],
    seen: Mapping[str, Project | None],
    pagination: Mapping[str, Any],
    *,
    expand: bool,
) -> dict[str, Any]:
    """One page of models."""
    states = sync_states_of(page)
    return {
        "models": [
            {
                **listed(found, expand=expand, seen=seen.get(found.name)),
                "sync_state": states[found.pk],
            }
            for found in page
        ],
        "total_count": pagination["total"],
        "pagination": pagination,
    }


def whole(
    document: Document, version: DocumentVersion, seen: Project | None = None
) -> dict[str, Any]:
    """A model with everything known of it, or all that the caller may see."""
    definition = version.definition if seen is None else definition_of(seen)
    return {
        **listed(document, expand=True, seen=seen),
        "sync_state": sync_states_of([document])[document.pk],
        "defaults": definition.get("defaults", {}),
        "meta": definition.get("meta", {}),
        "yaml": yaml_of(version, seen),
        "latest_version": document.latest_number,
        "author": version.author_email,
        "message": version.message or None,
    }


def yaml_of(version: DocumentVersion, seen: Project | None = None) -> str:
    """The author's text; for who may not see all of it, ours of the rest."""
    return version.yaml if seen is None else canonical_yaml(seen)


def created(written: ModelWritten, category: str) -> dict[str, Any]:
    return {
        "id": written.name,
        "name": written.name,
        "message": "Model created successfully",
        "version": written.version,
        "status": written.state,
        "category": category,
        "validation": _validation(written),
        "models": [
            {
                "id": item.name,
                "kind": item.kind,
                "version": item.number,
                "created": item.created,
                "status": item.state,
            }
            for item in written.documents
        ],
    }


def updated(written: ModelWritten, category: str) -> dict[str, Any]:
    return {
        "id": written.name,
        "message": "Model updated successfully",
        "version": written.version,
        "status": written.state,
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


def metric_detail(
    metric: ListedMetric, graph: SemanticGraph, options: Sequence[GroupByOption]
) -> dict[str, Any]:
    """A metric with its definition, what it can be grouped by, and where its numbers come from."""
    return {
        **metric.body(),
        "definition": metric_mapping(metric.info.spec),
        "dimensions": [
            {
                "name": option.name,
                "type": option.kind,
                "label": option.label,
                "description": option.description,
                "model": option.model,
                "grains": list(option.grains),
                "default_grain": option.default_grain,
            }
            for option in options
        ],
        "lineage": {
            name: list(values) for name, values in asdict(sources_of(metric.info, graph)).items()
        },
    }

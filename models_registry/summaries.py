"""What lists show of a document, taken out of its definition once, when the version is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from semantic_layer.compiler.reading.canonical import relation_text
from semantic_layer.compiler.spec import Project, Relation


def summary_of(project: Project) -> dict[str, Any]:
    """The columns of DocumentVersion that repeat parts of the definition."""
    if project.models:
        model = project.models[0]
        return {
            "label": model.label or "",
            "description": model.description or "",
            "relation": _relation(model.relation),
            "owner": owner_in(model.meta),
            "tags": list(tags_of(model.tags, model.meta)),
            "entity_count": len(model.entities),
            "dimension_count": len(model.dimensions),
            "measure_count": len(model.measures),
            "metric_count": len(project.metrics),
        }
    if project.saved_queries:
        query = project.saved_queries[0]
        return {
            "label": query.label or "",
            "description": query.description or "",
            "owner": owner_in(query.meta),
            "tags": list(tags_of(query.tags, query.meta)),
            "metric_count": len(query.metrics),
        }
    return {}


def owner_in(meta: Mapping[str, Any]) -> str:
    """`meta.owner` where it is text; other shapes are kept in the definition only."""
    owner = meta.get("owner")
    return owner if isinstance(owner, str) else ""


def texts_in(meta: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """The texts under a key of free metadata: a list's, or the one that stands there alone."""
    value = meta.get(key)
    items: Sequence[Any] = value if isinstance(value, list | tuple) else [value]
    return tuple(item for item in items if isinstance(item, str))


def tags_of(tags: Iterable[str], meta: Mapping[str, Any]) -> tuple[str, ...]:
    """Tags in their own place and those that older files keep in `meta.tags`."""
    return tuple(dict.fromkeys((*tags, *texts_in(meta, "tags"))))


def _relation(relation: Relation) -> str:
    """`ref('x')` or the dotted name."""
    text = relation_text(relation)
    return text if isinstance(text, str) else relation.name

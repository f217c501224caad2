"""The canonical form of every kind of document: a plain mapping that reads back to the same
values.

Models have theirs in the compiler; saved queries and the project configuration are documents of
the registry only, so theirs is here. Pure.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from semantic_layer.compiler.reading import as_mapping, definition_hash, to_yaml
from semantic_layer.compiler.reading.canonical import relation_text
from semantic_layer.compiler.reading.yaml_text import yaml_text
from semantic_layer.compiler.spec import (
    Export,
    Project,
    ProjectConfiguration,
    SavedQuery,
    TimeSpine,
)


def definition_of(project: Project) -> dict[str, Any]:
    """The mapping of a project of one document, as it is stored."""
    if project.models:
        return as_mapping(project.models[0], project.metrics)
    if project.saved_queries:
        return {"saved_query": _saved_query(project.saved_queries[0])}
    return {"project_configuration": _configuration(project.configurations)}


def hash_of(project: Project) -> str:
    """Equal for two documents exactly when their definitions are."""
    if project.models:
        return definition_hash(project.models[0], project.metrics)
    text = json.dumps(definition_of(project), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def canonical_yaml(project: Project) -> str:
    """The document as YAML in our layout."""
    if project.models:
        return to_yaml(project.models[0], project.metrics)
    return yaml_text(definition_of(project))


def _saved_query(query: SavedQuery) -> dict[str, Any]:
    where = [f.source if isinstance(f.source, str) else dict(f.source) for f in query.where]
    written = _given({"name": query.name, "label": query.label, "description": query.description})
    written["query_params"] = _given(
        {
            "metrics": list(query.metrics),
            "group_by": list(query.group_by),
            "where": where,
            "order_by": list(query.order_by),
            "limit": query.limit,
        }
    )
    rest = {
        "exports": [_export(export) for export in query.exports],
        "tags": list(query.tags),
        "config": _given({"meta": dict(query.meta)}),
    }
    return written | _given(rest)


def _export(export: Export) -> dict[str, Any]:
    config = {"export_as": export.export_as, "schema": export.schema, "alias": export.alias}
    return {"name": export.name, "config": _given(config)}


def _configuration(configurations: tuple[ProjectConfiguration, ...]) -> dict[str, Any]:
    """All configurations of the category as one: spines by grain."""
    spines = [spine for part in configurations for spine in part.time_spines]
    return {"time_spines": [_spine(spine) for spine in sorted(spines, key=lambda s: s.grain.rank)]}


def _spine(spine: TimeSpine) -> dict[str, Any]:
    custom = [
        _given({"name": grain.name, "column_name": grain.column})
        for grain in spine.custom_granularities
    ]
    return {
        "node_relation": relation_text(spine.relation),
        "primary_column": {"name": spine.column, "time_granularity": spine.grain.value},
        **_given({"custom_granularities": custom}),
    }


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is not said: null, and empty lists, texts and mappings."""
    return {
        key: value
        for key, value in values.items()
        if value is not None and value not in ("", [], {})
    }

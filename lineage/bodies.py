"""Answers as the API writes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lineage.impact import Impact
from lineage.naming import full_name, node_id, shown_parts, type_of
from lineage.nodes import Kind, Relation
from lineage.services import Answer, ModelAnswer
from lineage.sight import Sight
from lineage.walking import DOWN, UP, Found, Picture, Step


def table(answer: Answer) -> dict[str, Any]:
    info = answer.table
    assert info is not None
    about = {
        "name": info.name,
        "catalog": info.catalog,
        "schema": info.schema,
        "type": str(info.table_type),
        "full_name": full_name(answer.picture.root, answer.sight),
    }
    return {
        "table": about,
        "upstream": _tables(answer, UP),
        "downstream": _tables(answer, DOWN),
        **_users(answer),
        **_rest(answer),
    }


def column(answer: Answer) -> dict[str, Any]:
    info = answer.table
    assert info is not None
    ref = answer.picture.root
    about = {
        "name": ref.name,
        "table": info.name,
        "catalog": info.catalog,
        "schema": info.schema,
        "full_name": full_name(ref, answer.sight),
    }
    return {
        "column": about,
        "upstream": _things(answer, answer.picture.of(Kind.COLUMN, UP)),
        "downstream": _things(answer, answer.picture.of(Kind.COLUMN, DOWN)),
        **_members(answer, DOWN),
        **_users(answer),
        **_rest(answer),
    }


def metric(answer: Answer) -> dict[str, Any]:
    ref = answer.picture.root
    info = answer.sight.graph(ref.parts[0]).metrics.get(ref.name)
    about = {
        "name": ref.name,
        "label": info.label if info else None,
        "type": info.type.value if info else None,
        "category": ref.parts[0],
    }
    up = answer.picture.of
    return {
        "metric": about,
        **_members(answer, UP),
        "columns": _things(answer, up(Kind.COLUMN, UP)),
        "tables": _tables(answer, UP),
        "models": _things(answer, up(Kind.MODEL, UP)),
        "upstream_metrics": _things(answer, up(Kind.METRIC, UP)),
        "downstream_metrics": _things(answer, up(Kind.METRIC, DOWN)),
        "saved_queries": _things(answer, up(Kind.SAVED_QUERY, DOWN)),
        **_rest(answer),
    }


def model(answer: ModelAnswer) -> dict[str, Any]:
    document = answer.document
    assert document is not None
    return {
        "model": {"id": document.name, "name": document.name, "category": document.category},
        "source_tables": [
            {"catalog": catalog, "schema": schema, "table": name}
            for catalog, schema, name in answer.sources
        ],
        "dependencies": {
            "upstream_models": [{"id": name, "name": name} for name in answer.upstream],
            "downstream_models": [{"id": name, "name": name} for name in answer.downstream],
            "downstream_dashboards": _things(answer, answer.picture.of(Kind.DASHBOARD, DOWN)),
        },
        "metrics": _things(answer, answer.picture.of(Kind.METRIC, DOWN)),
        "saved_queries": _things(answer, answer.picture.of(Kind.SAVED_QUERY, DOWN)),
        **_rest(answer),
    }


def impact(answer: Impact) -> dict[str, Any]:
    sight = answer.sight
    return {
        "of": _thing(answer.picture.nodes[answer.picture.root], sight),
        "counts": dict(answer.counts),
        "dependents": [
            {**_thing(found, sight), "distance": found.distance} for found in answer.dependents
        ],
        "truncated": answer.picture.truncated,
        "graph": graph(answer.picture, sight),
    }


def graph(picture: Picture, sight: Sight) -> dict[str, Any]:
    """Nodes nearest first, edges by their ends."""
    nodes = sorted(picture.nodes.values(), key=lambda f: (abs(f.distance), f.distance, f.ref))
    return {
        "nodes": [node(found, sight) for found in nodes],
        "edges": [_edge(step) for step in sorted(picture.edges)],
    }


def node(found: Found, sight: Sight) -> dict[str, Any]:
    owner = found.ref.owner
    return {
        "id": node_id(found.ref),
        "kind": found.ref.kind.value,
        **_thing(found, sight),
        "label": found.label or None,
        "owner": node_id(owner) if owner is not None else None,
        "distance": found.distance,
    }


def _thing(found: Found, sight: Sight) -> dict[str, Any]:
    parts = shown_parts(found.ref, sight)
    is_table = found.ref.kind is Kind.TABLE
    return {
        "kind": found.ref.kind.value,
        "name": parts[-1],
        "full_name": full_name(found.ref, sight),
        "type": type_of(found, sight),
        "catalog": parts[0] if is_table else None,
        "schema": parts[1] if is_table else None,
    }


def _edge(step: Step) -> dict[str, Any]:
    return {
        "source": node_id(step.source),
        "target": node_id(step.target),
        "relation": step.relation.value,
        "level": step.level.value,
        "field": step.path or None,
    }


def _things(answer: Answer, found: Iterable[Found]) -> list[dict[str, Any]]:
    return [_thing(one, answer.sight) for one in found]


def _tables(answer: Answer, direction: Any) -> list[dict[str, Any]]:
    return _things(answer, answer.picture.of(Kind.TABLE, direction))


def _members(answer: Answer, direction: Any) -> dict[str, Any]:
    return {
        "measures": _things(answer, answer.picture.of(Kind.MEASURE, direction)),
        "dimensions": _things(answer, answer.picture.of(Kind.DIMENSION, direction)),
    }


def _users(answer: Answer) -> dict[str, Any]:
    """What is made of the root besides tables and columns."""
    kinds = {
        "models": Kind.MODEL,
        "metrics": Kind.METRIC,
        "saved_queries": Kind.SAVED_QUERY,
        "dashboards": Kind.DASHBOARD,
    }
    return {key: _things(answer, answer.picture.of(kind, DOWN)) for key, kind in kinds.items()}


def _rest(answer: Answer) -> dict[str, Any]:
    picture = answer.picture
    unresolved = [f for f in picture.nodes.values() if f.ref.kind is Kind.UNRESOLVED]
    return {
        "unresolved": [
            {"reason": f.ref.name, "of": sorted(_unresolved_of(picture, f))}
            for f in sorted(unresolved, key=lambda f: f.ref)
        ],
        "truncated": picture.truncated,
        "notes": list(answer.notes),
        "graph": graph(picture, answer.sight),
    }


def _unresolved_of(picture: Picture, found: Found) -> set[str]:
    return {
        node_id(step.target)
        for step in picture.edges
        if step.source == found.ref and step.relation is Relation.UNRESOLVED
    }

"""An analysis that a client sends back, perhaps changed: its suggestions, as far as they are parts
of models. What they say is checked like any model that a person writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalog.analysis import Suggestion
from catalog.drafts.choosing import Choice
from semantic_layer.errors import InvalidInput

_KEYS = {
    "entity": ("name", "type", "expr", "role", "label", "description"),
    "dimension": ("name", "type", "expr", "label", "description", "type_params"),
    "measure": (
        "name", "agg", "expr", "label", "description", "non_additive_dimension", "agg_params",
    ),
    "metric": ("name", "type", "label", "description", "type_params"),
}  # fmt: skip
_NEEDED = {"entity": "type", "dimension": "type", "measure": "agg", "metric": "type"}
_LISTS = {
    "entity": "suggested_entities",
    "dimension": "suggested_dimensions",
    "measure": "suggested_measures",
    "metric": "suggested_metrics",
}
_MOST = 500
_SURE = 0.9


def posted_choice(analysis: Mapping[str, Any]) -> Choice:
    """Everything that the analysis suggests. Raises InvalidInput INVALID_ANALYSIS with places."""
    problems: dict[str, list[str]] = {}
    found = {kind: _read(analysis, kind, problems) for kind in _LISTS}
    if problems:
        raise InvalidInput(
            "The analysis cannot be read: send back what analyze-table answered.",
            code="INVALID_ANALYSIS",
            field_errors=problems,
        )
    return Choice(found["entity"], found["dimension"], found["measure"], found["metric"])


def _read(
    analysis: Mapping[str, Any], kind: str, problems: dict[str, list[str]]
) -> tuple[Suggestion, ...]:
    key = _LISTS[kind]
    inner = analysis.get("analysis")
    given = analysis.get(key, inner.get(key, []) if isinstance(inner, Mapping) else [])
    if not isinstance(given, list) or len(given) > _MOST:
        problems[f"analysis.{key}"] = [f"A list of at most {_MOST} suggestions."]
        return ()
    found = []
    for at, item in enumerate(given):
        suggestion = _suggestion(kind, item)
        if suggestion is None:
            problems[f"analysis.{key}[{at}]"] = [f"An object with name and {_NEEDED[kind]}."]
        else:
            found.append(suggestion)
    return tuple(found)


def _suggestion(kind: str, item: Any) -> Suggestion | None:
    if not isinstance(item, Mapping):
        return None
    definition = {key: item[key] for key in _KEYS[kind] if item.get(key) is not None}
    if not all(isinstance(definition.get(key), str) for key in ("name", _NEEDED[kind])):
        return None
    if kind == "metric" and not isinstance(definition.setdefault("type_params", {}), Mapping):
        return None
    confidence = item.get("confidence")
    sure = float(confidence) if isinstance(confidence, int | float) else _SURE
    key = item.get("key")
    named = key if isinstance(key, str) else f"{kind}:{definition['name']}"
    return Suggestion(kind, named, definition, min(1.0, max(0.0, sure)), {})

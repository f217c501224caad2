"""What a request body says: JSON in any accepted form, or `{yaml}` / `{raw_yaml}`.
Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from models_registry.definitions import definition_of
from models_registry.issues import place_in_words
from semantic_layer.compiler.reading import Source, read_documents, read_mapping
from semantic_layer.compiler.spec import Project
from semantic_layer.errors import InvalidModels, Issue, Malformed, TooLarge

YAML_KEYS = ("yaml", "raw_yaml")
FLAT_KEYS = frozenset(("model", "entities", "dimensions", "measures"))
WRAPPER_KEYS = frozenset(("semantic_model", "semantic_models", "models"))

OF_ANSWERS = frozenset(
    ("id", "version", "latest_version", "status", "author", "owner", "sync_state", "created_at")
    + ("updated_at", "entity_count", "dimension_count", "measure_count", "metric_count")
)
"""What a GET answers beside the model itself, and no write takes."""

# Problems of the text itself, before it means anything: the request is malformed, not the model
# invalid.
MALFORMED_CODES = frozenset(
    ("YAML_SYNTAX", "YAML_ALIAS", "YAML_TAG", "TOO_DEEP", "CONTROL_CHARACTER", "DUPLICATE_KEY")
)
TOO_LARGE_CODE = "TOO_LARGE"
MALFORMED_YAML = "MALFORMED_YAML"


@dataclass(frozen=True)
class Sent:
    """What a body says, with its problems; `texts` holds the YAML where that is what was sent."""

    project: Project
    texts: Mapping[str | None, str]

    @property
    def names(self) -> list[str]:
        """Models in the body, those with problems last."""
        good = [model.name for model in self.project.models]
        broken = {name for name in self.project.broken_models if name}
        return [*good, *sorted(broken - set(good))]

    @property
    def subject(self) -> str:
        """What the audit trail calls it: the first thing that has a name."""
        queries = (query.name for query in self.project.saved_queries)
        metrics = (metric.name for metric in self.project.metrics)
        return next(iter((*self.names, *queries, *metrics)), "")


def read_payload(payload: Mapping[str, Any]) -> Sent:
    """Read a request body. Raises Malformed or TooLarge when its text cannot be read, InvalidModels
    for a model without a name.

    Problems of what it says are left in the project, so that they can be told together with those
    that the category finds.
    """
    text = yaml_text(payload)
    if text is None and "name" not in payload and FLAT_KEYS & payload.keys():
        raise InvalidModels([Issue(path="name", code="MISSING_KEY", message="'name' is missing.")])
    project = read_documents([Source(text)]) if text is not None else read_mapping(payload)
    refuse_unreadable(project.issues)
    return Sent(project, {} if text is None else {None: text})


def merged(current: Project, payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """The flat JSON form of a model with some of its keys replaced.

    A key that is given replaces the whole value, lists too; null takes it away. Keys that are not
    given stay.
    """
    return {
        key: value
        for key, value in {**definition_of(current), **payload}.items()
        if value is not None
    }


def without_answer(payload: Mapping[str, Any], current_yaml: str) -> Mapping[str, Any]:
    """The model in a body that is the answer of a GET, changed and sent back.

    Such a body says `id`. What is not of the model is passed over, and so is its YAML as long as
    nobody changed it. An owner is written in `meta`, so a new one in its own key stays, to be
    refused.
    """
    if "id" not in payload:
        return payload
    passed_over = set(OF_ANSWERS)
    meta = payload.get("meta")
    if payload.get("owner") != (meta.get("owner") if isinstance(meta, Mapping) else None):
        passed_over.discard("owner")
    if payload.get("yaml") == current_yaml:
        passed_over.add("yaml")
    return {key: value for key, value in payload.items() if key not in passed_over}


def is_whole(payload: Mapping[str, Any]) -> bool:
    """Whether the body says all of the model: YAML and wrapped forms do, flat JSON may name
    single keys.
    """
    return any(key in payload for key in (*YAML_KEYS, *WRAPPER_KEYS))


def yaml_text(payload: Mapping[str, Any]) -> str | None:
    """The YAML of the body, None when it is JSON. Raises Malformed when it is both, or no text."""
    given = [key for key in YAML_KEYS if payload.get(key) is not None]
    if not given:
        return None
    others = sorted(key for key in payload if key not in YAML_KEYS)
    if len(given) > 1 or others:
        raise Malformed(
            f"Send the model as '{given[0]}' alone, without {', '.join(given[1:] + others)}.",
            code="MALFORMED_BODY",
        )
    text = payload[given[0]]
    if not isinstance(text, str) or not text.strip():
        raise Malformed(f"'{given[0]}' must be the YAML text of a model.", code="MALFORMED_BODY")
    return text


def refuse_unreadable(issues: Iterable[Issue]) -> None:
    """Raise when the text itself is at fault: Malformed with every place, or TooLarge."""
    found = [issue for issue in issues if issue.severity == "error"]
    if any(issue.code == TOO_LARGE_CODE for issue in found):
        raise TooLarge(found[0].message)
    malformed = [issue for issue in found if issue.code in MALFORMED_CODES]
    if malformed:
        first = malformed[0]
        place = place_in_words(first)
        raise Malformed(
            f"The text cannot be read{place}: {first.message}",
            code=MALFORMED_YAML,
            errors=[issue.as_dict() for issue in found],
        )

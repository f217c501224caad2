"""Who may share an answer: the data scope of an answer, as coarse as is safe.

Source: docs/adr/0010-who-shares-an-answer.md
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from semantic_layer.compiler import ModelInfo
from semantic_layer.ports import Actor, Warehouse

_EMAIL, _GROUPS = "user.email", "user.groups"


def scope_of(actor: Actor, warehouse: Warehouse, models: Iterable[ModelInfo] = ()) -> str:
    """Equal for two callers exactly when they may be given the same answer.

    A warehouse that knows its callers decides by the person. One that treats all alike is asked on
    behalf of a role; what the access rules of the models used look at comes in addition.
    """
    if not getattr(warehouse, "same_for_everybody", False):
        return actor.data_scope
    rules = [rule for model in models for rule in model.spec.access]
    values = [filter_.source for rule in rules for filter_ in rule.rows]
    by_email = any(_says(value, _EMAIL) for value in values)
    by_group = any(rule.groups for rule in rules) or any(_says(v, _GROUPS) for v in values)
    seen = [actor.email if by_email else None, sorted(actor.groups) if by_group else None]
    applied = hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:32]
    return f"role:{','.join(sorted(actor.roles))}:{applied}"


def _says(value: Any, word: str) -> bool:
    """Whether a structured filter looks at something of the person."""
    if isinstance(value, Mapping):
        return any(_says(item, word) for item in value.values())
    if isinstance(value, list | tuple):
        return any(_says(item, word) for item in value)
    return bool(value == word)

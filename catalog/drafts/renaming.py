"""Other names for parts of a draft, followed by everything that uses them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.analysis.time_columns import quoted
from catalog.drafts.composing import Draft


@dataclass(frozen=True)
class Rename:
    """A part of this kind (`dimensions`, `measures`, `metrics`) gets another name."""

    kind: str
    name: str
    new_name: str


def renamed(draft: Draft, renames: Sequence[Rename]) -> Draft:
    """The draft with the new names. Names that clash are found by who checks the draft."""
    called = {(r.kind, r.name): r.new_name for r in renames if r.name != r.new_name}
    counts = Counter(called.values())
    called = {key: name for key, name in called.items() if counts[name] == 1}
    if not called:
        return draft

    def new(kind: str, name: str) -> str:
        return called.get((kind, name), name)

    definition = dict(draft.definition)
    definition["dimensions"] = [_dimension(d, new) for d in definition["dimensions"]]
    definition["measures"] = [_measure(m, new) for m in definition["measures"]]
    definition["metrics"] = [_metric(m, new) for m in definition["metrics"]]
    defaults = dict(definition.get("defaults") or {})
    if "agg_time_dimension" in defaults:
        defaults["agg_time_dimension"] = new("dimensions", defaults["agg_time_dimension"])
        definition["defaults"] = defaults
    added = {kind: tuple(new(kind, name) for name in names) for kind, names in draft.added.items()}
    keys = {(kind, new(kind, name)): key for (kind, name), key in draft.keys.items()}
    return Draft(definition, added, keys, draft.extends)


def _dimension(member: Mapping[str, Any], new: Any) -> dict[str, Any]:
    name = new("dimensions", member["name"])
    if name == member["name"] or "expr" in member:
        return {**member, "name": name}
    return {**member, "name": name, "expr": quoted(member["name"])}


def _measure(member: Mapping[str, Any], new: Any) -> dict[str, Any]:
    changed = {**member, "name": new("measures", member["name"])}
    said = member.get("non_additive_dimension")
    if said:
        changed["non_additive_dimension"] = {**said, "name": new("dimensions", said["name"])}
    if "expr" not in member and changed["name"] != member["name"]:
        changed["expr"] = quoted(member["name"])
    return changed


def _metric(member: Mapping[str, Any], new: Any) -> dict[str, Any]:
    params = dict(member.get("type_params") or {})
    for key, kind in (
        ("measure", "measures"), ("numerator", "metrics"), ("denominator", "metrics")
    ):  # fmt: skip
        if isinstance(params.get(key), str):
            params[key] = new(kind, params[key])
    return {**member, "name": new("metrics", member["name"]), "type_params": params}

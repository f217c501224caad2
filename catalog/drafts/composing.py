"""From chosen suggestions to the JSON of a model: a new one, or an existing one with more parts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from catalog.analysis import Suggestion, TableName
from catalog.analysis.naming import free_name
from catalog.analysis.words import identifier, plural, readable
from catalog.drafts.choosing import Choice
from semantic_layer.compiler.reading.pieces import RESERVED_NAMES
from semantic_layer.ports import ExistingModel

_PLAIN_PART = re.compile(r"[A-Za-z_0-9$-]+")
_MEMBERS = ("entities", "dimensions", "measures", "metrics")


@dataclass(frozen=True)
class Draft:
    """A model that is not written yet. `added` names what of it is new, by kind; `keys` says
    which suggestion a new part came from: (kind, name) -> key."""

    definition: Mapping[str, Any]
    added: Mapping[str, tuple[str, ...]]
    keys: Mapping[tuple[str, str], str] = field(default_factory=dict)
    extends: ExistingModel | None = None

    @property
    def name(self) -> str:
        return str(self.definition["name"])

    @property
    def has_news(self) -> bool:
        return any(self.added.values())


@dataclass(frozen=True)
class Head:
    """What a model says besides its members; `name` and `description` None: ours."""

    table: TableName
    entity: str
    has_primary: bool
    time_dimension: str | None
    comment: str
    name: str | None = None
    description: str | None = None


def model_name(table: TableName, taken: Iterable[str]) -> str:
    """What a model of the table is called: `dim_customer` -> `customers`."""
    used = {*taken, *RESERVED_NAMES}
    words = table.words
    name = identifier([*words[:-1], *(plural(word) for word in words[-1:])])
    if name in used:
        name = identifier([*identifier([table.schema]).split("_"), name])
    return free_name(name, used)


def compose(
    head: Head, choice: Choice, taken: frozenset[str], existing: ExistingModel | None
) -> Draft:
    """The draft. `taken` are names that others of the category have. Pure."""
    base = _base(head, taken, existing)
    parts = _Parts(base, taken, str(base["name"]))
    for kind in _MEMBERS:
        for suggestion in getattr(choice, kind):
            parts.add(kind, suggestion)
    definition = {**base, **{kind: parts.members[kind] for kind in _MEMBERS}}
    _settle(definition, head, choice)
    added = {kind: tuple(parts.added[kind]) for kind in _MEMBERS}
    return Draft(definition, added, parts.keys, existing)


def _base(head: Head, taken: frozenset[str], existing: ExistingModel | None) -> dict[str, Any]:
    if existing is not None:
        return {**existing.definition}
    name = head.name or model_name(head.table, taken)
    said = head.description or " ".join(head.comment.split())[:500]
    return {
        "name": name,
        "label": readable(name),
        "description": said or f"One row per {readable(head.entity).lower()}.",
        "model": relation_of(head.table),
    }


def _settle(definition: dict[str, Any], head: Head, choice: Choice) -> None:
    """Which time rows are counted by, and what a row is where no entity says so."""
    times = [d["name"] for d in definition["dimensions"] if d.get("type") == "time"]
    defaults = definition.get("defaults") or {}
    if times and not defaults.get("agg_time_dimension"):
        column = {d.name for d in choice.dimensions} & {head.time_dimension}
        first = head.time_dimension if column else times[0]
        definition["defaults"] = {**defaults, "agg_time_dimension": first}
    owned = any(e.get("type") in ("primary", "unique", "natural") for e in definition["entities"])
    if not owned and not definition.get("primary_entity") and definition["dimensions"]:
        names = {entity["name"] for entity in definition["entities"]}
        definition["primary_entity"] = free_name(head.entity, names)


def relation_of(table: TableName) -> str | dict[str, str]:
    """`catalog.schema.table`, or the parts by name where they need quoting."""
    parts = (table.catalog, table.schema, table.table)
    if all(_PLAIN_PART.fullmatch(part) for part in parts):
        return table.full
    return dict(zip(("database", "schema", "alias"), parts, strict=True))


class _Parts:
    """The members of the model while it is composed: what is there stays, what is new is added
    under a free name, and metrics follow the names of what they are made of."""

    def __init__(self, base: Mapping[str, Any], taken: frozenset[str], model: str) -> None:
        self.members: dict[str, list[dict[str, Any]]] = {
            kind: [dict(member) for member in base.get(kind) or ()] for kind in _MEMBERS
        }
        self.added: dict[str, list[str]] = {kind: [] for kind in _MEMBERS}
        self.keys: dict[tuple[str, str], str] = {}
        self._taken = taken
        self._model = model
        self._called: dict[tuple[str, str], str] = {}

    def add(self, kind: str, suggestion: Suggestion) -> None:
        definition = {k: v for k, v in suggestion.definition.items() if v is not None}
        if kind == "metrics":
            definition["type_params"] = self._followed(definition["type_params"])
        if kind == "measures":
            self._follow_time(definition)
        same = self._same(kind, definition)
        if same is not None:
            self._called[kind, suggestion.name] = same
            return
        name = self._free(kind, definition)
        self._called[kind, suggestion.name] = name
        self.members[kind].append({**definition, "name": name})
        self.added[kind].append(name)
        self.keys[kind, name] = suggestion.key

    def _free(self, kind: str, definition: Mapping[str, Any]) -> str:
        name = str(definition["name"])
        if kind == "entities":
            return name
        if kind == "dimensions":
            entities = {entity["name"] for entity in self.members["entities"]}
            used = {member["name"] for member in self.members[kind]}
            return free_name(f"{name}_value" if name in entities else name, used | entities)
        used = {*self._taken, *(member["name"] for member in self.members[kind])}
        if kind == "metrics":
            used |= self._implied()
        if name in used:
            name = identifier([self._model, name])
        return free_name(name, used)

    def _implied(self) -> set[str]:
        return {m["name"] for m in self.members["measures"] if m.get("create_metric")}

    def _same(self, kind: str, definition: Mapping[str, Any]) -> str | None:
        """The name of the member that says the same already."""
        wanted = _meaning(kind, definition)
        for member in self.members[kind]:
            if _meaning(kind, member) == wanted:
                return str(member["name"])
        if kind == "metrics" and definition["type"] == "simple":
            measure = definition["type_params"].get("measure")
            return measure if measure in self._implied() else None
        return None

    def _followed(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Inputs under the names that they got."""
        followed = dict(params)
        for key, kind in (
            ("measure", "measures"), ("numerator", "metrics"), ("denominator", "metrics")
        ):  # fmt: skip
            if isinstance(params.get(key), str):
                followed[key] = self._called.get((kind, params[key]), params[key])
        return followed

    def _follow_time(self, definition: dict[str, Any]) -> None:
        said = definition.get("non_additive_dimension")
        if said:
            name = self._called.get(("dimensions", said["name"]), said["name"])
            definition["non_additive_dimension"] = {**said, "name": name}


def _meaning(kind: str, member: Mapping[str, Any]) -> Any:
    """What makes two members one, however they are called."""
    expr = _text(member.get("expr") or member.get("name"))
    if kind == "entities":
        return expr
    if kind == "dimensions":
        return expr
    if kind == "measures":
        return member.get("agg"), expr
    params = member.get("type_params") or {}
    simple = _input_name(params.get("measure") or member.get("measure"))
    pair = tuple(
        _input_name(params.get(key) or member.get(key)) for key in ("numerator", "denominator")
    )
    filtered = member.get("filter")
    if member.get("type") == "simple" and simple and not filtered:
        return "simple", simple
    if member.get("type") == "ratio" and not filtered:
        return "ratio", *pair
    return "other", member.get("name")


def _input_name(given: Any) -> str | None:
    """The name of an input that says nothing but its name."""
    if isinstance(given, Mapping):
        return str(given["name"]) if set(given) == {"name"} else repr(dict(given))
    return given if isinstance(given, str) else None


def _text(expr: Any) -> str:
    return " ".join(str(expr).replace('"', "").lower().split())


def without(draft: Draft, dropped: Mapping[str, Sequence[str]]) -> Draft:
    """The draft without these of its new parts, and without the metrics made of them."""
    gone = {kind: set(names) & set(draft.added[kind]) for kind, names in dropped.items()}
    members = {*gone.get("dimensions", ()), *gone.get("entities", ())}
    measures = gone["measures"] = {*gone.get("measures", ()), *_held_by(draft, members)}
    metrics = set(gone.get("metrics", ()))
    growing = True
    while growing:
        growing = False
        for metric in draft.definition["metrics"]:
            name = metric["name"]
            if name in metrics or name not in draft.added["metrics"]:
                continue
            if _uses(metric, measures, metrics):
                metrics.add(name)
                growing = True
    gone["metrics"] = metrics
    kept = {
        kind: [m for m in draft.definition[kind] if m["name"] not in gone.get(kind, ())]
        for kind in _MEMBERS
    }
    added = {
        kind: tuple(name for name in draft.added[kind] if name not in gone.get(kind, ()))
        for kind in _MEMBERS
    }
    definition = {**draft.definition, **kept}
    _settle_time(definition)
    return Draft(definition, added, draft.keys, draft.extends)


def _held_by(draft: Draft, members: set[str]) -> set[str]:
    """New measures that are not additive over a member that goes."""
    found = set()
    for measure in draft.definition["measures"]:
        said = measure.get("non_additive_dimension") or {}
        used = {said.get("name"), *said.get("window_groupings", ())}
        if used & members and measure["name"] in draft.added["measures"]:
            found.add(measure["name"])
    return found


def _settle_time(definition: dict[str, Any]) -> None:
    """A time dimension that is gone counts no rows."""
    times = [d["name"] for d in definition["dimensions"] if d.get("type") == "time"]
    defaults = dict(definition.get("defaults") or {})
    counted_by = defaults.get("agg_time_dimension")
    if counted_by is not None and counted_by not in times:
        defaults = {**defaults, "agg_time_dimension": times[0]} if times else {}
        definition["defaults"] = defaults


def _uses(metric: Mapping[str, Any], measures: set[str], metrics: set[str]) -> bool:
    params = metric.get("type_params") or {}
    inputs = [params.get("numerator"), params.get("denominator")]
    inputs += [
        one.get("name") if isinstance(one, Mapping) else one for one in params.get("metrics", ())
    ]
    return params.get("measure") in measures or any(one in metrics for one in inputs)

"""Small parts that models, metrics and queries share: names, tables, windows, filters, metadata."""

from __future__ import annotations

import re
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from semantic_layer.compiler.reading.checks import check_filter, check_time_zone
from semantic_layer.compiler.reading.nodes import Node, Scalar, Sequence, plain_value
from semantic_layer.compiler.reading.reader import Record
from semantic_layer.compiler.spec import AccessRule, Filter, Grain, Relation, Window

MAX_MODEL_NAME = 64
MAX_NAME = 250
"""Of everything but models, whose names are ids in URLs and paths."""

RESERVED_NAMES = frozenset(("search", "upload", "batch", "validate", "schema", "sync"))
"""Words that stand where a model id would in the API's paths."""

RESERVED_MEMBERS = frozenset((*Grain, "metric_time"))
"""Names a query already understands otherwise."""

_SLIP = 0.75  # `dayz` and `mnth` are this near to a grain, `season` is not
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_WINDOW = re.compile(r"\s*([0-9]{1,6})\s+(\S+)\s*")
_REF = re.compile(
    r"(?:\{\{)?\s*ref\(\s*(?:(['\"])[^'\"]*\1\s*,\s*)?(['\"])([^'\"]*)\2\s*\)\s*(?:\}\})?"
)
_TABLE_PART = re.compile(r"\s*(?:`([^`]+)`|\"([^\"]+)\"|([A-Za-z_0-9$-]+))\s*(?:\.|$)")
_TABLE_KEYS = (("database", "catalog"), ("schema", "schema_name"), ("alias", "name", "table"))


def check_name(record: Record, what: str, *, limit: int = MAX_NAME, key: str = "name") -> None:
    """Note it when a name cannot be part of a query or path."""
    name = record.get(key)
    if name is None:
        return
    if len(name) > limit:
        message = f"The {what}'s name has {len(name)} characters; {limit} are allowed."
        record.issue(key, "INVALID_NAME", message)
    elif not _NAME.fullmatch(name) or "__" in name:
        message = (
            f"'{name}' is no name for a {what}: use lower case letters, digits and single '_',"
            f" beginning with a letter{_offer(name)}."
        )
        record.issue(key, "INVALID_NAME", message)


def check_member_name(record: Record, what: str) -> None:
    """A name that queries use: also none that already means something there."""
    name = record.get("name")
    if name in RESERVED_MEMBERS:
        message = (
            f"'{name}' already has a meaning in queries: choose another name, as in 'x_{name}'."
        )
        record.issue("name", "RESERVED_NAME", message)
    check_name(record, what)


def _offer(name: str) -> str:
    slug = re.sub(r"_+", "_", re.sub(r"[^a-z0-9]+", "_", name.lower())).strip("_")
    slug = re.sub(r"^[0-9_]+", "", slug)
    return f", such as '{slug}'" if slug else ""


# ---------------------------------------------------------------- tables


def relation_of(record: Record) -> Relation | None:
    """The table a record names, as text or by its parts."""
    text = record.get("text")
    if text is not None:
        parts = _relation_parts(text)
        if parts is None:
            message = (
                f"'{text}' names no table: write ref('name'), schema.table or catalog.schema.table."
            )
            _at_text(record, message)
            return None
        return Relation(parts, text, record.at)
    return _relation_by_keys(record)


def _relation_by_keys(record: Record) -> Relation | None:
    found: list[str | None] = []
    for keys in _TABLE_KEYS:
        given = [key for key in keys if record.get(key)]
        if len({record.get(key) for key in given}) > 1:
            message = f"'{given[0]}' and '{given[1]}' mean the same: keep one."
            record.issue(given[1], "CONFLICT", message)
        found.append(record.get(given[0]) if given else None)
    database, schema, table = found
    if table is None or (database is not None and schema is None):
        missing = "alias" if table is None else "schema"
        record.issue("", "MISSING_KEY", f"'{missing}' is missing ({record.path}).")
        return None
    parts = tuple(part for part in (database, schema, table) if part is not None)
    written = {key: record.get(key) for key in record.values if record.get(key)}
    return Relation(parts, written, record.at)


def _at_text(record: Record, message: str) -> None:
    record.log.add(record.node, record.path, "INVALID_RELATION", message)


def _relation_parts(text: str) -> tuple[str, ...] | None:
    ref = _REF.fullmatch(text.strip())
    name = ref.group(3) if ref else text.strip()
    parts: list[str] = []
    offset = 0
    while offset < len(name):
        part = _TABLE_PART.match(name, offset)
        if part is None:
            return None
        parts.append(part.group(1) or part.group(2) or part.group(3))
        offset = part.end()
    complete = bool(parts) and not name.rstrip().endswith(".") and len(parts) <= 3
    return tuple(parts) if complete else None


# ---------------------------------------------------------------- time


def grain_named(word: str) -> str:
    """A grain in the singular and lower case; custom granularities stay as they are."""
    lower = word.lower()
    singular = lower.removesuffix("s")
    return singular if singular in tuple(Grain) else lower


def misspelt_grain(word: str) -> str | None:
    """The standard grain a word seems to mean. Other words may be custom granularities.

    A custom one often ends in a standard one (`fiscal_year`) or sounds like one (`season`), so only
    single words one slip of the pen away are taken for it. The graph checks all others.
    """
    if "_" in word or grain_named(word) in tuple(Grain):
        return None
    known = [*Grain, *(f"{grain}s" for grain in Grain)]
    close = get_close_matches(word.casefold(), known, cutoff=_SLIP)
    near = [grain for grain in close if grain[0] == word[:1].lower()]
    return grain_named(near[0]) if near else None


def window_of(record: Record) -> Window | None:
    """`7 days`, or `{count, granularity}` as dbt's compiler writes it."""
    text = record.get("text")
    count, word, offset = record.get("count"), record.get("granularity"), 0
    if text is not None:
        match = _WINDOW.fullmatch(text)
        if match is None or int(match.group(1)) < 1:
            message = f"'{text}' is no span of time: write a number and a grain, such as 7 days."
            _issue_in(record, 0, message)
            return None
        count, word, offset = int(match.group(1)), match.group(2), match.start(2)
    if count is None or word is None:
        record.issue("", "MISSING_KEY", "A window needs 'count' and 'granularity'.")
        return None
    meant = misspelt_grain(word)
    if meant is None and _NAME.fullmatch(grain_named(word)):
        return Window(count, grain_named(word))
    plural = "" if count == 1 else "s"
    hint = f"Did you mean '{meant}{plural}'?" if meant else f"Use one of {', '.join(Grain)}."
    _issue_in(record, offset, f"'{word}' is no grain of time. {hint}")
    return None


def _issue_in(record: Record, offset: int, message: str) -> None:
    """Note a problem inside a window's text, at its own column where that is known."""
    node = record.node_of("text")
    line, column = node.line, node.column
    if isinstance(node, Scalar) and node.content_column is not None:
        column = node.content_column + offset
    record.log.add_at(line, column, record.path, "INVALID_WINDOW", message)


def grain_word(record: Record, key: str) -> str | None:
    """A grain or custom granularity under a key."""
    word: str | None = record.get(key)
    if word is None:
        return None
    meant = misspelt_grain(word)
    if meant is not None or not _NAME.fullmatch(grain_named(word)):
        hint = f"Did you mean '{meant}'?" if meant else f"Use one of {', '.join(Grain)}."
        record.issue(key, "INVALID_GRAIN", f"'{word}' is no grain of time. {hint}")
        return None
    return grain_named(word)


# ---------------------------------------------------------------- filters


def filters_of(
    record: Record, key: str = "filter", *, row_rule: bool = False
) -> tuple[Filter, ...]:
    """The conditions under a key, all of which must hold."""
    found = [leaf for item in record.get(key, ()) for leaf in _filters_in(item)]
    for condition, item in found:
        check_filter(condition, item, row_rule=row_rule)
    return tuple(condition for condition, _ in found)


def _filters_in(item: Record) -> list[tuple[Filter, Record]]:
    listed = item.get("where_filters")
    if listed is not None:
        return [found for inner in listed for found in _filters_in(inner)]
    source = item.get("where_sql_template") or plain(item.node)
    if not source or source == {"where_sql_template": ""}:
        item.issue("", "INVALID_FILTER", "The filter is empty: remove it.")
        return []
    return [(Filter(source, item.log.position(item.node_of("where_sql_template"))), item)]


def plain(node: Node) -> Any:
    """A node as plain data."""
    if isinstance(node, Scalar):
        return plain_value(node)
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {key: plain(value) for key, (_, value) in node.entries.items()}


# ---------------------------------------------------------------- metadata


@dataclass(frozen=True)
class Described:
    """What label, description, config and meta say of one thing."""

    label: str | None = None
    description: str | None = None
    enabled: bool = True
    tags: tuple[str, ...] = ()
    time_zone: str | None = None
    data_type: str | None = None
    access: tuple[AccessRule, ...] = ()
    meta: AnyMapping[str, Any] = field(default_factory=dict)


def described(record: Record, takes: frozenset[str] = frozenset()) -> Described:
    """Collect what is said of a thing in `meta`, `config.meta` and beside them.

    `takes` names the fields the thing has of its own; access rules and time zones where they would
    have no effect are errors, other keys stay in `meta`.
    """
    config: Record | None = record.get("config")
    places = [record] + ([config] if config else [])
    metas = [place.get("meta") for place in places if place.get("meta")]
    own: dict[str, Any] = {}
    meta: dict[str, Any] = {}
    for place in (*places, *metas):
        for key in takes:
            if place.get(key) is not None:
                _put(own, key, place.get(key), place)
                if key == "time_zone":
                    check_time_zone(place, place.get(key))
    for place in metas:
        for key, (_, node) in place.node.entries.items():
            if key in place.values and key not in takes:
                _put(meta, key, _meta_value(place, key, node), place)
    access = tuple(rule for item in own.get("access", ()) for rule in (_access_rule(item),) if rule)
    return Described(
        record.get("label"),
        record.get("description"),
        config.get("enabled", True) if config else True,
        own.get("tags", ()),
        own.get("time_zone"),
        own.get("data_type"),
        access,
        meta,
    )


def _put(target: dict[str, Any], key: str, value: Any, place: Record) -> None:
    if key == "tags" and key in target:
        target[key] = tuple(dict.fromkeys((*target[key], *value)))
    elif key in target and target[key] != value:
        place.issue(key, "CONFLICT", f"'{key}' is written twice with different values: keep one.")
    else:
        target[key] = value


def _meta_value(place: Record, key: str, node: Node) -> Any:
    if key in ("access", "time_zone"):
        message = f"'{key}' has no effect here: it belongs to a model" + (
            " or a dimension." if key == "time_zone" else "."
        )
        place.issue(key, "MISPLACED_KEY", message)
    value = place.get(key)
    return list(value) if key in ("synonyms", "tags") else plain(node)


def _access_rule(rule: Record) -> AccessRule | None:
    members: Record | None = rule.get("members")
    return AccessRule(
        rule.get("roles", ()),
        rule.get("groups", ()),
        members.get("includes") if members else None,
        members.get("excludes", ()) if members else (),
        filters_of(rule, "rows", row_rule=True),
        rule.at,
    )

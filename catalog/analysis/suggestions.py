"""From what is known of a table to parts of a model: entities, dimensions and measures, each with
its confidence and its evidence in numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog.analysis.additivity import ADDITIVE, Nature, Number
from catalog.analysis.conclusions import Conclusions
from catalog.analysis.enumerations import is_enumeration
from catalog.analysis.foreign_keys import ForeignKey, role_of
from catalog.analysis.keys import is_key_name, stem_of
from catalog.analysis.naming import count_name, flag_stem, member_name, number_name
from catalog.analysis.profile import Column, Family
from catalog.analysis.time_columns import quoted
from catalog.analysis.units import unit_of
from catalog.analysis.words import identifier, listed, plural_name, readable, singular

LIKELY = 0.5
"""Suggestions of at least this confidence go into a draft without being asked for."""

_FREE_TEXT = listed(
    "comment comments note notes description desc text message body url json payload raw hash "
    "remarks summary content path html xml link image avatar photo checksum blob properties "
    "metadata agent"
)
_NAMING = listed(
    "name title label city country state region zip zipcode postcode postal category brand "
    "type status segment department "
    "county province team language color model manufacturer vendor channel currency zone plan "
    "tier group class subcategory family division office market source medium campaign"
)
_COUNTED = listed(
    "customer user account client patient member employee driver student visitor device "
    "session subscriber passenger contact person buyer merchant seller vendor supplier store "
    "product host listing agent company organization organisation tenant workspace household "
    "cust"
)
_MOST_COUNTED = 2


@dataclass(frozen=True)
class Suggestion:
    """One part of a model: `definition` is in the model language.

    `key` stays the same however the part is called, so that a rejected one does not come again;
    `about` is told beside it (column, unit, what it references).
    """

    kind: str
    key: str
    definition: Mapping[str, Any]
    confidence: float
    evidence: Mapping[str, Any]
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return str(self.definition["name"])

    def as_dict(self) -> dict[str, Any]:
        told = {"key": self.key, "confidence": round(self.confidence, 3)}
        return {**self.definition, **self.about, **told, "evidence": dict(self.evidence)}


# ---------------------------------------------------------------- entities


def entities(found: Conclusions) -> list[Suggestion]:
    """The primary entity, other unique ones, and the foreign keys that hold."""
    suggested = list(_own_entities(found))
    named = {found.entity}
    for key in found.foreign:
        suggestion = _foreign_entity(found, key, named)
        suggested.append(suggestion)
    return suggested + list(_parts_of_key(found))


def _own_entities(found: Conclusions) -> Iterator[Suggestion]:
    pointing = {key.column for key in found.foreign}
    for at, key in enumerate(found.keys):
        if len(key.columns) > 1:
            continue
        (column,) = key.columns
        if at and (column in pointing or not is_key_name(found.table.column(column))):
            continue
        kind = "unique" if at else "primary"
        name = found.entity if not at else identifier(stem_of(found.table.column(column)))
        if at and name == found.entity:
            name = identifier([*stem_of(found.table.column(column)), "key"])
        definition = _described(
            {"name": name, "type": kind, "expr": quoted(column)},
            found.table.column(column),
            f"Identifies one {readable(found.entity).lower()}.",
        )
        sure = min(0.99, 0.6 + 0.4 * key.score) if not at else 0.6
        yield Suggestion(
            "entity", f"entity:{kind}:{column}", definition, sure, key.evidence, {"column": column}
        )


def _foreign_entity(found: Conclusions, key: ForeignKey, named: set[str]) -> Suggestion:
    column = found.table.column(key.column)
    entity = found.entity_of(key.target, key.target_column)
    others = sum(1 for other in found.foreign if other.target == key.target) - 1
    role = role_of(column, key, entity, others)
    definition: dict[str, Any] = {"name": entity, "type": "foreign", "expr": quoted(key.column)}
    if role is not None or entity in named:
        definition["role"] = role or identifier(column.words)
    named.add(entity)
    definition = _described(definition, column, f"{readable(entity)} of the row.")
    references = f"{key.target.full}.{key.target_column}"
    about = {"column": key.column, "references": references}
    evidence = key.evidence
    return Suggestion(
        "entity", f"entity:foreign:{key.column}", definition, key.confidence, evidence, about
    )


def _parts_of_key(found: Conclusions) -> Iterator[Suggestion]:
    """Identifiers in a key of several columns that lead to no table that is there."""
    if found.key is None or len(found.key.columns) < 2:
        return
    pointing = {key.column for key in found.foreign}
    for name in found.key.columns:
        column = found.table.column(name)
        if name in pointing or not is_key_name(column) or not stem_of(column):
            continue
        entity = identifier(singular(word) for word in stem_of(column))
        if entity == found.entity:
            continue
        definition = {"name": entity, "type": "foreign", "expr": quoted(name)}
        told = _described(definition, column, f"{readable(entity)} of the row.")
        evidence = {**column.measured, "part_of_key": list(found.key.columns)}
        yield Suggestion("entity", f"entity:foreign:{name}", told, 0.6, evidence, {"column": name})


# ---------------------------------------------------------------- dimensions


def dimensions(found: Conclusions) -> list[Suggestion]:
    """Times first, then what rows can be grouped by, as the columns come."""
    suggested = [_time_dimension(found, at) for at in range(len(found.times))]
    used = {time.column for time in found.times} | {key.column for key in found.foreign}
    used |= set(found.personal)
    used |= {key.columns[0] for key in found.keys if len(key.columns) == 1}
    for column in found.table.columns:
        if column.name in used or not column.non_null:
            continue
        confidence = _dimension_confidence(found, column)
        if confidence:
            suggested.append(_categorical(found, column, confidence))
    return suggested


def _time_dimension(found: Conclusions, at: int) -> Suggestion:
    time = found.times[at]
    column = found.table.column(time.column)
    name = member_name(column.words, found.entity)
    definition: dict[str, Any] = {"name": name, "type": "time"}
    expr = time.expr or quoted(time.column)
    if expr != name:
        definition["expr"] = expr
    definition["type_params"] = {"time_granularity": time.grain}
    definition = _described(definition, column, f"{readable(name)}, by {time.grain}.")
    evidence = {**time.evidence, "is_time_of_rows": at == 0}
    return Suggestion(
        "dimension", f"dimension:{time.column}", definition, time.confidence, evidence,
        {"column": time.column},
    )  # fmt: skip


def _categorical(found: Conclusions, column: Column, confidence: float) -> Suggestion:
    name = member_name(column.words, found.entity)
    definition: dict[str, Any] = {"name": name, "type": "categorical"}
    flag = found.flags.get(column.name)
    expr = quoted(column.name)
    if flag is not None and column.family is not Family.BOOLEAN:
        expr = f"CASE WHEN {flag.expr} THEN TRUE WHEN {expr} IS NOT NULL THEN FALSE END"
    if expr != name:
        definition["expr"] = expr
    definition = _described(definition, column, f"{readable(name)}.")
    evidence: dict[str, Any] = dict(column.measured)
    if flag is not None:
        evidence = dict(flag.evidence)
    number = found.numbers.get(column.name)
    if number is not None:
        evidence["because"] = number.evidence.get("because")
    about = {"column": column.name, "is_boolean": flag is not None}
    return Suggestion(
        "dimension", f"dimension:{column.name}", definition, confidence, evidence, about
    )


def _dimension_confidence(found: Conclusions, column: Column) -> float:
    """0 where the column is none."""
    if column.name in found.flags:
        return min(0.9, found.flags[column.name].confidence)
    number = found.numbers.get(column.name)
    if number is not None:
        return _label_confidence(column, number)
    if column.family is not Family.TEXT or column.share("is_json") > 0.5:
        return 0.0
    words = set(column.words)
    if words & _FREE_TEXT and not is_enumeration(column):
        return 0.0
    if is_key_name(column):
        return 0.5 if column.distinct <= 50 else 0.3
    if is_enumeration(column):
        return 0.92
    if column.share("is_url") > 0.5 or (column.average or 0) > 80:
        return 0.0
    if words & _NAMING:
        return 0.75
    return 0.6 if column.distinct <= column.non_null * 0.5 else 0.4


def _label_confidence(column: Column, number: Number) -> float:
    if number.nature is Nature.ANGLE:
        return 0.5
    if number.nature is not Nature.LABEL:
        return 0.0
    if is_key_name(column):
        return 0.45 if column.distinct <= 50 else 0.3
    if column.family is Family.DECIMAL:
        return 0.45
    return 0.85 if is_enumeration(column) else 0.6


# ---------------------------------------------------------------- measures


def measures(found: Conclusions) -> list[Suggestion]:
    """Rows, distinct ones, flags, and numbers each by what it is."""
    suggested = [_row_count(found), *_distinct_counts(found)]
    for column in found.table.columns:
        if column.name in found.flags:
            suggested.append(_flag_count(found, column))
        elif column.name in found.numbers:
            suggested += _of_number(found, column, found.numbers[column.name])
    return suggested


def _row_count(found: Conclusions) -> Suggestion:
    key = found.key
    single = key is not None and len(key.columns) == 1
    expr = quoted(key.columns[0]) if key is not None and single else "1"
    definition = {
        "name": count_name(found.entity),
        "agg": "count" if single else "sum",
        "expr": expr,
        "label": readable(plural_name(found.entity)),
        "description": f"Number of {readable(plural_name(found.entity)).lower()}.",
    }
    evidence = {"rows": found.table.row_count}
    return Suggestion("measure", "measure:count", definition, 0.95, evidence, {"nature": "count"})


def _distinct_counts(found: Conclusions) -> Iterator[Suggestion]:
    """How many different customers, users, products: at most two."""
    told = 0
    entity_of = {
        key.column: found.entity_of(key.target, key.target_column) for key in found.foreign
    }
    for column in found.table.columns:
        if column.name in found.personal or not is_key_name(column):
            continue
        entity = entity_of.get(column.name) or identifier(singular(w) for w in stem_of(column))
        counted = entity.split("_")[-1] in _COUNTED
        if told == _MOST_COUNTED or not counted or entity == found.entity or column.is_unique:
            continue
        told += 1
        many = plural_name(entity)
        definition = {
            "name": f"unique_{entity}_count",
            "agg": "count_distinct",
            "expr": quoted(column.name),
            "label": f"Unique {readable(many).lower()}",
            "description": f"Different {readable(many).lower()} in the rows.",
        }
        key = f"measure:count_distinct:{column.name}"
        sure = 0.85 if column.name in entity_of else 0.7
        about = {"column": column.name, "nature": "count", "counts": entity}
        yield Suggestion("measure", key, definition, sure, column.measured, about)


def _flag_count(found: Conclusions, column: Column) -> Suggestion:
    flag = found.flags[column.name]
    stem = flag_stem(column)
    many = readable(plural_name(found.entity)).lower()
    definition = {
        "name": f"{stem}_{found.entity}_count",
        "agg": "sum_boolean",
        "expr": flag.expr,
        "label": f"{readable(stem)} {many}",
        "description": _sentence(column, f"{readable(plural_name(found.entity))} with {stem} set."),
    }
    sure = min(0.9, flag.confidence)
    about = {"column": column.name, "nature": "flag", "stem": stem}
    return Suggestion(
        "measure", f"measure:sum_boolean:{column.name}", definition, sure, flag.evidence, about
    )


def _of_number(found: Conclusions, column: Column, number: Number) -> list[Suggestion]:
    base = number_name(column, found.entity)
    if number.nature is Nature.BALANCE:
        return [_balance(found, column, number, base)]
    if number.nature in (Nature.LABEL, Nature.ANGLE):
        return []
    if number.nature in ADDITIVE:
        made = [_measure(found, column, number, "sum", base)]
        if number.nature in (Nature.DURATION, Nature.AMOUNT):
            made.append(_measure(found, column, number, "average", base))
        return made
    return [_measure(found, column, number, "average", base)]


def _measure(found: Conclusions, column: Column, number: Number, agg: str, base: str) -> Suggestion:
    unit = unit_of(column)
    label = readable(base) if agg == "sum" else f"Average {readable(base).lower()}"
    verb = "Sum of" if agg == "sum" else "Average of"
    about_unit = f" in {unit}" if unit else ""
    definition = {
        "name": f"{base}_{agg}",
        "agg": agg,
        "expr": found.number_exprs.get(column.name) or quoted(column.name),
        "label": label,
        "description": _sentence(column, f"{verb} {readable(base).lower()}{about_unit}."),
    }
    about = {"column": column.name, "nature": str(number.nature), "unit": unit, "base": base}
    additive = number.nature in ADDITIVE
    sure = number.confidence - (0.15 if agg == "average" and additive else 0)
    key = f"measure:{agg}:{column.name}"
    return Suggestion("measure", key, definition, sure, number.evidence, about)


def _balance(found: Conclusions, column: Column, number: Number, base: str) -> Suggestion:
    """A stock: added up over things, never over time."""
    made = _measure(found, column, number, "sum", base)
    definition, evidence = dict(made.definition), dict(made.evidence)
    definition["name"] = f"{base}_at_end"
    confidence = made.confidence
    grouped = _held_by(found, column)
    if found.time is not None and (found.is_snapshot or grouped is not None):
        time = member_name(found.table.column(_moment(found)).words, found.entity)
        non_additive: dict[str, Any] = {"name": time, "window_choice": "max"}
        if grouped is not None:
            non_additive["window_groupings"] = [grouped]
        definition["non_additive_dimension"] = non_additive
        definition["description"] = _sentence(
            column, f"{readable(base)} at the end of each period; not added up over time."
        )
    elif found.is_ledger(column):
        evidence["because"] = "a balance after each event, and its moments are not unique"
        confidence = 0.3
    about = {**made.about, "additivity": "semi-additive"}
    return Suggestion("measure", made.key, definition, confidence, evidence, about)


def _moment(found: Conclusions) -> str:
    """The time column that balances are of: a part of the key where there is one."""
    in_key = set(found.key.columns) if found.key is not None else set()
    return next(
        (time.column for time in found.times if time.column in in_key), found.times[0].column
    )


def _held_by(found: Conclusions, column: Column) -> str | None:
    """Whose balance it is, in a table of events: an entity with one row a moment at most."""
    if not found.is_ledger(column) or found.time is None:
        return None
    for key in found.foreign:
        pair = (key.column, found.time.column)
        if found.table.unique_sets.get(pair) or found.table.unique_sets.get(pair[::-1]):
            return found.entity_of(key.target, key.target_column)
    return None


# ---------------------------------------------------------------- words


def _described(definition: dict[str, Any], column: Column, otherwise: str) -> dict[str, Any]:
    label = readable(definition.get("role") or definition["name"])
    return {**definition, "label": label, "description": _sentence(column, otherwise)}


def _sentence(column: Column, otherwise: str) -> str:
    """The column's comment, as one line of moderate length; else the words given."""
    said = " ".join(column.comment.split())[:300]
    return said or otherwise

"""Columns that point at the rows of other tables: narrowed by names and types, then measured.

Small whole numbers are found in almost any column of ids, so numbers need a name that says where
they point; texts found whole in a key elsewhere need none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.analysis.keys import CODE_WORDS, KEY_WORDS, NUMBER_WORDS, is_key_name, stem_of
from catalog.analysis.profile import Column, Family, Inclusion, Table, TableName, family_of
from catalog.analysis.words import abbreviates, column_words, identifier, listed, singular
from semantic_layer.ports import ColumnInfo

MAX_PAIRS = 48
MAX_PER_COLUMN = 5
_NAMED = 0.6
_FEW_TEXTS = 5
_GENERIC = listed(
    "id key name code type status date description value amount title created updated at year "
    "month day number count flag label no category state city country currency email region "
    "kind level"
)


@dataclass(frozen=True)
class Other:
    """Another table of the schema, as far as metadata tells."""

    name: TableName
    columns: tuple[ColumnInfo, ...]
    is_view: bool = False

    @property
    def row_name(self) -> str:
        return self.name.row_name


@dataclass(frozen=True)
class Candidate:
    """A column that may point at a column elsewhere; `named` is how much names say so, 0 to 1."""

    column: str
    target: TableName
    target_column: str
    named: float
    why: str


@dataclass(frozen=True)
class ForeignKey:
    """A column that points at rows of another table, with what was measured."""

    column: str
    target: TableName
    target_column: str
    confidence: float
    evidence: dict[str, Any]


@dataclass(frozen=True)
class Judged:
    """The foreign keys that hold, and the pairs that were measured and do not."""

    held: tuple[ForeignKey, ...]
    rejected: tuple[dict[str, Any], ...]


def candidates(
    table: Table, others: Sequence[Other], skipped: Iterable[str] = ()
) -> list[Candidate]:
    """Pairs worth measuring, the likeliest first: same family of types, and names or comments that
    fit, or texts that could be a code."""
    left_out = set(skipped)
    found: list[Candidate] = []
    for column in table.columns:
        if column.name in left_out or not _may_point(column):
            continue
        of_column = [
            candidate
            for other in others
            if other.name != table.name
            for candidate in _pairs(column, other)
        ]
        of_column.sort(key=lambda c: (-c.named, len(c.target.table), c.target.table))
        found += of_column[:MAX_PER_COLUMN]
    found.sort(key=lambda c: -c.named)
    return found[:MAX_PAIRS] + _self_references(table, left_out)


def judge(table: Table, pairs: Sequence[Candidate], measured: Sequence[Inclusion]) -> Judged:
    """Which of the measured pairs are foreign keys; at most one for a column."""
    best: dict[str, ForeignKey] = {}
    rejected: list[dict[str, Any]] = []
    for pair, inclusion in zip(pairs, measured, strict=True):
        evidence = _evidence(table, pair, inclusion)
        reason = _against(table, pair, inclusion)
        if reason is not None:
            rejected.append({"column": pair.column, **evidence, "rejected_because": reason})
            continue
        confidence = _confidence(pair, inclusion)
        found = ForeignKey(pair.column, pair.target, pair.target_column, confidence, evidence)
        current = best.get(pair.column)
        if current is None or confidence > current.confidence:
            best[pair.column] = found
    held = sorted(best.values(), key=lambda key: table.column(key.column).position)
    return Judged(tuple(held), tuple(rejected))


def role_of(column: Column, key: ForeignKey, entity: str, others: int) -> str | None:
    """What the row is to the other table, where its name says more: `ship_customer_id` is a
    customer in the role `ship`. `others` foreign keys point at the same table."""
    stem = [singular(word) for word in stem_of(column)]
    target = entity.split("_")
    row = key.target.row_name.split("_")
    key_words = set(column_words([key.target_column])[key.target_column]) - KEY_WORDS - CODE_WORDS
    rest = [word for word in stem if word not in {*target, *row, *key_words}]
    rest = [word for word in rest if not abbreviates(word, target[-1])]
    if not rest:
        return None
    if others == 0 and len(rest) == len(stem) and "name_points_there" in key.evidence:
        return identifier(rest)
    return identifier(rest)


def _may_point(column: Column) -> bool:
    if column.family not in (Family.INTEGER, Family.TEXT) or column.distinct < 1:
        return False
    if column.family is Family.TEXT:
        return column.share("is_blank") < 0.5 and column.share("is_iso_date") < 0.5
    return True


def _pairs(column: Column, other: Other) -> list[Candidate]:
    words = column_words(info.name for info in other.columns)
    found = []
    for info in other.columns:
        if family_of(info.data_type) is not column.family:
            continue
        named, why = _named_evidence(column, other, info, words[info.name])
        if not named and column.family is Family.TEXT and _could_be_code(column, info, words):
            named, why = 0.1, "texts that could be a code"
        if named:
            found.append(Candidate(column.name, other.name, info.name, named, why))
    return found


def _named_evidence(
    column: Column, other: Other, info: ColumnInfo, target: tuple[str, ...]
) -> tuple[float, str]:
    """How much names and comments say that the column points at that one."""
    if not _is_key_of(other, info, target):
        return 0.0, ""
    same = column.words == target and not set(target) <= _GENERIC
    stem = tuple(singular(word) for word in stem_of(column))
    row = tuple(other.row_name.split("_"))
    if column.family is Family.INTEGER and not same and not _names_one(column, stem):
        return 0.0, ""
    stated = _mentions(column.comment, other)
    if same:
        return (1.0 if stem == row or stem == row[-1:] else 0.9), "the same name"
    if stem and (stem == row or (len(row) > 1 and stem == row[-1:] and is_key_name(column))):
        return 0.92, "named after the table"
    if stated:
        return 0.85, "its comment names the table"
    if len(stem) > len(row) and stem[-len(row) :] == row:
        return 0.85, "named after the table, in a role"
    target_stem = tuple(singular(word) for word in target if word not in KEY_WORDS)
    ends_so = len(stem) > len(target_stem) > 0 and stem[-len(target_stem) :] == target_stem
    if ends_so and not set(target_stem) <= _GENERIC:
        return 0.8, "named after the key, in a role"
    if stem and abbreviates(stem[-1], row[-1]) and (is_key_name(column) or len(stem) == 1):
        return 0.75, "a short form of the table's name"
    return 0.0, ""


def _names_one(column: Column, stem: tuple[str, ...]) -> bool:
    """Whether a number's name says that it identifies one thing: `new_orders` counts some."""
    ends_as_key = column.last_word in KEY_WORDS | CODE_WORDS | NUMBER_WORDS
    return ends_as_key or is_key_name(column) or stem == column.words


def _is_key_of(other: Other, info: ColumnInfo, words: tuple[str, ...]) -> bool:
    """Whether the column may be what identifies the rows of the other table, as its name says."""
    if info.position == 1:
        return True
    row = set(other.row_name.split("_"))
    stem = {singular(word) for word in words} - KEY_WORDS - CODE_WORDS - NUMBER_WORDS
    ends_as_key = words[-1:] and words[-1] in KEY_WORDS | CODE_WORDS | NUMBER_WORDS
    return bool(ends_as_key) and (not stem or bool(stem & row))


def _mentions(comment: str, other: Other) -> bool:
    """Whether a comment names the table or what its rows are, whole words only."""
    if not comment:
        return False
    said = set(re.findall(r"[a-z0-9_]+", comment.lower()))
    names = {other.name.table.lower(), other.row_name, "_".join(other.name.words)}
    return bool(said & {name for name in names if len(name) > 3})


def _could_be_code(column: Column, info: ColumnInfo, words: dict[str, tuple[str, ...]]) -> bool:
    """Whether texts are short and many enough to be recognised by being found elsewhere."""
    last = words[info.name][-1:]
    if column.share("is_number") > 0.5:
        return False
    key_like = info.position == 1 or (last and last[0] in KEY_WORDS | CODE_WORDS | {"name"})
    return bool(key_like) and column.distinct >= _FEW_TEXTS and (column.average or 0) <= 40


def _self_references(table: Table, skipped: set[str]) -> list[Candidate]:
    """`manager_id` of employees points at employees."""
    own = next((c for c in table.columns if c.is_unique and is_key_name(c)), None)
    if own is None:
        return []
    parents = {"parent", "manager", "supervisor", "boss", "reports", "referrer", "referred", "root"}
    return [
        Candidate(column.name, table.name, own.name, 0.85, "a parent of the same table")
        for column in table.columns
        if column.name not in skipped
        and column.family is own.family
        and column.name != own.name
        and is_key_name(column)
        and column.says(*parents)
    ]


def _evidence(table: Table, pair: Candidate, inclusion: Inclusion) -> dict[str, Any]:
    column = table.column(pair.column)
    return {
        "references": f"{pair.target.full}.{pair.target_column}",
        "distinct": column.distinct,
        "nulls": column.nulls,
        "values_looked_for": inclusion.values,
        "values_found": inclusion.found,
        "coverage": round(inclusion.coverage, 4),
        "target_rows": inclusion.target_rows,
        "target_distinct": inclusion.target_distinct,
        "name_points_there": pair.why,
    }


def _against(table: Table, pair: Candidate, inclusion: Inclusion) -> str | None:
    """Why the measured pair is no foreign key; None where it is one."""
    column = table.column(pair.column)
    if not inclusion.target_is_unique:
        return "the column over there has duplicates or nulls"
    if pair.named < _NAMED:
        if column.family is not Family.TEXT or inclusion.values < _FEW_TEXTS:
            return "nothing in the names points there"
        return None if inclusion.coverage >= 0.95 else "too few of its values are found there"
    needed = 0.5 if pair.named >= 0.85 else 0.8
    return None if inclusion.coverage >= needed else "too few of its values are found there"


def _confidence(pair: Candidate, inclusion: Inclusion) -> float:
    named = pair.named if pair.named >= _NAMED else 0.6
    return round(min(0.98, 0.45 * named + 0.55 * inclusion.coverage), 3)

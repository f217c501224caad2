"""Columns with few values: categories, and booleans that are written as something else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from catalog.analysis.profile import Column, Family
from catalog.analysis.time_columns import quoted
from catalog.analysis.words import listed

MOST_VALUES = 50
_PAIRS = (
    ("y", "n"), ("yes", "no"), ("true", "false"), ("t", "f"), ("1", "0"), ("on", "off"),
    ("x", ""), ("j", "n"), ("ja", "nein"), ("oui", "non"), ("si", "no"), ("1.0", "0.0"),
)  # fmt: skip
FLAG_WORDS = listed(
    "is has was did can should flag flg ind indicator bool yn enabled active deleted "
    "cancelled canceled returned paid verified subscribed default churned refunded approved "
    "converted fraud shipped delivered completed success successful eligible valid urgent "
    "late opted opt promo gift vip married smoker holiday weekend bounced reordered resolved "
    "escalated attended readmitted internal trial member survived won online recurring "
    "insured discharged exited attrition"
)


@dataclass(frozen=True)
class Flag:
    """A column that says yes or no: `expr` is true where it says yes (None: it is a boolean)."""

    column: str
    expr: str
    confidence: float
    evidence: dict[str, Any]


def flag_of(column: Column) -> Flag | None:
    """What makes a column a boolean, as it is or in disguise; None where it is none."""
    if column.family is Family.BOOLEAN:
        evidence = {**column.measured, "true": column.counts.get("is_true", 0)}
        return Flag(column.name, quoted(column.name), 0.97, evidence)
    if column.family is Family.INTEGER:
        return _of_numbers(column)
    return _of_text(column) if column.family is Family.TEXT else None


def _of_numbers(column: Column) -> Flag | None:
    if column.distinct > 2 or column.minimum not in (0, 1) or column.maximum != 1:
        return None
    named = bool(FLAG_WORDS & set(column.words))
    if column.rows < 20 and not named:
        return None
    evidence = {**column.measured, "values": [0, 1], "name_says_so": named}
    return Flag(column.name, f"{quoted(column.name)} = 1", 0.95 if named else 0.6, evidence)


def _of_text(column: Column) -> Flag | None:
    said = {value.strip().lower(): value for value in column.values}
    filled = {value for value in said if value}
    if not filled or len(said) > 3:
        return None
    named = bool(FLAG_WORDS & set(column.words))
    for yes, no in _PAIRS:
        if yes not in filled or not filled <= {yes, no} or (no not in said and not named):
            continue
        if not no and not named:
            continue
        spellings = sorted(value for value in column.values if value.strip().lower() == yes)
        evidence = {**column.measured, "values": sorted(filled), "name_says_so": named}
        sure = 0.97 if named else 0.85
        return Flag(column.name, _is_one_of(column.name, spellings), sure, evidence)
    return None


def _is_one_of(column: str, spellings: list[str]) -> str:
    texts = ["'" + text.replace("'", "''") + "'" for text in spellings]
    if len(texts) == 1:
        return f"{quoted(column)} = {texts[0]}"
    return f"{quoted(column)} IN ({', '.join(texts)})"


def is_enumeration(column: Column) -> bool:
    """Whether the column has few values, each of which many rows share."""
    if not 1 <= column.distinct <= MOST_VALUES or column.family not in (
        Family.TEXT,
        Family.INTEGER,
    ):
        return False
    return column.non_null >= 2 * column.distinct or column.distinct <= 12 < column.non_null

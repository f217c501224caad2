"""Which columns tell the rows of a table apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from catalog.analysis.enumerations import is_enumeration
from catalog.analysis.profile import Column, Family, Table
from catalog.analysis.words import abbreviates, identifier, listed, singular

KEY_WORDS = frozenset({"id", "key", "sk", "pk", "uuid", "guid", "nk", "bk", "ident", "identifier"})
CODE_WORDS = listed(
    "code cd sku iata icao isbn ean symbol ticker npi vin mrn isin cusip ndc lei gtin asin"
)
NUMBER_WORDS = frozenset({"number", "no", "nr", "num", "nbr", "ref", "reference"})
_PARTS_OF_KEYS = listed(
    "line seq sequence position index item version year month week day hour date period "
    "quarter code number no nr type currency"
)
_ENOUGH = 0.55
_MOST_PARTS = 6
_MOST_SETS = 20
_REPEATS = 1.5
"""Rows a value of a part of a key has on average: what is almost unique makes any set a key."""


@dataclass(frozen=True)
class Key:
    """Columns whose values tell rows apart: one, or several together. `score` is 0 to 1."""

    columns: tuple[str, ...]
    score: float
    evidence: dict[str, Any]


def is_key_name(column: Column) -> bool:
    """Whether the name alone says that the column identifies something."""
    return column.last_word in KEY_WORDS or column.words[:1] in (("fk",), ("pk",))


def stem_of(column: Column) -> tuple[str, ...]:
    """What a key is of, as its name says: `customer_id` -> (customer,)."""
    words = list(column.words)
    if words and words[0] in ("fk", "pk", "id") and len(words) > 1:
        words.pop(0)
    while words and words[-1] in KEY_WORDS | CODE_WORDS | NUMBER_WORDS | {"fk"}:
        words.pop()
    return tuple(words)


def single_keys(table: Table, skipped: frozenset[str] = frozenset()) -> list[Key]:
    """Columns that identify a row by themselves, best first. Where rows were sampled, only those
    that were counted over the whole table."""
    found = [
        Key((column.name,), score, {**column.measured, "duplicates": 0})
        for column in table.columns
        if column.name not in skipped and holds(table, column)
        if (score := _score(table, column)) >= _ENOUGH
    ]
    return sorted(found, key=lambda key: (-key.score, table.column(key.columns[0]).position))


def worth_counting(table: Table) -> list[tuple[str, ...]]:
    """Columns unique in a sample that would be keys, to be counted over the whole table."""
    found = [
        (column, score)
        for column in table.columns
        if column.is_unique and (score := _score(table, column)) >= _ENOUGH
    ]
    best = sorted(found, key=lambda pair: (-pair[1], pair[0].position))[:3]
    return [(column.name,) for column, _ in best]


def sets_worth_counting(table: Table, skipped: frozenset[str]) -> list[tuple[str, ...]]:
    """Sets of two or three columns that may be a key together, the likeliest first."""
    free = [column for column in table.columns if column.name not in skipped]
    parts = [column for column in free if _is_part(column)]
    groups = [column for column in free if column not in parts and is_enumeration(column)]
    parts = [*parts, *(column for column in groups if not column.nulls)][:_MOST_PARTS]
    sets = [*combinations(parts, 2), *combinations(parts, 3)]
    possible = [
        one
        for one in sets
        if _room(one) >= table.rows_read > 0 and any(column not in groups for column in one)
    ]
    return [tuple(column.name for column in one) for one in possible[:_MOST_SETS]]


def composite_key(table: Table) -> Key | None:
    """The smallest counted set that tells rows apart, if no column does by itself."""
    held = [names for names, unique in table.unique_sets.items() if unique and len(names) > 1]
    if not held:
        return None
    names = min(held, key=lambda one: (len(one), [table.column(name).position for name in one]))
    return Key(names, 0.8, {"rows": table.row_count, "duplicates": 0, "columns": list(names)})


def holds(table: Table, column: Column) -> bool:
    """Whether the column tells all rows of the table apart, as far as was counted."""
    if column.family not in (Family.INTEGER, Family.TEXT) or not column.is_unique:
        return False
    return not table.is_sample or table.unique_sets.get((column.name,), False)


def entity_name(table: Table, key: Key | None) -> str:
    """What the rows of a table are, by its key and its name."""
    if key is None or len(key.columns) > 1:
        return table.name.row_name
    column = table.column(key.columns[0])
    return entity_called(table.name.row_name, column.words, stem_of(column))


def entity_called(row_name: str, words: tuple[str, ...], stem: tuple[str, ...]) -> str:
    """What a key identifies: the rows of its table, unless its own name says something else."""
    parts = [singular(word) for word in stem]
    if not parts or words[-1:] and words[-1] in NUMBER_WORDS:
        return row_name
    if list(stem) == list(words) and parts != row_name.split("_")[-len(parts) :]:
        return row_name
    if len(parts) == 1 and abbreviates(parts[0], row_name.split("_")[-1]):
        return row_name
    return identifier(parts)


def is_of_table(stem: tuple[str, ...], table: Table) -> bool:
    """Whether a stem names the rows of a table: (order,) and `orders`, (cust,) and `customers`."""
    row = table.name.row_name.split("_")
    return [singular(word) for word in stem] in (row, row[-1:]) or _is_short_for(stem, table) == ""


def _is_short_for(stem: tuple[str, ...], table: Table) -> str | None:
    row = table.name.row_name.split("_")
    return "" if len(stem) == 1 and abbreviates(stem[0], row[-1]) else None


def _score(table: Table, column: Column) -> float:
    """How much the name and the place of a unique column speak for its being the key."""
    if column.family not in (Family.INTEGER, Family.TEXT):
        return 0.0
    stem, first = stem_of(column), column.position == 1
    own = is_of_table(stem, table) or not stem
    if is_key_name(column):
        return 1.0 if own else 0.8 + (0.1 if first else 0)
    if column.last_word in CODE_WORDS | NUMBER_WORDS:
        return 0.9 if own else 0.65 + (0.15 if first else 0)
    if column.family is Family.TEXT and column.share("is_uuid") > 0.99:
        return 0.7
    if first and own:
        return 0.75
    plain = column.family is Family.INTEGER or column.share("is_spaced") < 0.05
    return 0.6 if first and plain else 0.0


def _is_part(column: Column) -> bool:
    if column.distinct < 2 or column.nulls:
        return False
    if column.family in (Family.DATE, Family.TIMESTAMP):
        return True
    if column.rows < _REPEATS * column.distinct:
        return False
    if column.family not in (Family.INTEGER, Family.TEXT):
        return False
    dated = column.share("is_iso_date") > 0.99
    return is_key_name(column) or column.last_word in _PARTS_OF_KEYS or dated


def _room(columns: tuple[Column, ...]) -> int:
    """How many rows the columns could tell apart at most."""
    room = 1
    for column in columns:
        room *= max(1, column.distinct)
    return room


def repeated_keys(table: Table) -> Iterator[tuple[Column, dict[str, Any]]]:
    """Columns named as the key of their table that do not hold as one, with the figures."""
    for column in table.columns:
        if not is_key_name(column) or column.distinct == 0 or column.is_unique:
            continue
        if is_of_table(stem_of(column), table) or column.words in (("id",), ("key",)):
            duplicates = column.non_null - column.distinct
            yield column, {**column.measured, "duplicates": duplicates}

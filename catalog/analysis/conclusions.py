"""What the measured figures of a table say about it, each column once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from catalog.analysis.additivity import Nature, Number, number_of
from catalog.analysis.enumerations import Flag, flag_of
from catalog.analysis.foreign_keys import ForeignKey, Judged
from catalog.analysis.keys import (
    CODE_WORDS,
    KEY_WORDS,
    Key,
    composite_key,
    entity_called,
    entity_name,
    is_key_name,
    is_of_table,
    single_keys,
    stem_of,
)
from catalog.analysis.patterns import CURRENCIES
from catalog.analysis.personal_data import PersonalData, personal_data
from catalog.analysis.profile import Column, Family, Table, TableName
from catalog.analysis.time_columns import TimeColumn, quoted, time_columns
from catalog.analysis.words import column_words, listed

KnownEntities = Mapping[tuple[str, str], str]
"""What models call the key of a table: (full table name, column or expression) -> entity."""

_LEDGERS = listed(
    "transaction transactions txn txns ledger entries postings movements journal statement "
    "statements history log events movement entry"
)
_AFTERWARDS = frozenset({"running", "after", "cumulative", "closing", "ending", "ytd", "mtd"})


@dataclass(frozen=True)
class Conclusions:
    """All that is known of a table; `entity` is what one row of it is."""

    table: Table
    personal: Mapping[str, PersonalData]
    times: tuple[TimeColumn, ...]
    keys: tuple[Key, ...]
    foreign: tuple[ForeignKey, ...]
    flags: Mapping[str, Flag]
    numbers: Mapping[str, Number]
    number_exprs: Mapping[str, str]
    """Numbers that are written as text: how to read them."""

    known: KnownEntities

    @property
    def key(self) -> Key | None:
        return self.keys[0] if self.keys else None

    @cached_property
    def entity(self) -> str:
        key = self.key
        if key is not None and len(key.columns) == 1:
            known = self.known.get((self.table.name.full, key.columns[0]))
            if known is not None:
                return known
        return entity_name(self.table, key)

    @property
    def is_snapshot(self) -> bool:
        return is_snapshot(self.key, self.times)

    @property
    def time(self) -> TimeColumn | None:
        """The time that rows are counted by."""
        return self.times[0] if self.times else None

    def entity_of(self, target: TableName, column: str) -> str:
        """What the rows of another table are called."""
        known = self.known.get((target.full, column))
        if known is not None:
            return known
        words = column_words([column])[column]
        found = Column(column, "", "", 1, words=words)
        return entity_called(target.row_name, words, stem_of(found))

    def is_ledger(self, column: Column) -> bool:
        """Whether a balance is that of something else after the row's own event."""
        said = bool(_LEDGERS & set(self.table.words)) or bool(_AFTERWARDS & set(column.words))
        return said and not self.is_snapshot


def is_snapshot(key: Key | None, times: tuple[TimeColumn, ...]) -> bool:
    """Whether a row is the state of something at a moment: the moment is a part of the key."""
    dates = {time.column for time in times}
    return key is not None and len(key.columns) > 1 and bool(dates & set(key.columns))


def conclude(table: Table, judged: Judged, known: KnownEntities) -> Conclusions:
    """Read the figures. Pure."""
    personal = personal_data(table)
    keys = _keys(table, personal)
    times = tuple(_times(table, {*personal, *(key.columns[0] for key in keys if _is_single(key))}))
    composite = None if keys else composite_key(table)
    if composite is not None:
        keys = (composite,)
    flags = _flags(table, personal, keys)
    pointing = {key.column for key in judged.held}
    taken = {*personal, *flags, *pointing, *(key.columns[0] for key in keys if _is_single(key))}
    snapshot = is_snapshot(keys[0] if keys else None, times)
    numbers: dict[str, Number] = {}
    exprs: dict[str, str] = {}
    dates = {time.column for time in times}
    for column in table.columns:
        if column.name in taken or column.name in dates or not column.non_null:
            continue
        numeric, expr = _as_number(column)
        if numeric is None:
            continue
        number = number_of(table, numeric, is_snapshot=snapshot)
        if expr is not None and number.nature is Nature.LABEL:
            continue
        numbers[column.name] = number
        if expr is not None:
            exprs[column.name] = expr
    return Conclusions(table, personal, times, keys, judged.held, flags, numbers, exprs, known)


def _keys(table: Table, personal: Mapping[str, PersonalData]) -> tuple[Key, ...]:
    """The best key, and others that are named as keys: a unique number of something is none."""
    found = single_keys(table, frozenset(personal))
    others = [key for key in found[1:] if is_key_name(table.column(key.columns[0]))]
    return (*found[:1], *others)


def _times(table: Table, left_out: set[str]) -> list[TimeColumn]:
    """Dates; those written otherwise only where they are no personal data and no key."""
    return [time for time in time_columns(table) if time.column not in left_out]


def _is_single(key: Key) -> bool:
    return len(key.columns) == 1


def _flags(
    table: Table, personal: Mapping[str, PersonalData], keys: tuple[Key, ...]
) -> dict[str, Flag]:
    in_keys = {name for key in keys for name in key.columns}
    found = {}
    for column in table.columns:
        if column.name in personal or column.name in in_keys:
            continue
        flag = flag_of(column)
        if flag is not None:
            found[column.name] = flag
    return found


def _as_number(column: Column) -> tuple[Column | None, str | None]:
    """The column as numbers, with the expression that makes them where they are text."""
    if column.is_numeric:
        return column, None
    written = column.counts.get("is_number", 0) + column.counts.get("is_money", 0)
    if column.family is not Family.TEXT or not written:
        return None, None
    blank = column.counts.get("is_blank", 0)
    every = written + blank == column.non_null
    if (
        not every
        or column.counts.get("is_leading_zero")
        or column.last_word in (KEY_WORDS | CODE_WORDS)
    ):
        return None, None
    value = f"TRIM({quoted(column.name)})"
    if column.counts.get("is_has_comma"):
        value = f"REPLACE({value}, ',', '')"
    if column.counts.get("is_money"):
        for sign in CURRENCIES:
            value = f"REPLACE({value}, '{sign}', '')"
        value = f"REPLACE({value}, ' ', '')"
    if blank:
        value = f"NULLIF({value}, '')"
    whole = column.counts.get("is_whole_number", 0) + blank == column.non_null
    kind = "BIGINT" if whole else "DOUBLE"
    counts = {**column.counts, "is_negative": 0}
    numeric = replace(
        column,
        data_type=kind,
        minimum=_plain(column.counts.get("number_minimum"), whole),
        maximum=_plain(column.counts.get("number_maximum"), whole),
        average=None,
        counts=counts,
    )
    return numeric, f"CAST({value} AS {kind})"


def _plain(value: float | None, whole: bool) -> float | int | None:
    return int(value) if whole and value is not None else value


def own_key_columns(table: Table) -> frozenset[str]:
    """Columns that are the table's own key, as unique as they are named: they point nowhere."""
    return frozenset(
        column.name
        for column in table.columns
        if column.is_unique and (not (stem := stem_of(column)) or is_of_table(stem, table))
    )

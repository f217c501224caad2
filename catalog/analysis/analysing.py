"""One table from its name to suggestions: what exists, what is measured, what follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from catalog.analysis import keys
from catalog.analysis.additivity import Nature
from catalog.analysis.conclusions import Conclusions, KnownEntities, conclude, own_key_columns
from catalog.analysis.foreign_keys import Judged, Other, candidates, judge
from catalog.analysis.keys import repeated_keys
from catalog.analysis.measuring import Source
from catalog.analysis.metrics import metrics
from catalog.analysis.personal_data import personal_data
from catalog.analysis.profile import Column, Inclusion, Table, TableName
from catalog.analysis.reading import Reader, count_sets, measure_pairs, read_sample, read_table
from catalog.analysis.suggestions import Suggestion, dimensions, entities, measures
from catalog.analysis.time_columns import time_columns
from catalog.analysis.words import column_words
from semantic_layer.errors import StatementTimeout
from semantic_layer.ports import ColumnInfo, TableInfo


@dataclass(frozen=True)
class Analysis:
    """A table with what was found out; `notes` say what could not be, or looks wrong."""

    found: Conclusions
    entities: tuple[Suggestion, ...]
    dimensions: tuple[Suggestion, ...]
    measures: tuple[Suggestion, ...]
    metrics: tuple[Suggestion, ...]
    rejected_foreign_keys: tuple[dict[str, Any], ...] = ()
    sample: tuple[dict[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
    statements: int = 0
    source: str = "heuristic"

    @property
    def table(self) -> Table:
        return self.found.table

    @property
    def suggestions(self) -> tuple[Suggestion, ...]:
        return (*self.entities, *self.dimensions, *self.measures, *self.metrics)

    @property
    def confidence(self) -> float:
        """Of the whole: the mean over what was suggested."""
        given = [suggestion.confidence for suggestion in self.suggestions]
        return round(sum(given) / len(given), 3) if given else 0.0


def analyse(
    reader: Reader,
    info: TableInfo,
    columns: Sequence[ColumnInfo],
    others: Sequence[Other],
    known: KnownEntities,
) -> Analysis:
    """Measure a table and read the figures.

    Raises what its own statements raise; where the time is up after those, less is measured of
    other tables, and a note says so. Side effect: statements on the warehouse.
    """
    name = TableName(info.catalog, info.schema, info.name)
    table, source = read_table(reader, name, info, columns)
    notes: list[str] = []
    if table.is_sample:
        notes.append(f"Measured on {table.rows_read:,} of {table.row_count:,} rows.")
    table = _with_sets(reader, table, notes)
    judged = _foreign_keys(reader, table, source, others, notes)
    table = _with_moments(reader, table, judged, notes)
    found = conclude(table, judged, known)
    notes += _odd(found)
    sample: list[dict[str, Any]] = []
    try:
        sample = read_sample(reader, source, table, list(found.personal))
    except StatementTimeout:
        notes.append("No sample rows: the time was up.")
    return concluded(found, judged, sample=sample, notes=notes, statements=reader.statements)


_BY_NAMES_ALONE = 0.8
"""What a suggestion is worth that no figure stands behind."""


def analysis_of_names(name: TableName, columns: Sequence[ColumnInfo]) -> Analysis:
    """What names, types and comments say of a table that cannot be measured. Pure."""
    words = column_words(column.name for column in columns)
    unmeasured = tuple(
        Column(
            column.name,
            column.data_type,
            column.comment or "",
            column.position,
            words[column.name],
            rows=1,
            non_null=1,
            is_exact=False,
        )
        for column in columns
    )
    table = Table(name, "", 0, 0, unmeasured)
    note = "The table cannot be read: this is by names and types alone."
    found = concluded(conclude(table, Judged((), ()), {}), Judged((), ()), notes=[note])
    return replace(
        found,
        entities=_less_sure(found.entities),
        dimensions=_less_sure(found.dimensions),
        measures=_less_sure(found.measures),
        metrics=_less_sure(found.metrics),
    )


def _less_sure(suggestions: Sequence[Suggestion]) -> tuple[Suggestion, ...]:
    return tuple(
        replace(one, confidence=one.confidence * _BY_NAMES_ALONE, evidence={"measured": False})
        for one in suggestions
    )


def concluded(
    found: Conclusions,
    judged: Judged,
    *,
    sample: Sequence[dict[str, Any]] = (),
    notes: Sequence[str] = (),
    statements: int = 0,
) -> Analysis:
    """The suggestions that follow from the figures. Pure."""
    suggested = measures(found)
    return Analysis(
        found=found,
        entities=tuple(entities(found)),
        dimensions=tuple(dimensions(found)),
        measures=tuple(suggested),
        metrics=tuple(metrics(found, suggested)),
        rejected_foreign_keys=judged.rejected,
        sample=tuple(sample),
        notes=tuple(notes),
        statements=statements,
    )


def _with_sets(reader: Reader, table: Table, notes: list[str]) -> Table:
    """Count what may be a key: over the whole table where only a sample was read."""
    try:
        if table.is_sample:
            table = count_sets(reader, table, keys.worth_counting(table))
        if not keys.single_keys(table):
            sets = keys.sets_worth_counting(table, frozenset(personal_data(table)))
            most = 4 if table.is_sample else len(sets)
            table = count_sets(reader, table, sets[:most])
    except StatementTimeout:
        notes.append("Keys were not counted over the whole table: the time was up.")
    return table


def _foreign_keys(
    reader: Reader, table: Table, source: Source, others: Sequence[Other], notes: list[str]
) -> Judged:
    times = {time.column for time in time_columns(table) if time.expr is None}
    skipped = {*personal_data(table), *own_key_columns(table), *times}
    pairs = candidates(table, others, skipped)
    if not pairs:
        return Judged((), ())
    measured = measure_pairs(reader, source, pairs)
    kept = [(p, m) for p, m in zip(pairs, measured, strict=True) if m is not None]
    if len(kept) < len(pairs):
        notes.append(
            f"{len(pairs) - len(kept)} possible foreign keys were not measured: the time was up."
        )
    found: list[Inclusion] = [inclusion for _, inclusion in kept]
    return judge(table, [pair for pair, _ in kept], found)


def _with_moments(reader: Reader, table: Table, judged: Judged, notes: list[str]) -> Table:
    """Where there are balances, whether what they are of has one row a moment at most."""
    preliminary = conclude(table, judged, {})
    has_balance = any(number.nature is Nature.BALANCE for number in preliminary.numbers.values())
    if not has_balance or preliminary.time is None or preliminary.is_snapshot:
        return table
    sets = [(key.column, preliminary.time.column) for key in judged.held]
    missing = [one for one in sets if one not in table.unique_sets]
    try:
        return count_sets(reader, table, missing[:4])
    except StatementTimeout:
        notes.append("Balances were not checked for one row a moment: the time was up.")
        return table


def _odd(found: Conclusions) -> list[str]:
    """What looks wrong in the data and matters for a model."""
    notes = [
        f"{column.name} is named as the key, but {evidence['duplicates']:,} of its values repeat "
        f"and {evidence['nulls']:,} are missing."
        for column, evidence in repeated_keys(found.table)
    ]
    if not found.table.rows_read:
        notes.append("The table has no rows: everything is concluded from names and types.")
    return notes

"""Measures a table on the warehouse: a few bounded statements as the caller, within a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from catalog.analysis import measuring
from catalog.analysis.enumerations import MOST_VALUES
from catalog.analysis.foreign_keys import Candidate
from catalog.analysis.measuring import Source, sql_of
from catalog.analysis.profile import Column, Family, Inclusion, Table, TableName, family_of
from catalog.analysis.words import column_words
from semantic_layer.errors import SqlError, StatementTimeout
from semantic_layer.ports import Actor, ColumnInfo, SqlRunner, TableInfo

_MOST_AT_ONCE = 8
"""Parts of one statement made of many selects."""
SAMPLE_ROWS = 10
_LEAST_LEFT_S = 0.5
_HEADROOM = 2_000
"""Characters of a statement besides what it measures: the table's names, quoted."""


@dataclass
class Reader:
    """Runs statements as one person until the deadline (of time.monotonic).

    `row_target` is how many rows of a large table are read.
    """

    runner: SqlRunner
    actor: Actor
    deadline: float
    row_target: int
    statements: int = 0
    dialect: str = field(init=False)

    def __post_init__(self) -> None:
        self.dialect = self.runner.dialect(self.actor)

    def rows(self, sql: str, *, at_most: int) -> Sequence[Mapping[str, Any]]:
        """Raises StatementTimeout where no time is left, and what the statement raises."""
        left = self.deadline - time.monotonic()
        if left < _LEAST_LEFT_S:
            raise StatementTimeout("The analysis took too long; nothing more is measured.")
        self.statements += 1
        return self.runner.run(self.actor, sql, max_rows=at_most, timeout_s=left).rows

    def ask(self, tree: Any, *, at_most: int) -> Sequence[Mapping[str, Any]]:
        return self.rows(sql_of(tree, self.dialect), at_most=at_most)


def read_table(
    reader: Reader, name: TableName, info: TableInfo, columns: Sequence[ColumnInfo]
) -> tuple[Table, Source]:
    """The table with the figures of its columns, and the rows that were read for them."""
    total = info.row_count
    if total is None:
        total = int(reader.ask(measuring.count_rows(name), at_most=1)[0]["rows"])
    percent = 100 * reader.row_target / total if total > reader.row_target else None
    source = Source(name, percent)
    figures = _figures(reader, source, columns)
    words = column_words(column.name for column in columns)
    read = int(figures["rows"])
    measured = tuple(
        _column(column, words[column.name], _of_column(figures, index), read, percent is None)
        for index, column in enumerate(columns)
    )
    table = Table(name, info.comment or "", total if percent else read, read, measured)
    return _with_values(reader, table, source), source


def _figures(reader: Reader, source: Source, columns: Sequence[ColumnInfo]) -> dict[str, Any]:
    """All figures of all columns. Where a type is odd enough to refuse one, each column is read by
    itself, and of those that refuse only how many values there are."""
    longest = reader.runner.max_characters - _HEADROOM
    figures: dict[str, Any] = {}
    try:
        for sql in measuring.profiles(source, columns, reader.dialect, max_characters=longest):
            figures |= reader.rows(sql, at_most=1)[0]
    except SqlError:
        for index, column in enumerate(columns):
            found = _alone(reader, source, column)
            figures["rows"] = found.pop("rows")
            figures |= {f"c{index}_{key.removeprefix('c0_')}": v for key, v in found.items()}
    return figures


def _alone(reader: Reader, source: Source, column: ColumnInfo) -> dict[str, Any]:
    def read(info: ColumnInfo) -> dict[str, Any]:
        longest = reader.runner.max_characters
        [sql] = measuring.profiles(source, [info], reader.dialect, max_characters=longest)
        return dict(reader.rows(sql, at_most=1)[0])

    try:
        return read(column)
    except SqlError:
        return read(replace(column, data_type="UNKNOWN"))


def _of_column(figures: Mapping[str, Any], index: int) -> dict[str, Any]:
    start = f"c{index}_"
    return {
        key.removeprefix(start): value for key, value in figures.items() if key.startswith(start)
    }


def _column(
    info: ColumnInfo, words: tuple[str, ...], figures: dict[str, Any], rows: int, exact: bool
) -> Column:
    family = family_of(info.data_type)
    counts = {
        key: _number(value) for key, value in figures.items() if key.startswith(("is_", "number_"))
    }
    return Column(
        name=info.name,
        data_type=info.data_type,
        comment=info.comment or "",
        position=info.position,
        words=words,
        rows=rows,
        non_null=int(figures["non_null"]),
        distinct=int(figures.get("distinct") or 0),
        minimum=_bound(figures.get("minimum"), family),
        maximum=_bound(figures.get("maximum"), family),
        average=_float(figures.get("average")),
        deviation=_float(figures.get("deviation")),
        counts={key: value for key, value in counts.items() if value is not None},
        is_exact=exact,
    )


def _bound(value: Any, family: Family) -> Any:
    return _number(value) if family in (Family.INTEGER, Family.DECIMAL, Family.TEXT) else value


def _number(value: Any) -> Any:
    """A number of JSON, where decimals and large integers are text and NaN is no number."""
    if isinstance(value, str):
        try:
            exact = Decimal(value)
        except ArithmeticError:
            return None
        if not exact.is_finite():
            return None
        return int(exact) if exact == exact.to_integral_value() else float(exact)
    return value


def _float(value: Any) -> float | None:
    number = _number(value)
    return None if number is None else float(number)


def _with_values(reader: Reader, table: Table, source: Source) -> Table:
    """The table with the values of the columns that have few."""
    few = {
        index: column.name
        for index, column in enumerate(table.columns)
        if column.family in (Family.TEXT, Family.INTEGER)
        and 1 <= column.distinct <= MOST_VALUES
        and (column.family is Family.INTEGER or (column.average or 0) <= 100)
    }
    values: dict[int, dict[str, int]] = {}
    for part in _parts(few):
        found = reader.ask(
            measuring.value_counts(source, part), at_most=len(part) * (MOST_VALUES + 1)
        )
        for row in found:
            of_column = values.setdefault(int(row["column_index"]), {})
            of_column[str(row["value"])] = int(row["n"])
    columns = tuple(
        replace(column, values=_most_frequent(values[index])) if index in values else column
        for index, column in enumerate(table.columns)
    )
    return replace(table, columns=columns)


def _most_frequent(values: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(values.items(), key=lambda pair: (-pair[1], pair[0])))


def count_sets(reader: Reader, table: Table, sets: Sequence[tuple[str, ...]]) -> Table:
    """The table with what is known of these sets of columns: whether they tell all rows apart."""
    known = dict(table.unique_sets)
    for part in _parts(dict(enumerate(sets))):
        for row in reader.ask(measuring.distinct_rows(table.name, part), at_most=len(part)):
            known[part[int(row["set_index"])]] = int(row["n"]) == table.row_count
    return replace(table, unique_sets=known)


def measure_pairs(
    reader: Reader, source: Source, pairs: Sequence[Candidate]
) -> list[Inclusion | None]:
    """What was measured of each pair, in their order; None where no time was left."""
    targets = _target_statistics(reader, pairs)
    known = [pair for pair in pairs if (pair.target, pair.target_column) in targets]
    unique = [pair for pair in known if _is_unique(targets[(pair.target, pair.target_column)])]
    found: dict[int, tuple[int, int]] = {}
    numbered = {
        index: (pair.column, pair.target, pair.target_column) for index, pair in enumerate(unique)
    }
    for part in _parts(numbered):
        rows = _or_nothing(
            lambda part=part: reader.ask(  # type: ignore[misc]
                measuring.inclusions(source, part), at_most=len(part)
            )
        )
        for row in rows:
            found[int(row["pair"])] = int(row["searched"]), int(row["found"])
    by_pair = {id(pair): found.get(index) for index, pair in enumerate(unique)}
    return [_inclusion(pair, targets, by_pair) for pair in pairs]


_Statistics = Mapping[tuple[TableName, str], tuple[int, int, int]]


def _inclusion(
    pair: Candidate, targets: _Statistics, found: Mapping[int, tuple[int, int] | None]
) -> Inclusion | None:
    statistics = targets.get((pair.target, pair.target_column))
    if statistics is None:
        return None
    rows, non_null, distinct = statistics
    searched = found.get(id(pair))
    if searched is None and _is_unique(statistics):
        return None
    values, hits = searched or (0, 0)
    return Inclusion(
        pair.column, pair.target, pair.target_column, values, hits, rows, distinct, rows - non_null
    )


def _is_unique(statistics: tuple[int, int, int]) -> bool:
    rows, non_null, distinct = statistics
    return 0 < rows == non_null == distinct


def _target_statistics(reader: Reader, pairs: Sequence[Candidate]) -> _Statistics:
    """Rows, non-null and distinct values of every column that is pointed at."""
    wanted: dict[TableName, list[str]] = {}
    for pair in pairs:
        columns = wanted.setdefault(pair.target, [])
        if pair.target_column not in columns:
            columns.append(pair.target_column)
    found: dict[tuple[TableName, str], tuple[int, int, int]] = {}
    for target, columns in wanted.items():
        rows = _or_nothing(
            lambda target=target, columns=columns: reader.ask(  # type: ignore[misc]
                measuring.key_statistics(target, columns), at_most=1
            )
        )
        for row in rows:
            for index, name in enumerate(columns):
                counts = (row["rows"], row[f"k{index}_non_null"], row[f"k{index}_distinct"])
                found[(target, name)] = tuple(int(count) for count in counts)  # type: ignore[assignment]
    return found


def _or_nothing(
    ask: Callable[[], Sequence[Mapping[str, Any]]],
) -> Sequence[Mapping[str, Any]]:
    """Another table may be too large for the time left: then it is not measured."""
    try:
        return ask()
    except StatementTimeout:
        return ()


def read_sample(
    reader: Reader, source: Source, table: Table, hidden: Sequence[str]
) -> list[dict[str, Any]]:
    """A few rows to look at; hidden columns are not even read."""
    shown = [column.name for column in table.columns if column.name not in hidden]
    if not shown:
        return []
    rows = reader.ask(measuring.sample_rows(source, shown, SAMPLE_ROWS), at_most=SAMPLE_ROWS)
    return [{**row, **dict.fromkeys(hidden)} for row in rows]


def _parts(items: Mapping[int, Any]) -> list[dict[int, Any]]:
    pairs = list(items.items())
    starts = range(0, len(pairs), _MOST_AT_ONCE)
    return [dict(pairs[start : start + _MOST_AT_ONCE]) for start in starts]

"""The statements that measure tables: trees for sqlglot, rendered for the warehouse. Pure.

One pass over a table reads everything of all its columns; tables with many columns take several,
since a statement may not be longer than people's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp, select
from sqlglot.errors import ErrorLevel

from catalog.analysis.patterns import CURRENCIES, PATTERNS
from catalog.analysis.profile import Family, TableName, family_of
from semantic_layer.ports import ColumnInfo

SEED = 42
MAX_VALUES = 50
"""A column with more distinct values is no enumeration, and its values are not listed."""
MAX_SEARCHED = 10_000
"""Distinct values of a column that are looked for in another table."""


@dataclass(frozen=True)
class Source:
    """The rows to read of a table: all, or about `percent` of them, the same ones each time."""

    table: TableName
    percent: float | None = None

    @property
    def tree(self) -> exp.Table:
        tree = table_tree(self.table)
        if self.percent is not None:
            sample = exp.TableSample(
                method=exp.var("BERNOULLI"),
                percent=exp.Literal.number(f"{self.percent:.6f}"),
                seed=exp.Literal.number(SEED),
            )
            tree.set("sample", sample)
        return tree


def table_tree(table: TableName) -> exp.Table:
    """The table by its three quoted names."""
    return exp.table_(table.table, db=table.schema, catalog=table.catalog, quoted=True)


def sql_of(tree: exp.Expr, dialect: str) -> str:
    """The text of a tree; what the dialect cannot say is an error of ours."""
    return tree.sql(dialect=dialect, unsupported_level=ErrorLevel.RAISE)


# ---------------------------------------------------------------- columns


def column_tree(name: str) -> exp.Column:
    return exp.column(exp.to_identifier(name, quoted=True))


def statistics(column: ColumnInfo) -> dict[str, exp.Expr]:
    """What to measure of a column, by name; all of them aggregates."""
    this = column_tree(column.name)
    family = family_of(column.data_type)
    found: dict[str, exp.Expr] = {"non_null": exp.Count(this=this)}
    if family is Family.OTHER:
        return found
    found["distinct"] = exp.Count(this=exp.Distinct(expressions=[this]))
    return found | _OF_FAMILY[family](this)


def _of_text(this: exp.Expr) -> dict[str, exp.Expr]:
    text = exp.cast(this, "varchar")
    length = exp.Length(this=text)
    found = {
        "minimum": exp.Min(this=length),
        "maximum": exp.Max(this=length),
        "average": exp.Avg(this=length),
    }
    digits: exp.Expr = exp.Trim(this=text)
    for sign in (",", *CURRENCIES):
        digits = exp.func("REPLACE", digits, exp.Literal.string(sign), _TEXT_NOTHING)
    number = exp.TryCast(this=digits, to=exp.DataType.build("double"))
    found["number_minimum"] = exp.Min(this=number)
    found["number_maximum"] = exp.Max(this=number)
    matches = {
        name: exp.RegexpLike(this=text, expression=exp.Literal.string(pattern))
        for name, pattern in PATTERNS.items()
    }
    return found | {f"is_{name}": _count_if(match) for name, match in matches.items()}


_TEXT_NOTHING = exp.Literal.string("")


def _of_integer(this: exp.Expr) -> dict[str, exp.Expr]:
    zero = exp.Literal.number(0)
    return {
        **_range(this),
        "average": exp.Avg(this=exp.cast(this, "double")),
        "deviation": exp.Stddev(this=exp.cast(this, "double")),
        "is_negative": _count_if(exp.LT(this=this, expression=zero)),
        "is_zero": _count_if(exp.EQ(this=this, expression=zero)),
    }


def _of_decimal(this: exp.Expr) -> dict[str, exp.Expr]:
    whole = exp.EQ(this=this, expression=exp.Floor(this=this))
    return {**_of_integer(this), "is_whole": _count_if(whole)}


def _of_boolean(this: exp.Expr) -> dict[str, exp.Expr]:
    return {"is_true": _count_if(this)}


def _of_date(this: exp.Expr) -> dict[str, exp.Expr]:
    day, month = _part("DAY", this), _part("MONTH", this)
    first = exp.EQ(this=day, expression=exp.Literal.number(1))
    january = exp.EQ(this=month, expression=exp.Literal.number(1))
    quarter = exp.In(this=month, expressions=[exp.Literal.number(n) for n in (1, 4, 7, 10)])
    return {
        **_range(this),
        "is_month_start": _count_if(first),
        "is_quarter_start": _count_if(exp.and_(first, quarter)),
        "is_year_start": _count_if(exp.and_(first, january)),
        "weekdays": exp.Count(this=exp.Distinct(expressions=[exp.DayOfWeek(this=this)])),
    }


def _of_timestamp(this: exp.Expr) -> dict[str, exp.Expr]:
    zero = exp.Literal.number(0)
    whole_minute = exp.EQ(this=_part("SECOND", this), expression=zero)
    minute = exp.EQ(this=_part("MINUTE", this), expression=zero)
    hour = exp.EQ(this=_part("HOUR", this), expression=zero)
    found = {key: value for key, value in _of_date(this).items() if key != "weekdays"}
    return found | {
        "is_minute": _count_if(whole_minute),
        "is_hour": _count_if(exp.and_(whole_minute, minute)),
        "is_day": _count_if(exp.and_(whole_minute, minute, hour)),
    }


_OF_FAMILY = {
    Family.TEXT: _of_text,
    Family.INTEGER: _of_integer,
    Family.DECIMAL: _of_decimal,
    Family.BOOLEAN: _of_boolean,
    Family.DATE: _of_date,
    Family.TIMESTAMP: _of_timestamp,
}


def _range(this: exp.Expr) -> dict[str, exp.Expr]:
    return {"minimum": exp.Min(this=this), "maximum": exp.Max(this=this)}


def _part(unit: str, this: exp.Expr) -> exp.Expr:
    return exp.Extract(this=exp.var(unit), expression=this)


def _count_if(condition: exp.Expr) -> exp.Expr:
    one = exp.Literal.number(1)
    return exp.Count(this=exp.Case(ifs=[exp.If(this=condition.copy(), true=one)]))


# ---------------------------------------------------------------- statements


def count_rows(table: TableName) -> exp.Expr:
    return select(exp.alias_(exp.Count(this=exp.Star()), "rows", quoted=True)).from_(
        table_tree(table)
    )


def profiles(
    source: Source, columns: Sequence[ColumnInfo], dialect: str, *, max_characters: int
) -> list[str]:
    """Statements that read all statistics of the columns, each of one row with the columns
    `rows` and `c{index}_{statistic}`. A column is never split over two."""
    statements: list[str] = []
    waiting: list[exp.Expr] = []
    size = 0
    for index, column in enumerate(columns):
        aggregates = [
            exp.alias_(tree, f"c{index}_{name}", quoted=True)
            for name, tree in statistics(column).items()
        ]
        length = sum(len(sql_of(tree, dialect)) + 2 for tree in aggregates)
        if waiting and size + length > max_characters:
            statements.append(_profile(source, waiting, dialect))
            waiting, size = [], 0
        waiting += aggregates
        size += length
    if waiting or not statements:
        statements.append(_profile(source, waiting, dialect))
    return statements


def _profile(source: Source, aggregates: Sequence[exp.Expr], dialect: str) -> str:
    rows = exp.alias_(exp.Count(this=exp.Star()), "rows", quoted=True)
    return sql_of(select(rows, *aggregates).from_(source.tree), dialect)


def value_counts(source: Source, columns: Mapping[int, str]) -> exp.Expr:
    """The values of each column with how often they are there: `column_index`, `value`, `n`."""
    return _united(
        select(
            exp.alias_(exp.Literal.number(index), "column_index", quoted=True),
            exp.alias_(exp.cast(column_tree(name), "varchar"), "value", quoted=True),
            exp.alias_(exp.Count(this=exp.Star()), "n", quoted=True),
        )
        .from_(source.tree)
        .where(_present(name))
        .group_by(column_tree(name))
        for index, name in columns.items()
    )


def distinct_rows(table: TableName, sets: Mapping[int, Sequence[str]]) -> exp.Expr:
    """How many distinct tuples of values, none of them null, a set of columns has over the whole
    table: `set_index`, `n`."""
    return _united(
        select(
            exp.alias_(exp.Literal.number(index), "set_index", quoted=True),
            exp.alias_(exp.Count(this=exp.Star()), "n", quoted=True),
        ).from_(
            select(*(column_tree(name) for name in names))
            .distinct()
            .from_(table_tree(table))
            .where(*(_present(name) for name in names))
            .subquery("tuples")
        )
        for index, names in sets.items()
    )


def key_statistics(table: TableName, columns: Sequence[str]) -> exp.Expr:
    """Rows of a table, and of each column how many are not null and how many are distinct:
    `rows`, `k{index}_non_null`, `k{index}_distinct`."""
    aggregates: list[exp.Expr] = [exp.alias_(exp.Count(this=exp.Star()), "rows", quoted=True)]
    for index, name in enumerate(columns):
        this = column_tree(name)
        distinct = exp.Count(this=exp.Distinct(expressions=[this]))
        aggregates.append(exp.alias_(exp.Count(this=this), f"k{index}_non_null", quoted=True))
        aggregates.append(exp.alias_(distinct, f"k{index}_distinct", quoted=True))
    return select(*aggregates).from_(table_tree(table))


def inclusions(source: Source, pairs: Mapping[int, tuple[str, TableName, str]]) -> exp.Expr:
    """How many distinct values of a column are found in a column elsewhere: `pair`, `searched`,
    `found`."""
    return _united(_inclusion(source, index, *pair) for index, pair in pairs.items())


def _inclusion(
    source: Source, index: int, column: str, target: TableName, target_column: str
) -> exp.Select:
    values = (
        select(exp.alias_(column_tree(column), "v", quoted=True))
        .distinct()
        .from_(source.tree)
        .where(_present(column))
        .limit(MAX_SEARCHED)
        .subquery("searched")
    )
    keys = (
        select(exp.alias_(column_tree(target_column), "k", quoted=True))
        .distinct()
        .from_(table_tree(target))
        .where(_present(target_column))
        .subquery("keys")
    )
    value, key = exp.column("v", "searched", quoted=True), exp.column("k", "keys", quoted=True)
    return (
        select(
            exp.alias_(exp.Literal.number(index), "pair", quoted=True),
            exp.alias_(exp.Count(this=exp.Star()), "searched", quoted=True),
            exp.alias_(exp.Count(this=key), "found", quoted=True),
        )
        .from_(values)
        .join(keys, on=exp.EQ(this=value, expression=key.copy()), join_type="left")
    )


def sample_rows(source: Source, columns: Sequence[str], rows: int) -> exp.Expr:
    return select(*(column_tree(name) for name in columns)).from_(source.tree).limit(rows)


def _present(name: str) -> exp.Expr:
    return exp.Not(this=exp.Is(this=column_tree(name), expression=exp.Null()))


def _united(selects: Iterable[exp.Select]) -> exp.Expr:
    """All of them as one statement."""
    first, *others = selects
    tree: exp.Expr = first
    for other in others:
        tree = exp.Union(this=tree, expression=other, distinct=False)
    return tree

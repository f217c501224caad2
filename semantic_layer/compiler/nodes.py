"""Our own words in a SQL tree, for all that the two dialects would say differently or mean
differently.

Plan and user fragments use these; `dialects.py` alone decides how each one is written.
"""

from __future__ import annotations

from typing import Any

from sqlglot import exp


class TimeTrunc(exp.Expression, exp.Func):
    """Start of the `unit` (a Grain) that `this` lies in; weeks start on Monday."""

    arg_types = {"this": True, "unit": True}


class TimePart(exp.Expression, exp.Func):
    """A DatePart of `this` in ISO numbering, or its hour or minute."""

    arg_types = {"this": True, "part": True}


class TimeAdd(exp.Expression, exp.Func):
    """`this` plus `count` (an int, may be negative) times `unit` (a Grain)."""

    arg_types = {"this": True, "count": True, "unit": True}


class DayDiff(exp.Expression, exp.Func):
    """Days from the date of `this` to the date of `expression`."""

    arg_types = {"this": True, "expression": True}


class ZoneShift(exp.Expression, exp.Func):
    """Wall-clock time in zone `target` of a column stored in zone `source`.

    With `typed` false the column may be a DATE, which has no time of day and stays as it is.
    """

    arg_types = {"this": True, "source": True, "target": True, "typed": True}


class Ratio(exp.Expression, exp.Func):
    """Floating division; null on a null or zero divisor."""

    arg_types = {"this": True, "expression": True}


class Remainder(exp.Expression, exp.Func):
    """`%`; null on a null or zero divisor."""

    arg_types = {"this": True, "expression": True}


class Quantile(exp.Expression, exp.AggFunc):
    """Percentile `fraction` (a float): interpolated, or the discrete value at or above it.

    `approximate` allows an estimate within 1 % rank error where the engine has a good one.
    """

    arg_types = {"this": True, "fraction": True, "discrete": True, "approximate": False}


class FirstBy(exp.Expression, exp.AggFunc):
    """Value of `this` in the row with the smallest `order` (the largest with `last`), null values
    too."""

    arg_types = {"this": True, "order": True, "last": True}


class Row(exp.Expression, exp.Func):
    """Several values as one, compared from left to right."""

    arg_types = {"expressions": True}


class Average(exp.Expression, exp.AggFunc):
    """Arithmetic mean as a double."""

    arg_types = {"this": True}


class OwnRows(exp.Expression, exp.Func):
    """`this`, null in groups where no leaf in it has rows; written out before a plan is lowered."""

    arg_types = {"this": True}


class WithRowsOf(exp.Expression, exp.Func):
    """`this`; groups where the leaf `rows` has rows are its own too. Written out with OwnRows."""

    arg_types = {"this": True, "rows": True}


class LikeMatch(exp.Expression, exp.Func):
    """LIKE with `%` and `_` only: a backslash in the pattern is a plain character in both
    dialects."""

    arg_types = {"this": True, "expression": True, "case_sensitive": True, "has_backslash": True}


class Series(exp.Expression, exp.Func):
    """Rows from `start` to before `end` in steps of one `unit`: a generated time spine's FROM item.

    With `source`, a subquery of one row, `start` and `end` are its columns.
    """

    arg_types = {"start": True, "end": True, "unit": True, "column": True, "source": False}


def column(name: str, table: str | None = None) -> exp.Column:
    """A quoted column, built without parsing."""
    if table is None:
        return exp.Column(this=exp.Identifier(this=name, quoted=True))
    return exp.Column(
        this=exp.Identifier(this=name, quoted=True), table=exp.Identifier(this=table, quoted=True)
    )


def table(parts: tuple[str, ...], alias: str) -> exp.Table:
    """A FROM item; the alias is left out where the table has that name already."""
    names = [exp.Identifier(this=part, quoted=True) for part in parts]
    item = exp.Table(**dict(zip(("this", "db", "catalog"), reversed(names), strict=False)))
    if parts[-1] != alias:
        item.set("alias", exp.TableAlias(this=exp.Identifier(this=alias, quoted=True)))
    return item


def conjunction(parts: list[exp.Expr]) -> exp.Expr:
    """The parts joined by AND, each in brackets where it needs them. At least one part."""
    wrapped = [exp.Paren(this=p) if isinstance(p, exp.Or) else p for p in parts]
    result = wrapped[0]
    for part in wrapped[1:]:
        result = exp.And(this=result, expression=part)
    return result


def disjunction(parts: list[exp.Expr]) -> exp.Expr:
    """The parts joined by OR."""
    result = parts[0]
    for part in parts[1:]:
        result = exp.Or(this=result, expression=part)
    return result


def part_of(node: exp.Expr, key: str) -> Any:
    """A plain value kept in one of our own nodes (`unit`, `count`, ...)."""
    return node.args.get(key)

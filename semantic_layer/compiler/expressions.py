"""User-written SQL fragments -> checked trees. An allow-list: what is not listed is refused.

A fragment is one scalar expression over columns: no second statement, no subquery, no aggregate,
no function that reads anything but its arguments. What the dialects would say differently becomes
one of our own nodes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokens import Tokenizer

from semantic_layer.compiler import nodes
from semantic_layer.compiler.spec import DatePart, Grain
from semantic_layer.errors import did_you_mean

MAX_LENGTH = 10_000
MAX_NODES = 2_000

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_NUMBER = re.compile(r"[0-9]{1,18}\Z")
# What sqlglot says in names of its own classes.
_REQUIRED = re.compile(r"Required keyword: '\w+' missing for <class '[\w.]+'>")

FUNCTIONS: dict[str, type[exp.Expr]] = {
    "ABS": exp.Abs,
    "CASE": exp.Case,
    "CAST": exp.Cast,
    "CEIL": exp.Ceil,
    "COALESCE": exp.Coalesce,
    "CONCAT": exp.Concat,
    "CONTAINS": exp.Contains,
    "DATE": exp.Date,
    "DATE_DIFF": exp.DateDiff,
    "DATE_TRUNC": exp.DateTrunc,
    "ENDS_WITH": exp.EndsWith,
    "EXP": exp.Exp,
    "EXTRACT": exp.Extract,
    "FLOOR": exp.Floor,
    "GREATEST": exp.Greatest,
    "IF": exp.If,
    "LEAST": exp.Least,
    "LEFT": exp.Left,
    "LENGTH": exp.Length,
    "LN": exp.Ln,
    "LOWER": exp.Lower,
    "NULLIF": exp.Nullif,
    "POWER": exp.Pow,
    "REPLACE": exp.Replace,
    "RIGHT": exp.Right,
    "ROUND": exp.Round,
    "SIGN": exp.Sign,
    "SQRT": exp.Sqrt,
    "STARTS_WITH": exp.StartsWith,
    "SUBSTRING": exp.Substring,
    "TIMESTAMP_TRUNC": exp.TimestampTrunc,
    "TRIM": exp.Trim,
    "UPPER": exp.Upper,
    "YEAR": exp.Year,
    "QUARTER": exp.Quarter,
    "MONTH": exp.Month,
    "DAY": exp.Day,
    "HOUR": exp.Hour,
    "MINUTE": exp.Minute,
}
_SYNTAX: tuple[type[exp.Expr], ...] = (
    exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Var,
    exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE,
    exp.Is, exp.NullSafeEQ, exp.NullSafeNEQ, exp.In, exp.Between, exp.Like, exp.ILike,
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg, exp.DPipe,
    exp.Interval, exp.DataType, exp.DataTypeParam,
)  # fmt: skip
_ALLOWED = frozenset(_SYNTAX) | frozenset(FUNCTIONS.values())
_CAST_TYPES = frozenset(
    {
        exp.DType.TINYINT, exp.DType.SMALLINT, exp.DType.INT, exp.DType.BIGINT, exp.DType.FLOAT,
        exp.DType.DOUBLE, exp.DType.DECIMAL, exp.DType.BOOLEAN, exp.DType.VARCHAR, exp.DType.TEXT,
        exp.DType.CHAR, exp.DType.DATE, exp.DType.TIMESTAMP,
    }
)  # fmt: skip
_PARTS: dict[type[exp.Expr], str] = {
    exp.Year: DatePart.YEAR,
    exp.Quarter: DatePart.QUARTER,
    exp.Month: DatePart.MONTH,
    exp.Day: DatePart.DAY,
    exp.Hour: Grain.HOUR,
    exp.Minute: Grain.MINUTE,
}
_EXTRACTS = {
    "YEAR": DatePart.YEAR,
    "QUARTER": DatePart.QUARTER,
    "MONTH": DatePart.MONTH,
    "DAY": DatePart.DAY,
    "ISODOW": DatePart.DOW,
    "DAYOFWEEK_ISO": DatePart.DOW,
    "DOY": DatePart.DOY,
    "HOUR": Grain.HOUR,
    "MINUTE": Grain.MINUTE,
}


class ExpressionError(ValueError):
    """The fragment cannot be used; the message says why and what to write instead.

    `offset` (from 0) is the place in the fragment, None where unknown.
    """

    def __init__(self, message: str, offset: int | None = None) -> None:
        super().__init__(message)
        self.offset = offset


def parse_expression(text: str) -> exp.Expr:
    """One checked scalar expression. The tree is shared and must be copied before it is changed.

    Raises ExpressionError.
    """
    stripped = text.strip()
    if len(stripped) > MAX_LENGTH:
        raise ExpressionError(f"The expression is longer than {MAX_LENGTH} characters.")
    if _WORD.match(stripped) and stripped.upper() not in Tokenizer.KEYWORDS:
        return nodes.column(stripped)
    if _NUMBER.match(stripped):
        return exp.Literal.number(stripped)
    return _parse_checked(stripped)


@lru_cache(maxsize=4096)
def _parse_checked(text: str) -> exp.Expr:
    return check_tree(_parse_one(text), text)


def _parse_one(text: str) -> exp.Expr:
    if not text:
        raise ExpressionError("The expression is empty.")
    if _CONTROL.search(text):
        raise ExpressionError("The expression holds a control character.")
    try:
        statements = sqlglot.parse(text)
    except RecursionError:
        raise ExpressionError("The expression is nested too deeply.") from None
    except SqlglotError as error:
        offset = _offset(error, text)
        raise ExpressionError(f"Not a SQL expression: {_first_line(error)}", offset) from None
    if len(statements) != 1 or statements[0] is None:
        raise ExpressionError("Write one expression, not several statements.")
    return statements[0]


def _offset(error: SqlglotError, text: str) -> int | None:
    """Where the word begins that sqlglot stumbled over; it tells its line and where it ends."""
    told = getattr(error, "errors", None)
    if not told or told[0].get("line") is None or told[0].get("col") is None:
        return None
    lines = text.split("\n")[: told[0]["line"] - 1]
    end = sum(len(line) + 1 for line in lines) + int(told[0]["col"])
    return max(0, end - max(1, len(told[0].get("highlight") or "")))


def _first_line(error: Exception) -> str:
    # sqlglot underlines the place with terminal colours on further lines; the first says it in
    # words.
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).splitlines()[0].rstrip(".") + "."
    return _REQUIRED.sub("Something is missing", text)


def check_tree(tree: exp.Expr, text: str) -> exp.Expr:
    """Check every node against the allow-list and put our own nodes in. Raises ExpressionError."""
    try:
        found = list(tree.walk())
    except RecursionError:
        raise ExpressionError("The expression is nested too deeply.") from None
    if len(found) > MAX_NODES:
        raise ExpressionError("The expression is too large.")
    for node in found:
        if type(node) not in _ALLOWED:
            raise ExpressionError(_refusal(node, text))
    holder = exp.Paren(this=tree)
    for node in reversed(found):
        _check_node(node)
        rewrite = _REWRITES.get(type(node))
        if rewrite is not None:
            node.replace(rewrite(node))
    result: exp.Expr = holder.this
    result.pop()
    return result


def _refusal(node: exp.Expr, text: str) -> str:
    if isinstance(node, (exp.Subquery, exp.Exists, exp.Query)):
        return (
            "Subqueries are not allowed here: model the other table and join it through an entity."
        )
    if isinstance(node, exp.Alias):
        return f"'{text}' is not one expression: unexpected '{node.alias}'."
    if isinstance(node, (exp.Placeholder, exp.Parameter)):
        return "Placeholders are not allowed here: write the value itself."
    if isinstance(node, exp.Star):
        return "'*' is not allowed here: name a column, or count the literal 1."
    if isinstance(node, exp.Window):
        return "Window functions are not allowed here: use a cumulative metric or an offset."
    if isinstance(node, exp.AggFunc):
        return (
            f"{node.sql_name()} aggregates: name the aggregation in `agg` and write one value here."
        )
    if isinstance(node, (exp.CurrentDate, exp.CurrentTimestamp)):
        return "The current time is not allowed here: ask for it in the query's time_range."
    if isinstance(node, exp.Func):
        name = node.name if isinstance(node, exp.Anonymous) else node.sql_name()
        near = did_you_mean(name, FUNCTIONS)
        hint = f" Did you mean {near[0]}?" if near else ""
        return f"The function '{name}' is not allowed here.{hint} Allowed: {', '.join(FUNCTIONS)}."
    return f"{type(node).__name__} is not allowed in an expression: '{text[:80]}'."


def _check_node(node: exp.Expr) -> None:
    check = _CHECKS.get(type(node))
    if check is not None:
        check(node)


def _check_in(node: Any) -> None:
    if not node.expressions:
        raise ExpressionError("IN needs a list of values: x IN (1, 2).")


def _check_cast(node: Any) -> None:
    if node.to.this not in _CAST_TYPES or node.args.get("format"):
        raise ExpressionError(f"A cast to {node.to.sql()} is not allowed here.")


def _check_column(node: exp.Column) -> None:
    if node.args.get("catalog"):
        raise ExpressionError(f"'{node.sql()}' has too many parts: write column or column.field.")
    if isinstance(node.this, exp.Star):
        raise ExpressionError("'*' is not allowed here: name a column, or count the literal 1.")


def _check_trim(node: Any) -> None:
    if node.args.get("position") or node.expression:
        raise ExpressionError("TRIM takes one argument here: TRIM(x).")


def _check_interval(node: exp.Interval) -> None:
    if not isinstance(node.this, exp.Literal) or node.unit is None:
        raise ExpressionError("Write an interval as INTERVAL '3' DAY.")


_CHECKS: dict[type[exp.Expr], Callable[[Any], None]] = {
    exp.In: _check_in,
    exp.Cast: _check_cast,
    exp.Column: _check_column,
    exp.Trim: _check_trim,
    exp.Interval: _check_interval,
}


# ---------------------------------------------------------------- our own nodes


def _grain(name: str) -> Grain:
    try:
        return Grain(name.lower())
    except ValueError:
        raise ExpressionError(f"'{name}' is not a grain: use one of {', '.join(Grain)}.") from None


def _rewrite_trunc(node: Any) -> exp.Expr:
    return nodes.TimeTrunc(this=node.this, unit=_grain(node.args["unit"].name))


def _rewrite_extract(node: exp.Extract) -> exp.Expr:
    part = _EXTRACTS.get(node.name.upper())
    if part is None:
        raise ExpressionError(
            f"EXTRACT({node.name} ...) is not allowed here: use one of {', '.join(_EXTRACTS)} "
            "(ISODOW counts Monday as 1)."
        )
    return nodes.TimePart(this=node.expression, part=part)


def _rewrite_diff(node: exp.DateDiff) -> exp.Expr:
    # sqlglot's neutral dialect reads DATE_DIFF('day', a, b) with its arguments in the order it got
    # them.
    unit = node.args.get("unit")
    if unit is None:  # DATEDIFF(end, start), as Spark says it
        return nodes.DayDiff(this=node.expression, expression=node.this)
    if node.this.name.lower() != Grain.DAY:
        raise ExpressionError("DATE_DIFF counts days here: DATE_DIFF('day', start, end).")
    return nodes.DayDiff(this=node.expression, expression=_diff_end(unit))


def _diff_end(unit: exp.Expr) -> exp.Expr:
    if isinstance(unit, exp.Var):  # the third argument, taken for a unit: upper-cased beyond repair
        raise ExpressionError(
            "Write the end of DATE_DIFF as a cast: DATE_DIFF('day', a, CAST(b AS DATE))."
        )
    return unit


def _rewrite_like(node: Any) -> exp.Expr:
    pattern = node.expression
    if not isinstance(pattern, exp.Literal) or not pattern.is_string:
        raise ExpressionError("The pattern of LIKE must be written as a string.")
    return nodes.LikeMatch(
        this=node.this,
        expression=pattern,
        case_sensitive=isinstance(node, exp.Like),
        has_backslash="\\" in pattern.name,
    )


_REWRITES: dict[type[exp.Expr], Callable[[Any], exp.Expr]] = {
    exp.Div: lambda n: nodes.Ratio(this=n.this, expression=n.expression),
    exp.Mod: lambda n: nodes.Remainder(this=n.this, expression=n.expression),
    exp.DateTrunc: _rewrite_trunc,
    exp.TimestampTrunc: _rewrite_trunc,
    exp.Extract: _rewrite_extract,
    exp.DateDiff: _rewrite_diff,
    exp.Like: _rewrite_like,
    exp.ILike: _rewrite_like,
    exp.Date: lambda n: exp.Cast(this=n.this, to=exp.DataType.build("date")),
    **dict.fromkeys(_PARTS, lambda n: nodes.TimePart(this=n.this, part=_PARTS[type(n)])),
}


def qualified(tree: exp.Expr, alias: str) -> exp.Expr:
    """A copy of a checked tree whose columns belong to table `alias`; `a.b` stays a field of a
    struct."""
    if type(tree) is exp.Column and not tree.args.get("table"):
        return nodes.column(tree.name, alias)
    copy = tree.copy()
    for found in list(copy.find_all(exp.Column)):
        key = "db" if found.args.get("table") else "table"
        found.set(key, exp.Identifier(this=alias, quoted=True))
    return copy


def columns_of(tree: exp.Expr) -> tuple[str, ...]:
    """Names of the table columns a checked tree reads, in order, each once."""
    parts = (c.args.get("table") or c.this for c in tree.find_all(exp.Column))
    return tuple(dict.fromkeys(part.name for part in parts))

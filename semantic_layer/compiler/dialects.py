"""Tree -> SQL text. One row for each thing the two dialects disagree on, decided in the open.

| subject            | decided                            | DuckDB             | Databricks        |
|--------------------|------------------------------------|--------------------|-------------------|
| null order         | last unless asked                  | its default        | written out       |
| week start         | Monday                             | DATE_TRUNC         | DATE_TRUNC        |
| date parts         | ISO: Monday is 1                   | ISODOW             | DAYOFWEEK_ISO     |
| percentile, median | exact; continuous ones on doubles  | QUANTILE_CONT/DISC | PERCENTILE[_DISC] |
| approximate ones   | within 1 % rank error              | APPROX_QUANTILE    | exact             |
| average            | a double, of decimals too          | AVG                | AVG of the double |
| division           | floating, null on zero             | CAST, NULLIF       | CAST, NULLIF      |
| remainder          | null on zero                       | NULLIF             | NULLIF            |
| cast to an integer | truncates, never rounds            | TRUNC first        | CAST              |
| zones              | the session's zone is UTC          | TIMEZONE twice     | CONVERT_TIMEZONE  |
| string escapes     | a backslash is a plain character   | as it is           | doubled; ESCAPE   |
| ${...} in strings  | plain characters                   | as it is           | $ escaped         |
| placeholders       | named                              | $p0                | :p0               |
| adding months      | clipped to the month's last day    | + INTERVAL         | + INTERVAL        |
| first by time      | null values count                  | ARG_MIN_NULL       | MIN_BY            |
| values in order    | compared from left to right        | ROW                | STRUCT            |
| generated spine    | half-open                          | RANGE              | SEQUENCE          |
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ErrorLevel, UnsupportedError
from sqlglot.generator import Generator
from sqlglot.generators.databricks import DatabricksGenerator
from sqlglot.generators.duckdb import DuckDBGenerator

from semantic_layer.compiler import nodes
from semantic_layer.compiler.nodes import part_of
from semantic_layer.compiler.spec import DatePart, Grain
from semantic_layer.errors import Malformed, UnsupportedByWarehouse

DIALECTS = ("duckdb", "databricks")

_INTEGER_TYPES = frozenset({exp.DType.TINYINT, exp.DType.SMALLINT, exp.DType.INT, exp.DType.BIGINT})
# Wide enough for every BIGINT: truncation loses no digit before the point.
_EXACT = "DECIMAL(38, 9)"
# Any one character no pattern contains: switches off Spark's backslash escapes.
_LIKE_ESCAPE = "\u0001"


def _sql(generator: Generator, node: Any) -> str:
    return generator.sql(node)


def _double(generator: Generator, node: Any) -> str:
    if isinstance(node, exp.Cast) and node.to.this == exp.DType.DOUBLE:
        return _sql(generator, node)
    return f"CAST({_sql(generator, node)} AS DOUBLE)"


def _divisor(generator: Generator, node: Any) -> str:
    """The divisor, null where it is zero; a literal other than zero, or one already guarded, stays
    as it is."""
    inner = node.unnest() if isinstance(node, exp.Paren) else node
    text = _sql(generator, inner)
    if isinstance(inner, exp.Literal) and not inner.is_string and float(inner.this) != 0:
        return text
    if isinstance(inner, exp.Nullif) and inner.expression.name == "0":
        return text
    return f"NULLIF({text}, 0)"


def _ratio(generator: Generator, node: exp.Expr) -> str:
    return f"{_double(generator, node.this)} / {_divisor(generator, node.expression)}"


def _remainder(generator: Generator, node: exp.Expr) -> str:
    left = (
        node.this if isinstance(node.this, (exp.Column, exp.Literal)) else exp.Paren(this=node.this)
    )
    return f"{_sql(generator, left)} % {_divisor(generator, node.expression)}"


def _trunc(generator: Generator, node: exp.Expr) -> str:
    unit = part_of(node, "unit")
    if unit == Grain.NANOSECOND:  # finer than either engine stores: nothing to cut
        return _sql(generator, node.this)
    return f"DATE_TRUNC('{str(unit).upper()}', {_sql(generator, node.this)})"


def _part(names: dict[DatePart, str]) -> Callable[[Generator, exp.Expr], str]:
    def write(generator: Generator, node: exp.Expr) -> str:
        part = part_of(node, "part")
        return f"EXTRACT({names.get(part, str(part).upper())} FROM {_sql(generator, node.this)})"

    return write


def _add(generator: Generator, node: exp.Expr) -> str:
    count, unit = part_of(node, "count"), Grain(part_of(node, "unit"))
    if unit is Grain.QUARTER:
        count, unit = count * 3, Grain.MONTH
    sign = "-" if count < 0 else "+"
    return f"{_sql(generator, node.this)} {sign} INTERVAL '{abs(count)}' {unit.upper()}"


def _like(dialect: str) -> Callable[[Generator, exp.Expr], str]:
    def write(generator: Generator, node: exp.Expr) -> str:
        word = "LIKE" if part_of(node, "case_sensitive") else "ILIKE"
        text = f"{_sql(generator, node.this)} {word} {_sql(generator, node.expression)}"
        if dialect == "databricks" and part_of(node, "has_backslash"):
            return f"{text} ESCAPE '{_LIKE_ESCAPE}'"
        return text

    return write


def _first(first: str, last: str) -> Callable[[Generator, exp.Expr], str]:
    def write(generator: Generator, node: exp.Expr) -> str:
        function = last if part_of(node, "last") else first
        return (
            f"{function}({_sql(generator, node.this)}, {_sql(generator, part_of(node, 'order'))})"
        )

    return write


# ---------------------------------------------------------------- DuckDB


def _duckdb_quantile(generator: Generator, node: exp.Expr) -> str:
    fraction = part_of(node, "fraction")
    if part_of(node, "discrete"):
        return f"QUANTILE_DISC({_sql(generator, node.this)}, {fraction!r})"
    if part_of(node, "approximate"):
        return f"APPROX_QUANTILE({_double(generator, node.this)}, {fraction!r})"
    return f"QUANTILE_CONT({_double(generator, node.this)}, {fraction!r})"


def _duckdb_zone(generator: Generator, node: exp.Expr) -> str:
    text = _sql(generator, node.this)
    source, target = part_of(node, "source"), part_of(node, "target")
    shifted = f"TIMEZONE('{target}', TIMEZONE('{source}', CAST({text} AS TIMESTAMP)))"
    if part_of(node, "typed"):
        return shifted
    return f"CASE WHEN TYPEOF({text}) = 'DATE' THEN CAST({text} AS TIMESTAMP) ELSE {shifted} END"


def _duckdb_cast(generator: Generator, node: exp.Cast) -> str:
    if node.to.this in _INTEGER_TYPES:
        inner = f"TRUNC(CAST({_sql(generator, node.this)} AS {_EXACT}))"
        return f"CAST({inner} AS {_sql(generator, node.to)})"
    assert isinstance(generator, DuckDBGenerator)
    return str(generator.cast_sql(node))


def _series_parts(generator: Generator, node: exp.Expr) -> tuple[str, str, str, str, str]:
    """Start, end, step, column name and FROM clause of a generated series."""
    unit = part_of(node, "unit")
    step = "INTERVAL '3' MONTH" if unit == Grain.QUARTER else f"INTERVAL '1' {str(unit).upper()}"
    source = part_of(node, "source")
    return (
        _sql(generator, part_of(node, "start")),
        _sql(generator, part_of(node, "end")),
        step,
        _sql(generator, exp.Identifier(this=part_of(node, "column"), quoted=True)),
        f" FROM {_sql(generator, source)}" if source is not None else "",
    )


def _duckdb_series(generator: Generator, node: exp.Expr) -> str:
    start, end, step, name, source = _series_parts(generator, node)
    return f"(SELECT UNNEST(RANGE({start}, {end}, {step})) AS {name}{source})"


# ---------------------------------------------------------------- Databricks


def _spark_quantile(generator: Generator, node: exp.Expr) -> str:
    fraction = part_of(node, "fraction")
    if part_of(node, "discrete"):
        inner = _sql(generator, node.this)
        return f"PERCENTILE_DISC({fraction!r}) WITHIN GROUP (ORDER BY {inner})"
    return f"PERCENTILE({_double(generator, node.this)}, {fraction!r})"


def _spark_zone(generator: Generator, node: exp.Expr) -> str:
    text = _sql(generator, node.this)
    source, target = part_of(node, "source"), part_of(node, "target")
    shifted = f"CONVERT_TIMEZONE('{source}', '{target}', {text})"
    if part_of(node, "typed"):
        return shifted
    plain = f"CAST({text} AS TIMESTAMP_NTZ)"
    return f"CASE WHEN TYPEOF({text}) = 'date' THEN {plain} ELSE {shifted} END"


def _spark_series(generator: Generator, node: exp.Expr) -> str:
    start, end, step, name, source = _series_parts(generator, node)
    # SEQUENCE includes its end and refuses to run backwards: the end is taken off, and none given
    # when empty.
    last = f"{end} - INTERVAL '1' MICROSECOND"
    series = f"CASE WHEN {start} < {end} THEN SEQUENCE({start}, {last}, {step}) END"
    return f"(SELECT EXPLODE({series}) AS {name}{source})"


_SHARED: dict[Any, Any] = {
    nodes.TimeTrunc: _trunc,
    nodes.TimeAdd: _add,
    nodes.Ratio: _ratio,
    nodes.Remainder: _remainder,
}


def _plain_transforms(generator: Any) -> dict[Any, Any]:
    """A dialect's own rules, less those that rewrite a SELECT: each walks the whole tree for what
    we never build."""
    return {cls: rule for cls, rule in generator.TRANSFORMS.items() if cls is not exp.Select}


class _DuckDBText(DuckDBGenerator):
    TRANSFORMS = {
        **_plain_transforms(DuckDBGenerator),
        **_SHARED,
        nodes.TimePart: _part({DatePart.DOW: "ISODOW"}),
        nodes.Quantile: _duckdb_quantile,
        nodes.Average: lambda self, e: f"AVG({self.sql(e.this)})",
        nodes.FirstBy: _first("ARG_MIN_NULL", "ARG_MAX_NULL"),
        nodes.Row: lambda self, e: self.func("ROW", *e.expressions),
        nodes.ZoneShift: _duckdb_zone,
        nodes.DayDiff: lambda self, e: (
            f"DATE_DIFF('day', CAST({self.sql(e.this)} AS DATE), CAST({self.sql(e.expression)} AS "
            f"DATE))"
        ),
        nodes.LikeMatch: _like("duckdb"),
        nodes.Series: _duckdb_series,
        exp.Cast: _duckdb_cast,
    }

    def preprocess(self, expression: exp.Expr) -> exp.Expr:
        return expression  # our WITH queries stand at the top already


class _DatabricksText(DatabricksGenerator):
    TRANSFORMS = {
        **_plain_transforms(DatabricksGenerator),
        **_SHARED,
        nodes.TimePart: _part({DatePart.DOW: "DAYOFWEEK_ISO"}),
        nodes.Quantile: _spark_quantile,
        nodes.Average: lambda self, e: f"AVG({_double(self, e.this)})",
        nodes.FirstBy: _first("MIN_BY", "MAX_BY"),
        nodes.Row: lambda self, e: self.func("STRUCT", *e.expressions),
        nodes.ZoneShift: _spark_zone,
        nodes.DayDiff: lambda self, e: (
            f"DATEDIFF(CAST({self.sql(e.expression)} AS DATE), CAST({self.sql(e.this)} AS DATE))"
        ),
        nodes.LikeMatch: _like("databricks"),
        nodes.Series: _spark_series,
    }

    def preprocess(self, expression: exp.Expr) -> exp.Expr:
        return expression

    def escape_str(self, text: str, *args: Any, **kwargs: Any) -> str:
        """Spark puts its own settings where `${...}` stands, before it reads the statement."""
        return str(super().escape_str(text, *args, **kwargs)).replace("${", "\\u0024{")


_GENERATORS: dict[str, type[Generator]] = {"duckdb": _DuckDBText, "databricks": _DatabricksText}


def check_dialect(dialect: str) -> None:
    """Raise Malformed for a dialect we do not write."""
    if dialect not in _GENERATORS:
        raise Malformed(f"Unknown dialect '{dialect}': use one of {', '.join(DIALECTS)}.")


def render(tree: exp.Expr, dialect: str, *, pretty: bool = True) -> str:
    """SQL text of a neutral tree; the tree is used up.

    Raises UnsupportedByWarehouse when the dialect has no words with the same meaning.
    """
    generator = _GENERATORS[dialect](
        dialect=Dialect.get_or_raise(dialect),
        identify=True,
        pretty=pretty,
        comments=False,
        unsupported_level=ErrorLevel.RAISE,
    )
    try:
        return generator.generate(tree, copy=False)
    except UnsupportedError as error:
        raise UnsupportedByWarehouse(
            f"{dialect} cannot express a part of this query: {error}", dialect=dialect
        ) from error

"""Values of filters against the types of their fields, as far as the model tells them.

What cannot be right is refused here, in the same words for every engine. What a model does not
tell, the engine notices; text that holds a number may be compared with one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from sqlglot import exp

from semantic_layer.compiler.query_spec import FieldRef
from semantic_layer.compiler.spec import Dimension, DimensionType
from semantic_layer.errors import QueryError

TIME = "date or time"

_NUMBERS = re.compile(
    r"(TINY|SMALL|BIG|HUGE|U\w*)?INT(EGER)?\d*|BYTE|SHORT|LONG|FLOAT\d?|REAL|DOUBLE|(DECIMAL|"
    r"NUMERIC|DEC|NUMBER)( *\(.*\))?"
)
_TIMES = re.compile(r"DATE|TIMESTAMP(_NTZ|_LTZ|TZ| WITH TIME ZONE)?|DATETIME")
_BOOLEANS = re.compile(r"BOOL(EAN)?")
_TRUTHS = frozenset({"true", "false", "t", "f", "yes", "no", "y", "n", "1", "0"})


def check_values(ref: FieldRef, dimension: Dimension, values: Sequence[exp.Expr]) -> None:
    """Raises QueryError (INVALID_FILTER) for the first value that cannot be of the field's type."""
    if dimension.type is DimensionType.TIME:
        _check(ref, dimension.data_type or TIME, _may_be_time, values)
        return
    known = (dimension.data_type or "").strip().upper()
    for pattern, may_be in _FAMILIES:
        if pattern.fullmatch(known):
            _check(ref, known, may_be, values)


def check_times(ref: FieldRef, values: Sequence[exp.Expr]) -> None:
    """The same for a field that is a time."""
    _check(ref, TIME, _may_be_time, values)


def mistyped(path: str, expected: str, value: str = "", field: str = "a field") -> QueryError:
    """The error of a value that is not of its field's type; `value` is as it is to be shown."""
    said = f": {value}" if value else ""
    return QueryError(
        f"A filter compares {field} of type {expected} with a value of another type{said}. Write "
        f"the value as {expected}.",
        code="INVALID_FILTER",
        path=path,
        expected_type=expected,
    )


def _check(
    ref: FieldRef, expected: str, may_be: Callable[[exp.Expr], bool], values: Sequence[exp.Expr]
) -> None:
    for number, value in enumerate(values):
        inner = value.this if isinstance(value, exp.Neg) else value
        if isinstance(inner, (exp.Literal, exp.Boolean)) and not may_be(inner):
            path = ref.path.removesuffix(".field")
            if path != ref.path:
                path += ".value" + (f"[{number}]" if len(values) > 1 else "")
            raise mistyped(path, expected, value.sql(), f"'{ref.name}'")


def _may_be_time(value: exp.Expr) -> bool:
    return isinstance(value, exp.Literal) and value.is_string


def _may_be_number(value: exp.Expr) -> bool:
    if not isinstance(value, exp.Literal):
        return False
    try:
        float(value.name)
    except ValueError:
        return False
    return True


def _may_be_boolean(value: exp.Expr) -> bool:
    return isinstance(value, exp.Boolean) or (
        value.is_string and value.name.strip().casefold() in _TRUTHS
    )


_FAMILIES: tuple[tuple[re.Pattern[str], Callable[[exp.Expr], bool]], ...] = (
    (_TIMES, _may_be_time),
    (_NUMBERS, _may_be_number),
    (_BOOLEANS, _may_be_boolean),
)

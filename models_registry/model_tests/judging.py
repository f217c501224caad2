"""Whether rows are what a test expects, and in which words they are not. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from models_registry.model_tests.language import BETWEEN, NOT_NEGATIVE, ModelTest
from semantic_layer.ports import MetricRows

SHOWN = 10
_FLOAT_NOISE = Decimal("1e-9")
"""Relative: sums of floating point numbers differ by the order of adding."""


def row_differences(test: ModelTest, answer: MetricRows) -> list[str]:
    """How the rows differ from the expected ones; in any order unless the query orders them."""
    expected = [_by_column(row, answer.columns) for row in test.expect or ()]
    unknown = sorted({name for row in expected for name in row if name not in answer.columns})
    if unknown:
        columns = ", ".join(answer.columns)
        return [f"there is no column {', '.join(unknown)}; the query answers {columns}"]
    actual = list(answer.rows)
    if test.query.get("order_by"):
        pairs = _in_order(expected, actual, test.tolerance)
    else:
        pairs = _in_any_order(expected, actual, test.tolerance)
    return list(pairs)


def breakdown_differences(test: ModelTest, total: MetricRows, parts: MetricRows) -> list[str]:
    """Metrics whose groups do not add up to their total."""
    found = []
    for metric in total.columns:
        whole = number_in(total.rows[0][metric]) if total.rows else None
        numbers = [number_in(row[metric]) for row in parts.rows]
        added = sum((number for number in numbers if number is not None), Decimal(0))
        if not _near(whole or Decimal(0), added, test.tolerance or _FLOAT_NOISE):
            found.append(
                f"{metric}: the total is {whole}, its {len(parts.rows)} groups add up to {added}"
            )
    return found


def value_differences(test: ModelTest, answer: MetricRows) -> list[str]:
    """Values of metrics that break an invariant of single values."""
    metrics = [column for column in answer.columns if column in test.query["metrics"]]
    found = []
    for row in answer.rows:
        for metric in metrics:
            problem = _problem(test, row[metric])
            if problem:
                group = ", ".join(f"{k}={row[k]!r}" for k in answer.columns if k not in metrics)
                found.append(f"{metric}{f' for {group}' if group else ''} {problem}")
    return found


def _problem(test: ModelTest, value: Any) -> str:
    number = number_in(value)
    if number is None:
        # Nothing to count is for not_null to judge; the others are about numbers.
        return "is null" if test.invariant == "not_null" else ""
    if test.invariant == NOT_NEGATIVE and number < 0:
        return f"is {number}"
    if test.invariant == BETWEEN:
        if test.minimum is not None and number < test.minimum:
            return f"is {number}, below {test.minimum}"
        if test.maximum is not None and number > test.maximum:
            return f"is {number}, above {test.maximum}"
    return ""


def number_in(value: Any) -> Decimal | None:
    """The value as a number: decimals travel as text. None for what is none."""
    if value is None or isinstance(value, bool):
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _by_column(row: Any, columns: Sequence[str]) -> Mapping[str, Any]:
    return row if isinstance(row, Mapping) else dict(zip(columns, row, strict=False))


def _in_order(
    expected: Sequence[Mapping[str, Any]], actual: Sequence[Mapping[str, Any]], tolerance: Decimal
) -> Iterator[str]:
    for number in range(max(len(expected), len(actual))):
        wanted = expected[number] if number < len(expected) else None
        got = actual[number] if number < len(actual) else None
        if wanted is None:
            yield f"row {number + 1} is not expected: {_words(got)}"
        elif got is None:
            yield f"row {number + 1} is missing: {_words(wanted)}"
        elif not _same_row(wanted, got, tolerance):
            yield f"row {number + 1}: expected {_words(wanted)}, got {_words(got)}"


def _in_any_order(
    expected: Sequence[Mapping[str, Any]], actual: Sequence[Mapping[str, Any]], tolerance: Decimal
) -> Iterator[str]:
    left = list(actual)
    for wanted in expected:
        found = next((row for row in left if _same_row(wanted, row, tolerance)), None)
        if found is None:
            yield f"missing: {_words(wanted)}"
        else:
            left.remove(found)
    for row in left:
        yield f"not expected: {_words(row)}"


def _same_row(wanted: Mapping[str, Any], got: Mapping[str, Any], tolerance: Decimal) -> bool:
    """Columns that a row names; a mapping may name some only."""
    return all(_same(value, got[column], tolerance) for column, value in wanted.items())


def _same(wanted: Any, got: Any, tolerance: Decimal) -> bool:
    if wanted is None or got is None or isinstance(wanted, bool) or isinstance(got, bool):
        return wanted is got
    numbers = number_in(wanted), number_in(got)
    if numbers[0] is not None and numbers[1] is not None:
        noise = _FLOAT_NOISE if isinstance(got, float) else Decimal(0)
        return _near(numbers[0], numbers[1], max(tolerance, noise))
    text = str(got)
    return text == str(wanted) or text.partition("T00:00:00")[0] == str(wanted)


def _near(wanted: Decimal, got: Decimal, tolerance: Decimal) -> bool:
    if not (wanted.is_finite() and got.is_finite()):
        return str(wanted) == str(got)
    return abs(wanted - got) <= tolerance * max(abs(wanted), abs(got))


def _words(row: Mapping[str, Any] | None) -> str:
    return "(" + ", ".join(f"{key}={value!r}" for key, value in (row or {}).items()) + ")"

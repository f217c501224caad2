"""The small language of `config.meta.tests` (docs/model-tests.md). Pure.

A test is a query with the rows it has to answer, or an invariant of metrics.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from semantic_layer.compiler import Project, parse_query
from semantic_layer.compiler.spec import Position
from semantic_layer.errors import Issue, Malformed, UserError, did_you_mean

TOTAL_EQUALS_BREAKDOWN = "total_equals_breakdown"
NOT_NULL = "not_null"
NOT_NEGATIVE = "not_negative"
BETWEEN = "between"
INVARIANTS = (TOTAL_EQUALS_BREAKDOWN, NOT_NULL, NOT_NEGATIVE, BETWEEN)

_QUERY_TEST_KEYS = ("name", "query", "expect", "tolerance")
_QUERY_KEYS = ("metrics", "group_by", "where", "order_by", "limit", "time_range", "time_zone")
_INVARIANT_KEYS = (
    "name", "invariant", "metrics", "by", "where", "time_range", "time_zone", "tolerance",
    "minimum", "maximum",
)  # fmt: skip


@dataclass(frozen=True)
class ModelTest:
    """One test. `query` is the body of a metric query without category; `expect` are its rows,
    None for an invariant; `tolerance` is relative.
    """

    owner: str
    name: str
    query: Mapping[str, Any] = field(repr=False)
    expect: tuple[Any, ...] | None = None
    invariant: str | None = None
    by: tuple[str, ...] = ()
    tolerance: Decimal = Decimal(0)
    minimum: Decimal | None = None
    maximum: Decimal | None = None


@dataclass(frozen=True)
class _Owner:
    """The model or metric that carries tests; `metrics` are tested where a test names none."""

    words: str
    path: str
    metrics: tuple[str, ...]
    tests: Any
    at: Position | None


def declared_tests(project: Project) -> list[ModelTest]:
    """Every test of the models and metrics that can be read."""
    return [test for owner in _owners(project) for test in _read(owner)[0]]


def declared_test_issues(project: Project) -> list[Issue]:
    """What is wrong with the tests of models and metrics, at the place of who carries them."""
    return [issue for owner in _owners(project) for issue in _read(owner)[1]]


def _owners(project: Project) -> Iterator[_Owner]:
    for model in project.models:
        if "tests" in model.meta:
            path = f"semantic_models.{model.name}"
            yield _Owner(f"model {model.name}", path, (), model.meta["tests"], model.at)
    for metric in project.metrics:
        if "tests" in metric.meta:
            path, tests = f"metrics.{metric.name}", metric.meta["tests"]
            yield _Owner(f"metric {metric.name}", path, (metric.name,), tests, metric.at)


def _read(owner: _Owner) -> tuple[list[ModelTest], list[Issue]]:
    if not isinstance(owner.tests, list | tuple):
        return [], [_issue(owner, "", "tests is a list of tests.")]
    tests, issues = [], []
    for position, written in enumerate(owner.tests):
        try:
            tests.append(_test(owner, written, position))
        except UserError as error:
            issues.append(_issue(owner, f"[{position}]", error.message))
    return tests, issues


def _issue(owner: _Owner, place: str, message: str) -> Issue:
    at = owner.at
    return Issue(
        at.file if at else None, at.line if at else None, at.column if at else None,
        f"{owner.path}.config.meta.tests{place}", "INVALID_TEST",
        f"Test of {owner.words}: {message}",
    )  # fmt: skip


def _test(owner: _Owner, written: Any, position: int) -> ModelTest:
    if not isinstance(written, Mapping) or ("query" in written) == ("invariant" in written):
        raise Malformed("a test has 'query' and 'expect', or 'invariant'.")
    name = str(written.get("name") or written.get("invariant") or f"test {position + 1}")
    if "query" in written:
        return _query_test(owner, name, written)
    return _invariant_test(owner, name, written)


def _query_test(owner: _Owner, name: str, written: Mapping[str, Any]) -> ModelTest:
    _refuse_unknown(written, _QUERY_TEST_KEYS)
    query = written["query"]
    if not isinstance(query, Mapping):
        raise Malformed("'query' is a metric query, with 'metrics' and 'group_by'.")
    _refuse_unknown(query, _QUERY_KEYS)
    body = {"metrics": list(owner.metrics), **query}
    width = _checked_query(body)
    rows = written.get("expect")
    if not isinstance(rows, list | tuple):
        raise Malformed("'expect' is the list of rows that the query has to answer.")
    for row in rows:
        if isinstance(row, list | tuple) and len(row) != width:
            raise Malformed(f"a row of 'expect' has {len(row)} values, the query {width} columns.")
        if not isinstance(row, list | tuple | Mapping):
            raise Malformed("a row of 'expect' is a list of values, or values by column.")
    return ModelTest(owner.words, name, body, tuple(rows), tolerance=_tolerance(written))


def _invariant_test(owner: _Owner, name: str, written: Mapping[str, Any]) -> ModelTest:
    _refuse_unknown(written, _INVARIANT_KEYS)
    invariant = written["invariant"]
    if invariant not in INVARIANTS:
        near = did_you_mean(str(invariant), INVARIANTS, 1)
        hint = f" Did you mean '{near[0]}'?" if near else f" Known: {', '.join(INVARIANTS)}."
        raise Malformed(f"'{invariant}' is no invariant.{hint}")
    body = {key: written[key] for key in ("where", "time_range", "time_zone") if key in written}
    body["metrics"] = written.get("metrics") or list(owner.metrics)
    by = written.get("by", ())
    by = (by,) if isinstance(by, str) else tuple(by) if isinstance(by, list | tuple) else None
    if by is None:
        raise Malformed("'by' is a list of dimensions.")
    _checked_query({**body, "group_by": list(by)})
    if invariant == TOTAL_EQUALS_BREAKDOWN and not by:
        raise Malformed(f"'{invariant}' needs 'by': the dimensions to break the total down by.")
    low, high = _number(written, "minimum"), _number(written, "maximum")
    if (invariant == BETWEEN) != (low is not None or high is not None):
        raise Malformed("'minimum' and 'maximum' belong to 'between', which needs one of them.")
    return ModelTest(
        owner.words, name, body, None, invariant, by, _tolerance(written), low, high
    )  # fmt: skip


def _checked_query(body: Mapping[str, Any]) -> int:
    """How many columns the query answers. Raises what is wrong with its shape."""
    if not body["metrics"]:
        raise Malformed("name the metrics to test.")
    parsed = parse_query(body)
    return len(parsed.group_by) + len(parsed.metrics)


def _refuse_unknown(written: Mapping[str, Any], known: Sequence[str]) -> None:
    for key in written:
        if key not in known:
            near = did_you_mean(str(key), known, 1)
            hint = f" Did you mean '{near[0]}'?" if near else f" Known: {', '.join(known)}."
            raise Malformed(f"'{key}' is not known here.{hint}")


def _tolerance(written: Mapping[str, Any]) -> Decimal:
    found = _number(written, "tolerance")
    if found is not None and not 0 <= found <= 1:
        raise Malformed("'tolerance' is a part of the value, from 0 to 1.")
    return found if found is not None else Decimal(0)


def _number(written: Mapping[str, Any], key: str) -> Decimal | None:
    value = written.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise Malformed(f"'{key}' is a number.")
    return Decimal(str(value))

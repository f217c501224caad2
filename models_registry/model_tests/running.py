"""Running the tests of a category's models on the warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings

from models_registry.graph_source import load_snapshot
from models_registry.heads import MODEL
from models_registry.model_tests.judging import (
    breakdown_differences,
    row_differences,
    value_differences,
)
from models_registry.model_tests.language import TOTAL_EQUALS_BREAKDOWN, ModelTest, declared_tests
from models_registry.selectors import model_not_found
from semantic_layer.errors import InternalError, SemanticLayerError
from semantic_layer.ports import Actor, MetricRows, MetricRunner
from semantic_layer.wiring import load


@dataclass(frozen=True)
class TestResult:
    """A test passed when there is no difference; what could not be run differs by its error."""

    test: ModelTest
    model: str
    differences: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.differences


def run_tests(*, actor: Actor, category: str, model: str | None = None) -> Iterator[TestResult]:
    """Run the tests of the published models, or of one, in order of names.

    Raises Forbidden, NotFound for a model that is not there.
    """
    actor.require("execute")
    documents = load_snapshot(category).documents
    if model is not None and (MODEL, model) not in documents:
        raise model_not_found(category, model)
    runner: MetricRunner = load(settings.METRIC_RUNNER)()
    for (kind, name), stored in documents.items():
        if kind != MODEL or model not in (None, name):
            continue
        for test in declared_tests(stored.project):
            yield TestResult(test, name, tuple(_differences(runner, actor, category, test)))


def _differences(runner: MetricRunner, actor: Actor, category: str, test: ModelTest) -> list[str]:
    try:
        return _judged(_Asking(runner, actor, category), test)
    except InternalError:
        raise
    except SemanticLayerError as error:
        return [f"{error.message} [{error.code}]"]


def _judged(ask: _Asking, test: ModelTest) -> list[str]:
    if test.invariant is None:
        return row_differences(test, ask.rows(test))
    groups = ask.rows(test, test.by)
    if len(groups.rows) >= settings.METRIC_QUERY_MAX_ROWS:
        return [f"more than {settings.METRIC_QUERY_MAX_ROWS} groups: choose another 'by'"]
    if test.invariant == TOTAL_EQUALS_BREAKDOWN:
        return breakdown_differences(test, ask.rows(test, ()), groups)
    return value_differences(test, groups)


@dataclass(frozen=True)
class _Asking:
    runner: MetricRunner
    actor: Actor
    category: str

    def rows(self, test: ModelTest, by: tuple[str, ...] | None = None) -> MetricRows:
        """The answer to the test's query, with these groups where they are said."""
        body = {**test.query, "category": self.category}
        body.setdefault("limit", settings.METRIC_QUERY_MAX_ROWS)
        if by is not None:
            body["group_by"] = list(by)
        return self.runner.run(self.actor, body)

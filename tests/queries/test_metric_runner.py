"""The apps below ask for metrics as HTTP does, of published models or of a graph of their own."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.conf import settings

from models_registry.graph_source import load_graph
from queries.models import QueryRun
from semantic_layer import wiring
from semantic_layer.accounts.actor import actor_of
from semantic_layer.accounts.models import User
from semantic_layer.compiler import SemanticGraph, build_graph
from semantic_layer.errors import Forbidden, Malformed, QueryError
from semantic_layer.ports import MetricRunner

pytestmark = pytest.mark.usefixtures("models")


@pytest.fixture
def runner() -> MetricRunner:
    found: MetricRunner = wiring.load(settings.METRIC_RUNNER)()
    return found


def draft() -> SemanticGraph:
    """The published models, with revenue counted twice."""
    project = load_graph("production").project
    orders = next(model for model in project.models if model.name == "orders")
    measures = tuple(
        replace(measure, expr="amount * 2") if measure.name == "revenue" else measure
        for measure in orders.measures
    )
    others = tuple(model for model in project.models if model.name != "orders")
    return build_graph(replace(project, models=(*others, replace(orders, measures=measures))))


def test_it_answers_as_the_actor_and_records_it(runner: MetricRunner, analyst: User) -> None:
    body = {"metrics": ["revenue"], "group_by": ["customer__country"], "order_by": ["-revenue"]}
    answer = runner.run(actor_of(analyst), body)
    assert answer.columns == ("customer__country", "revenue")
    assert [tuple(row.values()) for row in answer.rows] == [
        (None, "100.10"), ("FR", "30.50"), ("SE", "5.25"),
    ]  # fmt: skip
    run = QueryRun.objects.get()
    assert (run.actor_email, str(run.id)) == (analyst.email, answer.receipt["query_id"])
    assert answer.receipt["models"] == [
        {"name": "customers", "version": 1},
        {"name": "orders", "version": 1},
    ]


def test_a_draft_is_asked_without_being_published(runner: MetricRunner, analyst: User) -> None:
    actor, body = actor_of(analyst), {"metrics": ["revenue"]}
    published = runner.run(actor, body)
    drafted = runner.run(actor, body, graph=draft())
    assert [published.rows[0]["revenue"], drafted.rows[0]["revenue"]] == ["135.85", "271.70"]
    assert drafted.receipt["models"] == [{"name": "orders", "version": None}]
    assert drafted.receipt["category_version"] == "unpublished"
    assert runner.run(actor, body).rows == published.rows


def test_rights_and_shapes_are_those_of_http(
    runner: MetricRunner, analyst: User, viewer: User
) -> None:
    with pytest.raises(Forbidden):
        runner.run(actor_of(viewer), {"metrics": ["revenue"]})
    with pytest.raises(Malformed, match="category"):
        runner.run(actor_of(analyst), {"metrics": ["revenue"], "category": "attic"})
    with pytest.raises(Malformed, match=r"metric: .*metrics"):
        runner.run(actor_of(analyst), {"metric": ["revenue"]})
    with pytest.raises(QueryError, match="Did you mean revenue"):
        runner.run(actor_of(analyst), {"metrics": ["revenues"]})


def test_owners_of_metrics_without_a_measure_of_their_own_are_named(
    runner: MetricRunner, analyst: User
) -> None:
    answer = runner.run(actor_of(analyst), {"metrics": ["broken_ratio"]})
    assert {model["name"] for model in answer.receipt["models"]} == {"orders", "visits"}

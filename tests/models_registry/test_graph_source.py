"""The graph of a category: cached, never out of date, and whole but for what is broken."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from models_registry import graph_source, services
from models_registry.audit import SYSTEM
from models_registry.graph_source import (
    CACHE_TTL_S,
    RegistrySuggestions,
    forget_snapshots,
    load_graph,
    load_snapshot,
)
from models_registry.problems import registry_health
from semantic_layer.errors import InvalidModels
from tests.models_registry.conftest import CUSTOMERS, write_customers, write_orders


class OtherProcess:
    """The script of other_process.py, spoken to line by line."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.models_registry.other_process",
             str(connection.settings_dict["NAME"])],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        )  # fmt: skip

    def ask(self, line: str) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer


@pytest.fixture
def other(transactional_db: None) -> Iterator[OtherProcess]:
    other = OtherProcess()
    yield other
    other.process.communicate(timeout=30)


def test_a_write_is_seen_at_once_by_every_process(other: OtherProcess) -> None:
    write_customers()
    assert other.ask("load")["metrics"] == ["customers_known"]

    write_orders()
    seen = other.ask("load")
    assert "average_order_value" in seen["metrics"]
    assert seen["key"] == load_snapshot("production").key

    other.ask("describe Written elsewhere.")
    assert load_graph("production").models["customers"].spec.description == "Written elsewhere."

    services.delete_model(actor=SYSTEM, category="production", name="orders")
    assert other.ask("load")["metrics"] == ["customers_known"]


@pytest.mark.django_db
def test_an_unchanged_category_costs_one_small_query(shop: None) -> None:
    first = load_graph("production")

    with CaptureQueriesContext(connection) as queries:
        assert load_graph("production") is first

    assert len(queries) == 1


@pytest.mark.django_db
def test_only_documents_that_changed_are_read_again(shop: None) -> None:
    before = load_snapshot("production")
    services.update_model(
        actor=SYSTEM, category="production", name="customers", payload={"description": "New."}
    )

    after = load_snapshot("production")

    orders = ("semantic_model", "orders")
    assert after.documents[orders].project is before.documents[orders].project
    assert after.graph.models["orders"] is before.graph.models["orders"]


@pytest.mark.django_db
def test_the_cache_is_renewed_after_its_time(shop: None, monkeypatch: pytest.MonkeyPatch) -> None:
    first = load_graph("production")
    monkeypatch.setattr(graph_source, "CACHE_TTL_S", -1)
    assert CACHE_TTL_S == 30 * 60
    assert load_graph("production") is not first


@pytest.mark.django_db
def test_what_a_writer_caches_is_what_others_read(
    shop: None, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        services.update_model(
            actor=SYSTEM, category="production", name="orders", payload={"description": "New."}
        )
    kept = load_snapshot("production")
    forget_snapshots()
    read = load_snapshot("production")

    assert kept is not read
    assert kept.key == read.key
    assert list(kept.documents) == list(read.documents)
    assert {key: s.project for key, s in kept.documents.items()} == {
        key: s.project for key, s in read.documents.items()
    }
    assert list(kept.graph.metrics) == list(read.graph.metrics)


@pytest.mark.django_db
def test_a_broken_model_leaves_the_others_answering_and_is_told(shop: None) -> None:
    services.create_model(
        actor=SYSTEM, category="production",
        payload={
            "name": "regions", "model": "a.b.c",
            "entities": [{"name": "region", "type": "primary", "expr": "id"}],
            "measures": [{"name": "region_count", "agg": "count", "expr": "id"}],
            "metrics": [
                {"name": "regions_known", "type": "simple", "measure": "region_count"},
                {"name": "orders_per_region", "type": "ratio",
                 "numerator": "regions_known", "denominator": "orders_placed"},
            ],
        },
    )  # fmt: skip

    services.delete_model(actor=SYSTEM, category="production", name="orders", force=True)

    graph = load_graph("production")
    assert sorted(graph.metrics) == ["customers_known", "regions_known"]
    assert [issue.path for issue in graph.issues] == [
        "metrics.orders_per_region.inputs.orders_placed"
    ]
    health = {item.category: item for item in registry_health()}
    assert health["production"].broken == ("regions",)
    assert health["staging"].broken == ()
    told = Client().get("/api/health/ready").json()
    assert told["models"] == {"published": 2, "broken": 1}

    # Who has nothing to do with it may go on writing; who writes the broken model must mend it.
    services.update_model(
        actor=SYSTEM, category="production", name="customers", payload={"description": "Fine."}
    )
    with pytest.raises(InvalidModels):
        services.update_model(
            actor=SYSTEM, category="production", name="regions", payload={"description": "Not."}
        )
    services.update_model(
        actor=SYSTEM, category="production", name="regions",
        payload={"metrics": [{"name": "regions_known", "type": "simple",
                              "measure": "region_count"}]},
    )  # fmt: skip
    assert load_graph("production").issues == ()


@pytest.mark.django_db
def test_suggestions_are_metrics_and_dimensions_that_nobody_is_kept_from(shop: None) -> None:
    services.create_model(
        actor=SYSTEM,
        category="production",
        payload={
            **CUSTOMERS, "name": "salaries", "metrics": [],
            "entities": [{"name": "employee", "type": "primary", "expr": "id"}],
            "measures": [], "meta": {"access": [{"roles": ["admin"]}]},
        },
    )  # fmt: skip

    key, found = RegistrySuggestions().suggestions("production")

    names = {(item.kind, item.name) for item in found}
    assert {("metric", "revenue"), ("dimension", "order__channel")} <= names
    assert not any("employee" in item.name for item in found)
    assert key == load_snapshot("production").key

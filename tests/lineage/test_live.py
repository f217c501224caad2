"""The graph follows what happens, by a real worker: nobody asks for it in this process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from lineage.models import Edge, Part, Unit
from lineage.tasks import refresh_lineage
from models_registry import services
from models_registry.audit import SYSTEM
from tests.catalog.conftest import write_file
from tests.lineage.conftest import SCHEMA
from tests.waiting import wait_for
from tests.worker_fixture import CeleryWorker

MODEL = """
semantic_models:
  - name: buyers
    model: live.gold.customers
    entities: [{name: buyer, type: primary, expr: customer_id}]
    measures: [{name: buyer_count, agg: count, expr: customer_id, create_metric: true}]
"""
PAID = "CREATE OR REPLACE VIEW gold.paid AS SELECT order_id, customer_id, amount * 2 AS {name}"


@pytest.fixture
def live(tmp_path: Path, celery_worker: CeleryWorker) -> Iterator[Path]:
    """A warehouse that a test may replace, seen by this process and by the worker."""
    file = tmp_path / "live.duckdb"
    write_file(file, SCHEMA)
    attached = {"DUCKDB_ATTACH": f"live={file}", "DUCKDB_DEFAULT_CATALOG": "live"}
    celery_worker.use(**attached)
    with override_settings(**attached):
        yield file


def units(part: str) -> dict[str, int]:
    return dict(Unit.objects.filter(part__name=part).values_list("name", "pk"))


def edges() -> set[tuple[str, str]]:
    found = Edge.objects.select_related("source", "target")
    return {(edge.source.ref.full_name, edge.target.ref.full_name) for edge in found}


@pytest.mark.slow
def test_a_worker_follows_models_and_views(live: Path, celery_worker: CeleryWorker) -> None:
    refresh_lineage.delay()
    wait_for(
        lambda: Part.objects.filter(name="recorded").exclude(fingerprint="").exists(),
        what="the first refresh",
    )
    before = units("warehouse")
    assert ("live.gold.orders.amount", "live.gold.paid.double_amount") in edges()
    assert not units("registry production")

    services.create_model(actor=SYSTEM, category="production", payload={"yaml": MODEL})
    refresh_lineage.delay()
    wait_for(lambda: units("registry production"), what="the model in the graph")
    assert ("live.gold.customers.customer_id", "buyers.buyer_count") in edges()
    assert units("warehouse") == before

    changed = f"{PAID.format(name='doubled')} FROM gold.orders WHERE status = 'paid'"
    gone = "DROP VIEW gold.by_country"
    write_file(live, f"{SCHEMA}{gone};{changed}")
    refresh_lineage.delay()
    wait_for(
        lambda: ("live.gold.orders.amount", "live.gold.paid.doubled") in edges(),
        what="the changed view in the graph",
    )
    after = units("warehouse")
    assert ("live.gold.orders.amount", "live.gold.paid.double_amount") not in edges()
    assert set(before) - set(after) == {"live.gold.by_country"}
    assert {name for name in after if before[name] != after[name]} == {"live.gold.paid"}

"""Documentation by a real worker: one document that was ordered, and a site that became due."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from models_registry import services as registry
from models_registry import tasks
from models_registry.audit import SYSTEM
from models_registry.documentation import site
from semantic_layer.accounts.models import User
from semantic_layer.errors import Conflict
from tests.accounts_fixtures import Api
from tests.lineage.conftest import MODELS
from tests.waiting import wait_for
from tests.worker_fixture import CeleryWorker

GENERATE = "/api/documentation/generate"


@pytest.fixture
def folder(tmp_path: Path, celery_worker: CeleryWorker, shop: Path) -> Iterator[Path]:
    celery_worker.use(
        DUCKDB_ATTACH=f"shop={shop}", DUCKDB_DEFAULT_CATALOG="shop", VAR_DIR=str(tmp_path),
        DOCUMENTATION_SITES="production",
    )  # fmt: skip
    registry.create_model(actor=SYSTEM, category="production", payload={"yaml": MODELS})
    with override_settings(DOCUMENTATION_FOLDER=tmp_path / "documentation"):
        yield tmp_path / "documentation" / "production"


@pytest.mark.slow
def test_a_worker_writes_what_was_ordered_and_builds_the_site(
    folder: Path, api: Api, engineer: User
) -> None:
    client = api(engineer)
    body = {"model_id": "orders", "format": "html", "async": True}
    ordered = client.post(GENERATE, body)
    assert ordered.status_code == 202, ordered.json()

    def finished() -> Any:
        found = client.get(ordered.json()["status_url"]).json()
        assert found["status"] != "failed", found
        return found if found["status"] == "completed" else None

    done = wait_for(finished, what="the documentation")
    assert "Revenue" in client.get(done["download_url"]).content.decode()

    tasks.build_due_docs.delay()
    wait_for((folder / "index.html").exists, what="the site")
    wait_for(lambda: is_free(folder), what="the end of its build")
    assert "secret" not in (folder / "search.json").read_text()
    registry.update_model(
        actor=SYSTEM, category="production", name="orders", payload={"description": "Quite new."}
    )
    listed = client.get("/api/documentation/models").json()["models"]
    assert {one["model_name"]: one["stale"] for one in listed}["orders"] is True
    tasks.build_due_docs.delay()
    wait_for(lambda: "Quite new." in text_of(folder / "orders.html"), what="the changed page")


def is_free(folder: Path) -> bool:
    """Whether nobody builds the site: another build would leave it to them."""
    try:
        with site._alone(folder):
            return True
    except Conflict:
        return False


def text_of(page: Path) -> str:
    """Nothing for a moment, while the folder is replaced."""
    try:
        return page.read_text()
    except FileNotFoundError:
        return ""

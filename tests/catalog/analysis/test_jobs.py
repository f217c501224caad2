"""Models for many tables in the background; a worker that is killed loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from catalog import jobs
from catalog.jobs import transitions
from catalog.models import Generation
from models_registry.models import DocumentVersion
from semantic_layer.accounts.models import User
from tests.accounts_fixtures import Api, ApiClient
from tests.catalog.analysis.conftest import attached
from tests.catalog.analysis.test_analyze_api import by_name
from tests.waiting import wait_for
from tests.worker_fixture import CeleryWorker

URL = "/api/catalog/generate-model"


def submit(client: ApiClient, **body: Any) -> Any:
    response = client.post(URL, {"catalog": "retail", "schema": "gold", **body})
    assert response.status_code == 202, response.json()
    return response.json()


def status(client: ApiClient, job: Any) -> Any:
    response = client.get(job["status_url"])
    assert response.status_code == 200, response.json()
    return response.json()


def work() -> int:
    """What a worker does with its messages."""
    made = 0
    while jobs.run_next():
        made += 1
    return made


def test_many_tables_are_made_one_after_the_other(as_engineer: ApiClient, retail: None) -> None:
    job = submit(
        as_engineer,
        tables=["dim_store", "no_such", {"catalog": "imported", "table": "survey_answers"}],
        save=True,
    )
    assert (job["status"], job["progress_percentage"], job["total"]) == ("queued", 0, 3)
    assert jobs.run_next()
    assert status(as_engineer, job)["status"] == "running"
    assert status(as_engineer, job)["progress_percentage"] == 33
    assert work() == 2
    done = status(as_engineer, job)
    assert (done["status"], done["completed"], done["failed"]) == ("completed", 2, 1)
    tables = {table["table"]: table for table in done["tables"]}
    assert tables["dim_store"]["draft"]["saved"] == {
        "id": "stores",
        "category": "development",
        "version": 1,
    }
    assert tables["no_such"]["error"]["error_code"] == "NOT_FOUND"
    assert tables["no_such"]["draft"] is None
    assert tables["survey_answers"]["draft"]["model"]["name"] == "survey_answers"
    models = as_engineer.get("/api/models?category=development").json()["models"]
    assert {model["name"] for model in models} == {"stores", "survey_answers"}


def test_one_table_in_the_background_keeps_its_options(
    as_engineer: ApiClient, retail: None
) -> None:
    job = submit(
        as_engineer,
        table="dim_store",
        model_name="shops",
        customizations={"selected_dimensions": ["region"]},
        **{"async": True},
    )
    assert work() == 1
    [table] = status(as_engineer, job)["tables"]
    model = table["draft"]["model"]
    assert model["name"] == "shops"
    assert set(by_name(model["dimensions"])) == {"region"}
    listed = as_engineer.get("/api/catalog/generation-jobs").json()
    assert [one["job_id"] for one in listed["jobs"]] == [job["job_id"]]


def test_a_job_is_ones_own_and_can_be_cancelled(
    as_engineer: ApiClient, api: Api, admin_user: User, retail: None
) -> None:
    job = submit(as_engineer, tables=["dim_store", "dim_product"])
    other = api(admin_user)
    assert other.get(job["status_url"]).status_code == 404
    assert other.post(f"{job['status_url']}/cancel").status_code == 404
    assert jobs.run_next()
    cancelled = as_engineer.post(f"{job['status_url']}/cancel").json()
    assert [table["status"] for table in cancelled["tables"]] == ["completed", "cancelled"]
    assert work() == 0


def test_one_person_has_one_at_a_time(
    as_engineer: ApiClient, api: Api, admin_user: User, retail: None
) -> None:
    submit(as_engineer, tables=["dim_store", "dim_product"])
    submit(api(admin_user), tables=["dim_customer"])
    first, second, third = (transitions.claim_next() for _ in range(3))
    assert first is not None
    assert second is not None
    assert third is None
    assert (first.table, second.table) == ("dim_store", "dim_customer")


def test_a_worker_that_is_silent_is_given_up(as_engineer: ApiClient, retail: None) -> None:
    job = submit(as_engineer, tables=["dim_store"])
    for attempt in (1, 2, 3):
        claimed = transitions.claim_next()
        assert claimed is not None
        assert claimed.attempt == attempt
        Generation.objects.update(heartbeat_at="2020-01-01T00:00:00Z")
        assert jobs.resume_generations() == (attempt < 3)
        # Whoever was given up and comes back can end nothing.
        assert not transitions.finish(claimed, transitions.GenerationState.COMPLETED)
    [table] = status(as_engineer, job)["tables"]
    assert table["error"]["error_code"] == "WORKER_LOST"


@pytest.mark.parametrize(
    "body",
    [
        {"tables": []},
        {"tables": [7]},
        {"tables": [{"schema": "gold"}]},
        {"tables": ["a"], "model_name": "x"},
        {"tables": ["a"] * 201},
    ],
)
def test_bad_requests(as_engineer: ApiClient, retail: None, body: Any) -> None:
    response = as_engineer.post(URL, {"catalog": "retail", "schema": "gold", **body})
    assert response.status_code == 400, response.json()
    assert response.json()["field_errors"]


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_loses_nothing_and_doubles_nothing(
    celery_worker: CeleryWorker, api: Api, world_files: Callable[[str], Path], settings: Any
) -> None:
    file = world_files("retail")
    celery_worker.use(
        DUCKDB_ATTACH=f"retail={file}",
        DUCKDB_DEFAULT_CATALOG="retail",
        DUCKDB_THREADS="1",
        GENERATION_LOST_AFTER_S="8",
    )
    settings.GENERATION_LOST_AFTER_S = 8
    # It dies when the model is written, and before that is noted.
    celery_worker.crash_at("catalog.jobs.services.body_of")
    client = api(User.objects.create_user("engineer@example.com", ["engineer"]))
    with attached(retail=file):
        job = submit(client, tables=["dim_store", "dim_product"], save=True)

        def done() -> bool:
            if transitions.end_lost()[0]:
                jobs.wake()
            return bool(status(client, job)["status"] == "completed")

        wait_for(done, what="both models")
        tables = status(client, job)["tables"]
    assert celery_worker.has_crashed
    assert tables[0]["attempt"] >= 2
    assert [table["draft"]["saved"]["version"] for table in tables] == [1, 1]
    assert DocumentVersion.objects.count() == 2

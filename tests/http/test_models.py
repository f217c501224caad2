"""Contract 15 to 20: the life of a model, in category development."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from tests.http.client import HttpClient
from tests.http.shapes import ANY, BOOL, INT, OBJECT, PAGINATION, TEXT, TIME, Items, Nullable, check

SUMMARY = {
    "id": TEXT,
    "name": TEXT,
    "description": Nullable(TEXT),
    "category": {"production", "staging", "development"},
    "model": TEXT,
    "version": INT,
    "entity_count": INT,
    "dimension_count": INT,
    "measure_count": INT,
    "metric_count": INT,
    "status": TEXT,
    "tags": Items(TEXT, may_be_empty=True),
    "owner": Nullable(TEXT),
    "created_at": TIME,
    "updated_at": TIME,
}
MEMBERS = {name: Items(OBJECT) for name in ("entities", "dimensions", "measures", "metrics")}
WHOLE = {**SUMMARY, **MEMBERS, "defaults": OBJECT, "meta": OBJECT, "yaml": TEXT}
ISSUES = {
    "valid": BOOL,
    "errors": Items(ANY, may_be_empty=True),
    "warnings": Items(ANY, may_be_empty=True),
}
DEVELOPMENT = "?category=development"

NewModel = Callable[..., dict[str, Any]]
numbers = itertools.count(1)


@pytest.fixture
def new_model() -> NewModel:
    """A body that creates a model under a name of its own; keywords replace parts of it."""

    def body(**parts: Any) -> dict[str, Any]:
        name = f"carriers_{next(numbers)}"
        return {
            "name": name,
            "description": "One row per airline.",
            "model": "flights.gold.airlines",
            "entities": [{"name": name, "type": "primary", "expr": "carrier_code"}],
            "dimensions": [{"name": "name", "type": "categorical", "expr": "airline_name"}],
            "measures": [{"name": f"{name}_count", "agg": "count", "expr": "carrier_code"}],
            "metrics": [{"name": f"{name}_known", "type": "simple", "measure": f"{name}_count"}],
            "tags": ["crm"],
            "category": "development",
            **parts,
        }

    return body


def create(client: HttpClient, body: dict[str, Any]) -> str:
    name: str = client.answer("POST", "/api/models", body, status=201)["id"]
    return name


@pytest.mark.parametrize("slash", ["", "/"])
def test_lists(viewer: HttpClient, slash: str) -> None:
    body = viewer.answer("GET", f"/api/models{slash}")
    check(body, {"models": Items(SUMMARY), "total_count": INT, "pagination": PAGINATION})
    names = [model["name"] for model in body["models"]]
    assert {"airlines", "airports", "flight_seats", "flights", "planes", "weather"} <= set(names)
    assert body["total_count"] == len(names) == body["pagination"]["total"]
    expanded = viewer.answer("GET", f"/api/models{slash}?expand=true&page_size=1")
    check(expanded, {"models": Items({**SUMMARY, **MEMBERS})})
    assert expanded["pagination"]["has_next"] is True


@pytest.mark.parametrize("slash", ["", "/"])
def test_one(viewer: HttpClient, slash: str) -> None:
    response = viewer.get(f"/api/models/flights{slash}")
    body = response.json()
    check(body, WHOLE)
    assert response.headers["ETag"] == f'"{body["version"]}"'
    assert body["defaults"] == {"agg_time_dimension": "flight_date"}
    assert (body["entity_count"], body["model"]) == (6, "flights.gold.flights")
    assert len(body["metrics"]) == body["metric_count"]
    assert yaml.safe_load(body["yaml"])["semantic_model"]["name"] == "flights"


@pytest.mark.parametrize("slash", ["", "/"])
def test_download(viewer: HttpClient, slash: str) -> None:
    response = viewer.get(f"/api/models/flights/download{slash}")
    assert response.headers["Content-Type"].split(";")[0] == "application/x-yaml"
    assert response.headers["Content-Disposition"] == 'attachment; filename="flights.yml"'
    assert response.content.decode() == viewer.get("/api/models/flights").json()["yaml"]


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_life_of_a_model(
    viewer: HttpClient, engineer: HttpClient, admin: HttpClient, new_model: NewModel, slash: str
) -> None:
    body = new_model()
    created = engineer.answer("POST", f"/api/models{slash}", body, status=201)
    check(
        created, {"id": TEXT, "name": TEXT, "message": TEXT, "version": {1}, "validation": ISSUES}
    )
    assert created["message"] == "Model created successfully"
    path = f"/api/models/{created['id']}{slash}{DEVELOPMENT}"
    assert viewer.answer("GET", path)["description"] == "One row per airline."

    updated = engineer.answer("PUT", path, {"description": "Shorter.", "tags": []})
    check(updated, {"id": {body["name"]}, "message": TEXT, "version": {2}})
    assert updated["message"] == "Model updated successfully"
    seen = viewer.answer("GET", path)
    check(seen, WHOLE)
    assert (seen["description"], seen["tags"], seen["version"]) == ("Shorter.", [], 2)

    assert admin.answer("DELETE", path) == {"message": "Model deleted successfully"}
    viewer.refused("GET", path, status=404, code="MODEL_NOT_FOUND")
    assert engineer.answer("POST", "/api/models", body, status=201)["version"] == 3


def test_yaml_both_ways(engineer: HttpClient, new_model: NewModel) -> None:
    name = create(engineer, new_model())
    path = f"/api/models/{name}{DEVELOPMENT}"
    text = engineer.answer("GET", path)["yaml"].replace("One row per airline.", "From YAML.")
    for key in ("yaml", "raw_yaml"):
        engineer.answer("PUT", path, {key: text})
        assert engineer.answer("GET", path)["description"] == "From YAML."


def test_metrics_of_a_new_model_answer_at_once(
    engineer: HttpClient, analyst: HttpClient, new_model: NewModel
) -> None:
    name = create(engineer, new_model())
    body = {"metrics": [f"{name}_known"], "category": "development"}
    answer = analyst.answer("POST", "/api/metrics-explorer/query", body)
    assert answer["rows"] == [{f"{name}_known": 16}]
    assert answer["receipt"]["models"] == [{"name": name, "version": 1}]


def test_if_match(engineer: HttpClient, new_model: NewModel) -> None:
    path = f"/api/models/{create(engineer, new_model())}{DEVELOPMENT}"
    seen = engineer.get(path).headers["ETag"]
    first = engineer.put(path, {"description": "First."}, headers={"If-Match": seen})
    assert (first.status_code, first.headers["ETag"]) == (200, '"2"')
    second = engineer.put(path, {"description": "Second."}, headers={"If-Match": seen})
    assert (second.status_code, second.json()["error_code"]) == (412, "STALE_VERSION")
    assert engineer.answer("GET", path)["description"] == "First."


def test_names_are_taken_once(engineer: HttpClient, new_model: NewModel) -> None:
    body = new_model()
    create(engineer, body)
    engineer.refused("POST", "/api/models", body, status=409, code="NAME_TAKEN")


def test_a_model_in_use_is_kept(admin: HttpClient) -> None:
    refusal = admin.refused("DELETE", "/api/models/airlines", status=409, code="MODEL_IN_USE")
    assert {"flights", "flight_seats"} <= {d["name"] for d in refusal["details"]["dependents"]}
    admin.answer("GET", "/api/models/airlines")


@pytest.mark.parametrize(
    ("parts", "code", "where"),
    [
        ({"name": "Carriers"}, "INVALID_MODEL", "name"),
        ({"name": "a__b"}, "INVALID_MODEL", "name"),
        ({"name": "a" * 65}, "INVALID_MODEL", "name"),
        ({"name": "search"}, "RESERVED_NAME", "name"),
        ({"name": "ünïcode"}, "INVALID_MODEL", "name"),
        ({"name": 7}, "INVALID_MODEL", "name"),
        ({"model": None}, "INVALID_MODEL", "model"),
        ({"model": "two words"}, "INVALID_MODEL", "model"),
        ({"entities": [{"name": "x", "type": "primry"}]}, "INVALID_MODEL", "entities[0].type"),
        ({"entities": "x"}, "INVALID_MODEL", "entities"),
        ({"measures": [{"name": "x", "agg": "summ"}]}, "INVALID_MODEL", "measures[0].agg"),
        ({"measures": [{"name": "x", "agg": "sum", "expr": "a; b"}]}, "INVALID_MODEL", "expr"),
        ({"metrics": [{"name": "x", "type": "simple"}]}, "INVALID_MODEL", "metrics"),
        ({"dimensons": []}, "INVALID_MODEL", "dimensons"),
    ],
    ids=str,
)
def test_invalid_models(
    engineer: HttpClient, new_model: NewModel, parts: dict[str, Any], code: str, where: str
) -> None:
    body = new_model(**parts)
    refusal = engineer.refused("POST", "/api/models", body, status=422, code=code)
    check(refusal["details"]["errors"], Items({"path": TEXT, "code": TEXT, "message": TEXT}))
    assert any(where in issue["path"] for issue in refusal["details"]["errors"]), refusal


def test_all_problems_at_once_with_their_lines(engineer: HttpClient) -> None:
    text = "semantic_model:\n  name: x\n  modle: a.b.c\n  entities:\n  - {name: e, type: nope}\n"
    body = {"yaml": text, "category": "development"}
    refusal = engineer.refused("POST", "/api/models", body, status=422, code="INVALID_MODEL")
    lines = {(e["line"], e["code"]) for e in refusal["details"]["errors"]}
    assert {(3, "UNKNOWN_KEY"), (5, "INVALID_ENTITY_TYPE")} <= lines


@pytest.mark.parametrize("text", ["a: [", "a: b: c", "- &a [*a]", "x: !!python/object:os.x 1"])
def test_unreadable_yaml(engineer: HttpClient, text: str) -> None:
    body = {"yaml": text, "category": "development"}
    refusal = engineer.refused("POST", "/api/models", body, status=400, code="MALFORMED_YAML")
    assert refusal["details"]["errors"][0]["line"] >= 1

"""Saved queries: kept, shared, changed by their owner alone, run by each as themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from queries.dependents import QueryDependents
from queries.models import QueryRun, SavedQuery
from semantic_layer.accounts.models import User
from semantic_layer.ports import UsedNames
from tests.accounts_fixtures import Api, ApiClient

SAVED = "/api/queries/saved"
METRICS = {"metrics": ["revenue"], "group_by": ["customer__country"], "order_by": ["-revenue"]}
USED = UsedNames(
    "production", "orders", frozenset({"revenue", "order_count"}), frozenset({"order__ordered_at"})
)


@pytest.fixture
def owner(analyst_api: ApiClient, models: None) -> ApiClient:
    return analyst_api


@pytest.fixture
def colleague(api: Api, models: None) -> ApiClient:
    return api(User.objects.get(email="engineer@example.com"))


@pytest.fixture
def viewer_api(api: Api, viewer: User, shop: Path) -> ApiClient:
    return api(viewer)


def save(client: ApiClient, **body: Any) -> dict[str, Any]:
    response = client.post(SAVED, {"name": "mine", "query": "SELECT 1 AS a", **body})
    assert response.status_code == 201, response.json()
    found: dict[str, Any] = response.json()
    assert client.get(response.headers["Location"]).json() == found
    return found


def save_metrics(client: ApiClient, **body: Any) -> dict[str, Any]:
    response = client.post(SAVED, {"name": "by country", "metric_query": METRICS, **body})
    assert response.status_code == 201, response.json()
    found: dict[str, Any] = response.json()
    return found


def names(client: ApiClient, **query: Any) -> list[str]:
    response = client.get(SAVED, query)
    assert response.status_code == 200, response.json()
    return [item["name"] for item in response.json()["saved_queries"]]


def test_sql_is_kept_and_run_with_other_values(owner: ApiClient) -> None:
    saved = save(owner, query="SELECT $x + 1 AS y", parameters={"x": 1}, tags=["t"])
    assert (saved["kind"], saved["version"], saved["sharing"]) == ("sql", 1, "private")
    read = owner.get(f"{SAVED}/{saved['id']}")
    assert read.json() == saved
    assert read["ETag"] == '"1"'
    run = f"{SAVED}/{saved['id']}/run"
    assert owner.post(run, {}).json()["rows"] == [{"y": 2}]
    assert owner.post(run, {"parameters": {"x": 5}}).json()["rows"] == [{"y": 6}]


def test_a_metric_query_is_kept_and_run(owner: ApiClient) -> None:
    saved = save_metrics(owner)
    assert (saved["kind"], saved["category"], saved["query"]) == ("metric", "production", None)
    assert saved["metric_query"]["metrics"] == ["revenue"]
    answer = owner.post(f"{SAVED}/{saved['id']}/run", {"limit": 1}).json()
    assert answer["columns"] == ["customer__country", "revenue"]
    assert (answer["row_count"], answer["truncated"]) == (1, True)
    assert answer["receipt"]["query_id"] == answer["query_id"]
    assert owner.post(f"{SAVED}/{saved['id']}/run", {"parameters": {"x": 1}}).status_code == 422


def test_one_is_run_in_the_background(owner: ApiClient) -> None:
    for saved in (save(owner), save_metrics(owner)):
        response = owner.post(f"{SAVED}/{saved['id']}/run", {"async": True})
        assert response.status_code == 202
        assert QueryRun.objects.get(pk=response.json()["query_id"]).state == "queued"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"query": "SELECT 1", "metric_query": METRICS}, 400),
        ({"query": "DROP TABLE orders"}, 400),
        ({"query": "SELECT 1", "category": "staging"}, 400),
        ({"metric_query": {"metrics": ["no_such"]}}, 422),
        ({"metric_query": {"metrics": ["revenue"], "async": True}}, 400),
        ({"metric_query": METRICS, "parameters": {"a": 1}}, 422),
        ({"query": "SELECT 1", "sharing": "roles"}, 422),
        ({"query": "SELECT 1", "sharing": "roles", "shared_roles": ["king"]}, 400),
        ({"query": "SELECT 1", "nmae": "x"}, 400),
    ],
)
def test_what_cannot_be_saved(owner: ApiClient, body: Any, status: int) -> None:
    response = owner.post(SAVED, {"name": "x", **body})
    assert response.status_code == status, response.json()
    assert not SavedQuery.objects.exists()


def test_a_name_is_taken_once_per_person(owner: ApiClient, colleague: ApiClient) -> None:
    save(owner)
    again = owner.post(SAVED, {"name": "mine", "query": "SELECT 2"})
    assert (again.status_code, again.json()["error_code"]) == (409, "NAME_TAKEN")
    save(colleague)
    other = save(owner, name="other")
    renamed = owner.put(f"{SAVED}/{other['id']}", {"name": "mine"})
    assert (renamed.status_code, renamed.json()["error_code"]) == (409, "NAME_TAKEN")


def test_changes_need_the_version_that_was_seen(owner: ApiClient) -> None:
    saved = save(owner)
    url = f"{SAVED}/{saved['id']}"
    changed = owner.put(
        url, {"description": "d", "query": "SELECT 2 AS b"}, headers={"If-Match": '"1"'}
    )
    assert (changed.status_code, changed["ETag"]) == (200, '"2"')
    assert (changed.json()["query"], changed.json()["name"]) == ("SELECT 2 AS b", "mine")
    stale = owner.put(url, {"description": "e"}, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["error_code"]) == (412, "STALE_VERSION")
    assert owner.delete(url, headers={"If-Match": '"1"'}).status_code == 412
    turned = owner.put(url, {"metric_query": METRICS})
    assert (turned.json()["kind"], turned.json()["query"]) == ("metric", None)
    assert owner.delete(url, headers={"If-Match": '"3"'}).status_code == 200
    assert owner.get(url).status_code == 404


def test_private_ones_do_not_exist_for_others(owner: ApiClient, colleague: ApiClient) -> None:
    url = f"{SAVED}/{save(owner)['id']}"
    assert names(colleague) == []
    assert colleague.get(url).status_code == 404
    assert colleague.put(url, {"name": "x"}).status_code == 404
    assert colleague.delete(url).status_code == 404
    assert colleague.post(f"{url}/run", {}).status_code == 404


def test_shared_ones_are_seen_and_run_but_not_changed(
    owner: ApiClient, colleague: ApiClient, viewer_api: ApiClient
) -> None:
    engineers = save(owner, name="engineers", sharing="roles", shared_roles=["engineer"])
    everyone = save(owner, name="everyone", sharing="everyone", query="SELECT current_date AS d")
    assert names(colleague) == ["engineers", "everyone"]
    assert names(viewer_api) == ["everyone"]
    assert colleague.get(f"{SAVED}/{engineers['id']}").json()["is_mine"] is False
    assert viewer_api.get(f"{SAVED}/{engineers['id']}").status_code == 404
    assert colleague.put(f"{SAVED}/{everyone['id']}", {"name": "x"}).status_code == 403
    assert colleague.delete(f"{SAVED}/{everyone['id']}").status_code == 403
    assert viewer_api.post(f"{SAVED}/{everyone['id']}/run", {}).status_code == 403
    assert colleague.post(f"{SAVED}/{everyone['id']}/run", {}).status_code == 200
    assert QueryRun.objects.get().actor_email == "engineer@example.com"
    private = owner.put(f"{SAVED}/{engineers['id']}", {"sharing": "private"})
    assert private.json()["shared_roles"] == []
    assert colleague.get(f"{SAVED}/{engineers['id']}").status_code == 404


def test_the_list_is_filtered(owner: ApiClient, colleague: ApiClient) -> None:
    save(owner, name="alpha", tags=["daily", "x"], description="Sales of the week")
    save_metrics(owner, name="beta")
    save(colleague, name="gamma", sharing="everyone")
    assert names(owner) == ["alpha", "beta", "gamma"]
    assert names(owner, kind="metric") == ["beta"]
    assert names(owner, tag="daily") == ["alpha"]
    assert names(owner, text="WEEK") == ["alpha"]
    assert names(owner, text="revenue") == ["beta"]
    assert names(owner, mine="true") == ["alpha", "beta"]
    assert names(owner, mine="false") == ["gamma"]
    assert names(owner, page_size=1, page=2) == ["beta"]
    assert owner.get(SAVED, {"page_size": 101}).status_code == 400


def test_dependents_name_shared_queries_and_count_private_ones(
    owner: ApiClient, colleague: ApiClient
) -> None:
    save_metrics(owner, name="shared", sharing="everyone")
    save_metrics(owner, name="secret")
    by_month = {"metrics": ["order_count"], "group_by": ["order__ordered_at__month"]}
    save_metrics(colleague, name="secret too", metric_query=by_month)
    save_metrics(owner, name="unrelated", metric_query={"metrics": ["visit_count"]})
    save(owner, name="sql")
    found = list(QueryDependents().dependents(USED))
    assert [(item.kind, item.name, item.uses) for item in found] == [
        ("saved_query", "shared", ("revenue",)),
        ("saved_query", "private ones", ("order__ordered_at", "order_count", "revenue")),
    ]
    assert found[1].details == {"queries": 2, "people": 2}
    assert "secret" not in repr(found)


def test_dependents_count_recent_queries(owner: ApiClient, colleague: ApiClient) -> None:
    for client in (owner, owner, colleague):
        assert client.post("/api/metrics-explorer/query", METRICS).status_code == 200
    other = {"metrics": ["visit_count"]}
    assert owner.post("/api/metrics-explorer/query", other).status_code == 200
    (found,) = QueryDependents().dependents(USED)
    assert (found.kind, found.uses) == ("recent_queries", ("revenue",))
    assert (found.details["queries"], found.details["people"]) == (3, 2)
    QueryRun.objects.update(category="staging")
    assert list(QueryDependents().dependents(USED)) == []


def test_a_model_in_use_by_a_saved_query_is_not_deleted(
    owner: ApiClient, api: Api, admin_user: User
) -> None:
    save_metrics(owner, name="shared", sharing="everyone")
    refused = api(admin_user).delete("/api/models/orders")
    assert (refused.status_code, refused.json()["error_code"]) == (409, "MODEL_IN_USE")
    kinds = {item["kind"] for item in refused.json()["details"]["dependents"]}
    assert "saved_query" in kinds

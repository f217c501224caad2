"""The admin's screens of query runs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from queries.models import QueryKind, QueryRun
from queries.states import QueryState
from semantic_layer.accounts.models import User
from semantic_layer.accounts.services import create_local_token

LIST = "/admin/queries/queryrun/"


@pytest.fixture
def runs(db: None) -> dict[str, QueryRun]:
    def made(**fields: Any) -> QueryRun:
        now = timezone.now()
        values = {
            "kind": QueryKind.SQL,
            "state": QueryState.COMPLETED,
            "actor_id": "1",
            "actor_email": "ann@example.com",
            "data_scope": "s",
            "sql": "SELECT 'fast one'",
            "total_ms": 12.5,
            "engine_ms": 3.25,
            "submitted_at": now - timedelta(seconds=2),
            "finished_at": now,
        }
        return QueryRun.objects.create(**(values | fields))

    return {
        "fast": made(),
        "slow": made(sql="SELECT 'slow one'", total_ms=12_000.0, actor_email="bob@example.com"),
        "failed": made(
            sql="DROP TABLE <b>x</b>",
            state=QueryState.FAILED,
            error_code="STATEMENT_NOT_ALLOWED",
            error_message="DROP is not allowed.",
        ),
        "metric": made(
            kind=QueryKind.METRIC,
            request={"metrics": ["revenue", "orders"]},
            model_versions={"orders": 3},
            receipt={"sql_sha256": "abc"},
        ),
    }


@pytest.fixture
def browser(admin_user: User) -> Client:
    return signed_in(admin_user)


def signed_in(user: User) -> Client:
    """A browser that went through the login page with a token of the user."""
    client = Client()
    token = create_local_token(email=user.email).secret
    response = client.post("/admin/login/?next=/admin/", {"token": token})
    assert response.status_code == 302, response.content[:500]
    return client


def test_the_list_shows_what_was_asked_and_how_it_ended(
    browser: Client, runs: dict[str, QueryRun]
) -> None:
    page = browser.get(LIST).content.decode()
    for word in ("fast one", "12.00 s", "3.2 ms", "STATEMENT_NOT_ALLOWED", "revenue, orders"):
        assert word in page, word
    assert "<b>x</b>" not in page


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ("state__exact=failed", "DROP TABLE", "fast one"),
        ("kind__exact=metric", "revenue, orders", "fast one"),
        ("slower_than_ms=10000", "slow one", "fast one"),
        ("slower_than_ms=nonsense", "fast one", None),
        ("actor_email=bob@example.com", "slow one", "fast one"),
        ("q=ann@example.com", "fast one", "slow one"),
    ],
)
def test_filters(
    browser: Client, runs: dict[str, QueryRun], query: str, shown: str, hidden: str | None
) -> None:
    page = browser.get(f"{LIST}?{query}").content.decode()
    assert shown in page
    assert hidden is None or hidden not in page


def test_the_list_costs_the_same_for_one_run_or_many(
    browser: Client, runs: dict[str, QueryRun], django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(12):
        browser.get(LIST)


def test_a_run_shows_everything_and_changes_nothing(
    browser: Client, runs: dict[str, QueryRun]
) -> None:
    path = f"{LIST}{runs['metric'].pk}/change/"
    page = browser.get(path).content.decode()
    for word in ("orders v3", "sql_sha256", "revenue"):
        assert word in page, word
    assert browser.post(path, {"state": "failed"}).status_code == 403
    assert browser.post(f"{LIST}{runs['metric'].pk}/delete/").status_code == 403
    assert browser.get(f"{LIST}add/").status_code == 403
    assert QueryRun.objects.filter(state="completed").count() == 3


@pytest.mark.parametrize("role", ["viewer", "analyst", "engineer"])
def test_other_peoples_queries_are_for_admins_only(
    runs: dict[str, QueryRun], request: pytest.FixtureRequest, role: str
) -> None:
    client = signed_in(request.getfixturevalue(role))
    assert client.get(LIST).status_code == 403

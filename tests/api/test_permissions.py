"""The permission table against the real routes: four roles and nobody, on every operation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.urls import URLResolver, get_resolver

from semantic_layer.accounts.models import User
from semantic_layer.api.views import ApiView
from tests.accounts_fixtures import Api, ApiClient
from tests.api.permission_table import ROLES, ROWS, Row
from tests.api.test_errors import assert_error

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def registered() -> Iterator[tuple[str, str]]:
    """Method and route of every operation of ours; parameters without their converters."""
    for route, view in _views(get_resolver(), ""):
        for method in METHODS:
            if hasattr(view, method.lower()):
                yield method, route


def _views(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, type[ApiView]]]:
    for item in resolver.url_patterns:
        route = prefix + re.sub(r"<\w+:", "<", str(item.pattern))
        if isinstance(item, URLResolver):
            yield from _views(item, route)
            continue
        view = getattr(item.callback, "cls", None)
        if isinstance(view, type) and issubclass(view, ApiView):
            yield route, view


def send(client: ApiClient, row: Row) -> Any:
    extra = {} if row.method == "GET" else {"content_type": "application/json"}
    data = None if row.method == "GET" else row.body if row.body is not None else {}
    return getattr(client, row.method.lower())(row.url, data, **extra)


def test_every_operation_has_its_row_and_every_row_its_operation() -> None:
    assert {(row.method, row.route) for row in ROWS} == set(registered())
    assert len(ROWS) == len(set(registered()))


@pytest.mark.django_db
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_without_a_token(row: Row) -> None:
    response = send(ApiClient(), row)
    if row.needs is None:
        assert response.status_code in (200, 400, 401, 503)
        assert response.status_code != 401 or row.route.startswith("api/auth/")
    else:
        assert_error(response, 401, "NOT_AUTHENTICATED")
        assert response["WWW-Authenticate"] == "Bearer"


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("row", [row for row in ROWS if row.needs], ids=str)
def test_each_role_may_exactly_what_the_table_says(api: Api, row: Row, role: str) -> None:
    user = User.objects.create_user(f"{role}@example.com", [role])
    response = send(api(user), row)
    if row.needs in ROLES[role]:
        assert response.status_code in (200, 201, 400, 404, 422), response.content
    else:
        body = assert_error(response, 403, "PERMISSION_DENIED")
        assert body["details"] == {"required_permission": row.needs}


@pytest.mark.django_db
@pytest.mark.parametrize("row", [row for row in ROWS if row.category], ids=str)
def test_each_operation_counts_as_its_category(
    api: Api, admin_user: User, row: Row, settings: Any
) -> None:
    limits = {
        "health": 1001, "metadata": 101, "queries": 11, "models": 51, "exports": 6, "ai": 7,
    }  # fmt: skip
    settings.RATE_LIMITS = {name: (limit, 60) for name, limit in limits.items()}
    response = send(api(admin_user if row.needs else None), row)
    assert response["X-RateLimit-Limit"] == str(limits[str(row.category)])


@pytest.mark.django_db
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_trailing_slash_is_optional_on_every_route(
    api: Api, admin_user: User, row: Row
) -> None:
    client = api(admin_user if row.needs else None)
    plain = send(client, row)
    slashed = send(client, replace(row, path=row.url[1:] + "/"))
    assert slashed.status_code == plain.status_code
    assert slashed.get("Content-Type") == plain.get("Content-Type")


@pytest.mark.django_db
@pytest.mark.parametrize("row", [row for row in ROWS if row.method in ("POST", "PUT")], ids=str)
def test_bodies_that_cannot_be_read_are_400_on_every_route(
    api: Api, admin_user: User, row: Row, settings: Any
) -> None:
    settings.RATE_LIMIT_PROFILE = "development"  # more bodies than some routes take in an hour
    client = api(admin_user if row.needs else None)
    for body in (b'{"a": ', b"\xff", b'{"a": NaN}', b"[1]", b'"text"', b"7"):
        response = client.generic(row.method, row.url, body, content_type="application/json")
        assert_error(response, 400)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/docs", "/docs/", "/redoc", "/redoc/", "/api/schema/"])
def test_documentation_is_public_and_loads_nothing_foreign(path: str) -> None:
    response = ApiClient().get(path)
    assert response.status_code == 200
    if "schema" not in path:
        html = response.content.decode()
        assert not re.findall(r'(?:src|href)="(?:https?:)?//', html)

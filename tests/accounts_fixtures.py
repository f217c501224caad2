"""Four people, one per role, and clients that call the API as them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from semantic_layer.accounts import tokens
from semantic_layer.accounts.models import User
from tests.workspace import switch

Api = Callable[[User | None], "ApiClient"]


class ApiClient(Client):
    """Django's client that sends and expects JSON; errors become responses, as for real clients."""

    def __init__(self, bearer: str | None = None, **kwargs: Any) -> None:
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        super().__init__(headers=headers, raise_request_exception=False, **kwargs)
        self.bearer = bearer

    def post(self, path: str, data: Any = None, **extra: Any) -> Any:  # type: ignore[override]
        return super().post(path, data, **{"content_type": "application/json", **extra})

    def put(self, path: str, data: Any = "", **extra: Any) -> Any:  # type: ignore[override]
        return super().put(path, data, **{"content_type": "application/json", **extra})

    def patch(self, path: str, data: Any = "", **extra: Any) -> Any:  # type: ignore[override]
        return super().patch(path, data, **{"content_type": "application/json", **extra})


@pytest.fixture
def viewer(db: None) -> User:
    return User.objects.create_user("viewer@example.com", ["viewer"])


@pytest.fixture
def analyst(db: None) -> User:
    return User.objects.create_user("analyst@example.com", ["analyst"])


@pytest.fixture
def engineer(db: None) -> User:
    return User.objects.create_user("engineer@example.com", ["engineer"])


@pytest.fixture
def admin_user(db: None) -> User:
    return User.objects.create_user("admin@example.com", ["admin"])


@pytest.fixture
def api() -> Api:
    """`api(user)` is a client signed in as the user; `api(None)` sends no token."""

    def client(user: User | None) -> ApiClient:
        if user is None:
            return ApiClient()
        session = switch.open_session(user, f"test token of {user.pk}")
        return ApiClient(tokens.issue(session).access)

    return client

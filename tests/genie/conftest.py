"""A streaming business in a DuckDB file, attached read-only as catalog `shop`, and its models in
production.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.test import override_settings

from genie.replies import Reply
from genie.requests import QuestionRequest
from genie.services import answer_question
from genie.value_source import forget_values
from semantic_layer.accounts.actor import actor_of
from semantic_layer.accounts.models import User
from tests.accounts_fixtures import Api, ApiClient

FOLDER = Path(__file__).parent / "subscriptions"
MODELS = (FOLDER / "models" / "business.yml").read_text(encoding="utf-8")
QUESTIONS = FOLDER / "questions.yml"
NOW = datetime(2025, 1, 15, 9, tzinfo=UTC)

Ask = Callable[..., Reply]


@pytest.fixture(scope="session")
def business_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("business") / "business.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute((FOLDER / "data.sql").read_text(encoding="utf-8"))
    return file


@pytest.fixture(scope="package")
def business(business_file: Path) -> Iterator[Path]:
    """The service's warehouse is the business, as long as tests of this package run."""
    with override_settings(DUCKDB_ATTACH=f"shop={business_file}", DUCKDB_DEFAULT_CATALOG="shop"):
        yield business_file


@pytest.fixture(autouse=True)
def _alone(settings: Any) -> None:
    """No values of another test, and room to ask often; tests/api holds the limits."""
    forget_values()
    settings.RATE_LIMIT_PROFILE = "development"


@pytest.fixture
def models(api: Api, engineer: User, business: Path) -> None:
    """The business's models, written through the API."""
    response = api(engineer).post("/api/models", {"yaml": MODELS})
    assert response.status_code == 201, response.json()


@pytest.fixture
def client(api: Api, analyst: User, models: None) -> ApiClient:
    return api(analyst)


@pytest.fixture
def ask(analyst: User, models: None) -> Ask:
    """Ask as the analyst on 15 January 2025."""

    def asked(question: str, **more: Any) -> Reply:
        return answer_question(
            actor=actor_of(analyst), request=QuestionRequest(question, **more), now=NOW
        )

    return asked

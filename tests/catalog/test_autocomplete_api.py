"""GET /api/metadata/sql-autocomplete over real DuckDB files, and who shares an index."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from catalog import autocomplete
from semantic_layer import wiring
from semantic_layer.accounts.models import User
from semantic_layer.ports import MetricSummary
from tests.accounts_fixtures import Api, ApiClient
from tests.catalog.conftest import TRAVEL, write_file
from tests.catalog.test_metadata_cache import ALICE, ALICE_AGAIN, BOB
from tests.fakes import StaticMetadata
from tests.waiting import wait_for

PATH = "/api/metadata/sql-autocomplete"


def suggestions(client: ApiClient, **parameters: str) -> list[dict[str, Any]]:
    response = client.get(PATH, parameters)
    assert response.status_code == 200, response.content
    found: list[dict[str, Any]] = response.json()["suggestions"]
    return found


def values(client: ApiClient, **parameters: str) -> list[str]:
    return [one["value"] for one in suggestions(client, **parameters)]


def test_each_suggestion_has_the_promised_fields(client: ApiClient) -> None:
    first = suggestions(client, prefix="flights", context="SELECT * FROM ")[0]
    assert first == {
        "value": "flights",
        "type": "table",
        "description": "Table, 7 rows: One row per departure",
        "schema": "gold",
        "catalog": "travel",
        "insert_text": "gold.flights",
    }


def test_after_from_come_tables_schemas_and_catalogs(client: ApiClient) -> None:
    found = suggestions(client, prefix="fl", context="SELECT * FROM ")
    assert {one["type"] for one in found} <= {"table", "schema", "catalog"}
    assert [one["insert_text"] for one in found] == [
        "gold.flights", "bronze.raw_flights", "gold.late_flights",
    ]  # fmt: skip


def test_after_an_alias_come_its_columns(client: ApiClient) -> None:
    context = "SELECT * FROM gold.flights f JOIN gold.airlines a ON f.carrier = a."
    assert values(client, prefix="na", context=context) == ["name"]
    assert values(client, prefix="a.na", context=context) == ["name"]


def test_search_is_another_name_of_prefix(client: ApiClient) -> None:
    assert suggestions(client, search="fli") == suggestions(client, prefix="fli")


def test_case_does_not_matter(client: ApiClient) -> None:
    assert values(client, prefix="FLIGHT_ID")[0] == values(client, prefix="flight_id")[0]


@pytest.mark.parametrize("kind", ["keyword", "function"])
def test_words_of_the_dialect_are_suggested(client: ApiClient, kind: str) -> None:
    found = suggestions(client, prefix={"keyword": "sel", "function": "date_tr"}[kind])
    assert (found[0]["type"], found[0]["schema"]) == (kind, None)


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({}, "prefix"),
        ({"prefix": ""}, "prefix"),
        ({"prefix": "f"}, "prefix"),
        ({"prefix": "  f  "}, "prefix"),
        ({"search": "f"}, "search"),
        ({"prefix": "x" * 256}, "prefix"),
        ({"prefix": "fl", "context": "x" * 10_001}, "context"),
    ],
)
def test_bad_parameters_are_named(
    client: ApiClient, parameters: dict[str, str], field: str
) -> None:
    response = client.get(PATH, parameters)
    assert response.status_code == 400
    assert list(response.json()["field_errors"]) == [field]


def test_at_most_twenty(client: ApiClient, travel_file: Path) -> None:
    columns = ", ".join(f"flag_{n} INTEGER" for n in range(100))
    write_file(travel_file, f"CREATE TABLE wide ({columns})")
    assert len(suggestions(client, prefix="flag")) == 20


def test_a_changed_file_is_read_again_in_the_background(
    client: ApiClient, travel_file: Path
) -> None:
    assert values(client, prefix="brandnew", context="SELECT * FROM ") == []
    write_file(travel_file, TRAVEL + "CREATE TABLE gold.brandnew (a INTEGER);")
    wait_for(lambda: values(client, prefix="brandnew", context="SELECT * FROM ") == ["brandnew"])


# ---------------------------------------------------------------- the port, faked


@pytest.fixture
def sources(warehouse: None, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    found = {
        "alice": StaticMetadata({"c": {"s": {"secret_hers": ["id"]}}}),
        "bob": StaticMetadata({"c": {"s": {"public": ["id"]}}}),
        "alice again": StaticMetadata({}),
    }
    monkeypatch.setattr(wiring, "metadata_source", lambda credential: found[credential.principal])
    return found


def found_by(actor: Any, prefix: str) -> list[str]:
    found = autocomplete.complete(actor=actor, prefix=prefix, context="SELECT * FROM ")
    return [one.value for one in found]


def test_another_data_scope_never_sees_the_index(sources: dict[str, Any]) -> None:
    assert found_by(ALICE, "secret") == ["secret_hers"]
    assert found_by(BOB, "secret") == []
    assert found_by(BOB, "public") == ["public"]


def test_typing_on_asks_the_source_nothing(sources: dict[str, Any]) -> None:
    for typed in ("se", "sec", "secr", "secre", "secret"):
        assert found_by(ALICE, typed) == ["secret_hers"]
        assert found_by(ALICE_AGAIN, typed) == ["secret_hers"]
    assert sources["alice"].calls == ["catalogs", "schemas c", "all_columns c"]


def test_scopes_that_see_the_same_share_one_copy(sources: dict[str, Any]) -> None:
    sources["bob"].contents = sources["alice"].contents
    alice = autocomplete._inventory(ALICE, sources["alice"])
    assert autocomplete._inventory(BOB, sources["bob"]) is alice
    sources["bob"].comments = {"secret_hers": "for Bob's eyes"}
    other = autocomplete._swept(sources["bob"])
    assert other.digest != alice.digest


class Registry:
    """A SuggestionSource of two names, whose version the test turns."""

    version = "1"
    names: Sequence[str] = ("on_time_rate", "seats_flown")

    def suggestions(self, category: str) -> tuple[str, Sequence[MetricSummary]]:
        assert category == "production"
        found = [MetricSummary(name, "metric", None, None, "flights") for name in Registry.names]
        return Registry.version, found


def test_metrics_of_the_registry_are_suggested_and_follow_its_version(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with override_settings(SUGGESTION_SOURCE=f"{__name__}.Registry"):
        found = suggestions(client, prefix="on_ti")
        assert (found[0]["value"], found[0]["type"]) == ("on_time_rate", "metric")
        monkeypatch.setattr(Registry, "names", ("late_rate",))
        monkeypatch.setattr(Registry, "version", "2")
        wait_for(lambda: "late_rate" in values(client, prefix="late_r"))
        assert "on_time_rate" not in values(client, prefix="on_time_rate")


def test_without_a_registry_there_are_no_metrics(client: ApiClient) -> None:
    assert {one["type"] for one in suggestions(client, prefix="ra")}.isdisjoint(
        {"metric", "dimension"}
    )


MODEL = """
semantic_models:
  - name: flights
    model: travel.gold.flights
    defaults: {agg_time_dimension: flown_on}
    entities: [{name: flight, type: primary, expr: flight_id}]
    dimensions:
      - {name: flown_on, type: time, type_params: {time_granularity: day}}
      - {name: carrier_code, type: categorical, expr: carrier}
    measures: [{name: average_price, agg: average, expr: price, create_metric: true}]
"""


def test_models_of_the_registry_are_suggested(api: Api, engineer: User, client: ApiClient) -> None:
    """The real registry behind the port, from the write of a model to the suggestion."""
    with override_settings(SUGGESTION_SOURCE="models_registry.graph_source.RegistrySuggestions"):
        assert "average_price" not in values(client, prefix="average_pr")
        created = api(engineer).post("/api/models", {"yaml": MODEL})
        assert created.status_code == 201, created.content
        wait_for(lambda: "average_price" in values(client, prefix="average_pr"))
        found = suggestions(client, prefix="carrier_co", context="SELECT ")
        assert ("dimension", "flight__carrier_code") in [
            (one["type"], one["value"]) for one in found
        ]

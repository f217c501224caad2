"""What is set for a workspace: told where it does not fit, and what it is wired to."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.fernet import Fernet
from pytest_django.fixtures import Settings

from semantic_layer import wiring
from semantic_layer.accounts.local_identity import LocalIdentity
from semantic_layer.adapters.databricks.genie import DatabricksGenie
from semantic_layer.adapters.databricks.identity import DatabricksIdentity
from semantic_layer.adapters.databricks.lineage import DatabricksLineage
from semantic_layer.adapters.databricks.oauth import OAuthApp
from semantic_layer.adapters.databricks.unity_catalog import UnityCatalog
from semantic_layer.adapters.databricks.volume import DatabricksVolume
from semantic_layer.adapters.duckdb import DuckDBMetadata
from semantic_layer.adapters.local_volume import LocalVolume
from semantic_layer.errors import Unauthenticated
from semantic_layer.ports import Credential
from semantic_layer.workspace_checks import check_workspace
from tests.workspace.rest_server import RestServer

ANN = Credential("ann@example.com", "token-of-ann")
WHOLE: dict[str, Any] = {
    "DATABRICKS_HOST": "https://adb-1.azuredatabricks.net",
    "DATABRICKS_HTTP_PATH": "/sql/1.0/warehouses/abc",
    "DATABRICKS_CLIENT_ID": "app",
    "DATABRICKS_CLIENT_SECRET": "secret",
    "CREDENTIAL_KEYS": [Fernet.generate_key().decode()],
    "ROLE_GROUPS": {"viewer": [], "analyst": [], "engineer": [], "admin": ["sl-admins"]},
    "VOLUME_PATH": "/Volumes/main/models/registry",
    "GENIE_SPACE_ID": "space1",
    "LANGUAGE_MODEL_ENDPOINT": "gpt",
    "DATABRICKS_OAUTH_CLIENT_ID": "people-app",
}


def told(settings: Settings, **changed: Any) -> set[str]:
    for name, value in {**WHOLE, **changed}.items():
        setattr(settings, name, value)
    messages = check_workspace(None)
    assert all(message.hint for message in messages)
    return {(message.id or "").removeprefix("semantic_layer.") for message in messages}


def test_nothing_set_and_all_set_are_fine(settings: Settings) -> None:
    assert check_workspace(None) == []
    assert told(settings) == set()


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"DATABRICKS_HOST": ""}, {"E010"}),
        ({"DATABRICKS_HOST": "adb-1.azuredatabricks.net"}, set()),
        ({"DATABRICKS_HOST": "https://adb-1.azuredatabricks.net/?o=1"}, {"E011"}),
        ({"DATABRICKS_HOST": "https://adb-1.azuredatabricks.net/sql"}, {"E011"}),
        ({"DATABRICKS_HOST": "http://adb-1.azuredatabricks.net"}, {"E011"}),
        ({"CREDENTIAL_KEYS": []}, {"E012"}),
        ({"CREDENTIAL_KEYS": ["short"]}, {"E012"}),
        ({"DATABRICKS_CLIENT_SECRET": ""}, {"E013"}),
        ({"DATABRICKS_CLIENT_ID": "", "DATABRICKS_CLIENT_SECRET": ""}, {"E013"}),
        (
            {
                "DATABRICKS_CLIENT_ID": "",
                "DATABRICKS_CLIENT_SECRET": "",
                "DATABRICKS_TOKEN": "dapi-1",
            },
            set(),
        ),
        ({"VOLUME_PATH": "/Volumes/main/models"}, {"E014"}),
        ({"VOLUME_PATH": "/Volumes/main/models/registry/../x"}, {"E014"}),
        ({"LANGUAGE_MODEL_URL": "https://models.example.com/v1"}, {"E015"}),
        ({"ROLE_GROUPS": {**WHOLE["ROLE_GROUPS"], "admin": []}}, {"W003"}),
        ({"DATABRICKS_HTTP_PATH": ""}, {"W004"}),
    ],
)
def test_what_does_not_fit_is_told(
    settings: Settings, changed: dict[str, Any], expected: set[str]
) -> None:
    assert told(settings, **changed) == expected


def test_without_a_workspace_all_is_local() -> None:
    assert not wiring.at_workspace()
    assert isinstance(wiring.identity_provider(), LocalIdentity)
    assert isinstance(wiring.volume_store(), LocalVolume)
    assert isinstance(wiring.metadata_source(ANN), DuckDBMetadata)
    assert wiring.genie(ANN) is None
    assert wiring.lineage_source(ANN) is None
    assert wiring.language_model() is None
    assert wiring.workspace_sign_in() is None


def test_with_a_workspace_all_is_there(settings: Settings) -> None:
    told(settings)
    assert wiring.at_workspace()
    assert isinstance(wiring.identity_provider(), DatabricksIdentity)
    assert isinstance(wiring.volume_store(), DatabricksVolume)
    assert isinstance(wiring.metadata_source(ANN), UnityCatalog)
    assert isinstance(wiring.genie(ANN), DatabricksGenie)
    assert isinstance(wiring.lineage_source(ANN), DatabricksLineage)
    assert isinstance(wiring.workspace_sign_in(), OAuthApp)


@pytest.mark.parametrize("port", [wiring.metadata_source, wiring.genie, wiring.lineage_source])
def test_a_person_without_a_token_gets_no_port(settings: Settings, port: Any) -> None:
    told(settings)
    with pytest.raises(Unauthenticated):
        port(Credential("ann@example.com"))


def test_a_serving_endpoint_is_asked_as_the_service(
    at_workspace: RestServer, settings: Settings
) -> None:
    asked = []

    def endpoint(body: dict[str, Any]) -> dict[str, Any]:
        asked.append(body)
        message = {"role": "assistant", "content": '{"n": 1}'}
        return {
            "model": "served-1",
            "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        }

    at_workspace.world.endpoints["gpt"] = endpoint
    settings.LANGUAGE_MODEL_ENDPOINT = "gpt"
    model = wiring.language_model()
    assert model is not None
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}}
    answer = model.complete("Count.", "one", schema=schema, timeout_s=30)
    assert (answer.value, answer.model, model.name) == ({"n": 1}, "served-1", "gpt")
    assert asked[0]["response_format"]["type"] == "json_schema"
    request = at_workspace.asked("POST", "/serving-endpoints")[0]
    assert request.person.user_name == "service-app-id"

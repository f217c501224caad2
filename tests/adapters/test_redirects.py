"""SSRF: what the service asks may not send it elsewhere, with or without the caller's token."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from semantic_layer.adapters.databricks.oauth import OAuthApp
from semantic_layer.adapters.databricks.options import DatabricksOptions
from semantic_layer.adapters.databricks.warehouse import DatabricksWarehouse
from semantic_layer.adapters.databricks.workspace import Workspace, WorkspaceOptions
from semantic_layer.adapters.openai_compatible import OpenAICompatibleModel
from semantic_layer.errors import SemanticLayerError, Unavailable
from semantic_layer.ports import Credential, Limits, RunState
from tests.canary import Canary, canary, sending_to

ANN = Credential("ann@example.com", "dapi-ann")
PATH = "/Volumes/main/default/models/a.yml"


@pytest.fixture
def elsewhere() -> Iterator[Canary]:
    with canary() as found:
        yield found


@pytest.fixture(params=[302, 307])
def host(elsewhere: Canary, request: pytest.FixtureRequest) -> Iterator[str]:
    with sending_to(elsewhere.url, request.param) as url:
        assert requests.get(url, timeout=30).json() == {}, "whoever follows arrives"
        assert elsewhere.visits.pop() == "GET /canary"
        yield url


REST: dict[str, Callable[[Any], Any]] = {
    "who a token is of": lambda client: client.current_user.me(),
    "catalogs": lambda client: list(client.catalogs.list()),
    "reading a file": lambda client: client.files.download(PATH).contents.read(),
    "writing a file": lambda client: client.files.upload(PATH, io.BytesIO(b"a")),
    "Genie": lambda client: client.genie.start_conversation("space", "question"),
    "a model that is served": lambda client: client.serving_endpoints.query("name", inputs=[1]),
}


@pytest.mark.parametrize("call", REST.values(), ids=REST)
def test_the_workspace_sends_nobody_elsewhere(
    host: str, elsewhere: Canary, call: Callable[[Any], Any]
) -> None:
    workspace = Workspace(WorkspaceOptions(host, timeout_s=30.0, budget_s=30.0))
    with pytest.raises(Unavailable):
        workspace.as_principal(ANN).ask(call)
    assert elsewhere.visits == []


def test_nor_those_who_sign_in(host: str, elsewhere: Canary) -> None:
    with pytest.raises(Unavailable):
        OAuthApp(host, "app", "secret").refresh("refresh-token")
    assert elsewhere.visits == []


def test_nor_does_a_language_model(host: str, elsewhere: Canary) -> None:
    model = OpenAICompatibleModel(f"{host}/v1", "model", api_key="key")
    with pytest.raises(Unavailable):
        model.complete("instructions", "material", schema={"type": "object"}, timeout_s=30)
    assert elsewhere.visits == []


def test_nor_does_the_warehouse(host: str, elsewhere: Canary) -> None:
    options = DatabricksOptions(host, "/sql/1.0/warehouses/abc")
    warehouse = DatabricksWarehouse(options).for_credential(ANN)
    try:
        with pytest.raises(SemanticLayerError):
            warehouse.ping()
        handle = warehouse.submit("SELECT 1", {}, limits=Limits(1, 30), tags={})
        status = warehouse.poll(handle, wait_s=60)
    finally:
        warehouse.close()
    assert status.state is RunState.FAILED
    assert elsewhere.visits == []

"""The workspace's REST client: whose token, how long, what is repeated, which error."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from semantic_layer.adapters.databricks.breaker import BreakerState, CircuitBreaker
from semantic_layer.adapters.databricks.workspace import Workspace
from semantic_layer.api.counters import counters
from semantic_layer.errors import (
    Forbidden,
    InvalidInput,
    NotFound,
    SemanticLayerError,
    Unauthenticated,
    Unavailable,
)
from semantic_layer.ports import Credential
from tests.workspace.rest_fixtures import options_of
from tests.workspace.rest_server import RestServer

ME = "/api/2.0/preview/scim/v2/Me"
SERVICE = Credential("service")


def who(client: Any) -> str:
    return str(client.current_user.me().user_name)


@pytest.fixture
def ann(rest: RestServer) -> Credential:
    rest.state.add_person("ann@example.com", token="ann-token")
    return Credential("ann@example.com", "ann-token")


# ---------------------------------------------------------------- whose token


def test_each_caller_asks_with_their_own_token(
    rest: RestServer, workspace: Workspace, ann: Credential
) -> None:
    people = [ann]
    for number in range(7):
        name, token = f"p{number}@example.com", f"token-of-{number}"
        rest.state.add_person(name, token=token)
        people.append(Credential(name, token))
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda one: workspace.as_principal(one).ask(who), people * 10, timeout=60)
        )
    assert answers == [one.principal for one in people] * 10


def test_the_client_asks_nothing_by_itself(
    rest: RestServer, workspace: Workspace, ann: Credential
) -> None:
    workspace.as_principal(ann).ask(who)
    assert [(one.method, one.path) for one in rest.log] == [("GET", ME)]
    assert rest.log[0].headers["user-agent"].startswith("semantic-layer-service/")


def test_other_sign_ins_of_the_environment_are_not_used(
    rest: RestServer, workspace: Workspace, ann: Credential, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABRICKS_TOKEN", "of-the-environment")
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", "somebody")
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", "something")
    assert workspace.as_principal(ann).ask(who) == "ann@example.com"


def test_the_service_signs_in_once_and_renews_what_ends(
    rest: RestServer, workspace: Workspace
) -> None:
    caller = workspace.as_principal(SERVICE)
    assert [caller.ask(who), caller.ask(who)] == ["service-app-id"] * 2
    assert len(rest.asked("POST", "/oidc/v1/token")) == 1
    rest.world.token_lifetime_s = 30  # less than it is renewed before its end
    workspace.forget_service_token(workspace.service_token())
    caller.ask(who)
    caller.ask(who)
    assert len(rest.asked("POST", "/oidc/v1/token")) == 3


def test_a_revoked_service_token_is_fetched_anew(rest: RestServer, workspace: Workspace) -> None:
    caller = workspace.as_principal(SERVICE)
    caller.ask(who)
    rest.state.expire(workspace.service_token())
    with pytest.raises(Unavailable, match="service's own sign-in") as caught:
        caller.ask(who)
    assert caught.value.code == "WORKSPACE_SERVICE_REFUSED"
    assert caller.ask(who) == "service-app-id"


def test_a_refused_secret_is_the_operators_business(rest: RestServer, workspace: Workspace) -> None:
    rest.state.secrets["service-app-id"] = "another"
    with pytest.raises(Unavailable, match="DATABRICKS_CLIENT_SECRET"):
        workspace.as_principal(SERVICE).ask(who)


def test_a_token_of_the_service_may_be_set_instead(rest: RestServer, ann: Credential) -> None:
    alone = Workspace(options_of(rest, client_id="", client_secret="", token=ann.token))
    assert alone.as_principal(SERVICE).ask(who) == "ann@example.com"
    nothing = Workspace(options_of(rest, client_id="", client_secret=""))
    with pytest.raises(Unavailable, match="DATABRICKS_CLIENT_ID"):
        nothing.as_principal(SERVICE).ask(who)


def test_a_person_without_a_token_never_gets_the_services_rights(workspace: Workspace) -> None:
    with pytest.raises(Unauthenticated) as caught:
        workspace.as_principal(Credential("ann@example.com"))
    assert caught.value.code == "WORKSPACE_TOKEN_EXPIRED"


# ---------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize("kind", ["status", "reset", "half body"])
def test_a_read_is_repeated(
    rest: RestServer, workspace: Workspace, ann: Credential, kind: str
) -> None:
    rest.faults.add(f"GET {ME}", kind=kind)
    assert workspace.as_principal(ann).ask(who) == "ann@example.com"
    assert len(rest.asked("GET", ME)) == 2


def test_retry_after_is_respected_inside_the_budget_only(
    rest: RestServer, workspace: Workspace, ann: Credential
) -> None:
    rest.faults.add(f"GET {ME}", status=429, error_code="RESOURCE_EXHAUSTED", retry_after="1")
    assert workspace.as_principal(ann).ask(who) == "ann@example.com"
    # Slept through, this would be an hour.
    rest.faults.add(f"GET {ME}", status=429, error_code="RESOURCE_EXHAUSTED", retry_after="3600")
    with pytest.raises(Unavailable) as caught:
        workspace.as_principal(ann).ask(who)
    assert (caught.value.code, caught.value.retry_after_s) == ("WORKSPACE_RATE_LIMITED", 3600)


def test_a_workspace_that_hangs_is_given_up(rest: RestServer, ann: Credential) -> None:
    hasty = Workspace(options_of(rest, timeout_s=0.2, budget_s=0.1))
    rest.faults.add(f"GET {ME}", kind="hang", times=99)
    with pytest.raises(Unavailable) as caught:
        hasty.as_principal(ann).ask(who)
    assert caught.value.code == "WORKSPACE_UNAVAILABLE"


def test_what_must_not_happen_twice_is_sent_once(
    rest: RestServer, workspace: Workspace, ann: Credential
) -> None:
    for kind in ("status", "reset", "half body", "not json"):
        before = len(rest.asked("GET", ME))
        rest.faults.add(f"GET {ME}", kind=kind)
        with pytest.raises(Unavailable):
            workspace.as_principal(ann).ask(who, once=True)
        assert len(rest.asked("GET", ME)) == before + 1


def test_a_slow_answer_to_what_must_not_happen_twice_is_not_asked_for_again(
    rest: RestServer, ann: Credential
) -> None:
    hasty = Workspace(options_of(rest, patient_timeout_s=0.2))
    rest.faults.add(f"GET {ME}", kind="hang")
    with pytest.raises(Unavailable):
        hasty.as_principal(ann).ask(who, once=True)
    assert len(rest.asked("GET", ME)) == 1


def test_nobody_listens(ann: Credential, rest: RestServer) -> None:
    rest_url = rest.url
    nobody = Workspace(options_of(rest, host=rest_url.rpartition(":")[0] + ":1", budget_s=0.1))
    with pytest.raises(Unavailable) as caught:
        nobody.as_principal(ann).ask(who)
    assert caught.value.code == "WORKSPACE_UNAVAILABLE"
    with pytest.raises(Unavailable):
        nobody.as_principal(SERVICE).ask(who)


@pytest.mark.parametrize(
    ("status", "error_code", "message", "expected", "code"),
    [
        (401, "UNAUTHENTICATED", "no", Unauthenticated, "WORKSPACE_TOKEN_EXPIRED"),
        (
            403,
            "403",
            "Invalid access token. [ReqId: 1]",
            Unauthenticated,
            "WORKSPACE_TOKEN_EXPIRED",
        ),
        (403, "PERMISSION_DENIED", "secret table x", Forbidden, "WORKSPACE_PERMISSION_DENIED"),
        (404, "RESOURCE_DOES_NOT_EXIST", "secret table x", NotFound, "NOT_FOUND"),
        (400, "INVALID_PARAMETER_VALUE", "secret table x", InvalidInput, "WORKSPACE_REFUSED"),
        (500, "INTERNAL_ERROR", "secret table x", Unavailable, "WORKSPACE_UNAVAILABLE"),
        (502, "BAD_GATEWAY", "secret table x", Unavailable, "WORKSPACE_UNAVAILABLE"),
    ],
)
def test_failures_become_ours_without_their_text(
    rest: RestServer,
    workspace: Workspace,
    ann: Credential,
    status: int,
    error_code: str,
    message: str,
    expected: type[SemanticLayerError],
    code: str,
) -> None:
    rest.faults.add(f"GET {ME}", status=status, error_code=error_code, message=message)
    with pytest.raises(expected) as caught:
        workspace.as_principal(ann).ask(who)
    assert caught.value.code == code
    for leaked in ("secret", "host=", "auth_type", "ann-token"):
        assert leaked not in caught.value.message


def test_an_error_of_our_own_stays_itself(workspace: Workspace, ann: Credential) -> None:
    """DatabricksError is an OSError, but not every OSError is one of the workspace's."""

    def fails(client: Any) -> None:
        raise FileNotFoundError("a file of ours")

    with pytest.raises(FileNotFoundError):
        workspace.as_principal(ann).ask(fails)


def test_the_client_is_built_once_by_many_threads(workspace: Workspace, ann: Credential) -> None:
    start = threading.Barrier(4)

    def build(_: int) -> int:
        start.wait()
        return id(workspace.client(5.0))

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(build, range(4), timeout=60))) == 1


# ---------------------------------------------------------------- the circuit breaker


@pytest.fixture
def breaker(services: None) -> CircuitBreaker:
    return CircuitBreaker(counters(), f"workspace-{uuid4().hex}", trips_at=2, open_s=600)


def test_a_workspace_that_is_down_is_left_alone_for_a_while(
    rest: RestServer, ann: Credential, breaker: CircuitBreaker
) -> None:
    caller = Workspace(options_of(rest, budget_s=0.1), breaker).as_principal(ann)
    rest.faults.add(f"GET {ME}", kind="reset", times=99)
    for _ in range(2):
        with pytest.raises(Unavailable) as caught:
            caller.ask(who)
        assert caught.value.code == "WORKSPACE_UNAVAILABLE"
    asked = len(rest.log)
    with pytest.raises(Unavailable) as caught:
        caller.ask(who)
    assert caught.value.code == "WORKSPACE_CIRCUIT_OPEN"
    assert len(rest.log) == asked


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500, "error_code": "INTERNAL_ERROR"},
        {"status": 429, "error_code": "RESOURCE_EXHAUSTED", "retry_after": "3600"},
        {"status": 401, "error_code": "UNAUTHENTICATED"},
        {"status": 403, "error_code": "PERMISSION_DENIED"},
        {"status": 404, "error_code": "NOT_FOUND"},
    ],
)
def test_a_workspace_that_answers_is_not_down(
    rest: RestServer, ann: Credential, breaker: CircuitBreaker, fault: dict[str, Any]
) -> None:
    caller = Workspace(options_of(rest), breaker).as_principal(ann)
    rest.faults.add(f"GET {ME}", **fault, times=3)
    for _ in range(3):
        with pytest.raises(SemanticLayerError):
            caller.ask(who)
    assert breaker.report().state is BreakerState.CLOSED
    assert caller.ask(who) == "ann@example.com"

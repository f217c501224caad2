"""One workspace over its REST API, by databricks-sdk: bounded in time, per caller, in our errors.

One client (and pool of connections) serves all callers; whose token a request carries is decided
per call, so no token is kept.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from semantic_layer.adapters.databricks.breaker import CircuitBreaker
from semantic_layer.adapters.databricks.hosts import base_url
from semantic_layer.adapters.databricks.oauth import ServiceTokens
from semantic_layer.adapters.databricks.rest_failures import (
    GaveUp,
    WorkspaceDown,
    failure_of,
    is_broken_off,
)
from semantic_layer.errors import SemanticLayerError, Unauthenticated, Unavailable
from semantic_layer.ports import Credential

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

T = TypeVar("T")

SERVICE = "service"
"""The principal that background work is done as; nobody else may use its rights."""
CONNECTIONS = 64
BROKEN_OFF_PAUSE_S = 0.2


@dataclass(frozen=True)
class WorkspaceOptions:
    """Where the workspace is, with what the service itself signs in, and how long it is waited for.

    `timeout_s` bounds one request, `budget_s` a request with its repetitions. `patient_timeout_s`
    is for requests that are sent only once.
    """

    host: str
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    timeout_s: float = 10.0
    budget_s: float = 20.0
    patient_timeout_s: float = 60.0
    version: str = "0"


@dataclass(frozen=True)
class _Asking:
    """The call under way in this context."""

    token: str = field(repr=False)
    gives_up_at: float
    once: bool


_asking: ContextVar[_Asking] = ContextVar("asking the workspace")


class Workspace:
    """Safe for threads; make it after forking."""

    def __init__(self, options: WorkspaceOptions, breaker: CircuitBreaker | None = None) -> None:
        self.options = options
        self._breaker = breaker
        self._clients: dict[float, WorkspaceClient] = {}
        self._lock = threading.Lock()
        self._service = ServiceTokens(options.host, options.client_id, options.client_secret)

    def as_principal(self, credential: Credential) -> WorkspaceCaller:
        """The workspace as this person, or as the service principal for `service` alone.

        Raises Unauthenticated for a person without a token: they never get the service's rights.
        """
        if credential.token is not None:
            return WorkspaceCaller(self, credential.token)
        if credential.principal != SERVICE:
            raise Unauthenticated(
                "There is no workspace token for you here (any more); sign in again.",
                code="WORKSPACE_TOKEN_EXPIRED",
            )
        return WorkspaceCaller(self, None)

    def service_token(self) -> str:
        """The token that background work is done with. Raises Unavailable."""
        options = self.options
        if options.client_id and options.client_secret:
            return self._service.token()
        if options.token:
            return options.token
        raise Unavailable(
            "Background work has no sign-in: set DATABRICKS_CLIENT_ID and _CLIENT_SECRET.",
            code="WORKSPACE_SERVICE_REFUSED",
            retry_after_s=60,
        )

    def forget_service_token(self, token: str) -> None:
        """It was refused: the next call fetches another one."""
        self._service.forget(token)

    def guarding(self) -> AbstractContextManager[None]:
        """The breaker that the SQL warehouse has as well, if any: raises WarehouseUnavailable
        while it is open.
        """
        return self._breaker.guarding() if self._breaker is not None else nullcontext()

    def client(self, timeout_s: float) -> WorkspaceClient:
        """The shared client with this time limit per request; built at the first call."""
        with self._lock:
            if timeout_s not in self._clients:
                self._clients[timeout_s] = self._built(timeout_s)
            return self._clients[timeout_s]

    def _built(self, timeout_s: float) -> WorkspaceClient:
        # Loading the SDK takes two seconds and 80 MB, so only whoever needs it does.
        from databricks.sdk import WorkspaceClient

        options = self.options
        config = _quiet_config()(
            credentials_strategy=_token_of_the_call(),
            # Without it, other sign-ins in the environment would make the SDK refuse.
            auth_type="semantic-layer",
            host=base_url(options.host),
            product="semantic-layer-service",
            product_version=options.version,
            http_timeout_seconds=timeout_s,
            # Its default are five minutes; our clock ends the repetitions earlier, per call.
            retry_timeout_seconds=int(options.budget_s) + 1,
            clock=_bounded_clock(),
            # Equal, as the SDK swaps the two.
            max_connection_pools=CONNECTIONS,
            max_connections_per_pool=CONNECTIONS,
            disable_experimental_files_api_client=True,
        )
        client = WorkspaceClient(config=config)
        # A workspace has no reason to send us elsewhere: whoever does so fails as a workspace that
        # is down. The SDK has no option for it.
        client.api_client._api_client._session.max_redirects = 0
        return client


class WorkspaceCaller:
    """A workspace as one principal."""

    def __init__(self, workspace: Workspace, token: str | None) -> None:
        self._workspace = workspace
        self._token = token

    def ask(
        self,
        call: Callable[[WorkspaceClient], T],
        *,
        once: bool = False,
        budget_s: float | None = None,
    ) -> T:
        """The call's result; it must not return before its requests are done (lists, not
        iterators).

        Repeated while the workspace is overloaded or cannot be reached, inside the budget; with
        `once` never. Raises Unauthenticated, Forbidden, NotFound, InvalidInput, Unavailable.
        """
        options = self._workspace.options
        token = self._token if self._token is not None else self._workspace.service_token()
        gives_up_at = time.monotonic() + (options.budget_s if budget_s is None else budget_s)
        asking = _Asking(token, gives_up_at, once)
        outcome: T | SemanticLayerError
        with self._workspace.guarding():
            try:
                outcome = self._told(call, asking)
            except WorkspaceDown:
                raise
            except SemanticLayerError as answered:  # which is no failure of the workspace
                outcome = answered
        if isinstance(outcome, SemanticLayerError):
            raise outcome
        return outcome

    def _told(self, call: Callable[[WorkspaceClient], T], asking: _Asking) -> T:
        mark = _asking.set(asking)
        try:
            return self._ask(call, asking)
        except Exception as error:
            failure = failure_of(error, service=self._token is None)
            if failure is None:
                raise
            if self._token is None:
                self._workspace.forget_service_token(asking.token)
            raise failure from error
        finally:
            _asking.reset(mark)

    def _ask(self, call: Callable[[WorkspaceClient], T], asking: _Asking) -> T:
        options = self._workspace.options
        client = self._workspace.client(
            options.patient_timeout_s if asking.once else options.timeout_s
        )
        while True:
            try:
                return call(client)
            except Exception as error:
                # An answer that broke off in the middle is the one thing the SDK does not repeat.
                late = time.monotonic() + BROKEN_OFF_PAUSE_S >= asking.gives_up_at
                if asking.once or late or not is_broken_off(error):
                    raise
            time.sleep(BROKEN_OFF_PAUSE_S * (1 + random.random()))


def _quiet_config() -> Any:
    """The SDK's configuration without its request to the host, which waits as long as a Retry-After
    says and tells only what DATABRICKS_WORKSPACE_ID may say as well.
    """
    from databricks.sdk.core import Config

    Config.attributes()  # finds and keeps its own; a subclass asked first would find none

    class QuietConfig(Config):
        def _resolve_host_metadata(self) -> None:
            pass

    return QuietConfig


def _token_of_the_call() -> Any:
    from databricks.sdk.credentials_provider import CredentialsStrategy

    class TokenOfTheCall(CredentialsStrategy):
        def auth_type(self) -> str:
            return "semantic-layer"

        def __call__(self, config: Any) -> Callable[[], dict[str, str]]:
            return lambda: {"Authorization": f"Bearer {_asking.get().token}"}

    return TokenOfTheCall()


def _bounded_clock() -> Any:
    """The SDK sleeps before every repetition, however long Retry-After says: here that ends."""
    from databricks.sdk.clock import RealClock

    class BoundedClock(RealClock):
        def sleep(self, seconds: float) -> None:
            asking = _asking.get()
            if asking.once or time.monotonic() + seconds >= asking.gives_up_at:
                raise GaveUp
            time.sleep(seconds)

    return BoundedClock()

"""The Warehouse port on a Databricks SQL warehouse."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pyarrow as pa
import urllib3

from semantic_layer.adapters.databricks.breaker import CircuitBreaker
from semantic_layer.adapters.databricks.failures import (
    Silent,
    Unanswered,
    expired,
    told,
    translated,
)
from semantic_layer.adapters.databricks.options import DatabricksOptions
from semantic_layer.adapters.databricks.pool import (
    END_WITHIN_S,
    SessionKey,
    SessionPool,
    statement_timeout,
)
from semantic_layer.adapters.databricks.run import Access, Run, Statement, settle
from semantic_layer.adapters.databricks.statement import check_statement, marker_names
from semantic_layer.adapters.databricks.types import parameter
from semantic_layer.adapters.databricks.workspace import SERVICE
from semantic_layer.adapters.known_runs import KnownRuns
from semantic_layer.errors import (
    SemanticLayerError,
    WarehouseError,
    WarehouseUnavailable,
)
from semantic_layer.ports import (
    Credential,
    Limits,
    ResultColumn,
    RunHandle,
    RunState,
    RunStatus,
)

_EXPLAIN_WITHIN_S = 30.0
_PING_WITHIN_S = 3.0
_PLAN_FAILED = "Error occurred during query planning:"
_MOST_TAGS, _LONGEST_TAG = 20, 128


class DatabricksWarehouse:
    """Runs statements on one SQL warehouse, each with the rights of one credential.

    One object per process keeps the sessions; `for_credential` is a view of it. Statements this
    process did not start can be cancelled by it, not fetched. Results nobody fetched are let go
    after 15 minutes.
    """

    dialect = "databricks"

    def __init__(
        self,
        options: DatabricksOptions,
        *,
        service_token: Callable[[], str] | None = None,
        breaker: CircuitBreaker | None = None,
    ) -> None:
        self.options = options
        self.name = options.warehouse_id
        self.pool = SessionPool(options)
        self.breaker = breaker
        self._service_token = service_token
        self._runs: KnownRuns[Run] = KnownRuns()
        self._credential = Credential(SERVICE)

    def for_credential(self, credential: Credential) -> DatabricksWarehouse:
        """The same warehouse asked with this credential, whose handles nobody else can use."""
        other = object.__new__(DatabricksWarehouse)
        other.__dict__.update(self.__dict__, _credential=credential)
        return other

    def submit(
        self,
        sql: str,
        parameters: Mapping[str, Any],
        *,
        limits: Limits,
        tags: Mapping[str, str],
    ) -> RunHandle:
        """See the port. The handle's id is ours until the warehouse took the statement; `poll`
        tells the warehouse's own then.

        Raises Unauthenticated where the caller has no workspace token.
        """
        check_statement(sql)
        return self._submit(sql, parameters, limits=limits, tags=tags)

    def poll(self, handle: RunHandle, *, wait_s: float = 0.0) -> RunStatus:
        run = self._run(handle)
        if run is None:
            return RunStatus(RunState.FAILED, _unknown(handle))
        run.wait(wait_s)
        return run.status

    def columns(self, handle: RunHandle) -> tuple[ResultColumn, ...]:
        return self._succeeded(handle).columns

    def batches(self, handle: RunHandle) -> Iterator[pa.RecordBatch]:
        return self._drain(handle, self._succeeded(handle))

    def cancel(self, handle: RunHandle) -> None:
        run = self._run(handle)
        if run is not None:
            run.stop(RunState.CANCELLED)
            run.free()
        elif handle.principal == self._principal and "." in handle.statement_id:
            # Of another process: one that ended, or that a colleague runs.
            self._access(_EXPLAIN_WITHIN_S).cancel(handle.statement_id)

    def explain_check(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        """See the port. The engine tells most errors of an EXPLAIN as its rows."""
        if not check_statement(sql):
            return
        values = {name: (parameters or {}).get(name) for name in marker_names(sql)}
        # On a line of its own, so that only line numbers shift.
        handle = self._submit(
            f"EXPLAIN\n{sql}", values, limits=Limits(1000, _EXPLAIN_WITHIN_S), tags={}
        )
        status = self.poll(handle, wait_s=_EXPLAIN_WITHIN_S + 5)
        if status.error is not None:
            raise _shifted(status.error)
        if status.state is not RunState.SUCCEEDED:
            self.cancel(handle)
            raise WarehouseUnavailable("The warehouse did not explain the statement in time.")
        plan = "\n".join(
            str(value) for batch in self.batches(handle) for value in batch.column(0).to_pylist()
        )
        if plan.lstrip().startswith(_PLAN_FAILED):
            message = plan.lstrip().removeprefix(_PLAN_FAILED)
            raise _shifted(translated(message, f"EXPLAIN\n{sql}"))

    def ping(self) -> None:
        """See the port. Asks the workspace about the warehouse instead of the warehouse itself:
        a statement would start it, or keep it from stopping, and that costs money.
        """
        with self._guarding():
            try:
                state = self._asked_state()
            except Unanswered as failure:
                raise told(failure, is_service=self._is_service) from failure
            if state in ("DELETED", "DELETING"):
                raise told(Unanswered("deleted", status=404), is_service=True)

    def close(self) -> None:
        """Let go of everything, at the end of the process."""
        self._runs.free()
        settle(within_s=END_WITHIN_S)
        self.pool.close()

    # ------------------------------------------------------------ inside

    @property
    def _principal(self) -> str:
        return self._credential.principal

    @property
    def _is_service(self) -> bool:
        return self._credential.token is None and self._principal == SERVICE

    def _submit(
        self,
        sql: str,
        parameters: Mapping[str, Any],
        *,
        limits: Limits,
        tags: Mapping[str, str],
    ) -> RunHandle:
        bound = tuple(parameter(name, value) for name, value in parameters.items())
        statement = Statement(sql, bound, limits, self._tagged(tags))
        run = Run(statement, self._access(limits.timeout_s))
        handle = RunHandle(self.name, self._runs.add(run), self._principal)
        run.start()
        return handle

    def _tagged(self, tags: Mapping[str, str]) -> dict[str, str]:
        """What the workspace's query history shows: who asked, for what."""
        found = {"user": self._principal, **{key: value for key, value in tags.items() if value}}
        return {key: value[:_LONGEST_TAG] for key, value in list(found.items())[:_MOST_TAGS]}

    def _access(self, timeout_s: float) -> Access:
        self._check_credential()
        timeout = statement_timeout(timeout_s)
        return Access(
            pool=self.pool,
            key=lambda: SessionKey(self._principal, self._token(), timeout),
            principal=self._principal,
            is_service=self._is_service,
            guarding=self._guarding,
            failed=self.breaker.failed if self.breaker is not None else lambda: None,
            longest_s=self.options.socket_timeout_s,
        )

    def _check_credential(self) -> None:
        """A person without a token is never served with the service's."""
        if self._credential.token is None and not self._is_service:
            raise expired()

    def _token(self) -> str:
        if self._credential.token is not None:
            return self._credential.token
        if self._service_token is None:
            raise WarehouseUnavailable(
                "The service has no credential of its own for the workspace: set DATABRICKS_TOKEN, "
                "or DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET.",
                code="SERVICE_CREDENTIAL_MISSING",
                retry_after_s=60,
            )
        return self._service_token()

    def _guarding(self) -> AbstractContextManager[None]:
        return self.breaker.guarding(Silent) if self.breaker is not None else nullcontext()

    def _asked_state(self) -> str:
        self._check_credential()
        try:
            response = urllib3.request(
                "GET",
                f"{self.options.host}/api/2.0/sql/warehouses/{self.name}",
                headers={"Authorization": f"Bearer {self._token()}"},
                timeout=_PING_WITHIN_S,
                retries=False,
            )
        except urllib3.exceptions.HTTPError as error:
            raise Unanswered(str(error)) from error
        reason = response.data.decode(errors="replace")[:500]
        if response.status != 200:
            raise Unanswered(reason, status=response.status)
        try:
            return str(json.loads(reason)["state"])
        except (ValueError, KeyError, TypeError):
            return "UNKNOWN"

    def _run(self, handle: RunHandle) -> Run | None:
        run = self._runs.get(handle.statement_id)
        if run is None or not run.access.principal == handle.principal == self._principal:
            return None
        return run

    def _succeeded(self, handle: RunHandle) -> Run:
        run = self._run(handle)
        if run is None:
            raise _unknown(handle)
        status = run.status
        if status.error is not None:
            raise status.error
        if status.state is not RunState.SUCCEEDED:
            raise WarehouseError(f"The statement has no rows: it is {status.state}.")
        return run

    def _drain(self, handle: RunHandle, run: Run) -> Iterator[pa.RecordBatch]:
        try:
            yield from run.rows()
        finally:
            self._runs.remove(handle.statement_id)


def _shifted(error: SemanticLayerError) -> SemanticLayerError:
    if "line" in error.details:
        error.details["line"] -= 1
    return error


def _unknown(handle: RunHandle) -> WarehouseError:
    return WarehouseError(
        f"Statement {handle.statement_id} is not known to this process: it was fetched already, "
        "expired, or the process was restarted. Run it again."
    )

"""Sessions and statements of the test warehouse, request by request (TCLIService)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event, Lock, Timer
from typing import Any
from uuid import uuid4

import pyarrow as pa
from databricks.sql.thrift_api.TCLIService import ttypes as t

from tests.workspace.engine import Asked, Engine, StatementFailed
from tests.workspace.rights import shown, without_hidden_tables
from tests.workspace.state import Person, WorkspaceState
from tests.workspace.thrift_types import arrow_batches, bound_values, table_schema

SECRET = b"s" * 16
POLL_S = 0.2
"""How long a question for the state of a running statement waits for its end."""
_State = t.TOperationState
_OK = t.TStatus(statusCode=t.TStatusCode.SUCCESS_STATUS)
_OPEN = (_State.PENDING_STATE, _State.RUNNING_STATE)


@dataclass
class Session:
    person: Person
    configuration: dict[str, str]


@dataclass
class Operation:
    """A statement between its start and its close."""

    session: Session
    asked: Asked
    compressed: bool
    guid: bytes = field(default_factory=lambda: uuid4().bytes)
    state: int = _State.PENDING_STATE
    message: str | None = None
    table: pa.Table | None = None
    position: int = 0
    done: Event = field(default_factory=Event)
    timer: Timer | None = None
    lock: Lock = field(default_factory=Lock)

    def end(self, state: int, *, message: str | None = None, table: pa.Table | None = None) -> bool:
        """The first end counts; whether this was it."""
        with self.lock:
            if self.state not in _OPEN:
                return False
            self.state, self.message, self.table = state, message, table
        if self.timer is not None:
            self.timer.cancel()
        self.done.set()
        return True


class ThriftApi:
    """One method per request; each gets the request and whose it is."""

    def __init__(self, state: WorkspaceState, engine: Engine, pool: ThreadPoolExecutor) -> None:
        self._state, self._engine, self._pool = state, engine, pool
        self.sessions: dict[bytes, Session] = {}
        self.operations: dict[bytes, Operation] = {}
        self.history: list[Asked] = []

    def expire_sessions(self) -> None:
        """As after a quarter of an hour without a request."""
        self.sessions.clear()

    def stop_all(self) -> None:
        for operation in list(self.operations.values()):
            self._stop(operation, _State.CANCELED_STATE)

    # ------------------------------------------------------------ sessions

    def OpenSession(self, request: t.TOpenSessionReq, person: Person) -> t.TOpenSessionResp:
        guid = uuid4().bytes
        configuration = {key.upper(): value for key, value in (request.configuration or {}).items()}
        if request.initialNamespace and request.initialNamespace.catalogName:
            configuration["CATALOG"] = request.initialNamespace.catalogName
        self.sessions[guid] = Session(person, configuration)
        version = t.TProtocolVersion.SPARK_CLI_SERVICE_PROTOCOL_V8
        handle = t.TSessionHandle(t.THandleIdentifier(guid, SECRET), version)
        return t.TOpenSessionResp(
            _OK,
            version,
            handle,
            {},
            initialNamespace=request.initialNamespace,
            canUseMultipleCatalogs=True,
        )

    def CloseSession(self, request: t.TCloseSessionReq, person: Person) -> t.TCloseSessionResp:
        found = self._session(request.sessionHandle, person)
        if found is None:
            return t.TCloseSessionResp(_bad("Invalid SessionHandle"))
        del self.sessions[request.sessionHandle.sessionId.guid]
        return t.TCloseSessionResp(_OK)

    def _session(self, handle: t.TSessionHandle, person: Person) -> Session | None:
        found = self.sessions.get(handle.sessionId.guid)
        return found if found is not None and found.person == person else None

    # ------------------------------------------------------------ statements

    def ExecuteStatement(
        self, request: t.TExecuteStatementReq, person: Person
    ) -> t.TExecuteStatementResp:
        session = self._session(request.sessionHandle, person)
        if session is None:
            return t.TExecuteStatementResp(_bad("Invalid SessionHandle: it is closed or expired"))
        asked = Asked(
            person,
            request.statement,
            bound_values(request.parameters),
            session.configuration,
            request.resultRowLimit,
            (request.confOverlay or {}).get("query_tags", ""),
        )
        operation = Operation(session, asked, bool(request.canDecompressLZ4Result))
        self.history.append(asked)
        self.operations[operation.guid] = operation
        self._limit_time(operation)
        self._pool.submit(self._run, operation)
        response = t.TExecuteStatementResp(_OK, _handle(operation))
        if request.getDirectResults is not None:
            operation.done.wait(5)
            response.directResults = t.TSparkDirectResults(_status(operation))
        return response

    def GetOperationStatus(
        self, request: t.TGetOperationStatusReq, person: Person
    ) -> t.TGetOperationStatusResp:
        operation = self._operation(request.operationHandle, person)
        if operation is None:
            return t.TGetOperationStatusResp(_bad("Invalid OperationHandle"))
        operation.done.wait(POLL_S)
        return _status(operation)

    def GetResultSetMetadata(
        self, request: t.TGetResultSetMetadataReq, person: Person
    ) -> t.TGetResultSetMetadataResp:
        operation = self._operation(request.operationHandle, person)
        if operation is None or operation.table is None:
            return t.TGetResultSetMetadataResp(_bad("Invalid OperationHandle"))
        return _metadata(operation)

    def FetchResults(self, request: t.TFetchResultsReq, person: Person) -> t.TFetchResultsResp:
        operation = self._operation(request.operationHandle, person)
        if operation is None or operation.table is None:
            return t.TFetchResultsResp(_bad("Invalid OperationHandle"))
        start = operation.position
        page = operation.table.slice(start, request.maxRows)
        operation.position += page.num_rows
        rows = t.TRowSet(
            start, [], arrowBatches=arrow_batches(page, compressed=operation.compressed)
        )
        has_more = operation.position < operation.table.num_rows
        return t.TFetchResultsResp(_OK, has_more, rows, _metadata(operation))

    def CancelOperation(
        self, request: t.TCancelOperationReq, person: Person
    ) -> t.TCancelOperationResp:
        operation = self._operation(request.operationHandle, person)
        if operation is None:
            return t.TCancelOperationResp(_bad("Invalid OperationHandle"))
        self._stop(operation, _State.CANCELED_STATE)
        return t.TCancelOperationResp(_OK)

    def CloseOperation(
        self, request: t.TCloseOperationReq, person: Person
    ) -> t.TCloseOperationResp:
        operation = self._operation(request.operationHandle, person)
        if operation is not None:
            del self.operations[operation.guid]
            self._stop(operation, _State.CLOSED_STATE)
        return t.TCloseOperationResp(_OK)

    # ------------------------------------------------------------ inside

    def _operation(self, handle: t.TOperationHandle, person: Person) -> Operation | None:
        found = self.operations.get(handle.operationId.guid)
        good = (
            found is not None
            and found.session.person == person
            and handle.operationId.secret == SECRET
        )
        return found if good else None

    def _run(self, operation: Operation) -> None:
        asked = operation.asked
        with operation.lock:
            if operation.state == _State.PENDING_STATE:
                operation.state = _State.RUNNING_STATE
        try:
            without_hidden_tables(self._state, asked)
            table = shown(self._state, asked)
            table = self._engine.run(asked) if table is None else table
        except StatementFailed as error:
            operation.end(_State.ERROR_STATE, message=str(error))
        except Exception as error:  # noqa: BLE001  nobody may wait for ever
            operation.end(_State.ERROR_STATE, message=f"[INTERNAL_ERROR] {error!r}")
        else:
            limit = asked.row_limit
            operation.end(
                _State.FINISHED_STATE, table=table if limit is None else table.slice(0, limit)
            )

    def _limit_time(self, operation: Operation) -> None:
        seconds = float(operation.session.configuration.get("STATEMENT_TIMEOUT", 0))
        if not seconds:
            return
        message = f"[QUERY_EXECUTION_TIMEOUT] Query timed out after {seconds:g} seconds"
        operation.timer = Timer(
            seconds, self._stop, (operation, _State.ERROR_STATE), {"message": message}
        )
        operation.timer.daemon = True
        operation.timer.start()

    def _stop(self, operation: Operation, state: int, message: str | None = None) -> None:
        if operation.end(state, message=message):
            operation.asked.cancelled.set()
            self._engine.cancel(operation.asked)


def _bad(message: str) -> t.TStatus:
    return t.TStatus(t.TStatusCode.INVALID_HANDLE_STATUS, errorMessage=message)


def _handle(operation: Operation) -> t.TOperationHandle:
    return t.TOperationHandle(
        t.THandleIdentifier(operation.guid, SECRET), t.TOperationType.EXECUTE_STATEMENT, True
    )


def _status(operation: Operation) -> t.TGetOperationStatusResp:
    response = t.TGetOperationStatusResp(_OK, operation.state, hasResultSet=True)
    if operation.message is not None:
        response.errorMessage = response.displayMessage = operation.message
        response.diagnosticInfo = f"at org.apache.spark.Secret.stack\n{operation.message}"
    return response


def _metadata(operation: Operation) -> Any:
    assert operation.table is not None
    schema = operation.table.schema
    return t.TGetResultSetMetadataResp(
        _OK,
        table_schema(schema),
        t.TSparkRowSetType.ARROW_BASED_SET,
        operation.compressed,
        schema.serialize().to_pybytes(),
        isStagingOperation=False,
    )

"""The one module that names the driver (databricks-sql-connector 4.9.0): its calls, its
exceptions, and what of it is private.

Imported when the first statement runs: it takes 2 s and 120 MB. What we keep it from doing:

| the driver's way | ours |
|---|---|
| telemetry calls while connecting (34 s where they are blocked) | off |
| sleeps 60 s on 429 and 503, whatever Retry-After says | one attempt here, retrying.py decides |
| sends a statement again after a read timeout | the same: nothing is sent twice unseen |
| `%(name)s` in the text becomes `:name`, inside strings too | the text goes as it is |
| waits for the end in steps of 2 s, without a deadline | run.py asks and waits itself |
| keeps every cursor, and its result on the server | closed by hand after each statement |
| closes sessions in `__del__`: network calls in a forked child and at exit | never |
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any, TypeVar

import pyarrow as pa
import urllib3
from databricks.sql import exc
from databricks.sql.backend.types import CommandId, CommandState
from databricks.sql.client import Connection, Cursor
from databricks.sql.thrift_api.TCLIService import ttypes

from semantic_layer.adapters.databricks.failures import (
    SessionLost,
    Unanswered,
    is_lost_session,
    is_timeout,
    translated,
)
from semantic_layer.adapters.databricks.options import DatabricksOptions
from semantic_layer.adapters.databricks.types import Parameter
from semantic_layer.errors import SemanticLayerError, WarehouseError
from semantic_layer.ports import RunState

T = TypeVar("T")

ONE_ATTEMPT: Mapping[str, Any] = {
    "_enable_v3_retries": False,
    "_retry_stop_after_attempts_count": 1,
    "_retry_delay_min": 0.1,
    "_retry_delay_max": 3600,
}
_STATES = {
    CommandState.PENDING: RunState.RUNNING,
    CommandState.RUNNING: RunState.RUNNING,
    CommandState.SUCCEEDED: RunState.SUCCEEDED,
    CommandState.FAILED: RunState.FAILED,
    CommandState.CLOSED: RunState.CANCELLED,
    CommandState.CANCELLED: RunState.CANCELLED,
}


class _Connection(Connection):  # type: ignore[misc]  # the driver has no types
    def __del__(self) -> None:
        """Nothing: sessions are closed by hand, or left to the server to expire."""


class TimedOutThere(Exception):
    """The engine ended the statement by itself, at its STATEMENT_TIMEOUT."""


class Session:
    """One session on the warehouse as one principal, used by one thread at a time.

    Every method raises Unanswered, SessionLost, or the statement's own error. `within_s` bounds the
    request: past it there is no answer.
    """

    def __init__(
        self, options: DatabricksOptions, token: str, *, statement_timeout_s: int, within_s: float
    ) -> None:
        self.opened = monotonic()
        self.statements = 0
        self._longest_s = options.socket_timeout_s
        configuration = {"STATEMENT_TIMEOUT": statement_timeout_s, "TIMEZONE": "UTC"}
        arguments = {
            "access_token": token,
            "catalog": options.catalog,
            "user_agent_entry": options.user_agent,
            "enable_telemetry": False,
            "_socket_timeout": max(0.05, min(within_s, self._longest_s)),
            **ONE_ATTEMPT,
            **options.arguments(),
        }
        arguments["session_configuration"] = {
            **configuration,
            **arguments.get("session_configuration", {}),
        }
        with _our_errors(None):
            self._connection = _Connection(**arguments)
        self._backend: Any = self._connection.session.backend
        self._options = options

    def start(
        self,
        sql: str,
        parameters: list[Parameter],
        *,
        row_limit: int | None,
        tags: Mapping[str, str],
        within_s: float,
    ) -> Operation:
        """Send the statement; it runs when this returns."""
        self.statements += 1
        cursor = self._connection.cursor(
            arraysize=self._options.fetch_rows,
            buffer_size_bytes=self._options.fetch_bytes,
            row_limit=row_limit,
        )
        try:
            self._ask(
                lambda: self._backend.execute_command(
                    operation=sql,
                    session_id=self._connection.session.session_id,
                    max_rows=cursor.arraysize,
                    max_bytes=cursor.buffer_size_bytes,
                    lz4_compression=self._connection.lz4_compression,
                    cursor=cursor,
                    use_cloud_fetch=self._connection.use_cloud_fetch,
                    parameters=[_bound(parameter) for parameter in parameters],
                    async_op=True,
                    row_limit=row_limit,
                    query_tags=dict(tags),
                ),
                within_s,
                sql,
            )
        except BaseException:
            self._forget(cursor)
            raise
        return Operation(self, cursor, sql)

    def cancel(self, statement_id: str, *, within_s: float) -> None:
        """Stop a statement of the same principal that another session, or process, started. One
        that is not there (any more), or not theirs, is no error."""
        command = _command(statement_id)
        with suppress(WarehouseError):
            self._ask(lambda: self._backend.cancel_command(command), within_s)

    def close(self, *, within_s: float) -> None:
        """End the session; one that cannot be ended expires on the server."""
        with suppress(Unanswered, SessionLost, SemanticLayerError):
            self._ask(self._connection.session.close, within_s)
        self.abandon()

    def abandon(self) -> None:
        """Forget the session without a word to the server: in a forked child, or after a failure
        that left its connection in an unknown state."""
        self._connection.session.is_open = False
        self._connection.http_client.close()

    def _ask(self, request: Callable[[], T], within_s: float, sql: str = "") -> T:
        transport = self._backend._transport
        transport.setTimeout(max(0.05, min(within_s, self._longest_s)) * 1000)
        with _our_errors(transport, sql):
            return request()

    def _forget(self, cursor: Cursor) -> None:
        with suppress(ValueError):
            self._connection._cursors.remove(cursor)


class Operation:
    """A statement that was sent. `statement_id` names it to other sessions and processes."""

    def __init__(self, session: Session, cursor: Cursor, sql: str) -> None:
        self._session, self._cursor, self._sql = session, cursor, sql
        self._command: CommandId = cursor.active_command_id
        self._result: Any = None
        self.statement_id = _written(self._command)

    def state(self, *, within_s: float) -> RunState:
        """Where it is. Raises the statement's own error where it failed, TimedOutThere where the
        engine ended it."""
        found = self._session._ask(self._cursor.get_query_state, within_s, self._sql)
        return _STATES[found]

    def rows(self, *, within_s: float) -> tuple[pa.Table, bool]:
        """The next rows of a succeeded statement, and whether there may be more."""
        most = self._session._options.fetch_rows
        table = self._session._ask(lambda: self._fetched(most), within_s, self._sql)
        return table, table.num_rows >= most

    def _fetched(self, most: int) -> pa.Table:
        if self._result is None:
            self._result = self._session._backend.get_execution_result(self._command, self._cursor)
        return self._result.fetchmany_arrow(most)

    @property
    def type_codes(self) -> list[str]:
        """The driver's word for each column's type, once rows were asked for."""
        return [str(column[1]) for column in self._result.description]

    def cancel(self, *, within_s: float) -> None:
        self._session._ask(lambda: self._session._backend.cancel_command(self._command), within_s)

    def close(self, *, within_s: float) -> None:
        """Free it on the server. Raises Unanswered where the session cannot be used again."""
        try:
            self._session._ask(
                lambda: self._session._backend.close_command(self._command), within_s
            )
        except (SessionLost, SemanticLayerError):
            pass  # it is gone there already
        finally:
            self._session._forget(self._cursor)


@contextmanager
def _our_errors(transport: Any, sql: str = "") -> Iterator[None]:
    """The driver's exceptions as ours. `transport` knows the headers of the last answer."""
    try:
        yield
    except exc.RequestError as error:
        raise _unanswered(error, transport) from error
    except exc.ServerOperationError as error:
        raise _failed(str(error.message or ""), sql) from error
    except exc.Error as error:
        message = str(error.message or "")
        if is_lost_session(message):
            raise SessionLost(message) from error
        raise _failed(message, sql) from error
    except (urllib3.exceptions.HTTPError, OSError, EOFError) as error:
        raise Unanswered(f"{type(error).__name__}: {error}") from error
    except (ValueError, TypeError, AttributeError, AssertionError, pa.ArrowException) as error:
        # What the driver trips over in an answer that is not what it should be.
        raise Unanswered(f"{type(error).__name__}: {error}", status=200) from error


def _failed(message: str, sql: str) -> Exception:
    return TimedOutThere(message) if is_timeout(message) else translated(message, sql)


def _unanswered(error: exc.RequestError, transport: Any) -> Unanswered:
    context = error.context
    status, reason = context.get("http-code"), context.get("error-message")
    original = error.args[1] if len(error.args) > 1 else None
    if original is None or isinstance(original, OSError):
        status = None  # the code is the one of an earlier answer
    headers = getattr(transport, "headers", None) or {}
    was_told = transport is None or "Retry-After" in headers
    # Where nothing was told the driver has an opinion of its own.
    retry_after = context.get("bounded-retry-delay") if was_told and status in (429, 503) else None
    return Unanswered(
        str(reason or error.message),
        status=status,
        retry_after_s=None if retry_after is None else float(retry_after),
    )


def _bound(parameter: Parameter) -> ttypes.TSparkParameter:
    value = None
    if parameter.text is not None:
        value = ttypes.TSparkParameterValue(stringValue=parameter.text)
    return ttypes.TSparkParameter(
        name=parameter.name, type=parameter.type, value=value, ordinal=False
    )


def _written(command: CommandId) -> str:
    return f"{command.guid.hex()}.{command.secret.hex()}"


def _command(statement_id: str) -> CommandId:
    try:
        guid, secret = (bytes.fromhex(part) for part in statement_id.split("."))
    except ValueError as error:
        raise WarehouseError(f"{statement_id!r} is no statement of this warehouse.") from error
    handle = ttypes.TOperationHandle(
        ttypes.THandleIdentifier(guid, secret), ttypes.TOperationType.EXECUTE_STATEMENT, True
    )
    return CommandId.from_thrift_handle(handle)

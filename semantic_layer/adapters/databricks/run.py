"""One statement's life on the warehouse: a thread of its own asks, so that whoever waits for it is
never stuck in a request that is not answered.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING
from weakref import WeakSet

import pyarrow as pa

from semantic_layer.adapters.databricks.failures import (
    SessionLost,
    Unanswered,
    interrupted,
    told,
)
from semantic_layer.adapters.databricks.pool import SessionKey, SessionPool
from semantic_layer.adapters.databricks.retrying import Patience, patiently
from semantic_layer.adapters.databricks.types import Parameter, columns_of, plain_batches
from semantic_layer.errors import SemanticLayerError, Unauthenticated, WarehouseError
from semantic_layer.ports import Limits, ResultColumn, RunState, RunStatus

if TYPE_CHECKING:
    from semantic_layer.adapters.databricks.driver import Operation, Session

log = logging.getLogger(__name__)

FIRST_LOOK_S, LONGEST_LOOK_S = 0.01, 0.5
CANCEL_WITHIN_S = 1.0
NOTICE_S = 0.3
"""How long a stopped run may take to stop by itself before that is done past it."""
LATE_S = 1.0
SHORT_S = 20.0
PAGE_S = 5.0
"""What a page of rows may take when the deadline is over: whoever reads them may be slow."""


@dataclass(frozen=True)
class Statement:
    """What was asked: text, bound values, bounds, and what the warehouse's history shows of it."""

    sql: str
    parameters: tuple[Parameter, ...]
    limits: Limits
    tags: Mapping[str, str]


@dataclass(frozen=True)
class Access:
    """With whose rights, over which sessions. `key` may ask the workspace for a token."""

    pool: SessionPool
    key: Callable[[], SessionKey]
    principal: str
    is_service: bool
    guarding: Callable[[], AbstractContextManager[None]]
    failed: Callable[[], None]
    longest_s: float

    def cancel(self, statement_id: str) -> None:
        """Stop a statement through a session of its own: the one it runs in may be busy.

        Raises SemanticLayerError where the warehouse does not hear.
        """
        key = self.key()
        try:
            session, _ = self.pool.borrow(key, within_s=CANCEL_WITHIN_S * 5)
            session.cancel(statement_id, within_s=CANCEL_WITHIN_S * 5)
        except (Unanswered, SessionLost) as failure:
            raise self.error_of(failure) from failure
        self.pool.give_back(key, session)

    def error_of(self, failure: Unanswered | SessionLost) -> SemanticLayerError:
        if isinstance(failure, SessionLost):
            return WarehouseError("The warehouse lost the session; run the query again.")
        error = told(failure, is_service=self.is_service)
        if isinstance(error, Unauthenticated):
            self.pool.forget(self.principal)
        return error


class _Stopped(Exception):
    """Somebody wants the run to end, or its time is over."""


@dataclass
class Run:
    """A submitted statement. `execute` runs in one thread, `stop` may come from any."""

    statement: Statement
    access: Access
    started: float = field(default_factory=monotonic)
    ended: float | None = None
    statement_id: str | None = None
    """The warehouse's own, once it took the statement."""
    columns: tuple[ResultColumn, ...] = ()
    done: threading.Event = field(default_factory=threading.Event)
    _status: RunStatus = field(default_factory=lambda: RunStatus(RunState.RUNNING))
    _wanted: RunState | None = None
    _wake: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _held: tuple[SessionKey, Session, Operation | None] | None = None
    _batches: list[pa.RecordBatch] | None = None
    _type_codes: list[str] = field(default_factory=list)
    _has_more: bool = False

    @property
    def deadline(self) -> float:
        return self.started + self.statement.limits.timeout_s

    @property
    def status(self) -> RunStatus:
        with self._lock:
            return RunStatus(self._status.state, self._status.error, statement_id=self.statement_id)

    def start(self) -> None:
        thread = threading.Thread(target=self._execute, name="databricks-run", daemon=True)
        thread.start()
        _at_work.add(thread)

    def wait(self, wait_s: float) -> None:
        """Until it ended, `wait_s` passed, or it is overdue and was given up."""
        self.done.wait(min(wait_s, max(0.0, self.deadline + LATE_S - monotonic())))
        if monotonic() >= self.deadline + LATE_S:
            self.stop(RunState.TIMED_OUT)

    def stop(self, wanted: RunState) -> None:
        """End it here and in the warehouse; the first reason given is the one that counts."""
        with self._lock:
            if self.done.is_set():
                return
            self._wanted = self._wanted or wanted
            wanted = self._wanted
        self._wake.set()
        if self.done.wait(NOTICE_S):
            return
        self._end(wanted)
        if self.statement_id is not None:
            _aside(lambda: self.access.cancel(str(self.statement_id)))

    # ------------------------------------------------------------ the run's own thread

    def _execute(self) -> None:
        try:
            with self.access.guarding():
                operation = self._submitted()
            self._await(operation)
            self._fetch_first(operation)
            self._end(RunState.SUCCEEDED)
        except _Stopped:
            self._stop_there()
        except SemanticLayerError as error:
            self._end(RunState.FAILED, error)
        except Exception:
            # The top of a thread: whatever it is, whoever waits must hear that it ended.
            log.exception("A statement failed in an unexpected way.")
            self._end(RunState.FAILED, WarehouseError("The warehouse failed on the statement."))
        finally:
            with self._lock:
                keeps = self._status.state is RunState.SUCCEEDED and self._has_more
            if not keeps:
                self._let_go()

    def _submitted(self) -> Operation:
        """Sent and taken in. A session that was lost meanwhile is replaced, once."""
        # A part of a long time is for being let in, the rest for running.
        whole = self.statement.limits.timeout_s
        letting_in = whole if whole < SHORT_S else whole / 2
        patience = Patience(self.started + letting_in, self._pause)
        was_used = False
        for is_last in (False, True):
            try:
                session, was_used = self._session(patience)
                return self._sent(session, patience)
            except SessionLost as lost:
                self._drop()
                if is_last:
                    raise self.access.error_of(lost) from lost
            except Unanswered as failure:
                self._drop()
                self._check_time(failure)
                # A session that went away with its gateway answers 404; a new one will not.
                if is_last or failure.status != 404 or not was_used:
                    raise self.access.error_of(failure) from failure
        raise AssertionError("the last try either returns or raises")

    def _session(self, patience: Patience) -> tuple[Session, bool]:
        key = self.access.key()

        def borrowed() -> tuple[Session, bool]:
            return self.access.pool.borrow(key, within_s=self._within(patience.until))

        session, was_used = patiently(borrowed, patience, harmless=True)
        with self._lock:
            self._held = (key, session, None)
        return session, was_used

    def _sent(self, session: Session, patience: Patience) -> Operation:
        asked = self.statement
        most = asked.limits.max_rows

        def sent() -> Operation:
            return session.start(
                asked.sql,
                list(asked.parameters),
                row_limit=None if most is None else max(1, most),
                tags=asked.tags,
                within_s=self._within(patience.until),
            )

        operation = patiently(sent, patience, harmless=False)
        with self._lock:
            assert self._held is not None
            self._held = (self._held[0], session, operation)
            self.statement_id = operation.statement_id
        return operation

    def _await(self, operation: Operation) -> None:
        look_s = FIRST_LOOK_S
        while True:
            self._check()
            state = self._state(operation)
            if state is RunState.SUCCEEDED:
                return
            if state is not RunState.RUNNING:
                # Stopped by somebody else: in the workspace, or from another process.
                self._wanted = self._wanted or state
                raise _Stopped
            self._pause(min(look_s, max(0.0, self.deadline - monotonic())))
            look_s = min(LONGEST_LOOK_S, look_s * 1.5)

    def _state(self, operation: Operation) -> RunState:
        from semantic_layer.adapters.databricks.driver import TimedOutThere

        patience = Patience(self.deadline, self._pause)
        try:
            return patiently(
                lambda: operation.state(within_s=self._within(self.deadline)),
                patience,
                harmless=True,
            )
        except TimedOutThere:
            return RunState.TIMED_OUT
        except Unanswered as failure:
            self._check_time(failure)
            raise self._lost(failure) from failure
        except SessionLost as failure:
            raise self._lost(failure) from failure

    def _fetch_first(self, operation: Operation) -> None:
        until = max(self.deadline, monotonic() + 1)
        try:
            table, has_more = patiently(
                lambda: operation.rows(within_s=self._within(until)),
                Patience(until, self._pause),
                harmless=False,
            )
        except (Unanswered, SessionLost) as failure:
            raise self._lost(failure, fetching=True) from failure
        self._type_codes = operation.type_codes
        self.columns = columns_of(table.schema, self._type_codes)
        self._batches = plain_batches(table, self.columns, self._type_codes)
        self._has_more = has_more

    def _lost(self, failure: Unanswered | SessionLost, *, fetching: bool = False) -> Exception:
        """The statement may still run there, where nobody waits for it any more."""
        statement_id = str(self.statement_id)
        self._drop()
        if isinstance(failure, Unanswered) and failure.status is None:
            self.access.failed()
            _aside(lambda: self.access.cancel(statement_id))
        if fetching and isinstance(failure, Unanswered):
            return interrupted(failure, is_service=self.access.is_service)
        return self.access.error_of(failure)

    def _check(self) -> None:
        """Raise where the run is to end."""
        if monotonic() >= self.deadline:
            self._wanted = self._wanted or RunState.TIMED_OUT
        if self._wanted is not None:
            raise _Stopped

    def _check_time(self, failure: Unanswered) -> None:
        """Raise where its time went by while no answer came: that it was slow is the error then."""
        if failure.status is None and failure.is_out_of_time:
            self.access.failed()
            self._wanted = self._wanted or RunState.TIMED_OUT
            raise _Stopped

    def _pause(self, seconds: float) -> None:
        if self._wake.wait(seconds):
            raise _Stopped

    def _within(self, until: float) -> float:
        return min(self.access.longest_s, max(0.05, until - monotonic()))

    def _stop_there(self) -> None:
        """Tell the warehouse, then whoever waits."""
        with self._lock:
            operation = self._held[2] if self._held is not None else None
        if operation is not None:
            try:
                operation.cancel(within_s=CANCEL_WITHIN_S)
            except (Unanswered, SessionLost, SemanticLayerError):
                self._drop()
                _aside(lambda: self.access.cancel(operation.statement_id))
        self._end(self._wanted or RunState.CANCELLED)

    # ------------------------------------------------------------ rows

    def rows(self) -> Iterator[pa.RecordBatch]:
        """The rows of a succeeded run, once, at most as many as its limits allow."""
        with self._lock:
            batches, self._batches = self._batches, None
        if batches is None:
            raise WarehouseError("The rows of this statement were fetched already.")
        left = self.statement.limits.max_rows
        try:
            while True:
                for batch in batches:
                    kept = batch if left is None else batch.slice(0, left)
                    left = None if left is None else left - kept.num_rows
                    yield kept
                if not self._has_more or left == 0:
                    return
                batches = self._more()
        finally:
            self.free()

    def _more(self) -> list[pa.RecordBatch]:
        with self._lock:
            operation = self._held[2] if self._held is not None else None
        if operation is None:
            raise WarehouseError("The statement was ended before its rows were fetched.")
        until = max(self.deadline, monotonic() + PAGE_S)
        try:
            table, self._has_more = patiently(
                lambda: operation.rows(within_s=self._within(until)),
                Patience(until, self._pause),
                harmless=False,
            )
        except (Unanswered, SessionLost) as failure:
            raise self._lost(failure, fetching=True) from failure
        return plain_batches(table, self.columns, self._type_codes)

    def free(self) -> None:
        """Let go of rows and session; safe to call twice."""
        self._batches = None
        if self._held is not None:
            _aside(self._let_go)

    # ------------------------------------------------------------ its end

    def _end(self, state: RunState, error: SemanticLayerError | None = None) -> None:
        """The first end is the one that counts."""
        with self._lock:
            if self.done.is_set():
                return
            self._status, self.ended = RunStatus(state, error), monotonic()
            self.done.set()

    def _let_go(self) -> None:
        """Free the statement on the server, and the session for others."""
        with self._lock:
            held, self._held = self._held, None
        if held is None:
            return
        key, session, operation = held
        try:
            if operation is not None:
                operation.close(within_s=self.access.longest_s)
        except Unanswered:
            session.abandon()
            return
        self.access.pool.give_back(key, session)

    def _drop(self) -> None:
        """Forget a session whose connection is in an unknown state."""
        with self._lock:
            held, self._held = self._held, None
        if held is not None:
            held[1].abandon()


_at_work: WeakSet[threading.Thread] = WeakSet()


def settle(*, within_s: float) -> None:
    """Wait for the threads of runs: what they hold at the end of the process would be lost."""
    until = monotonic() + within_s
    for thread in list(_at_work):
        thread.join(max(0.0, until - monotonic()))


def _aside(action: Callable[[], None]) -> None:
    """In a thread of its own: nobody waits for it, and nothing depends on it."""

    def quietly() -> None:
        with suppress(SemanticLayerError):
            action()

    thread = threading.Thread(target=quietly, name="databricks-aside", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # the interpreter ends, and starts no thread any more
        quietly()
        return
    _at_work.add(thread)

"""The one DuckDB of a process: kept open, replaced when a file is, safe across forks, watched over.

Statements run in a few worker threads, each on its own cursor. One more thread enforces
deadlines, since a caller may stop asking.
"""

from __future__ import annotations

import atexit
import logging
import os
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition, Thread
from time import monotonic

from semantic_layer.adapters.duckdb.database import (
    Database,
    identity_of,
    leak,
    open_database,
)
from semantic_layer.adapters.duckdb.options import DuckDBOptions
from semantic_layer.adapters.duckdb.run import Run
from semantic_layer.errors import SemanticLayerError, WarehouseUnavailable
from semantic_layer.ports import RunState

logger = logging.getLogger(__name__)

_TICK_S = 0.05
_CLOSING_S = 2.0


class DuckDBEngine:
    """Opens, replaces and closes databases, and runs statements on the newest one."""

    def __init__(self, options: DuckDBOptions) -> None:
        self.options = options
        self._reset()
        _register(self)

    def _reset(self) -> None:
        self._changed = Condition()
        self._database: Database | None = None
        self._waiting: deque[Run] = deque()
        self._running: list[Run] = []
        self._threads: list[Thread] = []
        self._idle = 0
        self._closed = False

    # -------------------------------------------------------- databases

    @contextmanager
    def database(self) -> Iterator[Database]:
        """The newest database, kept open at least until the block ends.

        Raises WarehouseUnavailable when a file cannot be opened.
        """
        database = self._take()
        try:
            yield database
        finally:
            self._give_back(database)

    def identity(self) -> str:
        """Changes when any attached file does."""
        return repr(identity_of(self.options))

    def retire(self, database: Database) -> None:
        """Open a new instance for the next statement: this one is broken."""
        with self._changed:
            if self._database is database:
                self._database = None
            self._retire(database)

    def _take(self) -> Database:
        with self._changed:
            if self._closed:
                raise WarehouseUnavailable("The warehouse is shutting down.")
            current = self._database
            if current is None or current.identity != identity_of(self.options):
                # Opened before the old one goes: a file that cannot be opened must not lose us
                # what runs.
                fresh = open_database(self.options)
                if current is not None:
                    logger.info("A database file changed: reopened.")
                    self._retire(current)
                current = self._database = fresh
            current.users += 1
            return current

    def _give_back(self, database: Database) -> None:
        with self._changed:
            database.users -= 1
            if database.retired and database.users == 0:
                database.close()

    def _retire(self, database: Database) -> None:
        if not database.retired:
            database.retired = True
            if database.users == 0:
                database.close()

    # -------------------------------------------------------- statements

    def start(self, run: Run) -> None:
        """Queue the run. Raises WarehouseUnavailable when too many wait already."""
        with self._changed:
            if self._closed:
                raise WarehouseUnavailable("The warehouse is shutting down.")
            if len(self._waiting) >= self.options.max_waiting:
                raise WarehouseUnavailable(
                    f"The warehouse is busy: {len(self._running)} statements are running and "
                    f"{len(self._waiting)} waiting. Try again shortly.",
                    retry_after_s=2,
                )
            self._waiting.append(run)
            if not self._threads:
                self._start_thread(self._watch, "duckdb-watch")
            workers = len(self._threads) - 1
            if self._idle < len(self._waiting) and workers < self.options.max_concurrency:
                self._start_thread(self._work, "duckdb-worker")
            self._changed.notify_all()

    def _start_thread(self, target: Callable[[], None], name: str) -> None:
        # Daemons, since the interpreter waits for others before it asks anyone to close.
        thread = Thread(target=target, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        while (run := self._next()) is not None:
            try:
                self._execute(run)
            finally:
                with self._changed:
                    self._running.remove(run)

    def _next(self) -> Run | None:
        with self._changed:
            self._idle += 1
            try:
                while not self._waiting and not self._closed:
                    self._changed.wait()
                if self._closed and not self._waiting:
                    return None
                run = self._waiting.popleft()
            finally:
                self._idle -= 1
            self._running.append(run)
            return run

    def _execute(self, run: Run) -> None:
        try:
            with self.database() as database:
                run.execute(database)
                if run.engine_broken:
                    self.retire(database)
        except SemanticLayerError as error:
            run.fail(error)

    def _watch(self) -> None:
        while True:
            with self._changed:
                while not (self._running or self._waiting) and not self._closed:
                    self._changed.wait()
                if self._closed and not (self._running or self._waiting):
                    return
                runs = [*self._running, *self._waiting]
            now = monotonic()
            for run in runs:
                if run.stopping is not None:
                    run.stop(run.stopping)
                elif now >= run.deadline:
                    run.stop(RunState.TIMED_OUT)
            time.sleep(_TICK_S)

    # -------------------------------------------------------- the end

    def close(self) -> None:
        """Stop what runs, wait briefly for it, close the database. The engine takes no work
        afterwards.
        """
        with self._changed:
            self._closed = True
            runs = [*self._running, *self._waiting]
            self._changed.notify_all()
        for run in runs:
            run.stop(RunState.CANCELLED)
        # A thread still inside the engine when the interpreter goes would bring the process down.
        until = monotonic() + _CLOSING_S
        for thread in self._threads:
            thread.join(max(0.0, until - monotonic()))
        with self._changed:
            if self._database is not None:
                self._retire(self._database)
                self._database = None
        _unregister(self)

    def _before_fork(self) -> None:
        """Leave nothing for the child to inherit if nobody is using it; it opens again in a few
        milliseconds.
        """
        self._changed.acquire()
        if self._database is not None and self._database.users == 0:
            self._retire(self._database)
            self._database = None

    def _after_fork_in_parent(self) -> None:
        self._changed.release()

    def _after_fork_in_child(self) -> None:
        """The engine's threads did not come along: start from nothing, and leave the parent's
        memory alone.
        """
        abandoned = self._database
        for run in [*self._running, *self._waiting]:
            run.abandon()
        self._reset()
        if abandoned is not None:
            leak(abandoned.connection)


_engines: weakref.WeakSet[DuckDBEngine] = weakref.WeakSet()


def _register(engine: DuckDBEngine) -> None:
    _engines.add(engine)
    atexit.register(engine.close)


def _unregister(engine: DuckDBEngine) -> None:
    _engines.discard(engine)
    atexit.unregister(engine.close)


def _before_fork() -> None:
    for engine in list(_engines):
        engine._before_fork()


def _after_fork_in_parent() -> None:
    for engine in list(_engines):
        engine._after_fork_in_parent()


def _after_fork_in_child() -> None:
    for engine in list(_engines):
        engine._after_fork_in_child()


os.register_at_fork(
    before=_before_fork,
    after_in_parent=_after_fork_in_parent,
    after_in_child=_after_fork_in_child,
)

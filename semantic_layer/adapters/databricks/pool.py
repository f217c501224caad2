"""Open sessions by who they belong to: borrowed by one thread at a time, never by another person.

A key holds the principal, a digest of the token and the session's STATEMENT_TIMEOUT: a new token
means new sessions, and old ones go unused until they are too old. Sessions are made in the process
that uses them: a forked child starts with none and leaves its parent's alone.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from time import monotonic
from typing import TYPE_CHECKING

from semantic_layer.adapters.databricks.failures import Unanswered
from semantic_layer.adapters.databricks.options import DatabricksOptions

if TYPE_CHECKING:
    from semantic_layer.adapters.databricks.driver import Session

CLOSE_WITHIN_S = 5.0
END_WITHIN_S = 2.0
_TIMEOUTS_S = (30, 60, 120, 300, 600, 1800, 3600, 2 * 3600, 6 * 3600, 24 * 3600)
_LATER_S = 5.0


@dataclass(frozen=True)
class SessionKey:
    """Whose session, and the longest a statement may run in it."""

    principal: str
    token: str = field(repr=False, compare=False)
    statement_timeout_s: int
    digest: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", sha256(self.token.encode()).hexdigest())


def statement_timeout(timeout_s: float) -> int:
    """The engine's own limit for a statement of ours, which ends earlier: one of a few values, so
    that sessions can be used again."""
    wanted = timeout_s + _LATER_S
    return next((value for value in _TIMEOUTS_S if value >= wanted), int(wanted) + 1)


class SessionPool:
    """Sessions of one warehouse in this process."""

    def __init__(
        self,
        options: DatabricksOptions,
        open_session: Callable[[SessionKey, float], Session] | None = None,
    ) -> None:
        self._options = options
        self._open = open_session or self._opened
        self._lock = threading.Lock()
        self._idle: dict[SessionKey, list[tuple[float, Session]]] = {}
        self._process = os.getpid()

    def borrow(self, key: SessionKey, *, within_s: float) -> tuple[Session, bool]:
        """A session of this key, and whether it was used before. The last one given back comes
        first, so that the others grow old.

        Raises Unanswered where a new one cannot be opened.
        """
        for session in self._too_old():
            self._close(session)
        with self._lock:
            waiting = self._idle.get(key)
            if waiting:
                _, session = waiting.pop()
                return session, True
        return self._open(key, within_s), False

    def give_back(self, key: SessionKey, session: Session) -> None:
        """For the next one, unless it was used up."""
        options, now = self._options, monotonic()
        used_up = (
            session.statements >= options.session_max_statements
            or now - session.opened >= options.session_max_age_s
        )
        with self._lock:
            waiting = self._mine().setdefault(key, [])
            used_up = used_up or len(waiting) >= options.sessions_idle_per_person
            if not used_up:
                waiting.append((now, session))
        if used_up:
            self._close(session)

    def idle(self, principal: str | None = None) -> int:
        """How many sessions wait, of this principal or of all."""
        with self._lock:
            return sum(
                len(waiting)
                for key, waiting in self._mine().items()
                if principal in (None, key.principal)
            )

    def forget(self, principal: str) -> None:
        """Close what waits of this principal: they signed out, or their token is not good."""
        with self._lock:
            keys = [key for key in self._mine() if key.principal == principal]
            closing = [session for key in keys for _, session in self._idle.pop(key)]
        for session in closing:
            self._close(session)

    def close(self) -> None:
        """End all that waits; sessions that do not end in a moment are left to the server."""
        with self._lock:
            idle, self._idle = self._mine(), {}
        until = monotonic() + END_WITHIN_S
        for session in (session for waiting in idle.values() for _, session in waiting):
            # Here and not aside: an interpreter that ends starts no thread.
            left_s = until - monotonic()
            if left_s > 0:
                _end(session, within_s=left_s)
            else:
                session.abandon()

    def _too_old(self) -> list[Session]:
        now, options = monotonic(), self._options
        found: list[Session] = []
        with self._lock:
            for key, waiting in list(self._mine().items()):
                kept = []
                for since, session in waiting:
                    is_old = (
                        now - since >= options.session_idle_s
                        or now - session.opened >= options.session_max_age_s
                    )
                    found.append(session) if is_old else kept.append((since, session))
                self._idle[key] = kept
                if not kept:
                    del self._idle[key]
        return found

    def _mine(self) -> dict[SessionKey, list[tuple[float, Session]]]:
        """In a forked child: none. The parent's are dropped, which tells the server nothing."""
        if self._process != os.getpid():
            self._idle, self._process = {}, os.getpid()
        return self._idle

    def _close(self, session: Session) -> None:
        """Aside, since nobody should wait for it."""
        name = "databricks-close"
        threading.Thread(target=_end, args=(session,), name=name, daemon=True).start()

    def _opened(self, key: SessionKey, within_s: float) -> Session:
        # The driver takes seconds to import: whoever runs no statement does not pay for it.
        from semantic_layer.adapters.databricks.driver import Session

        return Session(
            self._options,
            key.token,
            statement_timeout_s=key.statement_timeout_s,
            within_s=within_s,
        )


def _end(session: Session, within_s: float = CLOSE_WITHIN_S) -> None:
    with suppress(Unanswered):
        session.close(within_s=within_s)

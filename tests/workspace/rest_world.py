"""What only the REST side of the test workspace knows, beside the state it shares with SQL."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.workspace.state import WorkspaceState


@dataclass(frozen=True)
class ScriptedMessage:
    """How Genie goes about one question: the states that each poll sees, then the attachments."""

    states: Sequence[str] = ("SUBMITTED", "ASKING_AI", "EXECUTING_QUERY", "COMPLETED")
    sql: str | None = None
    texts: Sequence[tuple[str, str]] = ()
    """(purpose, content)."""
    follow_ups: Sequence[str] = ()
    error: tuple[str, str] | None = None
    """(type, message) of a failed one."""


@dataclass
class GenieMessage:
    """A question that somebody put."""

    space: str
    conversation: str
    owner: str
    content: str
    script: ScriptedMessage
    polls: int = 0


@dataclass
class OAuthApp:
    """A custom OAuth application that people may sign in with, for this redirect address."""

    client_id: str
    redirect_uri: str
    secret: str | None = None


@dataclass(frozen=True)
class IssuedCode:
    """An authorization code: whose it is, for whom, and the PKCE challenge it is bound to."""

    user_name: str
    client_id: str
    redirect_uri: str
    challenge: str


@dataclass
class RestWorld:
    """Changed by tests while the server runs."""

    state: WorkspaceState
    page_size: int = 2
    """Small, so that every list takes more than one page."""
    empty_pages: bool = True
    """Lists begin with an empty page that has a next one."""
    inactive: set[str] = field(default_factory=set)
    """User names that were deactivated; their tokens still say who they are."""
    table_properties: dict[str, dict[str, str]] = field(default_factory=dict)
    table_lineage: set[tuple[str, str]] = field(default_factory=set)
    """(source full name, target full name)."""
    column_lineage: set[tuple[str, str]] = field(default_factory=set)
    """The same with a column behind: `c.s.t.column`."""
    dashboards: set[tuple[str, str]] = field(default_factory=set)
    """(table full name, dashboard id)."""
    endpoints: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = field(default_factory=dict)
    """Serving endpoint -> the chat completion for a request body."""
    genie_spaces: dict[str, Callable[[str], ScriptedMessage]] = field(default_factory=dict)
    """Space id -> how a question is gone about."""
    genie_messages: dict[str, GenieMessage] = field(default_factory=dict)
    apps: dict[str, OAuthApp] = field(default_factory=dict)
    codes: dict[str, IssuedCode] = field(default_factory=dict)
    refresh_tokens: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Good refresh tokens -> (user name, client id); each works once."""
    browser_user: str | None = None
    """Who is signed in to the workspace in the browser that is sent to its authorize page."""
    token_lifetime_s: int = 3600
    warehouse_state: str = "RUNNING"
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    lock: threading.RLock = field(default_factory=threading.RLock)

    def new_id(self, kind: str) -> str:
        """`kind-1`, `kind-2`, ..."""
        return f"{kind}-{next(self.numbers)}"

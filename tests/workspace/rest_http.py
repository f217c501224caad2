"""What the routes of the test workspace's REST server share: requests, replies, scripted faults."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.workspace.rest_world import RestWorld
from tests.workspace.state import Person


@dataclass(frozen=True)
class Asked:
    """One request; `person` is whose token it carries, None on the few paths that need none."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    base_url: str
    world: RestWorld
    signed_in: Person | None

    @property
    def person(self) -> Person:
        assert self.signed_in is not None
        return self.signed_in

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """JSON unless `body` is bytes."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def encoded(self) -> tuple[bytes, str]:
        if self.status == 204:
            return b"", "application/json"
        if isinstance(self.body, bytes):
            return self.body, "application/octet-stream"
        return json.dumps(self.body if self.body is not None else {}).encode(), "application/json"


def refusal(status: int, error_code: str, message: str, **headers: str) -> Reply:
    """An error as the workspace writes it."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply({"error_code": error_code, "message": message}, status, names)


Kind = Literal["status", "hang", "reset", "half body", "not json", "pass"]


@dataclass
class Fault:
    """What goes wrong with the next `times` requests that match (`GET /api/.*`).

    `done_first`: the request takes effect, only its answer is lost. `hang` waits for `released`;
    `pass` lets the request through, so that a later one is hit.
    """

    matches: str
    kind: Kind = "status"
    times: int = 1
    status: int = 503
    error_code: str = "TEMPORARILY_UNAVAILABLE"
    message: str = "The service is temporarily unavailable."
    retry_after: str | None = None
    done_first: bool = False
    released: threading.Event = field(default_factory=threading.Event)

    def reply(self) -> Reply:
        headers = {"Retry_After": self.retry_after} if self.retry_after is not None else {}
        return refusal(self.status, self.error_code, self.message, **headers)


class Faults:
    """Scripted failures, taken in order by the requests they match."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, matches: str, **how: Any) -> Fault:
        fault = Fault(matches, **how)
        with self._lock:
            self._waiting.append(fault)
        return fault

    def take(self, line: str) -> Fault | None:
        """The fault of this request, if any; `line` is `METHOD /path`."""
        with self._lock:
            for fault in self._waiting:
                if fault.times > 0 and re.fullmatch(fault.matches, line):
                    fault.times -= 1
                    return None if fault.kind == "pass" else fault
            return None

    def clear(self) -> None:
        """Forget all, and let go of who hangs."""
        with self._lock:
            for fault in self._waiting:
                fault.released.set()
            self._waiting.clear()


Answer = Callable[..., Reply]


class Routes:
    """`METHOD path-pattern` -> function of the request and the pattern's groups."""

    def __init__(self) -> None:
        self._found: list[tuple[str, re.Pattern[str], bool, Answer]] = []

    def on(self, method: str, pattern: str, *, open_to_all: bool = False) -> Callable[..., Answer]:
        def keep(answer: Answer) -> Answer:
            self._found.append((method, re.compile(pattern), open_to_all, answer))
            return answer

        return keep

    def find(self, method: str, path: str) -> tuple[bool, Answer, tuple[str, ...]] | None:
        """Whether everybody may ask, who answers, and the parts of the path."""
        for known, pattern, open_to_all, answer in self._found:
            if known == method and (match := pattern.fullmatch(path)):
                return open_to_all, answer, match.groups()
        return None

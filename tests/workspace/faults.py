"""What a workspace does when it is not well, by the request that meets it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Event, Lock


@dataclass(frozen=True)
class Fault:
    """Instead of (or after) an answer.

    `status` with `reason` is an HTTP answer; `reset` ends the connection without one; `half` sends
    half of the real answer and ends the connection; `hang` waits until the event is set, then
    resets. `after_work` does the work first, so that only the answer is lost.
    """

    status: int | None = None
    reason: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    reset: bool = False
    half: bool = False
    hang: Event | None = None
    after_work: bool = False


class Faults:
    """The faults to come, by the name of the request (`OpenSession`, ...); each happens `times`
    times, then the next answer is a good one."""

    def __init__(self) -> None:
        self._planned: dict[str, list[Fault]] = {}
        self._lock = Lock()

    def plan(self, name: str, fault: Fault, *, times: int = 1) -> None:
        with self._lock:
            self._planned.setdefault(name, []).extend([fault] * times)

    def next(self, name: str) -> Fault | None:
        with self._lock:
            planned = self._planned.get(name)
            return planned.pop(0) if planned else None

    def clear(self) -> None:
        """All is well from now on; whoever hangs is let go."""
        with self._lock:
            for planned in self._planned.values():
                for fault in planned:
                    if fault.hang is not None:
                        fault.hang.set()
            self._planned.clear()

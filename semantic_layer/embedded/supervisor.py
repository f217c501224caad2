"""Keeps a few services running: one that dies is started again, all stop together, in order."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from semantic_layer.embedded.process import (
    Child,
    Program,
    StartError,
    end_orphan,
    last_lines,
    spawn,
    stop,
    sweep,
)

WATCH_S = 0.2
PATIENCE_S = 120.0
MOST_DEATHS = 5


class Service(Protocol):
    """Something that can be started again: PostgreSQL, Valkey, or a plain program."""

    child: Child | None

    def start(self) -> object: ...

    def stop(self) -> None: ...


@dataclass
class ProgramService:
    """A program without further needs."""

    program: Program
    run_folder: Path
    child: Child | None = None

    def start(self) -> None:
        """Start it; one that an earlier, killed start left is ended first."""
        end_orphan(self.run_folder, self.program.name, self.program.stop)
        self.child = spawn(self.program, self.run_folder)

    def stop(self) -> None:
        if self.child:
            stop(self.child)
            self.child = None


@dataclass
class _Watched:
    service: Service
    name: str
    log: Path
    deaths: list[float] = field(default_factory=list)
    start_at: float | None = None


@dataclass
class Supervisor:
    """Started services in the order of their start. `say` gets one line per event."""

    say: Callable[[str], None]
    first_pause_s: float = 0.5
    _watched: list[_Watched] = field(default_factory=list)

    def start(self, service: Service) -> object:
        """Start the service and watch it from now on; what its `start` returned."""
        try:
            answer = service.start()
        except BaseException:  # a signal's, too: what runs half must not stay
            service.stop()
            raise
        if service.child is None:
            raise RuntimeError(f"{service!r} started without a child")
        program = service.child.program
        self._watched.append(_Watched(service, program.name, program.log))
        return answer

    def check(self) -> None:
        """Start again what died, after a pause that doubles with each death.

        Raises StartError when one keeps dying: then something is wrong that no restart mends.
        """
        now = time.monotonic()
        for watched in self._watched:
            child = watched.service.child
            if watched.start_at is not None:
                if now >= watched.start_at:
                    watched.start_at = None
                    watched.service.start()
                    self.say(f"{watched.name} runs again")
            elif child is not None and not child.is_running():
                self._bury(watched, child, now)

    def watch(self) -> None:
        """Check for ever; ends by an exception only (a signal's, or StartError)."""
        while True:
            self.check()
            time.sleep(WATCH_S)

    def wait_for(self, missing: Callable[[], str], seconds: float, what: str) -> None:
        """Ask until nothing is missing. A service that dies meanwhile ends the wait at once."""
        deadline = time.monotonic() + seconds
        while reason := missing():
            for watched in self._watched:
                child = watched.service.child
                if child is not None and not child.is_running():
                    raise StartError(
                        f"{watched.name} ended while starting: {last_lines(watched.log)} "
                        f"(log: {watched.log})"
                    )
            if time.monotonic() > deadline:
                log = self._watched[-1].log
                raise StartError(f"{what} was not ready in {seconds:.0f} s: {reason} (log: {log})")
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop all: programs first, at the same time, then what they stand on."""
        programs = [w.service for w in self._watched if isinstance(w.service, ProgramService)]
        with ThreadPoolExecutor(max_workers=max(1, len(programs))) as pool:
            for stopping in [pool.submit(program.stop) for program in programs]:
                stopping.result()
        for watched in reversed(self._watched):
            watched.service.stop()
        self._watched.clear()

    def _bury(self, watched: _Watched, child: Child, now: float) -> None:
        code = child.process.returncode
        sweep(child)
        watched.service.child = None
        watched.deaths = [death for death in watched.deaths if now - death < PATIENCE_S] + [now]
        if len(watched.deaths) >= MOST_DEATHS:
            raise StartError(
                f"{watched.name} died {MOST_DEATHS} times within {PATIENCE_S:.0f} s, so everything "
                f"stops: {last_lines(watched.log)} (log: {watched.log})"
            )
        pause = self.first_pause_s * 2 ** (len(watched.deaths) - 1)
        watched.start_at = now + pause
        cause = f"signal {-code}" if code < 0 else f"exit code {code}"
        self.say(f"{watched.name} died ({cause}); starting it again in {pause:.1f} s")

"""The service as `manage.py up` runs it, people to use it, and what its processes take."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bench.http_overhead import wait_until_answering
from semantic_layer.accounts import sessions, tokens
from semantic_layer.accounts.models import User
from semantic_layer.embedded import programs
from semantic_layer.embedded.folders import Folders, free_loopback_port
from semantic_layer.embedded.process import spawn, stop


@contextmanager
def web(
    environment: dict[str, str], folder: Path, *, processes: int = 2, preload: bool = True
) -> Iterator[tuple[int, int]]:
    """gunicorn as `manage.py up` runs it: its port and process number."""
    folders = Folders(folder)
    folders.make()
    address = programs.Address("127.0.0.1", free_loopback_port())
    program = programs.web(address, folders, environment)
    command = [*program.command, "--workers", str(processes)]
    if not preload:
        command.remove("--preload")
    child = spawn(replace(program, command=command), folders.run)
    try:
        probe = http.client.HTTPConnection("127.0.0.1", address.port, timeout=60)
        wait_until_answering(probe, child.process, program.log)
        probe.close()
        yield address.port, child.pid
    finally:
        stop(child)


def connected(port: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", port, timeout=60)


def people(count: int, role: str) -> list[str]:
    """Access tokens of so many new people with the role."""
    found = []
    for number in range(count):
        user = User.objects.create_user(f"{role}{number}@example.com", [role])
        session = sessions.open_session(user=user, credential=f"{role} {number}")
        found.append(tokens.issue(session).access)
    return found


@dataclass(frozen=True)
class Memory:
    """Megabytes of one process: resident, and its own share of it (PSS: a page that n processes
    have in common counts 1/n).
    """

    resident: float
    share: float


def memory_of(pid: int) -> Memory:
    """Read from /proc, so on Linux only."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    found = {
        name: int(rest.split()[0]) / 1024 for name, rest in (line.split(":") for line in lines)
    }
    return Memory(found["Rss"], found["Pss"])


def family_of(pid: int) -> list[int]:
    """A process and its children, the parent first."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def memory_mb(pid: int) -> float:
    """What a process and its children take together."""
    return sum(memory_of(one).share for one in family_of(pid))

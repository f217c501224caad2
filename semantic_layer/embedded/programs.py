"""What `manage.py up` runs beside the database and the cache: web, worker and beat."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from semantic_layer.embedded.environment import PROJECT
from semantic_layer.embedded.folders import Folders
from semantic_layer.embedded.process import Program, StartError, StopStep

# Celery: finish the running task, then give it back to the broker, then no more waiting.
STOP_CELERY = (
    StopStep(signal.SIGTERM, 15),
    StopStep(signal.SIGQUIT, 5),
    StopStep(signal.SIGKILL, 5),
)
STOP_WEB = (
    StopStep(signal.SIGTERM, 12),
    StopStep(signal.SIGQUIT, 3),
    StopStep(signal.SIGKILL, 5),
)
WEB_GRACE_S = 10
WEB_THREADS = 8
# The longest that gunicorn takes short of any length: SQL before the cursor travels in addresses.
WEB_REQUEST_LINE = 8190
# Longer than clients and proxies keep a connection that nobody uses: whoever closes it while the
# other begins to send breaks that request.
WEB_KEEP_ALIVE_S = 75


@dataclass(frozen=True)
class Address:
    """Where the web server listens."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """How a browser on this machine reaches it."""
        local = self.host in ("127.0.0.1", "0.0.0.0", "::", "::1")  # noqa: S104  compared only
        return f"http://{'localhost' if local else self.host}:{self.port}"

    @property
    def bind(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def check_free(self) -> None:
        """Raise StartError where the port is taken or not ours to take."""
        try:
            family, kind, protocol, _, place = socket.getaddrinfo(
                self.host, self.port, type=socket.SOCK_STREAM
            )[0]
            with contextlib.closing(socket.socket(family, kind, protocol)) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(place)
        except OSError as error:
            raise StartError(
                f"Port {self.port} on {self.host} cannot be used: {error.strerror}. Stop what uses "
                "it, or choose another: PORT=8123 make run, or manage.py up --port 8123."
            ) from error


def web(address: Address, folders: Folders, environment: Mapping[str, str]) -> Program:
    """gunicorn with threads: queries wait for the warehouse, they do not compute here."""
    workers = min(2, os.cpu_count() or 1)
    command = [sys.executable, "-m", "gunicorn", "semantic_layer.wsgi", "--bind", address.bind]
    command += ["--worker-class", "semantic_layer.http_server.ApiWorker"]
    command += ["--limit-request-line", str(WEB_REQUEST_LINE), "--workers", str(workers)]
    command += ["--threads", str(WEB_THREADS), "--preload", "--no-control-socket"]
    command += ["--keep-alive", str(WEB_KEEP_ALIVE_S)]
    command += ["--graceful-timeout", str(WEB_GRACE_S), "--access-logfile", "-"]
    log = folders.log / "web.log"
    return Program("web", command, log, _counting(folders, environment), None, STOP_WEB, PROJECT)


def worker(folders: Folders, environment: Mapping[str, str]) -> Program:
    """One Celery worker: three processes for queries in the background, one for all else."""
    command = [*_celery(), "worker", "--loglevel", "info", "--concurrency", "4"]
    command += ["--without-gossip", "--without-mingle"]
    log = folders.log / "worker.log"
    counting = _counting(folders, environment)
    return Program("worker", command, log, counting, None, STOP_CELERY, PROJECT)


def beat(folders: Folders, environment: Mapping[str, str]) -> Program:
    """Celery's clock; its only state is when each schedule ran last."""
    command = [*_celery(), "beat", "--loglevel", "info", "--pidfile="]
    command += ["--schedule", str(folders.run / "beat-schedule")]
    log = folders.log / "beat.log"
    return Program("beat", command, log, environment, None, STOP_CELERY, PROJECT)


def _counting(folders: Folders, environment: Mapping[str, str]) -> dict[str, str]:
    """Web and worker write their figures into one folder, so that one scrape tells of all."""
    folders.figures.mkdir(exist_ok=True)
    return {**environment, "PROMETHEUS_MULTIPROC_DIR": str(folders.figures)}


def _celery() -> list[str]:
    return [sys.executable, "-m", "celery", "-A", "semantic_layer.celery"]

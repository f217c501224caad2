"""The real server as `manage.py up` runs it: a process of its own, over a database of its own."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import requests
from psycopg import sql

from semantic_layer.accounts.local_identity import TOKEN_PREFIX
from semantic_layer.demo.tokens import read_demo
from semantic_layer.embedded.environment import PROJECT, SETTINGS
from semantic_layer.embedded.folders import Folders, free_loopback_port
from semantic_layer.embedded.process import last_lines, spawn, stop
from semantic_layer.embedded.programs import Address, web
from tests.waiting import PATIENCE_S, wait_for

WORKERS = 2
READY_SECONDS = 60
# Which process answered which request, for tests that must meet both.
ACCESS_LINE = "ANSWERED %(p)s %({x-request-id}o)s"
CACHE_NUMBER = 7
# The clients here are idle for minutes; none may meet a connection that is being closed.
OPTIONS = ["--workers", str(WORKERS), "--keep-alive", "3600"]


@dataclass(frozen=True)
class Server:
    """A running service; `tokens` are what people sign in with, by role."""

    url: str
    tokens: Mapping[str, str]
    log: Path
    warehouse_file: Path

    def bearer(self, role: str) -> str:
        """What works as `Bearer`: a local token itself, what a workspace's was signed in for."""
        token = self.tokens[role]
        if token.startswith(TOKEN_PREFIX):
            return token
        login = {"databricks_token": token}
        response = requests.post(f"{self.url}/api/auth/login", json=login, timeout=PATIENCE_S)
        response.raise_for_status()
        return str(response.json()["access_token"])

    def logged(self, request_id: str) -> str:
        """All that the log has to say of a request."""
        lines = (line for line in self.log.read_text().splitlines() if request_id in line)
        return "\n".join(line.replace("\\n", "\n") for line in lines)

    def process_of(self, request_id: str) -> int:
        """Which process of the server answered; the line may come a moment after the answer."""
        pattern = re.compile(rf"ANSWERED <?(\d+)>? {re.escape(request_id)}")
        found = wait_for(
            lambda: pattern.search(self.log.read_text()), what=f"the log line of {request_id}"
        )
        return int(found[1])


@contextlib.contextmanager
def running(
    folder: Path,
    warehouse_file: Path,
    served_with: Mapping[str, str] | None = None,
    tokens: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """Migrate a new database, load the demo into it, and serve both until the end.

    `served_with` is environment for the server alone: the demo is loaded without it. `tokens` are
    what people sign in with, by role, instead of the demo's own.
    """
    folders = Folders(folder)
    folders.make()
    os.link(warehouse_file, _demo_file(folder))
    with database() as database_url:
        environment = environment_of(folder, database_url)
        _manage(environment, "migrate", "--no-input", "--verbosity=0")
        _manage(environment, "load_demo")
        address = Address("127.0.0.1", free_loopback_port())
        program = web(address, folders, {**environment, **(served_with or {})})
        program = replace(program, command=[*program.command, *OPTIONS])
        child = spawn(program, folders.run)
        try:
            deadline = time.monotonic() + READY_SECONDS
            while not _is_ready(address.url):
                told = last_lines(program.log, 20)
                assert child.is_running(), f"the server ended: {told}"
                assert time.monotonic() < deadline, f"the server is not ready: {told}"
                time.sleep(0.05)
            demo = read_demo(folder)
            assert demo is not None
            yield Server(address.url, tokens or demo["tokens"], program.log, warehouse_file)
        finally:
            stop(child)


def _demo_file(folder: Path) -> Path:
    file = folder / "warehouse" / "flights.duckdb"
    file.parent.mkdir()
    return file


def environment_of(folder: Path, database_url: str) -> dict[str, str]:
    """What `up` would set, over the test session's servers."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": SETTINGS,
        "DATABASE_URL": database_url,
        "REDIS_URL": _other_number(os.environ["REDIS_URL"]),
        "VAR_DIR": str(folder),
        "RATE_LIMIT_PROFILE": "development",
        "RATE_LIMIT_QUERIES": "1000",
        "RATE_LIMIT_METADATA": "1000",
        "RATE_LIMIT_MODELS": "1000",
        "GUNICORN_CMD_ARGS": f"--access-logformat '{ACCESS_LINE}'",
    }


def _other_number(redis_url: str) -> str:
    """The same server, another of its databases: other tests clear theirs whole."""
    if redis_url.startswith("unix:"):
        return re.sub(r"\?db=\d+", f"?db={CACHE_NUMBER}", redis_url)
    return urlunsplit(urlsplit(redis_url)._replace(path=f"/{CACHE_NUMBER}"))


@contextlib.contextmanager
def database() -> Iterator[str]:
    """A new, empty database on the session's server, dropped at the end."""
    url = os.environ["DATABASE_URL"]
    # Two servers may run in one session: neither may drop the other's database.
    name = f"http_{os.getpid()}_{uuid4().hex[:8]}"
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(drop)
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(drop)


def _is_ready(url: str) -> bool:
    try:
        return requests.get(f"{url}/api/health/ready", timeout=10).status_code == 200
    except requests.ConnectionError:
        return False


def _manage(environment: Mapping[str, str], *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env=environment,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"manage.py {arguments[0]}: {done.stdout}{done.stderr}"

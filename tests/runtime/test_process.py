"""Children, locks, attachments: the small parts under `manage.py up`."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from semantic_layer.embedded import environment
from semantic_layer.embedded.attach import as_setting, check_default, read_attachments
from semantic_layer.embedded.folders import Folders, Lock
from semantic_layer.embedded.process import Program, StartError, end_orphan, spawn, stop
from semantic_layer.embedded.programs import Address
from semantic_layer.embedded.secret_files import secret
from semantic_layer.embedded.supervisor import ProgramService, Supervisor
from tests.runtime.processes import gone
from tests.waiting import PATIENCE_S, wait_for


def program(folders: Folders, script: str) -> Program:
    return Program("probe", ["/bin/sh", "-c", script], folders.log / "probe.log")


class TestChildren:
    def test_stop_ends_the_whole_group(self, folders: Folders) -> None:
        child = spawn(program(folders, "sleep 60 & echo $!; wait"), folders.run)
        grandchild = int(_first_line(child.program.log))
        stop(child)
        assert gone(child.pid)
        assert gone(grandchild)

    def test_an_orphan_is_found_by_its_record(self, folders: Folders) -> None:
        child = spawn(program(folders, "sleep 60"), folders.run)
        assert end_orphan(folders.run, "probe")
        child.process.wait(PATIENCE_S)
        assert not end_orphan(folders.run, "probe")

    def test_a_number_used_again_is_left_alone(self, folders: Folders) -> None:
        child = spawn(program(folders, "sleep 60"), folders.run)
        text = child.record.read_text()
        child.record.write_text(re.sub(r"\d+\"}$", '1"}', text))  # as if started at another time
        assert not end_orphan(folders.run, "probe")
        assert child.is_running()
        stop(child)

    def test_a_program_that_is_not_there_says_so_in_its_log(self, folders: Folders) -> None:
        missing = Program("probe", ["/no/such/program"], folders.log / "probe.log")
        child = spawn(missing, folders.run)
        assert child.process.wait(PATIENCE_S) == 126
        assert "cannot start /no/such/program" in missing.log.read_text()


class TestSupervisor:
    def test_what_dies_is_started_again(self, folders: Folders) -> None:
        said: list[str] = []
        supervisor = Supervisor(said.append, first_pause_s=0.01)
        service = ProgramService(program(folders, "sleep 60"), folders.run)
        supervisor.start(service)
        assert service.child is not None
        first = service.child.pid
        os.kill(first, signal.SIGKILL)
        _check_until(supervisor, lambda: service.child is not None and service.child.pid != first)
        assert said[0].startswith("probe died (signal 9)")
        supervisor.stop()
        assert service.child is None

    def test_what_keeps_dying_stops_everything(self, folders: Folders) -> None:
        supervisor = Supervisor(lambda text: None, first_pause_s=0.01)
        supervisor.start(ProgramService(program(folders, "echo broken; exit 3"), folders.run))
        with pytest.raises(StartError, match=r"probe died 5 times .*broken"):
            _check_until(supervisor, lambda: False)

    def test_a_death_while_starting_is_told_with_its_last_words(self, folders: Folders) -> None:
        supervisor = Supervisor(lambda text: None)
        supervisor.start(ProgramService(program(folders, "echo no luck; exit 1"), folders.run))
        with pytest.raises(StartError, match=r"probe ended while starting: no luck"):
            supervisor.wait_for(lambda: "all", 10, "It")


class TestLock:
    def test_the_second_is_told_who_holds_it(self, folders: Folders) -> None:
        first, second = Lock(folders.run / "lock"), Lock(folders.run / "lock")
        first.take()
        first.tell({"pid": 4711, "url": "http://localhost:8000"})
        with pytest.raises(StartError, match=r"pid 4711, url http://localhost:8000"):
            second.take()
        first.release()
        second.take()
        second.release()

    def test_a_killed_holder_frees_it(self, folders: Folders) -> None:
        script = (
            "import sys, time; from pathlib import Path\n"
            "from semantic_layer.embedded.folders import Lock\n"
            "lock = Lock(Path(sys.argv[1])); lock.take(); print('held', flush=True)\n"
            "time.sleep(60)\n"
        )
        path = folders.run / "lock"
        command = [sys.executable, "-c", script, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            with pytest.raises(StartError, match=f"pid {holder.pid} "):
                Lock(path).take()
            holder.kill()
            holder.wait()
        lock = Lock(path)
        lock.take()
        lock.release()


class TestSecrets:
    def test_made_once_and_private(self, tmp_path: Path) -> None:
        made = secret(tmp_path / "key")
        assert len(made) == 64
        assert secret(tmp_path / "key") == made
        assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600

    def test_other_commands_meet_the_running_service(self, folders: Folders) -> None:
        service = {"VAR_DIR": str(folders.root)}
        environment.fill(service, ["manage.py", "up"])
        environment.write_down(service, folders)
        other = {"VAR_DIR": str(folders.root), "SECRET_KEY": "mine", "REDIS_URL": "redis://mine"}
        environment.fill(other, ["manage.py", "query"])
        assert other["DATABASE_URL"] == service["DATABASE_URL"]
        assert other["REDIS_URL"] == "redis://mine"
        assert "SECRET_KEY_FILE" not in other
        assert other["JWT_SIGNING_KEY_FILE"] == service["JWT_SIGNING_KEY_FILE"]

    def test_a_configured_service_gets_nothing_embedded(self, folders: Folders) -> None:
        given = {
            "VAR_DIR": str(folders.root),
            "DATABASE_URL": "postgresql://db/x",
            "REDIS_URL": "redis://cache",
        }
        environment.fill(given, ["manage.py", "up"])
        assert environment.embedded_postgres(given, folders) is None
        assert environment.embedded_valkey(given, folders) is None
        assert given["DATABASE_URL"] == "postgresql://db/x"

    def test_a_folder_that_cannot_be_made(self, folders: Folders) -> None:
        (folders.root / "file").write_text("")
        with pytest.raises(StartError, match=r"cannot be written.*VAR_DIR"):
            environment.fill({"VAR_DIR": str(folders.root / "file")}, ["manage.py", "up"])


class TestAttachments:
    def test_flags_win_over_the_environment(self, tmp_path: Path) -> None:
        for name in ("a", "b"):
            duckdb.connect(str(tmp_path / f"{name}.duckdb")).close()
        a, b = tmp_path / "a.duckdb", tmp_path / "b.duckdb"
        found = read_attachments([f"sales={b}"], f"sales={a}, mf={a}")
        assert found == {"sales": b, "mf": a}
        assert as_setting(found) == f"sales={b},mf={a}"

    @pytest.mark.parametrize(
        ("item", "message"),
        [
            ("sales", "write NAME=FILE"),
            ("=x", "no catalog name"),
            ("1a=x", "no catalog name"),
            ("flights=x", "is taken"),
            ("sales=/no/such.duckdb", "cannot be read: No such file"),
            (f"sales={__file__}", "not a DuckDB database file"),
        ],
    )
    def test_one_clear_line(self, item: str, message: str) -> None:
        with pytest.raises(StartError, match=message):
            read_attachments([item], "")

    def test_the_default_catalog_must_be_there(self) -> None:
        check_default("", [], demo=False)
        check_default("sales", ["sales"], demo=False)
        check_default("flights", [], demo=True)
        with pytest.raises(StartError, match="'salse' is no catalog: there are sales, flights"):
            check_default("salse", ["sales"], demo=True)
        with pytest.raises(StartError, match="nothing is attached"):
            check_default("flights", [], demo=False)


def test_a_bad_port_number_or_host_is_told() -> None:
    with pytest.raises(StartError, match=r"Port 80 on 192\.0\.2\.1 cannot be used"):
        Address("192.0.2.1", 80).check_free()


def _first_line(log: Path) -> str:
    wait_for(lambda: log.read_text().endswith("\n"), what="its first line")
    return log.read_text().splitlines()[0]


def _check_until(supervisor: Supervisor, done: Callable[[], object]) -> None:
    def look() -> object:
        supervisor.check()
        return done()

    wait_for(look)

"""`manage.py up` as people run it: real processes, in a folder of their own, on a free port.

A full start takes seconds, so the tests of one start share it and stand in the order of its life.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pytest

from semantic_layer.embedded.environment import PROJECT
from semantic_layer.embedded.folders import free_loopback_port
from tests.runtime.processes import gone, processes_of
from tests.waiting import PATIENCE_S, wait_for

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes by /proc")

START_S = 90
CONFIGURED = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "SECRET_KEY", "JWT_SIGNING_KEY")


@dataclass
class Up:
    """One run of the command; its output is read as it comes."""

    var: Path
    port: int
    arguments: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None
    output: str = ""

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self, *more: str) -> None:
        """Run until it has said everything, or ended."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name not in CONFIGURED and not name.startswith(("_EMBEDDED", "DJANGO_"))
        }
        log = self.var.parent / "up.log"
        log.write_text("")
        with log.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up", *self.arguments, *more],
                cwd=PROJECT,
                env={
                    **inherited,
                    "VAR_DIR": str(self.var),
                    "PORT": str(self.port),
                    "PYTHONUNBUFFERED": "1",
                    **self.environment,
                },
                stdout=out,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_S
        while self.process.poll() is None and not self._has_said_all():
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        self.output = log.read_text()

    def read(self) -> str:
        """All that was said up to now."""
        self.output = (self.var.parent / "up.log").read_text()
        return self.output

    def _has_said_all(self) -> bool:
        return "Serving." in (self.var.parent / "up.log").read_text()

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Signal the command and wait for its end."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)

    def ask(self, path: str, body: dict[str, Any] | None = None, token: str = "") -> Any:
        request = urllib.request.Request(  # noqa: S310  our own http URL
            self.url + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310
            return json.load(answer)

    def demo(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.var / "demo.json").read_text())
        return found

    def pid_of(self, name: str) -> int:
        return int(json.loads((self.var / "run" / f"{name}.process").read_text())["pid"])


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    root = Path(tempfile.mkdtemp(prefix="slu-"))
    root.chmod(0o755)
    yield root
    for pid in processes_of(root / "var"):
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(scope="module")
def up(folder: Path) -> Iterator[Up]:
    """A service that is up, with a file of somebody's own attached."""
    sales = folder / "sales.duckdb"
    with duckdb.connect(str(sales)) as connection:
        connection.execute("CREATE TABLE orders AS SELECT 7 AS amount")
    service = Up(folder / "var", free_loopback_port(), ("--attach", f"sales={sales}"))
    service.start()
    assert service.process is not None
    assert service.process.poll() is None, service.output
    yield service
    if service.process.poll() is None:
        service.stop()


def eventually(check: Callable[[], Any], what: str) -> None:
    """Wait until it holds; while a part starts again, it cannot be asked."""

    def holds() -> Any:
        try:
            return check()
        except (OSError, ValueError):
            return False

    wait_for(holds, what=what)


# ---------------------------------------------------------------- one life, in order


def test_the_printed_curl_answers_with_the_right_number(up: Up, demo_warehouse: Path) -> None:
    line = next(line for line in up.output.splitlines() if line.startswith("curl "))
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True)
    rows = json.loads(done.stdout)["rows"]
    with duckdb.connect(str(demo_warehouse), read_only=True) as connection:
        expected = connection.execute(
            "SELECT a.name, strftime(make_date(f.year, f.month, 1), '%Y-%m'), "
            "count(*) FILTER (WHERE arr_delay < 15) / count(*)::DOUBLE "
            "FROM bronze.flights f LEFT JOIN bronze.airlines a USING (carrier) "
            "GROUP BY a.name, f.year, f.month ORDER BY 1, 2"
        ).fetchall()
    found = [
        (row["carrier__name"], row["metric_time__month"][:7], row["on_time_rate"]) for row in rows
    ]
    assert [row[:2] for row in found] == [row[:2] for row in expected]
    assert [row[2] for row in found] == pytest.approx([row[2] for row in expected])


def test_it_prints_addresses_tokens_and_the_answer(up: Up) -> None:
    for path in ("/api/", "/docs", "/admin/"):
        assert f"{up.url}{path}" in up.output
    for role, token in up.demo()["tokens"].items():
        assert re.search(rf"{role}\s+{re.escape(token)}", up.output)
    united = next(line for line in up.output.splitlines() if "United Air Lines" in line)
    assert len(re.findall(r"\b\d\d\b", united)) == 12


def test_demo_json_is_private_and_its_tokens_sign_in(up: Up) -> None:
    assert stat.S_IMODE((up.var / "demo.json").stat().st_mode) == 0o600
    demo = up.demo()
    assert demo["url"] == up.url
    for role in ("viewer", "analyst", "engineer", "admin"):
        signed_in = up.ask("/api/auth/login", {"databricks_token": demo["tokens"][role]})
        assert signed_in["user"]["roles"] == [role]


def test_the_attached_file_is_a_catalog(up: Up) -> None:
    token = up.demo()["tokens"]["analyst"]
    answer = up.ask("/api/queries/execute", {"query": "SELECT amount FROM sales.orders"}, token)
    assert answer["rows"] == [{"amount": 7}]


def test_a_second_start_is_told_who_runs(up: Up) -> None:
    assert up.process is not None
    other = Up(up.var, free_loopback_port())
    log = up.read()
    other.start()
    assert other.process is not None
    assert other.process.returncode == 1
    said = (up.var.parent / "up.log").read_text()
    assert f"Already running: pid {up.process.pid}, url {up.url}" in said
    (up.var.parent / "up.log").write_text(log)


def test_another_command_meets_the_running_service(up: Up) -> None:
    environment = {k: v for k, v in os.environ.items() if k not in CONFIGURED}
    environment |= {"VAR_DIR": str(up.var), "DJANGO_SETTINGS_MODULE": "semantic_layer.settings"}
    done = subprocess.run(
        [sys.executable, "manage.py", "query", "--metrics", "flights"],
        cwd=PROJECT, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert re.search(r"336[,]?776", done.stdout)


@pytest.mark.parametrize("name", ["worker", "postgres", "valkey", "web"])
def test_what_is_killed_is_started_again(up: Up, name: str) -> None:
    before = up.pid_of(name)
    os.kill(before, signal.SIGKILL)
    eventually(lambda: up.pid_of(name) != before, "another process")
    token = up.demo()["tokens"]["analyst"]
    body = {"metrics": ["flights"]}
    eventually(lambda: up.ask("/api/metrics-explorer/query", body, token)["rows"], "an answer")
    eventually(lambda: up.ask("/api/health/ready"), "good health")


def test_a_killed_supervisor_takes_everything_along(up: Up) -> None:
    assert up.process is not None
    family = processes_of(up.var)
    assert len(family) > 5
    up.stop(signal.SIGKILL)
    assert [command for pid, command in family.items() if not gone(pid)] == []


def test_the_next_start_changes_nothing(up: Up) -> None:
    files = [up.var / "demo.json", up.var / "warehouse" / "flights.duckdb"]
    before = [(file.stat().st_mtime_ns, file.read_bytes()) for file in files]
    up.start()
    assert [(file.stat().st_mtime_ns, file.read_bytes()) for file in files] == before
    assert "Demo:" not in up.output
    engineer = up.demo()["tokens"]["engineer"]
    models = up.ask("/api/models/", token=engineer)["models"]
    assert {model["version"] for model in models} == {1}


def test_ctrl_c_leaves_no_process_and_whole_data(up: Up) -> None:
    family = processes_of(up.var)
    assert up.stop(signal.SIGINT) == 0
    assert up.read().rstrip().endswith("Stopped.")
    assert [command for pid, command in family.items() if not gone(pid)] == []
    assert not (up.var / "postgres" / "data" / "postmaster.pid").exists()
    assert list((up.var / "run").glob("*.process")) == []


# ---------------------------------------------------------------- starts of their own


def test_without_the_demo(folder: Path) -> None:
    service = Up(folder / "bare" / "var", free_loopback_port(), ("--no-demo",))
    service.var.parent.mkdir()
    service.start()
    try:
        assert service.ask("/api/health/ready")
        assert not (service.var / "demo.json").exists()
        assert not (service.var / "warehouse").exists()
        assert "curl" not in service.output
    finally:
        assert service.stop(signal.SIGTERM) == 0
    assert processes_of(service.var) == {}


def refused(folder: Path, *arguments: str, port: int | None = None) -> str:
    """What a start says that is refused at once; nothing may be left running."""
    service = Up(folder / "refused" / "var", port or free_loopback_port(), arguments)
    service.var.parent.mkdir(exist_ok=True)
    service.start()
    assert service.process is not None
    assert service.process.returncode == 1
    assert processes_of(service.var) == {}
    lines = service.output.strip().splitlines()
    assert len(lines) == 1, service.output
    return lines[0]


def test_a_taken_port_is_one_clear_line(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refused(folder, port=port)
    assert said == (
        f"Cannot start: Port {port} on 127.0.0.1 cannot be used: Address already in use. Stop what "
        "uses it, or choose another: PORT=8123 make run, or manage.py up --port 8123."
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--port", "none"), "is not a number from 1 to 65535"),
        (("--attach", "sales=/no/such.duckdb"), "/no/such.duckdb cannot be read: No such file"),
        (("--attach", "sales"), "write NAME=FILE"),
    ],
)
def test_bad_arguments_are_one_clear_line(
    folder: Path, arguments: tuple[str, ...], message: str
) -> None:
    assert message in refused(folder, *arguments)


def test_reset_asks_first(folder: Path) -> None:
    kept = folder / "refused" / "var" / "warehouse"
    kept.mkdir(parents=True, exist_ok=True)
    assert "add --yes" in refused(folder, "--reset")
    assert kept.exists()

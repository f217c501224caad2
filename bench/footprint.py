"""How long web and worker take to start, and what memory they have before and after work.

python -m bench.footprint

The web process alone (one process, nothing preloaded) against its target, then web and worker as
`manage.py up` runs them. RSS is what `ps` shows; PSS counts a page that n processes share as 1/n,
so that the sum over a family is what the machine spends. Databricks' driver and SDK are loaded with
the first use of a workspace, which is not here.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from django.core.management import call_command  # noqa: I001  http_overhead sets Django up

from bench.http_overhead import CASES, MODEL, post, prepared
from bench.serving import connected, family_of, memory_of, people, web
from semantic_layer.celery import app
from semantic_layer.embedded import programs
from semantic_layer.embedded.folders import Folders
from semantic_layer.embedded.process import spawn, stop

TARGET_MB = 200.0
START_S = 120.0
DRIVERS = ("databricks.sql", "databricks.sdk")


def report(what: str, pid: int, *, target: bool = False) -> None:
    pids = family_of(pid)
    memories = [memory_of(one) for one in pids]
    most, total = max(one.resident for one in memories), sum(one.share for one in memories)
    verdict = ("ok" if most <= TARGET_MB else f"above {TARGET_MB:g} MB") if target else ""
    print(
        f"{what:<46}{len(pids):>4} processes, largest{most:>6.0f} MB RSS, all{total:>6.0f} MB PSS"
        f"  {verdict}",
        flush=True,
    )


def waited(condition: Callable[[], bool], started: float) -> float:
    while not condition():
        if time.monotonic() - started > START_S:
            raise SystemExit("it does not start")
        time.sleep(0.02)
    return time.monotonic() - started


def measure_import() -> None:
    """A process of its own that only loads the application."""
    code = (
        "import sys, semantic_layer.wsgi as w\n"
        f"sys.exit(any(name in sys.modules for name in {DRIVERS!r}))"
    )
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], check=False)
    loaded = "Databricks' driver is loaded" if done.returncode else "no driver of Databricks"
    print(f"loading the application: {time.monotonic() - started:.1f} s, {loaded}")


def measure_web(folder: Path, environment: dict[str, str], processes: int, token: str) -> None:
    name = f"web, {processes} process{'es' * (processes > 1)}"
    started = time.monotonic()
    with web(environment, folder, processes=processes, preload=processes > 1) as (port, pid):
        print(f"{name}: first answer after {time.monotonic() - started:.1f} s")
        report(f"{name}, started", pid, target=processes == 1)
        for case in CASES:
            for number in range(30):
                post(connected(port), token, case.path, case.body(number))
        report(f"{name}, after {30 * len(CASES)} queries", pid)


def measure_worker(folder: Path, environment: dict[str, str]) -> None:
    folders = Folders(folder / "worker")
    folders.make()
    started = time.monotonic()
    child = spawn(programs.worker(folders, environment), folders.run)
    try:
        took = waited(lambda: bool(app.control.ping(timeout=0.2)), started)
        print(f"worker: takes work after {took:.1f} s")
        report("worker, started", child.pid)
    finally:
        stop(child)


def main() -> None:
    with prepared() as (folder, environment):
        [token] = people(1, "engineer")
        Path(folder / "sales.yml").write_text(MODEL)
        call_command("import_models", str(folder / "sales.yml"), category="production", verbosity=0)
        measure_import()
        measure_web(folder, environment, 1, token)
        measure_web(folder, environment, 2, token)
        measure_worker(folder, environment)


if __name__ == "__main__":
    main()

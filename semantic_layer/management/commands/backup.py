"""`manage.py backup FILE`: the whole database as one file, consistent while the service runs."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from semantic_layer.database_programs import DatabaseProgramFailed, run


class Command(BaseCommand):
    """Models with all versions, people, audit and saved queries; no results and no exports."""

    help = "Write the database into one file that `manage.py restore` reads."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        if file.exists():
            raise CommandError(f"{file} exists already; name another file.")
        part = file.with_name(file.name + ".part")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            part.touch(mode=0o600)
            run("pg_dump", "--format", "custom", "--no-owner", "--file", str(part))
            os.replace(part, file)
        except (DatabaseProgramFailed, OSError) as error:
            part.unlink(missing_ok=True)
            raise CommandError(f"Nothing was backed up: {error}") from error
        self.stdout.write(f"{file}: {file.stat().st_size / 1e6:,.1f} MB")

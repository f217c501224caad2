"""`manage.py restore FILE`: put the database back to a backup, whole or not at all."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from semantic_layer.api.counters import counter_key, counters
from semantic_layer.database_programs import DatabaseProgramFailed, run


class Command(BaseCommand):
    """Replaces all data. Stop web, worker and beat before; start them after."""

    help = "Replace the database by what `manage.py backup` wrote."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        if not file.is_file():
            raise CommandError(f"{file} is not a file.")
        if not options["yes"]:
            self._ask()
        connections.close_all()
        try:
            run(
                "pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction",
                "--exit-on-error", str(file),
            )  # fmt: skip
        except DatabaseProgramFailed as error:
            raise CommandError(f"Nothing was changed: {error.message}") from error
        _forget_kept()
        call_command("migrate", interactive=False, verbosity=0)
        self.stdout.write(
            "Restored. Run `manage.py reconcile_models --prefer-registry` if the volume is newer, "
            "then start the service."
        )

    def _ask(self) -> None:
        if not sys.stdin.isatty():
            raise CommandError("This replaces all data; without a terminal, add --yes.")
        self.stdout.write("This replaces all data. Type yes to go on: ", ending="")
        self.stdout.flush()
        if sys.stdin.readline().strip() != "yes":
            raise CommandError("Nothing was changed.")


def _forget_kept() -> None:
    """Kept answers are known by versions, and the numbers of versions will come again."""
    for key in counters().scan_iter(counter_key("*"), count=1000):
        counters().unlink(key)

"""`manage.py refresh_lineage`: read again what has changed, and tell what is not known."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lineage.models import Unit
from lineage.refreshing import PARTS, Refreshed, refresh


class Command(BaseCommand):
    """Exit code 1 where a part could not be read; its stored graph stays."""

    help = "Bring the lineage graph up to date."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--force", action="store_true", help="also what did not change")
        parser.add_argument(
            "--part", action="append", choices=PARTS, help="only this one; may be repeated"
        )
        parser.add_argument(
            "--unresolved", action="store_true", help="list what could not be followed, and why"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        results = refresh(options["part"] or PARTS, force=options["force"])
        for result in results:
            self.stdout.write(_line(result))
        if options["unresolved"]:
            self._tell_unresolved()
        failed = [result.part for result in results if result.error]
        if failed:
            raise CommandError(f"Could not be read: {', '.join(failed)}.")

    def _tell_unresolved(self) -> None:
        for unit in Unit.objects.exclude(unresolved=[]).order_by("part", "name"):
            for reason in unit.unresolved:
                self.stdout.write(f"{unit.part_id:24} {unit.name}: {reason}")


def _line(result: Refreshed) -> str:
    if result.error:
        return f"{result.part:24} {result.error}"
    if result.stored is None:
        return f"{result.part:24} up to date"
    stored = result.stored
    return (
        f"{result.part:24} {stored.written} written, {stored.removed} removed, "
        f"{stored.kept} unchanged, {stored.unresolved} not known whole"
    )

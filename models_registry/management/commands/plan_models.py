"""`manage.py plan_models DIR --category X [--mirror]`: what importing would change, as a diff."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from models_registry import services
from models_registry.management.imported import line_of, short_diff, summary
from models_registry.management.people import add_person, person
from models_registry.models import Category
from semantic_layer.errors import InvalidModels, UserError

CHANGES_EXIT_CODE = 2


class Command(BaseCommand):
    """Exit code 0: nothing would change; 2: something would; 1: the files are invalid."""

    help = "Show what import_models would change; exit code 2 when that is anything."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=Path, metavar="DIR")
        parser.add_argument("--category", choices=Category.values, required=True)
        parser.add_argument(
            "--mirror", action="store_true", help="plan for `import_models --mirror`"
        )
        add_person(parser, "who would import")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            result = services.import_directory(
                actor=person(options["email"]),
                directory=options["directory"],
                category=options["category"],
                mirror=options["mirror"],
                force=True,  # a plan shows what an import might refuse
                dry_run=True,
            )
        except InvalidModels as error:
            for issue in error.issues:
                self.stderr.write(str(issue))
            raise CommandError(f"No plan: {error.message}") from error
        except UserError as error:
            raise CommandError(f"No plan: {error.message}") from error
        for warning in result.warnings:
            self.stderr.write(f"{warning} (warning)")
        for document in result.documents:
            self.stdout.write(line_of(document))
            if document.change == "updated":
                for line in short_diff(document):
                    self.stdout.write(line)
        self.stdout.write(f"Plan: {summary(result)}.")
        if result.changes:
            what = "1 change" if result.changes == 1 else f"{result.changes} changes"
            raise CommandError(f"{what} to import.", returncode=CHANGES_EXIT_CODE)

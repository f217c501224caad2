"""`manage.py import_models DIR --category X [--mirror]`: files into the registry, whole or not."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from models_registry import services
from models_registry.imports import ImportResult
from models_registry.management.imported import line_of, summary
from models_registry.management.people import add_person, person
from models_registry.models import Category
from semantic_layer.errors import InvalidModels, UserError


class Command(BaseCommand):
    """Imports a directory; what is published already as it is stays untouched."""

    help = "Import the YAML files of a directory into a category, in one transaction."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=Path, metavar="DIR")
        parser.add_argument("--category", choices=Category.values, required=True)
        parser.add_argument("--dry-run", action="store_true", help="show what would change")
        parser.add_argument(
            "--mirror",
            action="store_true",
            help="also delete what the directory does not have; versions are kept",
        )
        parser.add_argument(
            "--force",
            action="store_true",
            help="with --mirror: also delete what saved or recent queries use",
        )
        add_person(parser, "the author")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            result = services.import_directory(
                actor=person(options["email"]),
                directory=options["directory"],
                category=options["category"],
                dry_run=options["dry_run"],
                mirror=options["mirror"],
                force=options["force"],
            )
        except InvalidModels as error:
            for issue in error.issues:
                self.stderr.write(str(issue))
            raise CommandError(f"Nothing imported: {error.message}") from error
        except UserError as error:
            raise CommandError(f"Nothing imported: {error.message}") from error
        self._report(result, options["dry_run"])

    def _report(self, result: ImportResult, dry_run: bool) -> None:
        for warning in result.warnings:
            self.stderr.write(f"{warning} (warning)")
        for document in result.documents:
            if document.change != "unchanged":
                self.stdout.write(line_of(document))
        done = "Dry run, nothing written" if dry_run else "Imported"
        self.stdout.write(f"{done}: {summary(result)}.")

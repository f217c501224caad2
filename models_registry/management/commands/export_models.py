"""`manage.py export_models DIR --category X`: a category as files."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from models_registry.exports import export_directory
from models_registry.management.people import add_person, person
from models_registry.models import Category
from semantic_layer.errors import SemanticLayerError


class Command(BaseCommand):
    """One file per document, byte for byte as its author wrote it."""

    help = "Export what a category publishes into a directory of YAML files."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=Path, metavar="DIR")
        parser.add_argument(
            "--category", choices=Category.values, default=Category.PRODUCTION.value
        )
        parser.add_argument(
            "--overwrite", action="store_true", help="replace files of an earlier export"
        )
        add_person(parser, "who exports")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            exported = export_directory(
                actor=person(options["email"]),
                directory=options["directory"],
                category=options["category"],
                overwrite=options["overwrite"],
            )
        except SemanticLayerError as error:
            raise CommandError(error.message) from error
        for path in exported.others:
            self.stderr.write(f"{path} is not of this category and was left.")
        self.stdout.write(f"Exported {len(exported.files)} files to {options['directory']}.")

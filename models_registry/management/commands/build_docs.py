"""`manage.py build_docs`: the documentation of a category as a site, or of some of its models."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from models_registry.documentation.site import Wanted, build_site
from models_registry.management.people import add_person, person
from models_registry.models import Category
from models_registry.tasks import build_docs


class Command(BaseCommand):
    """Exit code 1 where a model could not be described; the site then lacks it."""

    help = "Build the documentation of a category as a site of static pages with search."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--category", choices=Category.values, default=Category.PRODUCTION.value
        )
        parser.add_argument("--output", metavar="DIR", help="VAR_DIR/documentation/CATEGORY if not")
        parser.add_argument("--model", action="append", default=[], help="only this; repeatable")
        parser.add_argument("--no-pdf", action="store_true", help="pages only")
        parser.add_argument(
            "--background", action="store_true", help="have a worker build the whole category"
        )
        add_person(parser, "as whom models and data are seen")

    def handle(self, *args: Any, **options: Any) -> None:
        category = options["category"]
        if options["background"]:
            build_docs.delay(category)
            self.stdout.write(f"A worker builds {settings.DOCUMENTATION_FOLDER / category}.")
            return
        output = options["output"]
        folder = Path(output) if output else settings.DOCUMENTATION_FOLDER / category
        built = build_site(
            actor=person(options["email"]),
            category=category,
            folder=folder.expanduser().resolve(),
            wanted=Wanted(tuple(options["model"]), not options["no_pdf"], options["email"] is None),
        )
        self.stdout.write(f"{len(built.models)} models in {built.folder}/index.html")
        for name, reason in built.skipped:
            self.stderr.write(f"{name}: {reason}")
        if built.skipped:
            raise CommandError(f"{len(built.skipped)} models could not be described.")

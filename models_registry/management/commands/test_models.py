"""`manage.py test_models [--category X] [--model NAME]`: the tests that models carry."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from models_registry.management.people import add_person, person
from models_registry.model_tests.judging import SHOWN
from models_registry.model_tests.running import TestResult, run_tests
from models_registry.models import Category
from semantic_layer.errors import SemanticLayerError


class Command(BaseCommand):
    """Exit code 0: all passed; 1: one did not, or could not be run."""

    help = "Run the tests that models and metrics carry (docs/model-tests.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--category", choices=Category.values, default=Category.PRODUCTION.value
        )
        parser.add_argument("--model", metavar="NAME", help="only of this model")
        add_person(parser, "who asks the warehouse")

    def handle(self, *args: Any, **options: Any) -> None:
        passed, failed = 0, 0
        try:
            for result in run_tests(
                actor=person(options["email"]),
                category=options["category"],
                model=options["model"],
            ):
                self._tell(result)
                passed, failed = passed + result.passed, failed + (not result.passed)
        except SemanticLayerError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{passed} passed, {failed} failed.")
        if failed:
            raise CommandError("Some tests of models failed.")

    def _tell(self, result: TestResult) -> None:
        word = "pass" if result.passed else "FAIL"
        self.stdout.write(f"{word}  {result.test.owner}: {result.test.name}")
        for difference in result.differences[:SHOWN]:
            self.stdout.write(f"      {difference}")
        if len(result.differences) > SHOWN:
            self.stdout.write(f"      and {len(result.differences) - SHOWN} more")

"""manage.py evaluate_questions: how well the planner answers golden questions."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import defaultdict
from pathlib import Path
from typing import IO, Any, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from genie.evaluation.calibrating import calibration_error, reliability
from genie.evaluation.questions import Golden, golden_questions, read_questions
from genie.evaluation.scoring import Evaluator, Score, Summary, Verdict, summary
from genie.planning.calibration import SURE
from models_registry.graph_source import load_snapshot
from models_registry.management.people import add_person, person
from models_registry.models import Category
from queries.basis import Basis
from semantic_layer.errors import SemanticLayerError

EXIT_WRONG = 1


class Command(BaseCommand):
    """Exit codes: 0 nothing is wrong, 1 some answer is wrong or too few are good, 2 the command
    line is.
    """

    help = (
        "Ask golden questions and compare the rows with those of the metric query that was "
        "expected. Example: manage.py evaluate_questions --category production --wrong"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "files", nargs="*", type=Path, help="files; those of GOLDEN_QUESTIONS_DIRECTORY"
        )
        parser.add_argument("--category", default=Category.PRODUCTION, choices=Category.values)
        parser.add_argument(
            "--wrong", action="store_true", help="list every question that is not right"
        )
        parser.add_argument(
            "--at-least", type=float, default=0.0, metavar="SHARE",
            help="fail where a smaller share is right or asked back, such as 0.95",
        )  # fmt: skip
        add_person(parser, "whose rights the questions are asked with")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            scores = _scores(options)
        except SemanticLayerError as error:
            raise CommandError(error.message, returncode=EXIT_WRONG) from error
        console = Console(file=cast(IO[str], self.stdout), width=120)
        by_file: defaultdict[str, list[Score]] = defaultdict(list)
        for score in scores:
            by_file[score.golden.file].append(score)
        for name, found in by_file.items():
            _print(console, name, summary(found))
        if options["wrong"]:
            _print_wrong(console, scores)
        whole = summary(scores)
        if whole.counts.get(Verdict.WRONG) or whole.kept_safe < options["at_least"]:
            raise CommandError(
                f"{whole.counts.get(Verdict.WRONG, 0)} wrong; {whole.kept_safe:.1%} right or "
                "asked back.",
                returncode=EXIT_WRONG,
            )


def _scores(options: dict[str, Any]) -> list[Score]:
    category = options["category"]
    questions: list[Golden] = []
    for file in options["files"]:
        questions += read_questions(file, category)
    if not options["files"]:
        questions = golden_questions(settings.GOLDEN_QUESTIONS_DIRECTORY, category)
    evaluator = Evaluator(person(options["email"]), Basis.of(load_snapshot(category)))
    return [evaluator.score(golden) for golden in questions]


def _print(console: Console, name: str, found: Summary) -> None:
    counts = ", ".join(f"{found.counts.get(verdict, 0)} {verdict.value}" for verdict in Verdict)
    console.print(
        f"{name}: {found.total} questions: {counts}; {found.kept_safe:.1%} right or asked back; "
        f"planning takes {found.median_ms:.1f} ms (median)",
        highlight=False,
    )
    confusion = Table("expected", "got", "questions", title="Confusion")
    for (expected, got), count in sorted(found.confusion.items()):
        confusion.add_row(expected, got, str(count))
    calibration = Table("confidence", "mean", "answers", "right", title="Calibration")
    for item in reliability(found.answers):
        calibration.add_row(
            f"{item.low:.2f} to {item.high:.2f}",
            f"{item.mean:.2f}",
            str(item.count),
            f"{item.share:.0%}",
        )
    console.print(confusion)
    console.print(calibration)
    error = calibration_error(found.answers)
    console.print(
        f"Expected calibration error {error:.3f}; from {SURE:.2f} on a question is answered.",
        highlight=False,
    )


def _print_wrong(console: Console, scores: list[Score]) -> None:
    for score in scores:
        if score.verdict is not Verdict.RIGHT:
            console.print(
                f"{score.verdict.value} ({score.plan.confidence}): {score.golden.question}: "
                f"{score.detail}",
                highlight=False,
                markup=False,
            )

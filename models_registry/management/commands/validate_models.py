"""`manage.py validate_models PATH...`: every problem of model files, for people and for CI."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from models_registry.imports import Checked, check_files
from semantic_layer.errors import Issue, Malformed

FORMATS = ("text", "json", "github")


class Command(BaseCommand):
    """Reads files only: no database, no warehouse. Exit code 1 for an error, and for no file."""

    help = "Validate model files and directories; exit code 1 when there are errors, or no files."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
        parser.add_argument(
            "--format",
            choices=FORMATS,
            default="text",
            help="text: file:line:column; json; github: annotations of a workflow run",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            checked = check_files(options["paths"])
        except Malformed as error:
            raise CommandError(error.message) from error
        if not checked.files:
            paths = ", ".join(str(path) for path in options["paths"])
            raise CommandError(f"There is no .yml or .yaml file at {paths}: nothing was validated.")
        self.stdout.write(_written(checked, options["format"]))
        if checked.errors:
            raise CommandError(_summary(checked))


def _written(checked: Checked, form: str) -> str:
    if form == "json":
        body = {
            "valid": not checked.errors,
            "errors": [issue.as_dict() for issue in checked.errors],
            "warnings": [issue.as_dict() for issue in checked.warnings],
            "summary": {
                "files": checked.files,
                "models": checked.models,
                "metrics": checked.metrics,
            },
        }
        return json.dumps(body, indent=2, ensure_ascii=False)
    write = _annotation if form == "github" else _line
    lines = [write(issue) for issue in sorted((*checked.errors, *checked.warnings))]
    if form == "text" and not checked.errors:
        lines.append(_summary(checked))
    return "\n".join(lines)


def _line(issue: Issue) -> str:
    """`file:line:column: message [CODE]`, warnings marked as such."""
    marked = "" if issue.severity == "error" else f" ({issue.severity})"
    return f"{issue}{marked}"


def _annotation(issue: Issue) -> str:
    """A workflow command that GitHub shows at the line."""
    kind = "error" if issue.severity == "error" else "warning"
    place = {"file": issue.file, "line": issue.line, "col": issue.column, "title": issue.code}
    known = ",".join(f"{key}={_escaped(value)}" for key, value in place.items() if value)
    return f"::{kind} {known}::{_escaped(issue.message, in_property=False)}"


def _escaped(value: object, *, in_property: bool = True) -> str:
    text = str(value).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if in_property else text


def _summary(checked: Checked) -> str:
    errors, warnings = len(checked.errors), len(checked.warnings)
    return (
        f"{_count(checked.models, 'model')} and {_count(checked.metrics, 'usable metric')} in "
        f"{_count(checked.files, 'file')}: {_count(errors, 'error')},"
        f" {_count(warnings, 'warning')}."
    )


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"

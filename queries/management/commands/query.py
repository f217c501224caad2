"""manage.py query: ask for metrics and see a table, or the SQL."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from models_registry.audit import SYSTEM
from models_registry.models import Category
from queries import services
from queries.answers import QueryAnswer
from queries.requests import MetricRequest
from semantic_layer.errors import SemanticLayerError, Unavailable, UserError

EXIT_REFUSED = 1
EXIT_FAILED = 3
_NUMBER_TYPES = ("INT", "DECIMAL", "DOUBLE", "FLOAT", "REAL", "LONG", "HUGEINT")
_MIDNIGHT = "T00:00:00"


class Command(BaseCommand):
    """Exit codes: 0 answered, 1 the query is refused, 2 the command line is, 3 the warehouse
    failed.
    """

    help = (
        "Ask for metrics by dimensions. Example: manage.py query --metrics flights,on_time_rate "
        "--group-by carrier__name,metric_time__month --order-by -flights --limit 10"
    )

    can_run = True

    def run_from_argv(self, argv: list[str]) -> None:
        """`--order-by -flights` means what it says; argparse alone would read an option."""
        joined: list[str] = []
        for word in argv:
            if joined and joined[-1] == "--order-by":
                joined[-1] = f"--order-by={word}"
            else:
                joined.append(word)
        super().run_from_argv(joined)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--metrics", default="", metavar="A,B", help="metrics, by comma")
        parser.add_argument("--group-by", default="", metavar="X,Y", help="dimensions, by comma")
        parser.add_argument(
            "--where",
            action="append",
            default=[],
            metavar="CONDITION",
            help="\"carrier__name = 'Delta'\", the {{ }} form, or JSON; all given must hold",
        )
        parser.add_argument(
            "--order-by", default="", metavar="X,-A", help="columns; - for descending"
        )
        parser.add_argument("--limit", type=int, metavar="N")
        parser.add_argument(
            "--time-range",
            metavar="A..B",
            help="half-open range of metric_time: 2013-01-01..2013-04-01; an end may be left out",
        )
        parser.add_argument("--time-zone", metavar="ZONE", help="such as Europe/Paris")
        parser.add_argument("--saved-query", metavar="NAME")
        parser.add_argument("--category", default=Category.PRODUCTION, choices=Category.values)
        if self.can_run:
            parser.add_argument(
                "--sql", action="store_true", help="print the SQL and its parameters; run nothing"
            )

    def handle(self, *args: Any, **options: Any) -> None:
        request = MetricRequest(query=_query(options), category=options["category"])
        try:
            self.answer(request, options)
        except SemanticLayerError as error:
            refused = isinstance(error, UserError) and not isinstance(error, Unavailable)
            raise CommandError(
                _told(error), returncode=EXIT_REFUSED if refused else EXIT_FAILED
            ) from error

    def answer(self, request: MetricRequest, options: Mapping[str, Any]) -> None:
        """Print what the command is asked for."""
        if options["sql"]:
            self.print_sql(request)
        else:
            self._print_table(services.run_metric_query(actor=SYSTEM, request=request))

    def print_sql(self, request: MetricRequest) -> None:
        """The SQL, then its parameters as comments."""
        compiled = services.compile_metrics(actor=SYSTEM, request=request).compiled
        self.stdout.write(compiled.sql)
        for name, value in compiled.parameters.items():
            self.stdout.write(f"-- {name} = {value!r}")

    def _print_table(self, answer: QueryAnswer) -> None:
        table = Table()
        for name, kind in zip(answer.columns, answer.column_types, strict=True):
            is_number = any(word in kind.upper() for word in _NUMBER_TYPES)
            table.add_column(Text(name), justify="right" if is_number else "left")
        columns = [_cells([row[name] for row in answer.rows]) for name in answer.columns]
        for row in zip(*columns, strict=True):
            table.add_row(*map(Text, row))
        console = Console()
        with console.capture() as capture:
            console.print(table)
        self.stdout.write(capture.get())
        count = len(answer.rows)
        self.stdout.write(
            f"{count} row{'' if count == 1 else 's'} in {answer.execution_time_ms:.0f} ms"
            + ("; there are more: raise --limit" if answer.truncated else "")
        )


def _query(options: Mapping[str, Any]) -> dict[str, Any]:
    query: dict[str, Any] = {
        "metrics": _items(options["metrics"]),
        "group_by": _items(options["group_by"]),
        "where": [_condition(text) for text in options["where"]],
        "order_by": _items(options["order_by"]),
        "limit": options["limit"],
        "time_zone": options["time_zone"],
        "saved_query": options["saved_query"],
        "time_range": _time_range(options["time_range"]),
    }
    return {key: value for key, value in query.items() if value not in (None, [])}


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _condition(text: str) -> Any:
    """A JSON object is the structured form; anything else is the text form."""
    if not text.lstrip().startswith('{"'):
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        raise CommandError(f"--where is not JSON: {error}", returncode=2) from error


def _time_range(text: str | None) -> dict[str, str] | None:
    if text is None:
        return None
    start, separator, end = text.partition("..")
    if not separator or not (start or end):
        raise CommandError(
            f"--time-range {text!r} must look like 2013-01-01..2013-04-01.", returncode=2
        )
    return {key: day.strip() for key, day in (("start", start), ("end", end)) if day.strip()}


def _cells(values: list[Any]) -> list[str]:
    """One column as text; times that are all midnight are days."""
    cells = [_cell(value) for value in values]
    times = [cell for cell, value in zip(cells, values, strict=True) if value is not None]
    if times and all(cell.endswith(_MIDNIGHT) for cell in times):
        return [cell.removesuffix(_MIDNIGHT) for cell in cells]
    return cells


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.4f}".rstrip("0").rstrip(".")
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _told(error: SemanticLayerError) -> str:
    """The message, and what would work where the error knows."""
    near = error.details.get("suggestions")
    told = f"{error.message} [{error.code}]"
    if near and not any(str(name) in error.message for name in near):
        told += f"\nDid you mean: {', '.join(map(str, near))}?"
    return told

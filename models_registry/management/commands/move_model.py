"""`manage.py move_model NAME ACTION --category X`: one transition, as the API does it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from models_registry.audit import SYSTEM
from models_registry.heads import MODEL
from models_registry.models import Category, DocumentKind
from models_registry.transitions import ACTIONS, Move, move_version
from semantic_layer.accounts.actor import actor_of
from semantic_layer.accounts.models import User, canonical_email
from semantic_layer.errors import InvalidModels, UserError
from semantic_layer.ports import Actor


class Command(BaseCommand):
    """Moves a version on; audited like every other way to do it."""

    help = "Submit, approve, reject, publish, deprecate, retire or restore a version of a model."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME")
        parser.add_argument("action", choices=ACTIONS)
        parser.add_argument("--category", choices=Category.values, required=True)
        parser.add_argument("--kind", choices=DocumentKind.values, default=MODEL)
        parser.add_argument("--model-version", type=int, dest="number", metavar="N")
        parser.add_argument("--reason", default="")
        parser.add_argument("--force", action="store_true", help="although it is in use")
        parser.add_argument(
            "--as", dest="email", metavar="EMAIL", help="who acts; the system itself if left out"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        move = Move(
            action=options["action"],
            category=options["category"],
            name=options["name"],
            kind=options["kind"],
            version=options["number"],
            reason=options["reason"],
            force=options["force"],
        )
        try:
            moved = move_version(actor=_actor(options["email"]), move=move)
        except InvalidModels as error:
            for issue in error.issues:
                self.stderr.write(str(issue))
            raise CommandError(error.message) from error
        except UserError as error:
            raise CommandError(error.message) from error
        self.stdout.write(
            f"{move.name}: version {moved.version} was {moved.before}, is {moved.after};"
            f" queries use version {moved.published_version or 'none'}."
        )


def _actor(email: str | None) -> Actor:
    if email is None:
        return SYSTEM
    user = User.objects.filter(email=canonical_email(email), is_active=True).first()
    if user is None:
        raise CommandError(f"There is no active user {email}.")
    return actor_of(user)

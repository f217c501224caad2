"""On whose behalf a command of the registry acts."""

from __future__ import annotations

from argparse import ArgumentParser

from django.core.management.base import CommandError

from models_registry.audit import SYSTEM
from semantic_layer.accounts.actor import actor_of
from semantic_layer.accounts.models import User, canonical_email
from semantic_layer.ports import Actor


def add_person(parser: ArgumentParser, what: str) -> None:
    """The option `--as EMAIL`; `what` the person then is."""
    parser.add_argument(
        "--as", dest="email", metavar="EMAIL", help=f"{what}; the system itself if left out"
    )


def person(email: str | None) -> Actor:
    """The actor behind `--as`. Raises CommandError for who is not there."""
    if email is None:
        return SYSTEM
    user = User.objects.filter(email=canonical_email(email), is_active=True).first()
    if user is None:
        raise CommandError(f"There is no active user {email}.")
    return actor_of(user)

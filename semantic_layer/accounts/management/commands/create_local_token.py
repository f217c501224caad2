"""`manage.py create_local_token --email ada@example.com --role engineer`"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from semantic_layer.accounts import services
from semantic_layer.accounts.roles import Role
from semantic_layer.errors import UserError


class Command(BaseCommand):
    """Prints the token alone on standard output, so that scripts can read it."""

    help = "Make a token for a local user (who is created where there is none), and print it once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True, help="Who signs in with it.")
        parser.add_argument(
            "--role",
            choices=Role.values,
            help="The user's role from now on; without it a known user keeps theirs, and a new "
            "one is a viewer.",
        )
        parser.add_argument("--name", default="command line", help="What the token is for.")
        parser.add_argument("--expires-days", type=float, help="Days it lasts; for ever if unset.")

    def handle(self, *args: Any, **options: Any) -> None:
        days = options["expires_days"]
        try:
            new = services.create_local_token(
                email=options["email"],
                roles=[options["role"]] if options["role"] else None,
                name=options["name"],
                expires_in=timedelta(days=days) if days is not None else None,
            )
        except (UserError, OverflowError, ValueError) as error:
            raise CommandError(str(error)) from error
        user, end = new.record.user, new.record.expires_at
        until = f"until {end:%Y-%m-%d %H:%M} UTC" if end else "until it is revoked"
        self.stderr.write(
            f"Token of {user.email} ({', '.join(user.roles)}), good {until}; shown only now:"
        )
        self.stdout.write(new.secret)

"""`manage.py rotate_credential_keys`: seal the kept workspace tokens with the newest key."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from semantic_layer.accounts import vault


class Command(BaseCommand):
    """Put the new key first in CREDENTIAL_KEYS, restart, run this, then take the old key out."""

    help = "Encrypt the kept workspace tokens with the first key of CREDENTIAL_KEYS."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Count, change nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = vault.rotate(dry_run=options["dry_run"])
        except (ImproperlyConfigured, ValueError) as error:
            raise CommandError(f"CREDENTIAL_KEYS cannot be used: {error}") from error
        verb = "would be encrypted" if options["dry_run"] else "encrypted"
        self.stdout.write(f"{done.sealed} workspace tokens {verb} with the first key.")
        if done.lost:
            raise CommandError(
                f"{done.lost} cannot be opened with any key: their owners have to sign in again."
            )

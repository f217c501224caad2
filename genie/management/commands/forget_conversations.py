"""`manage.py forget_conversations`: delete what people asked in words long ago."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from genie.conversations import conversations_to_forget, forget_old_conversations


class Command(BaseCommand):
    """Beat does the same every night; exit code 0, also when there was nothing to delete."""

    help = "Delete conversations that have had no question for GENIE_CONVERSATIONS_KEPT_DAYS days."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, help="instead of the setting")
        parser.add_argument("--dry-run", action="store_true", help="only say how many")

    def handle(self, *args: Any, **options: Any) -> None:
        days = options["days"]
        if days is None:
            days = settings.GENIE_CONVERSATIONS_KEPT_DAYS
            if not days:
                self.stdout.write("GENIE_CONVERSATIONS_KEPT_DAYS=0: conversations are kept.")
                return
        elif days < 1:
            raise CommandError("--days must be a whole number, at least 1.")
        if options["dry_run"]:
            count, verb = conversations_to_forget(days=days).count(), "would be deleted"
        else:
            count, verb = forget_old_conversations(days=days), "deleted"
        self.stdout.write(f"{count} conversations without a question for {days} days {verb}.")

"""`manage.py reconcile_models`: what differs between registry and volume, and the end of it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from models_registry.mirror.reconciling import Finding, Side, reconcile
from models_registry.models import Category
from semantic_layer.errors import SemanticLayerError
from semantic_layer.wiring import volume_store

DRIFT_EXIT_CODE = 2
LEFT_EXIT_CODE = 3


class Command(BaseCommand):
    """Exit code 0: in step, or brought in step; 2: a dry run found something; 3: something is left
    that a person has to look at; 1: it failed.
    """

    help = "Find what differs between registry and volume, and settle it; nothing is lost."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--category", choices=Category.values, help="all, when left out")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
        sides = parser.add_mutually_exclusive_group()
        sides.add_argument(
            "--prefer-registry",
            dest="prefer",
            action="store_const",
            const=Side.REGISTRY,
            help="files that differ are kept in backups and written again",
        )
        sides.add_argument(
            "--prefer-volume",
            dest="prefer",
            action="store_const",
            const=Side.VOLUME,
            help="files that differ become new versions; what was removed is deleted",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        asked = options["category"]
        found: list[Finding] = []
        try:
            for category in [asked] if asked else Category.values:
                found += reconcile(
                    volume_store(), category, prefer=options["prefer"], dry_run=options["dry_run"]
                )
        except SemanticLayerError as error:
            raise CommandError(error.message) from error
        for finding in found:
            self._tell(finding)
        left = sum(not finding.is_settled for finding in found)
        self.stdout.write(f"{len(found)} difference{'s' * (len(found) != 1)}, {left} of them left.")
        if left:
            raise CommandError("Some files need a person.", returncode=LEFT_EXIT_CODE)
        if found and options["dry_run"]:
            raise CommandError("Registry and volume differ.", returncode=DRIFT_EXIT_CODE)

    def _tell(self, finding: Finding) -> None:
        drift = finding.drift
        self.stdout.write(f"{drift.kind:12} {drift.path} {drift.message}: {finding.outcome}")
        for issue in finding.issues:
            self.stderr.write(f"  {issue}")

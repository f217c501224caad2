"""`manage.py doctor`: does every setting make sense, does all that the service depends on work?

One line a check, with what to do where it fails; exit code 1 when one does. Changes nothing but a
file in the volume that it writes and removes.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import IO, Any, cast

from django.conf import settings
from django.core.checks import ERROR, run_checks
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from rich.console import Console
from rich.markup import escape

from models_registry.problems import registry_health
from semantic_layer import probes
from semantic_layer.celery import app as celery_app

FREE_BYTES = 1_000_000_000
WORKER_ANSWERS_S = 3.0

WHAT_TO_DO = {
    "database": "Check DATABASE_URL, and that PostgreSQL runs and lets this host in.",
    "cache": "Check REDIS_URL, and that Redis or Valkey runs.",
    "broker": "Check CELERY_BROKER_URL, or unset it to use REDIS_URL.",
    "warehouse": "Check the variables under Warehouse in docs/settings.md; the log has the error.",
    "volume_store": "Check the variables under Registry in docs/settings.md, and who may write.",
}


class Verdict(StrEnum):
    OK = "ok"
    WARNING = "look"
    FAILED = "FAILED"


@dataclass(frozen=True)
class Finding:
    """What one check found; `advice` says what to do where it is not well."""

    verdict: Verdict
    name: str
    text: str
    advice: str = ""


class Command(BaseCommand):
    """Asks everything and says what to mend."""

    help = "Test every connection and setting, and say what to fix."
    requires_system_checks = ()  # they are among what is told

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console(file=cast(IO[str], self.stdout), highlight=False, soft_wrap=True)
        failed = 0
        for finding in findings():
            failed += finding.verdict is Verdict.FAILED
            _say(console, finding)
        if failed:
            raise CommandError(f"{failed} of the checks failed.")


def findings() -> Iterator[Finding]:
    """Every check's answer, settings first, in the order in which things depend on each other."""
    yield from _settings()
    outcomes = probes.ask(*probes.PROBES)
    for name, outcome in outcomes.items():
        if outcome.ok:
            yield Finding(Verdict.OK, name, f"answers in {outcome.latency_ms:.0f} ms")
        else:
            yield Finding(Verdict.FAILED, name, outcome.error or "", WHAT_TO_DO[name])
    if outcomes["database"].ok:
        yield _told("migrations", _migrations)
        yield _told("models", _models)
    if outcomes["broker"].ok:
        yield _workers()
    yield _disk()


def _settings() -> Iterator[Finding]:
    messages = run_checks(include_deployment_checks=True)
    found = [message for message in messages if not message.is_silenced()]
    for message in found:
        verdict = Verdict.FAILED if message.level >= ERROR else Verdict.WARNING
        yield Finding(verdict, message.id or "settings", message.msg, message.hint or "")
    if not found:
        yield Finding(Verdict.OK, "settings", "fit together")


def _told(name: str, check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except DatabaseError as error:
        reason = str(error).strip().splitlines()[0]
        return Finding(Verdict.FAILED, name, reason, "Run manage.py migrate.")


def _migrations() -> Finding:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        text = f"{len(missing)} are not applied, the first is {missing[0][0]}"
        return Finding(Verdict.FAILED, "migrations", text, "Run manage.py migrate.")
    return Finding(Verdict.OK, "migrations", "all applied")


def _models() -> Finding:
    broken = [f"{name} ({part.category})" for part in registry_health() for name in part.broken]
    if broken:
        advice = "See the dashboard of the admin site; all others keep answering."
        return Finding(Verdict.WARNING, "models", f"broken: {', '.join(broken)}", advice)
    return Finding(Verdict.OK, "models", "all of them can be asked")


def _workers() -> Finding:
    answers = celery_app.control.ping(timeout=WORKER_ANSWERS_S) or []
    if answers:
        return Finding(Verdict.OK, "workers", f"{len(answers)} answer")
    advice = "Start one: celery -A semantic_layer.celery worker. Queries in the background wait."
    return Finding(Verdict.WARNING, "workers", "none answers", advice)


def _disk() -> Finding:
    free = shutil.disk_usage(settings.VAR_DIR).free
    text = f"{free // 1_000_000:,} MB free in {settings.VAR_DIR}"
    if free >= FREE_BYTES:
        return Finding(Verdict.OK, "disk", text)
    return Finding(Verdict.WARNING, "disk", text, "Make room, or lower RESULT_TOTAL_MB.")


def _say(console: Console, finding: Finding) -> None:
    colour = {"ok": "green", "look": "yellow", "FAILED": "red"}[finding.verdict]
    line = f"[{colour}]{finding.verdict:<6}[/]  {finding.name:<13} {escape(finding.text)}"
    console.print(line)
    if finding.advice:
        console.print(f"        {'':<13} {escape(finding.advice)}")

"""`manage.py settings_reference`: docs/settings.md, made of what the settings read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand

from semantic_layer import env, settings  # noqa: F401  reading the settings fills env.READ
from semantic_layer.settings_help import DEPENDS, HELP

INTRODUCTION = """\
# Settings

Made by `manage.py settings_reference` from the code; a test holds it to that.

Settings come from the environment only. A secret may also be in a file: `NAME_FILE` is its path.
`manage.py up` fills in what is missing for a service on one machine; in production the operator
does. `manage.py check --deploy` tells what is missing or does not fit together, `manage.py doctor`
whether what is set works.
"""


def markdown() -> str:
    """The whole page."""
    return "\n".join([INTRODUCTION, *_lines()])


def _lines() -> Iterator[str]:
    for subject, variables in HELP.items():
        yield f"## {subject}\n"
        yield "| variable | value | default | what it is |"
        yield "|---|---|---|---|"
        for name, text in variables.items():
            variable = env.READ.get(name, env.Variable(name, "text"))
            default = DEPENDS.get(name) or (f"`{variable.default}`" if variable.default else "")
            yield f"| `{name}` | {variable.kind} | {default} | {text} |"
        yield ""


class Command(BaseCommand):
    """Prints the page."""

    help = "Print docs/settings.md: every environment variable with its default and meaning."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(markdown(), ending="")

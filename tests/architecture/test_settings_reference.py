"""docs/settings.md tells of every variable that is read, and of no other."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from semantic_layer.env import READ
from semantic_layer.management.commands.settings_reference import markdown
from semantic_layer.settings_help import DEPENDS, HELP

PAGE = Path(settings.BASE_DIR) / "docs" / "settings.md"


def test_every_variable_is_explained_once() -> None:
    told = [name for variables in HELP.values() for name in variables]
    assert sorted(told) == sorted(READ), "add it to semantic_layer/settings_help.py"
    assert set(DEPENDS) <= set(told)


def test_the_page_is_what_the_code_says() -> None:
    hint = "manage.py settings_reference --settings tests.settings > docs/settings.md"
    assert PAGE.read_text(encoding="utf-8") == markdown(), hint

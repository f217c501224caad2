"""The golden questions that are shipped, over the demo as `make run` loads it."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.management import call_command

from models_registry.audit import SYSTEM
from models_registry.imports import import_directory

LINE = re.compile(r"(\w+\.yml): (\d+) questions: (\d+) right")


@pytest.fixture
def demo(db: None, demo_warehouse: Path, settings: Any) -> None:
    """The demo's warehouse and models, the only ones."""
    settings.DUCKDB_DEMO_FILE = demo_warehouse
    settings.DUCKDB_ATTACH = settings.DUCKDB_DEFAULT_CATALOG = ""
    models = Path(configured.BASE_DIR) / "semantic-models"
    import_directory(actor=SYSTEM, directory=models, category="production")


def test_all_are_right_as_the_docs_say(demo: None) -> None:
    """The command fails where one is wrong; asking back instead of answering is found here."""
    said = StringIO()
    call_command("evaluate_questions", at_least=0.95, wrong=True, stdout=said)
    found = {name: (int(asked), int(right)) for name, asked, right in LINE.findall(said.getvalue())}
    assert found == {"tuning.yml": (66, 66), "untouched.yml": (60, 60)}, said.getvalue()

"""The demo where production needs a review: written by one person, approved by another."""

from __future__ import annotations

import os
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from models_registry.models import AuditEntry, DocumentVersion

pytestmark = pytest.mark.django_db


def test_its_models_answer_although_production_needs_a_review(
    settings: Any, tmp_path: Path, demo_warehouse: Path
) -> None:
    settings.MODEL_REVIEW_CATEGORIES = ["production"]
    settings.VAR_DIR = tmp_path
    settings.DUCKDB_DEMO_FILE = tmp_path / "flights.duckdb"
    os.link(demo_warehouse, settings.DUCKDB_DEMO_FILE)
    for _ in range(2):
        call_command("load_demo", stdout=StringIO())
    versions = DocumentVersion.objects.filter(document__category="production")
    assert {version.state for version in versions} == {"published"}
    assert {version.number for version in versions} == {1}
    assert {version.author_email for version in versions} == {"engineer@demo.example"}
    approvals = AuditEntry.objects.filter(action="approve", outcome="done")
    assert {entry.actor_email for entry in approvals} == {"admin@demo.example"}
    assert versions.count() >= 5

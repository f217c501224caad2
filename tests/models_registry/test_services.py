from __future__ import annotations

from pathlib import Path

import pytest

from models_registry import services
from models_registry.audit import SYSTEM
from models_registry.graph_source import load_graph, load_snapshot
from models_registry.models import AuditEntry, DocumentVersion
from semantic_layer.errors import Conflict, InvalidModels

DEMO = Path(__file__).parents[2] / "semantic-models"


@pytest.mark.django_db
def test_demo_imports_once() -> None:
    first = services.import_directory(actor=SYSTEM, directory=DEMO, category="production")
    assert first.count("created") == 6
    assert len(load_graph("production").metrics) > 15
    before = load_snapshot("production").key

    second = services.import_directory(actor=SYSTEM, directory=DEMO, category="production")

    assert second.count("unchanged") == 6
    assert load_snapshot("production").key == before
    assert DocumentVersion.objects.count() == 6

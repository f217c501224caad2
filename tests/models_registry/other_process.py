"""A second process of the service: for each line on stdin, one line about the registry on stdout.

Run with the name of the database as its argument. Lines are `load` or `describe TEXT`.
"""

from __future__ import annotations

import json
import sys

import django
from django.conf import settings

settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()

from models_registry import services  # noqa: E402  needs the apps
from models_registry.audit import SYSTEM  # noqa: E402
from models_registry.graph_source import load_snapshot  # noqa: E402

for line in sys.stdin:
    command, _, text = line.strip().partition(" ")
    if command == "describe":
        services.update_model(
            actor=SYSTEM, category="production", name="customers", payload={"description": text}
        )
    snapshot = load_snapshot("production")
    described = {name: model.spec.description for name, model in snapshot.graph.models.items()}
    answer = {"key": snapshot.key, "models": described, "metrics": sorted(snapshot.graph.metrics)}
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()

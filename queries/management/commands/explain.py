"""manage.py explain: how a metric query is put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from models_registry.audit import SYSTEM
from queries import services
from queries.management.commands import query
from queries.requests import MetricRequest


class Command(query.Command):
    """Exit codes as of `manage.py query`."""

    help = (
        "Print the plan of a metric query as a tree: tables, joins, where each filter went, "
        "aggregates. Example: manage.py explain --metrics flights --group-by carrier__name"
    )
    can_run = False

    def answer(self, request: MetricRequest, options: Mapping[str, Any]) -> None:
        asked = replace(request, query={**request.query, "explain": True})
        compiled = services.compile_metrics(actor=SYSTEM, request=asked).compiled
        if compiled.explanation is None:  # a metric that is SQL as written has no plan
            self.print_sql(request)
        else:
            self.stdout.write(compiled.explanation["text"])

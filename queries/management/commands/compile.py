"""manage.py compile: the SQL of a metric query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from queries.management.commands import query
from queries.requests import MetricRequest


class Command(query.Command):
    """Exit codes as of `manage.py query`."""

    help = (
        "Print the SQL of a metric query and its parameters; run nothing. Example: manage.py "
        "compile --metrics flights --group-by metric_time__month"
    )
    can_run = False

    def answer(self, request: MetricRequest, options: Mapping[str, Any]) -> None:
        self.print_sql(request)

"""MetricRunner: metric queries for the apps below, by the one way that HTTP requests take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from queries.basis import Basis
from queries.requests import MetricRequest
from queries.serializers import MetricQueryInput
from queries.services import run_metric_query
from semantic_layer.compiler import SemanticGraph
from semantic_layer.errors import Malformed
from semantic_layer.ports import Actor, MetricRows


class QueriesMetricRunner:
    """Runs with the actor's rights, limits and policy, and records the run as theirs."""

    def run(
        self, actor: Actor, body: Mapping[str, Any], *, graph: SemanticGraph | None = None
    ) -> MetricRows:
        """See the port. Answers of an explicit graph are never cached."""
        request = _request(body)
        basis = None if graph is None else Basis.unpublished(request.category, graph)
        answer = run_metric_query(actor=actor, request=request, basis=basis)
        return MetricRows(tuple(answer.columns), tuple(answer.rows), answer.receipt or {})


def _request(body: Mapping[str, Any]) -> MetricRequest:
    """The body as HTTP would take it, all problems of its shape in one message."""
    bound = MetricQueryInput(data=dict(body))
    if not bound.is_valid():
        problems = "; ".join(
            f"{name}: {' '.join(map(str, found)) if isinstance(found, list) else found}"
            for name, found in bound.errors.items()
        )
        raise Malformed(f"The metric query cannot be read: {problems}")
    return MetricRequest.of(bound.validated_data)

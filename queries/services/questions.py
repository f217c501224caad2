"""Metric questions read and compiled: what was asked, of which models, by whom, at what moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from django.utils import timezone

from models_registry.graph_source import load_snapshot
from models_registry.visibility import policy_of
from queries.basis import Basis
from queries.raw_metrics import compile_raw_metric, raw_metric_of
from queries.requests import MetricRequest, ValuesRequest
from queries.saved import with_saved_query
from queries.values_query import values_query
from semantic_layer.compiler import (
    AccessPolicy,
    CompiledQuery,
    MetricInfo,
    MetricQuery,
    compile_query,
    parse_query,
    restricted,
)
from semantic_layer.errors import NotAvailable
from semantic_layer.ports import Actor

_TO_COME = ("totals", "compare", "explain")


@dataclass(frozen=True)
class Question:
    """A metric query that was read, with all that its compilation depends on. `body` is it as JSON,
    a saved query written out.
    """

    body: Mapping[str, Any]
    query: MetricQuery
    basis: Basis
    policy: AccessPolicy
    dialect: str
    now: datetime

    def compiled(self) -> CompiledQuery:
        raw = self._raw_metric()
        if raw is not None:
            return compile_raw_metric(raw, self.dialect)
        return self._compiled(self.query.limit)

    def sql_to_run(self, compiled: CompiledQuery) -> str:
        """The compiled SQL, made to read one row more than asked: to know whether more exist.

        The compiler writes the limit last, so only its number has to change; compiling again would
        cost as much as all the rest of a small query.
        """
        limit = self.query.limit
        if limit is None or self._raw_metric() is not None:
            return compiled.sql
        if compiled.sql.endswith(f"LIMIT {limit}"):
            return f"{compiled.sql.removesuffix(str(limit))}{limit + 1}"
        return self._compiled(limit + 1).sql

    def models(self, compiled: CompiledQuery) -> dict[str, int | None]:
        """The models that were used and the version of each."""
        return self.basis.models_of(self.query, compiled)

    def _raw_metric(self) -> MetricInfo | None:
        return raw_metric_of(self.query, restricted(self.basis.graph, self.policy))

    def _compiled(self, limit: int | None) -> CompiledQuery:
        return compile_query(
            replace(self.query, limit=limit),
            self.basis.graph,
            policy=self.policy,
            dialect=self.dialect,
            now=self.now,
        )


def asked(
    actor: Actor,
    dialect: str,
    request: MetricRequest,
    basis: Basis | None = None,
    now: datetime | None = None,
) -> Question:
    """The question of a request: of the category as published, and now, unless told otherwise.

    Raises QueryError and its kin, NotAvailable for parts that would be left out.
    """
    basis = basis or Basis.of(load_snapshot(request.category))
    body = with_saved_query(request.query, basis.graph)
    query = parse_query(body)
    for part in _TO_COME:
        if getattr(query, part):
            # Left out silently, the answer would be another one than asked for.
            raise NotAvailable(f"`{part}` is not available here: leave it out.", parameter=part)
    return Question(body, query, basis, policy_of(actor), dialect, now or timezone.now())


def asked_values(
    actor: Actor,
    dialect: str,
    request: ValuesRequest,
    basis: Basis | None = None,
    now: datetime | None = None,
) -> Question:
    """The question for the values of a dimension."""
    basis = basis or Basis.of(load_snapshot(request.category))
    query = values_query(request)
    return Question(asdict(request), query, basis, policy_of(actor), dialect, now or timezone.now())

"""Metric questions read and compiled: what was asked, of which models, by whom, at what moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from django.utils import timezone

from models_registry.graph_source import load_snapshot
from models_registry.visibility import policy_of
from queries.basis import Basis
from queries.raw_metrics import compile_raw_metric, raw_metric_of
from queries.requests import MetricRequest, ValuesRequest
from queries.saved import with_saved_query
from queries.services.all_problems import with_all_problems
from queries.services.compilations import compilations
from queries.values_query import values_query
from semantic_layer.api.instruments import COMPILE_SECONDS
from semantic_layer.api.rendering import dumps
from semantic_layer.api.tracing import span
from semantic_layer.compiler import (
    AccessPolicy,
    CompiledQuery,
    MetricInfo,
    MetricQuery,
    compile_query,
    compile_totals,
    parse_query,
    restricted,
)
from semantic_layer.errors import NotAvailable, QueryError
from semantic_layer.ports import Actor

_BESIDE_ROWS = ("totals", "explain")
"""What an answer has beside its rows, where neither a file nor a stored result has room for it."""
_NOT_OF_A_LEVEL = frozenset({"group_by", "order_by", "limit", *_BESIDE_ROWS})


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
        asked = self.query.time_range
        if asked is not None and (asked.last is not None or asked.this is not None):
            return self._compiled(self.query.limit)
        # The moment is not in the key: only relative ranges depend on it. The body is, since equal
        # queries may have been written in ways that mean different things.
        key = (self.query, dumps(self.body), self.policy, self.dialect)
        graph = self.basis.graph
        return compilations.get(graph, key, lambda: self._compiled(self.query.limit))

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

    def totals(self) -> list[tuple[tuple[str, ...], Question]]:
        """Group-by columns and question of each level that its rows are broken down by, the grand
        total first; none where the query does not ask for totals.
        """
        if not self.query.totals:
            return []
        found = compile_totals(
            self.query,
            self.basis.graph,
            policy=self.policy,
            dialect=self.dialect,
            now=self.now,
        )
        return [(total.group_by, self._level(total.query)) for total in found]

    def _level(self, query: MetricQuery) -> Question:
        kept = {key: value for key, value in self.body.items() if key not in _NOT_OF_A_LEVEL}
        group_by = list(self.body.get("group_by") or ())[: len(query.group_by)]
        return replace(self, query=query, body={**kept, "group_by": group_by})

    def _raw_metric(self) -> MetricInfo | None:
        return raw_metric_of(self.query, restricted(self.basis.graph, self.policy))

    def _compiled(self, limit: int | None) -> CompiledQuery:
        with COMPILE_SECONDS.time(), span("compile", dialect=self.dialect):
            compiler = _compiler(self.basis, self.policy, self.dialect, self.now)
            try:
                return compiler(replace(self.query, limit=limit))
            except QueryError as error:
                raise with_all_problems(
                    error, self.body, lambda rest: compiler(parse_query(rest))
                ) from error


def asked(
    actor: Actor,
    dialect: str,
    request: MetricRequest,
    basis: Basis | None = None,
) -> Question:
    """The question of a request: of the category as published, and now, unless told otherwise.

    Raises QueryError and its kin, NotAvailable for parts that would be left out.
    """
    basis = basis or Basis.of(load_snapshot(request.category))
    body = with_saved_query(request.query, basis.graph)
    policy, now = policy_of(actor), basis.moment or timezone.now()
    compiler = _compiler(basis, policy, dialect, now)
    try:
        query = parse_query(body)
    except QueryError as error:
        raise with_all_problems(error, body, lambda rest: compiler(parse_query(rest))) from error
    for part in _BESIDE_ROWS:
        if getattr(query, part) and (request.in_background or request.wants_file):
            # Left out silently, the answer would be another one than asked for.
            raise NotAvailable(
                f"`{part}` comes with rows that are answered at once: leave it out, or leave out "
                "`async` and `export_format`.",
                parameter=part,
            )
    return Question(body, query, basis, policy, dialect, now)


def _compiler(
    basis: Basis, policy: AccessPolicy, dialect: str, now: datetime
) -> Callable[[MetricQuery], CompiledQuery]:
    return partial(compile_query, graph=basis.graph, policy=policy, dialect=dialect, now=now)


def asked_values(
    actor: Actor,
    dialect: str,
    request: ValuesRequest,
    basis: Basis | None = None,
) -> Question:
    """The question for the values of a dimension."""
    basis = basis or Basis.of(load_snapshot(request.category))
    query = values_query(request)
    return Question(
        asdict(request), query, basis, policy_of(actor), dialect, basis.moment or timezone.now()
    )

"""What runs for a question: the statement with its limits, and whether its answer may be kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings

from queries.budgets import budget_of
from queries.cacheability import CacheUse, uncached
from queries.execution import Statement
from queries.guard import CheckedStatement, Kind
from queries.result_cache import Question as CachedQuestion
from queries.result_cache import cache_use
from queries.result_cache.definitions import tainted_of
from queries.result_cache.scopes import scope_of
from queries.result_cache.volatile import why_compiled_is_volatile, why_volatile
from queries.services.questions import Question
from semantic_layer import wiring
from semantic_layer.compiler import CompiledQuery, ModelInfo
from semantic_layer.ports import Actor, Warehouse

UTC = "UTC"


def sql_statement(
    actor: Actor,
    warehouse: Warehouse,
    checked: CheckedStatement,
    *,
    values: Mapping[str, Any],
    row_limit: int,
    refresh: bool,
) -> Statement:
    """A person's own SQL."""
    bound = checked.bind(values)
    question = CachedQuestion(
        sql=checked.text.squeezed(),
        row_limit=row_limit,
        parameters=bound,
        zone=UTC,
        models={},
        scope=scope_of(actor, warehouse),
    )
    cache = _sql_cache(actor, warehouse, checked, question, refresh)
    return _statement(actor, checked.sql, row_limit, bound, cache)


def metric_statement(
    actor: Actor,
    warehouse: Warehouse,
    question: Question,
    compiled: CompiledQuery,
    *,
    row_limit: int,
    refresh: bool,
) -> Statement:
    """The SQL of a metric query, which reads one row more than asked."""
    models = question.models(compiled)
    asked = CachedQuestion(
        sql=compiled.sql,
        row_limit=row_limit,
        parameters=compiled.parameters,
        zone=compiled.time_zone,
        models=models,
        scope=answer_scope(actor, warehouse, question, models),
    )
    cache = _metric_cache(actor, warehouse, compiled, asked, refresh)
    sql = question.sql_to_run(compiled)
    buckets = frozenset(column.name for column in compiled.columns if column.grain is not None)
    return replace(
        _statement(actor, sql, row_limit, compiled.parameters, cache), wall_clocks=buckets
    )


def answer_scope(
    actor: Actor, warehouse: Warehouse, question: Question, models: Iterable[str]
) -> str:
    """The data scope of an answer that is made of these models."""
    known = question.basis.graph.models
    used: list[ModelInfo] = [known[name] for name in models if name in known]
    return scope_of(actor, warehouse, used)


def _statement(
    actor: Actor, sql: str, row_limit: int, parameters: Mapping[str, Any], cache: CacheUse
) -> Statement:
    budget = budget_of(actor)
    return Statement(
        sql,
        row_limit,
        min(settings.QUERY_TIMEOUT_S, budget.seconds),
        parameters,
        cache=cache,
        max_bytes=budget.bytes,
        at_once=budget.at_once,
    )


def _sql_cache(
    actor: Actor,
    warehouse: Warehouse,
    checked: CheckedStatement,
    question: CachedQuestion,
    refresh: bool,
) -> CacheUse:
    metadata = wiring.metadata_source(actor.credential)
    if checked.kind is not Kind.SELECT:
        return uncached("Only answers of queries are kept.", metadata.fingerprint())
    reason = why_volatile(checked.text, checked.tree, tainted_of(metadata))
    if reason is not None:
        told = f"The statement may answer differently each time: {reason}."
        return uncached(told, metadata.fingerprint())
    return cache_use(question, warehouse=warehouse, metadata=metadata, refresh=refresh)


def _metric_cache(
    actor: Actor,
    warehouse: Warehouse,
    compiled: CompiledQuery,
    question: CachedQuestion,
    refresh: bool,
) -> CacheUse:
    metadata = wiring.metadata_source(actor.credential)
    if any(version is None for version in question.models.values()):
        told = "Answers of models that are not published are not kept."
        return uncached(told, metadata.fingerprint())
    reason = why_compiled_is_volatile(compiled.sql, compiled.dialect, tainted_of(metadata))
    if reason is not None:
        told = f"The models may answer differently each time: {reason}."
        return uncached(told, metadata.fingerprint())
    return cache_use(question, warehouse=warehouse, metadata=metadata, refresh=refresh)

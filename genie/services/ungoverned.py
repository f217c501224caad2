"""Genie's SQL: through the guard, run as the user, and marked as ungoverned."""

from __future__ import annotations

import logging

import sqlglot
from django.conf import settings
from sqlglot import exp
from sqlglot.errors import SqlglotError

from genie.models import Conversation
from genie.planning.asking import Outcome
from genie.planning.catalog import Catalog
from genie.replies import GENIE, Reply
from genie.requests import QuestionRequest
from queries import services
from queries.requests import SqlRequest
from queries.services.running import warehouse_of
from semantic_layer import wiring
from semantic_layer.compiler import MetricInfo
from semantic_layer.compiler.spec import Aggregation, MetricType
from semantic_layer.errors import NotFound, SqlError, StatementRefused, Unavailable
from semantic_layer.ports import Actor, Genie, GenieAnswer

logger = logging.getLogger(__name__)

UNGOVERNED_CONFIDENCE = 0.4
_SAME = {
    Aggregation.SUM: exp.Sum,
    Aggregation.AVERAGE: exp.Avg,
    Aggregation.MIN: exp.Min,
    Aggregation.MAX: exp.Max,
    Aggregation.COUNT: exp.Count,
}


def asked_genie(
    *, actor: Actor, catalog: Catalog, request: QuestionRequest, conversation: Conversation
) -> Reply | None:
    """Genie's answer as a reply that says it is ungoverned; None where Genie is not to be asked or
    has nothing that may run. Side effect: the workspace's conversation id is set.
    """
    if not settings.GENIE_ALLOW_UNGOVERNED:
        return None
    genie = wiring.genie(actor.credential)
    if genie is None:
        return None
    known = conversation.genie_conversation or None
    try:
        try:
            said = _ask(genie, request.question, known)
        except NotFound:
            said = _ask(genie, request.question, None)
    except Unavailable as error:
        logger.warning("Genie did not answer", extra={"code": error.code})
        return None
    conversation.genie_conversation = said.conversation_id
    return _reply(actor, catalog, request, conversation, said)


def _ask(genie: Genie, question: str, conversation_id: str | None) -> GenieAnswer:
    return genie.ask(question, conversation_id=conversation_id, timeout_s=settings.GENIE_TIMEOUT_S)


def _reply(
    actor: Actor,
    catalog: Catalog,
    request: QuestionRequest,
    conversation: Conversation,
    said: GenieAnswer,
) -> Reply | None:
    words = (said.text or "").strip()
    if not said.sql:
        if not words:
            return None
        return Reply(Outcome.ASKED_BACK, words, 0.2, conversation.id, source=GENIE, reader=GENIE)
    note = matching_note(said.sql, catalog, warehouse_of(actor).dialect)
    explanation = (
        "No governed metric answers this, so Genie wrote SQL for it, which nobody has checked: "
        f"take the number with care. {words}{note}"
    ).strip()
    reply = Reply(
        Outcome.ANSWERED,
        explanation,
        UNGOVERNED_CONFIDENCE,
        conversation.id,
        source=GENIE,
        reader=GENIE,
        sql=said.sql,
    )
    statement = SqlRequest(said.sql)
    try:
        if not request.execute:
            verdict = services.validate_sql(actor=actor, request=statement)
            return reply if not verdict.errors else _unusable(reply, verdict.errors[0])
        answer = services.run_sql(actor=actor, request=statement)
    except (StatementRefused, SqlError) as error:
        return _unusable(reply, error.message)
    return Reply(
        Outcome.ANSWERED,
        explanation,
        UNGOVERNED_CONFIDENCE,
        conversation.id,
        source=GENIE,
        reader=GENIE,
        sql=said.sql,
        result=answer.body(),
        query_id=answer.query_id,
    )


def _unusable(reply: Reply, why: str) -> Reply:
    return Reply(
        Outcome.REFUSED,
        f"No governed metric answers this, and Genie's SQL may not run: {why}",
        0.05,
        reply.conversation_id,
        source=GENIE,
        reader=GENIE,
        sql=reply.sql,
    )


# ---------------------------------------------------------------- what governed metrics it repeats


def matching_note(sql: str, catalog: Catalog, dialect: str) -> str:
    """Names the metrics whose definition the SQL repeats; empty where there are none."""
    try:
        tree = sqlglot.parse_one(sql, dialect=dialect)
    except SqlglotError:
        return ""
    tables = {table.name.lower() for table in tree.find_all(exp.Table)}
    aggregates = {_normal(found) for found in tree.find_all(exp.AggFunc)}
    names = [
        catalog.metrics[name].label
        for name, info in catalog.graph.metrics.items()
        if name in catalog.metrics and _repeats(info, catalog, tables, aggregates)
    ]
    if not names:
        return ""
    return f" It repeats the definition of {', '.join(names[:3])}: ask for that to be sure."


def _repeats(info: MetricInfo, catalog: Catalog, tables: set[str], aggregates: set[str]) -> bool:
    if info.type is not MetricType.SIMPLE or info.filters or not info.inputs:
        return False
    measure = info.inputs[0].measure
    if measure is None or info.inputs[0].filters:
        return False
    model = catalog.graph.models[measure.model]
    if model.row_filter is not None or model.table[-1].lower() not in tables:
        return False
    same: exp.Expr
    if measure.agg is Aggregation.COUNT_DISTINCT:
        same = exp.Count(this=exp.Distinct(expressions=[measure.expr.copy()]))
    elif measure.agg in _SAME:
        same = _SAME[measure.agg](this=measure.expr.copy())
    else:
        return False
    return _normal(same) in aggregates


def _normal(node: exp.Expr) -> str:
    """The expression without quotes, case and table names."""
    bare = node.copy()
    for column in bare.find_all(exp.Column):
        column.replace(exp.column(column.name.lower()))
    return bare.sql(normalize=True, comments=False).replace('"', "").lower()

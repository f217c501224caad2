"""A question in words, as a caller: the planner, then who may know more, then rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

from genie.catalogs import catalogs
from genie.conversations import conversation_of, last_frame, record_turn
from genie.models import Conversation
from genie.planning.asking import Asking, Outcome, Plan
from genie.planning.catalog import Catalog
from genie.planning.following import carried
from genie.planning.frame import Frame
from genie.planning.planner import plan
from genie.replies import Reply
from genie.requests import QuestionRequest
from genie.services.proposals import proposed_query
from genie.services.ungoverned import asked_genie
from genie.value_source import ActorValues
from models_registry.graph_source import load_snapshot
from models_registry.visibility import visible_graph
from queries import services
from queries.basis import Basis
from queries.requests import MetricRequest
from semantic_layer.errors import InvalidInput
from semantic_layer.ports import Actor

PROPOSED_CONFIDENCE = 0.6


@dataclass(frozen=True)
class _Question:
    """All that answering one question needs."""

    actor: Actor
    request: QuestionRequest
    basis: Basis
    catalog: Catalog
    conversation: Conversation
    now: datetime


def answer_question(
    *, actor: Actor, request: QuestionRequest, now: datetime | None = None
) -> Reply:
    """Answer with governed metrics; where these cannot, with a language model's metric query or
    with Genie's SQL, if configured and allowed; else ask back or say what can be asked.

    Relative times count from `now` in the request's time zone. Raises NotFound for a conversation
    that is not the caller's, and what running the query raises. Side effects: a turn of the
    conversation, and query runs as the caller.
    """
    actor.require("execute")
    snapshot = load_snapshot(request.category)
    conversation = (
        conversation_of(actor, request.conversation_id, request.category)
        if request.conversation_id
        else Conversation(category=request.category)
    )
    context = last_frame(conversation) if request.conversation_id else None
    question = _Question(
        actor,
        request,
        Basis.of(snapshot),
        catalogs.of(visible_graph(snapshot, actor)),
        conversation,
        now or timezone.now(),
    )
    planned = _planned(question, context)
    reply = _reply(question, planned)
    frame = carried(planned, None)
    record_turn(
        actor=actor,
        conversation=conversation,
        question=request.question,
        reply=reply,
        frame=frame,
    )
    return reply


def _planned(question: _Question, context: Frame | None) -> Plan:
    today = question.now.astimezone(ZoneInfo(question.request.time_zone)).date()
    source = ActorValues(question.actor, question.basis)
    return plan(question.request.question, Asking(question.catalog, source, today, context))


def _reply(question: _Question, planned: Plan) -> Reply:
    if planned.outcome is Outcome.ANSWERED and planned.frame is not None:
        return _governed(question, planned, planned.frame)
    if planned.beyond:
        found = _proposed(question) or _from_genie(question)
        if found is not None:
            return found
    return Reply(
        planned.outcome,
        planned.message,
        planned.confidence,
        question.conversation.id,
        options=planned.options,
        not_understood=planned.unknown,
        metric_query=planned.frame.body()
        if planned.frame is not None and planned.outcome is Outcome.ASKED_BACK
        else None,
    )


def _governed(question: _Question, planned: Plan, frame: Frame) -> Reply:
    reply = Reply(
        Outcome.ANSWERED,
        planned.message,
        planned.confidence,
        question.conversation.id,
        metric_query=frame.body(),
    )
    try:
        return _with_rows(question, reply)
    except InvalidInput as error:
        # What no reading foresaw, such as a grain finer than the data: the compiler says it best.
        message = f"{planned.message} But this cannot be answered: {error.message}"
        return replace(reply, outcome=Outcome.ASKED_BACK, explanation=message, confidence=0.1)


def _with_rows(question: _Question, reply: Reply) -> Reply:
    """The reply with SQL, and rows where they are wanted."""
    assert reply.metric_query is not None
    zone = question.request.time_zone
    body = dict(reply.metric_query) | ({} if zone == "UTC" else {"time_zone": zone})
    request = MetricRequest(body, question.request.category)
    if not question.request.execute:
        compiled = services.compile_metrics(actor=question.actor, request=request)
        return replace(reply, sql=compiled.compiled.sql, metric_query=body)
    answer = services.run_metric_query(actor=question.actor, request=request)
    note = ""
    if not answer.rows:
        note = " There are no rows that fit."
    elif answer.truncated and body.get("limit") is None:
        note = f" These are the first {len(answer.rows)} rows; there are more."
    return replace(
        reply,
        sql=answer.sql,
        result=answer.body(),
        metric_query=body,
        query_id=answer.query_id,
        explanation=reply.explanation + note,
    )


def _proposed(question: _Question) -> Reply | None:
    """A language model's reading, if one is configured and it compiles."""
    found = proposed_query(
        actor=question.actor,
        catalog=question.catalog,
        request=question.request,
        today=question.now.astimezone(ZoneInfo(question.request.time_zone)).date(),
    )
    if found is None:
        return None
    reply = Reply(
        Outcome.ANSWERED,
        f"{found.model} read this question as: {found.explanation} Its answer comes from governed "
        "metrics; whether it is the question's answer, look at the metric query.",
        PROPOSED_CONFIDENCE,
        question.conversation.id,
        reader="language_model",
        metric_query=found.body,
    )
    return _with_rows(question, reply)


def _from_genie(question: _Question) -> Reply | None:
    return asked_genie(
        actor=question.actor,
        catalog=question.catalog,
        request=question.request,
        conversation=question.conversation,
    )

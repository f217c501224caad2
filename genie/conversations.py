"""Conversations in the database: one's own, its last frame, one turn more, and their end."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.utils import timezone

from genie.models import Conversation, Turn
from genie.planning.frame import Frame
from genie.replies import Reply
from semantic_layer.errors import InvalidInput, NotFound
from semantic_layer.ports import Actor

BATCH = 500


def conversations_of(actor: Actor) -> QuerySet[Conversation]:
    """The caller's conversations, the one with the newest question first.

    `title` is the first question, `question_count` how many there are.
    """
    turns = Turn.objects.filter(conversation=OuterRef("pk"))
    first = turns.order_by("id").values("question")[:1]
    counted = turns.order_by().values("conversation").annotate(count=Count("pk")).values("count")
    # Subqueries, so that a page counts its own questions only, and the total none.
    found = _owned(actor).annotate(question_count=Subquery(counted), title=Subquery(first))
    return found.order_by("-updated_at", "id")


def own_conversation(actor: Actor, conversation_id: uuid.UUID) -> Conversation:
    """The caller's conversation as `conversations_of` has it. Raises NotFound for anybody
    else's.
    """
    return _one(conversations_of(actor), conversation_id)


def _owned(actor: Actor) -> QuerySet[Conversation]:
    return Conversation.objects.filter(owner_id=uuid.UUID(actor.user_id))


def _one(owned: QuerySet[Conversation], conversation_id: uuid.UUID) -> Conversation:
    found = owned.filter(pk=conversation_id).first()
    if found is None:
        raise _unknown(conversation_id)
    return found


def _unknown(conversation_id: uuid.UUID) -> NotFound:
    return NotFound(
        "You have no such conversation: GET /api/genie/conversations lists yours; a question "
        "without conversation_id begins one.",
        conversation_id=str(conversation_id),
    )


def conversation_of(actor: Actor, conversation_id: uuid.UUID, category: str) -> Conversation:
    """The caller's conversation. Raises NotFound for anybody else's, InvalidInput for one of
    another category.
    """
    found = _one(_owned(actor), conversation_id)
    if found.category != category:
        raise InvalidInput(
            f"This conversation is about {found.category}: begin another one for {category}.",
            conversation_id=str(conversation_id),
        )
    return found


def last_frame(conversation: Conversation) -> Frame | None:
    """What was understood last, for the next question to build on; unsettled where that was asked
    back."""
    kept = (
        conversation.turns.filter(frame__isnull=False)
        .order_by("-id")
        .values_list("frame", flat=True)
        .first()
    )
    return Frame.of_json(kept) if kept else None


@transaction.atomic
def record_turn(
    *,
    actor: Actor,
    conversation: Conversation,
    question: str,
    reply: Reply,
    frame: Frame | None,
) -> None:
    """Keep the question with its outcome; a new conversation begins with its first turn.

    One that was deleted while the question was answered stays deleted: nothing is kept.
    """
    now = timezone.now()
    if conversation._state.adding:
        conversation.owner_id = uuid.UUID(actor.user_id)
        conversation.created_at = conversation.updated_at = now
        conversation.save(force_insert=True)
    elif not Conversation.objects.filter(pk=conversation.pk).update(
        updated_at=now, genie_conversation=conversation.genie_conversation
    ):
        return
    Turn.objects.create(
        conversation=conversation,
        question=question,
        outcome=reply.outcome.value,
        source=reply.source,
        frame=frame.as_json() if frame is not None else None,
        metric_query=reply.metric_query,
        explanation=reply.explanation,
        confidence=reply.confidence,
        query_id=reply.query_id,
        asked_at=now,
    )


def delete_conversation(*, actor: Actor, conversation_id: uuid.UUID) -> None:
    """Delete the caller's conversation with its questions. Raises NotFound for anybody else's.

    What the workspace's Genie keeps of it, and the history of queries, stay.
    """
    if not _delete(_owned(actor).filter(pk=conversation_id), skip_locked=False):
        raise _unknown(conversation_id)


def conversations_to_forget(*, days: int) -> QuerySet[Conversation]:
    """Everybody's conversations without a question since `days` days; none for 0 days."""
    if not days:
        return Conversation.objects.none()
    before = timezone.now() - timedelta(days=days)
    return Conversation.objects.filter(updated_at__lt=before)


def forget_old_conversations(*, days: int | None = None) -> int:
    """Delete what has had no question for `days` days, GENIE_CONVERSATIONS_KEPT_DAYS by default;
    how many conversations that were. In batches, so that nobody waits long for a lock.
    """
    kept = settings.GENIE_CONVERSATIONS_KEPT_DAYS if days is None else days
    forgotten = 0
    while count := _delete(conversations_to_forget(days=kept), skip_locked=True):
        forgotten += count
    return forgotten


@transaction.atomic
def _delete(unwanted: QuerySet[Conversation], *, skip_locked: bool) -> int:
    """Delete one batch. Locked before its questions are deleted, or one that is asked meanwhile
    would be left without its conversation.
    """
    locked = unwanted.order_by("pk").select_for_update(skip_locked=skip_locked)
    ids = list(locked.values_list("pk", flat=True)[:BATCH])
    Conversation.objects.filter(pk__in=ids).delete()
    return len(ids)

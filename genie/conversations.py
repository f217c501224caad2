"""Conversations in the database: one's own, its last frame, one turn more."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils import timezone

from genie.models import Conversation, Turn
from genie.planning.frame import Frame
from genie.replies import Reply
from semantic_layer.errors import InvalidInput, NotFound
from semantic_layer.ports import Actor


def conversation_of(actor: Actor, conversation_id: uuid.UUID, category: str) -> Conversation:
    """The caller's conversation. Raises NotFound for anybody else's, InvalidInput for one of
    another category.
    """
    found = Conversation.objects.filter(
        pk=conversation_id, owner_id=uuid.UUID(actor.user_id)
    ).first()
    if found is None:
        raise NotFound(
            "You have no such conversation: leave conversation_id out to begin one.",
            conversation_id=str(conversation_id),
        )
    if found.category != category:
        raise InvalidInput(
            f"This conversation is about {found.category}: begin another one for {category}.",
            conversation_id=str(conversation_id),
        )
    return found


def last_frame(conversation: Conversation) -> Frame | None:
    """What was understood last, for the next question to build on."""
    kept = (
        conversation.turns.filter(outcome="answered", frame__isnull=False)
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
    """Keep the question with its outcome; a new conversation begins with its first turn."""
    now = timezone.now()
    conversation.updated_at = now
    if conversation._state.adding:
        conversation.owner_id = uuid.UUID(actor.user_id)
        conversation.created_at = now
        conversation.save(force_insert=True)
    else:
        conversation.save(update_fields=["updated_at", "genie_conversation"])
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

"""HTTP face of conversations: what one asked in words, read again or deleted."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from genie import conversations, serializers
from genie.serializers import ConversationBody, TurnBody
from semantic_layer.api.pagination import paginate
from semantic_layer.api.schema import error_response
from semantic_layer.api.serializers import PageQuery
from semantic_layer.api.views import ApiView

NOT_YOURS = error_response("You have no such conversation.")


class ConversationsView(ApiView):
    """All of the caller's."""

    permission = "read"

    @extend_schema(
        operation_id="list_conversations",
        summary="List your conversations in words",
        parameters=[PageQuery],
        responses={200: serializers.ConversationsBody},
    )
    def get(self, request: Request) -> Response:
        page, numbers = paginate(conversations.conversations_of(self.actor), request)
        listed = ConversationBody(page, many=True).data
        return Response({"conversations": listed, "pagination": numbers})


class ConversationView(ApiView):
    """One of them. What is one's own may be read and deleted whatever else one may do."""

    permission = "read"

    @extend_schema(
        operation_id="get_conversation",
        summary="Read a conversation of yours",
        parameters=[PageQuery],
        responses={200: serializers.ConversationWithTurnsBody, 404: NOT_YOURS},
    )
    def get(self, request: Request, conversation_id: uuid.UUID) -> Response:
        found = conversations.own_conversation(self.actor, conversation_id)
        page, numbers = paginate(found.turns.order_by("id"), request)
        questions = TurnBody(page, many=True).data
        body = {**ConversationBody(found).data, "questions": questions, "pagination": numbers}
        return Response(body)

    @extend_schema(
        operation_id="delete_conversation",
        summary="Delete a conversation of yours",
        responses={200: serializers.ConversationDeletedBody, 404: NOT_YOURS},
    )
    def delete(self, request: Request, conversation_id: uuid.UUID) -> Response:
        conversations.delete_conversation(actor=self.actor, conversation_id=conversation_id)
        return Response({"id": conversation_id, "message": "Conversation deleted successfully"})

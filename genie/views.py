"""HTTP face of questions in words: input -> service -> output."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from genie import serializers, services
from genie.requests import QuestionRequest
from semantic_layer.api.serializers import read_body
from semantic_layer.api.views import ApiView


class QuestionView(ApiView):
    """Questions in words."""

    permission = "execute"
    category = "queries"

    @extend_schema(
        operation_id="ask_question",
        summary="Ask a question in words",
        request=serializers.QuestionInput,
        responses={200: serializers.AnsweredQuestionBody},
        examples=serializers.EXAMPLES,
    )
    def post(self, request: Request) -> Response:
        asked = QuestionRequest.of(read_body(serializers.QuestionInput, request))
        return Response(services.answer_question(actor=self.actor, request=asked).body())

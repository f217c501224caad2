"""Shape and types of the requests and answers. What they mean is decided by the services."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers

from genie.models import MAX_QUESTION
from genie.planning.asking import Outcome
from genie.replies import GENIE, SEMANTIC_LAYER
from models_registry.models import Category
from queries.bodies import QueryAnswerBody
from semantic_layer.api.serializers import PaginationBody, StrictSerializer

OUTCOMES = [item.value for item in Outcome]
ANSWER_SOURCES = [SEMANTIC_LAYER, GENIE]


class QuestionInput(StrictSerializer):
    """A question in words."""

    query = serializers.CharField(
        max_length=MAX_QUESTION, help_text="In English, such as `top 5 carriers by flights`."
    )
    conversation_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="Of the answer that this question builds on."
    )
    execute = serializers.BooleanField(
        required=False, default=True, help_text="False: the SQL without its rows."
    )
    category = serializers.ChoiceField(
        Category.choices, required=False, default=Category.PRODUCTION.value
    )
    time_zone = serializers.CharField(
        required=False,
        max_length=64,
        default="UTC",
        help_text="Where `today` and `last month` are counted.",
    )

    def validate_time_zone(self, value: str) -> str:
        if value not in available_timezones():
            raise serializers.ValidationError("Write a time zone such as Europe/Paris.")
        return value


class OptionBody(serializers.Serializer[Any]):
    """A way to go on."""

    label = serializers.CharField(help_text="What it means.")  # type: ignore[assignment]
    text = serializers.CharField(help_text="What to send as the next `query`.")


class ClarificationBody(serializers.Serializer[Any]):
    """A question back."""

    question = serializers.CharField()
    options = OptionBody(many=True)


class AnsweredQuestionBody(serializers.Serializer[Any]):
    """An answer, a question back, or a refusal that says what can be asked."""

    outcome = serializers.ChoiceField(OUTCOMES)
    sql = serializers.CharField(allow_null=True)
    result = QueryAnswerBody(allow_null=True)
    confidence = serializers.FloatField(help_text="From 0 to 1.")
    source = serializers.ChoiceField(ANSWER_SOURCES)  # type: ignore[assignment]
    governed = serializers.BooleanField(help_text="Whether the SQL is made of governed metrics.")
    reader = serializers.ChoiceField(
        ["planner", "language_model", "genie"], help_text="Who read the question."
    )
    metric_query = serializers.DictField(
        child=serializers.JSONField(allow_null=True),
        allow_null=True,
        help_text="Body of metrics-explorer/query; of a question back, the best guess.",
    )
    explanation = serializers.CharField(help_text="What was understood.")
    clarification = ClarificationBody(allow_null=True)
    not_understood = serializers.ListField(
        child=serializers.CharField(), help_text="Words of the question that nothing explains."
    )
    conversation_id = serializers.UUIDField(help_text="Send it with a question that builds on it.")
    query_id = serializers.UUIDField(allow_null=True)


class ConversationBody(serializers.Serializer[Any]):
    """A conversation of the caller's."""

    id = serializers.UUIDField()
    title = serializers.CharField(help_text="Its first question.")
    category = serializers.ChoiceField(Category.choices)
    question_count = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField(help_text="When it had its newest question.")


class TurnBody(serializers.Serializer[Any]):
    """A question, and what came of it then; its rows are no part of it."""

    question = serializers.CharField()
    outcome = serializers.ChoiceField(OUTCOMES)
    source = serializers.ChoiceField(ANSWER_SOURCES)  # type: ignore[assignment]
    metric_query = serializers.DictField(
        child=serializers.JSONField(allow_null=True), allow_null=True
    )
    explanation = serializers.CharField()
    confidence = serializers.FloatField()
    query_id = serializers.UUIDField(allow_null=True)
    asked_at = serializers.DateTimeField()


class ConversationsBody(serializers.Serializer[Any]):
    """One page of them, the one with the newest question first."""

    conversations = ConversationBody(many=True)
    pagination = PaginationBody()


class ConversationWithTurnsBody(ConversationBody):
    """A conversation with one page of its questions, oldest first."""

    questions = TurnBody(many=True)
    pagination = PaginationBody()


class ConversationDeletedBody(serializers.Serializer[Any]):
    """What was deleted."""

    id = serializers.UUIDField()
    message = serializers.CharField()


EXAMPLES = [
    OpenApiExample(
        "A question", value={"query": "top 5 carriers by flights in 2013"}, request_only=True
    ),
]

"""The page to ask in words: question, what was understood, rows. Works without scripts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from genie.models import MAX_QUESTION
from genie.replies import Reply
from genie.requests import QuestionRequest
from genie.serializers import QuestionInput
from genie.services import answer_question
from genie.starters import starters
from models_registry.models import Category
from semantic_layer.accounts.pages import StewardPage
from semantic_layer.api.exceptions import describe
from semantic_layer.ports import Actor

ROWS_SHOWN = 200


class AskPage(StewardPage):
    """Ask, choose among readings, ask on."""

    permission = "execute"
    template_name = "stewards/ask.html"
    title = "Ask"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page({"beginnings": _beginnings(self.actor)})

    def post(self, request: HttpRequest) -> HttpResponseBase:
        said = {key: request.POST.get(key, "") for key in ("query", "category")}
        conversation = request.POST.get("conversation_id", "")
        bound = QuestionInput(data=said | {"conversation_id": conversation or None})
        if not bound.is_valid():
            problems = [str(problem) for found in bound.errors.values() for problem in found]
            return self._page({"said": said, "problem": " ".join(problems)}, 400)
        try:
            reply = answer_question(
                actor=self.actor, request=QuestionRequest.of(bound.validated_data)
            )
        except Exception as error:  # noqa: BLE001  `describe` logs what is our own fault
            body, _ = describe(error)
            return self._page({"said": said, "problem": body["detail"]}, body["status_code"])
        return self._page({"said": said, "reply": reply, "table": _table(reply)})

    def _page(self, context: Mapping[str, Any], status: int = 200) -> HttpResponse:
        shared = {"categories": Category.choices, "max_length": MAX_QUESTION}
        return self.show(shared | dict(context), status=status)


def _beginnings(actor: Actor) -> list[dict[str, Any]]:
    """Questions by category, those of categories without metrics left out."""
    found = [
        {"category": value, "label": label, "questions": starters(actor, value)}
        for value, label in Category.choices
    ]
    return [one for one in found if one["questions"]]


def _table(reply: Reply) -> dict[str, Any] | None:
    """Columns and the first rows as cells."""
    if reply.result is None:
        return None
    columns = list(reply.result["columns"])
    rows = [[row[name] for name in columns] for row in reply.result["rows"][:ROWS_SHOWN]]
    return {"columns": columns, "rows": rows, "left_out": len(reply.result["rows"]) - len(rows)}

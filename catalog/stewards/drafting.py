"""Tables worth a model, and a draft of a model of one of them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse

from catalog.analysis import TableName
from catalog.generation import GenerationRequest, body_of, generate_model
from catalog.gold_tables import list_gold_tables
from semantic_layer.accounts.pages import StewardPage
from semantic_layer.api.exceptions import describe
from semantic_layer.errors import Malformed, SemanticLayerError

MOST_TABLES = 500


class TablesPage(StewardPage):
    """A list; `intent=check` shows the draft of a table, `intent=do` writes it to development."""

    permission = "write"
    template_name = "stewards/tables.html"
    title = "Tables"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page()

    def post(self, request: HttpRequest) -> HttpResponse:
        save = request.POST.get("intent") == "do"
        try:
            draft = body_of(generate_model(actor=self.actor, request=_asked(request, save)))
        except SemanticLayerError as error:
            return self._page(error=describe(error)[0])
        if draft["saved"]:
            version = draft["saved"]["version"]
            messages.success(request, f"{draft['saved']['id']}: version {version} in development.")
        return self._page(draft=draft)

    def _page(self, error: dict[str, Any] | None = None, **context: Any) -> HttpResponse:
        search = self.request.GET.get("search", "")
        tables = list_gold_tables(actor=self.actor, search=search, limit=MOST_TABLES)
        said = self.request.POST
        shown = {"tables": tables, "search": search, "said": said, "error": error, **context}
        return self.show(shown, status=error["status_code"] if error else 200)


def _asked(request: HttpRequest, save: bool) -> GenerationRequest:
    names = [request.POST.get(key, "") for key in ("catalog", "schema", "table")]
    if not all(names):
        raise Malformed("Choose a table.")
    return GenerationRequest(TableName(*names), save=save)

"""The YAML editor: a text, checked while it is written, saved as a version or a draft."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from models_registry import lifecycle_bodies, services
from models_registry.models import Category, Document, DocumentVersion
from models_registry.reviews import needs_review
from models_registry.services import ModelWritten
from models_registry.stewards.documents import (
    head_of_document,
    page_of,
    page_of_name,
    visible_document,
)
from models_registry.stewards.dry_runs import dry_run
from models_registry.stewards.side_by_side import side_by_side
from semantic_layer.accounts.pages import StewardData, StewardPage
from semantic_layer.api.exceptions import describe
from semantic_layer.api.parsing import parse_json
from semantic_layer.errors import Conflict, Malformed, StaleVersion, UserError

NEW_MODEL = """\
semantic_model:
  name: orders
  description: One row per order.
  model: catalog.schema.orders
  defaults:
    agg_time_dimension: ordered_at
  entities:
    - {name: order, type: primary, expr: order_id}
  dimensions:
    - {name: ordered_at, type: time, type_params: {time_granularity: day}}
  measures:
    - {name: order_count, agg: count, expr: order_id}
metrics:
  - name: orders_placed
    label: Orders placed
    type: simple
    type_params: {measure: order_count}
"""


@dataclass(frozen=True)
class Draft:
    """The form as it was sent. `expected` is the version that the text goes on from."""

    text: str
    message: str
    category: str
    expected: int | None
    intent: str

    @classmethod
    def of(cls, request: HttpRequest, document: Document | None) -> Draft:
        said = request.POST
        number = said.get("rebase") or said.get("expected", "")
        category = document.category if document else said.get("category", "")
        if category not in Category.values:
            raise Malformed(f"category must be one of {', '.join(Category.values)}.")
        return cls(
            # Browsers send forms with \\r\\n, whatever the text had.
            said.get("yaml", "").replace("\r\n", "\n"),
            said.get("message", "")[:2000],
            category,
            int(number) if number.isdecimal() and len(number) < 10 else None,
            "rebase" if "rebase" in said else said.get("intent", "check"),
        )


class EditorPage(StewardPage):
    """A model's text. Nothing is written but by `intent=save`."""

    permission = "write"
    template_name = "stewards/editor.html"

    def get(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        document, head = self._found(pk)
        asked = request.GET.get("category", Category.DEVELOPMENT.value)
        category = document.category if document else asked
        text = head.yaml if head else NEW_MODEL
        return self._page(document, Draft(text, "", category, head.number if head else None, ""))

    def post(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        document, head = self._found(pk)
        draft = Draft.of(request, document)
        if draft.intent == "rebase":
            return self._page(document, draft, before=head)
        try:
            if draft.intent == "save":
                return self._saved(request, draft, self._write(document, draft))
            found = dry_run(lambda: self._write(document, draft))
        except (StaleVersion, Conflict) as error:
            return self._page(document, draft, error=error, theirs=head)
        except UserError as error:
            return self._page(document, draft, error=error)
        return self._page(document, draft, preview=found, before=head)

    def _found(self, pk: int | None) -> tuple[Document | None, DocumentVersion | None]:
        if pk is None:
            return None, None
        document = visible_document(self.actor, pk)
        return document, head_of_document(document)

    def _write(self, document: Document | None, draft: Draft) -> ModelWritten:
        payload = {"yaml": draft.text}
        if document is None:
            return services.create_model(
                actor=self.actor, category=draft.category, payload=payload, message=draft.message
            )
        return services.update_model(
            actor=self.actor,
            category=document.category,
            name=document.name,
            payload=payload,
            expected=frozenset(() if draft.expected is None else (draft.expected,)),
            message=draft.message,
        )

    def _saved(self, request: HttpRequest, draft: Draft, written: ModelWritten) -> HttpResponse:
        ending = "it answers queries now" if written.state == "published" else "it is a draft"
        messages.success(request, f"{written.name}, version {written.version}: {ending}.")
        first = written.documents[0]
        return HttpResponseRedirect(page_of_name(draft.category, first.kind, first.name))

    def _page(
        self,
        document: Document | None,
        draft: Draft,
        *,
        error: UserError | None = None,
        theirs: DocumentVersion | None = None,
        preview: ModelWritten | None = None,
        before: DocumentVersion | None = None,
    ) -> HttpResponse:
        body = describe(error)[0] if error else None
        context: dict[str, Any] = {
            "title": f"Edit {document.name}" if document else "New model",
            "document": document,
            "draft": draft,
            "error": body,
            "preview": preview,
            "diff": side_by_side(before.yaml, draft.text) if before else None,
            "needs_review": needs_review(draft.category),
            "categories": Category.choices,
            "back": _back(document),
        }
        if document and theirs and theirs.number != draft.expected:
            context["conflict"] = _conflict(document, draft, theirs)
        return self.show(context, status=body["status_code"] if body else 200)


@dataclass(frozen=True)
class Overtaken:
    """What another person saved meanwhile, against where this text began and against the text."""

    version: DocumentVersion
    theirs: Any
    mine: Any


def _conflict(document: Document, draft: Draft, current: DocumentVersion) -> Overtaken:
    base = document.versions.filter(number=draft.expected or 0).first()
    return Overtaken(
        current,
        side_by_side(base.yaml if base else "", current.yaml),
        side_by_side(current.yaml, draft.text),
    )


def _back(document: Document | None) -> str:
    if document is not None:
        return page_of(document)
    return reverse("admin:models_registry_document_changelist")


class Problems(StewardData):
    """Everything to say about a text, for the editor's margin."""

    def post(self, request: HttpRequest) -> HttpResponse:
        sent = parse_json(request.body)
        if not isinstance(sent, dict) or not isinstance(sent.get("yaml"), str):
            raise Malformed('Send {"yaml": "...", "category": "..."}.')
        category = sent.get("category")
        if category not in Category.values:
            raise Malformed(f"category must be one of {', '.join(Category.values)}.")
        found = services.check_model(
            actor=self.actor, category=str(category), payload={"yaml": sent["yaml"]}
        )
        return self.json(lifecycle_bodies.validated(found))

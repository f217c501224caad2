"""Pages that move a version on: each shows what it is about, and can be tried without doing it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from models_registry import services
from models_registry.graph_source import load_snapshot
from models_registry.histories import version_of
from models_registry.impact import visible_impact
from models_registry.models import Document, DocumentVersion
from models_registry.promotions import Promoted, Promotion, promote
from models_registry.stewards.documents import (
    NEXT_CATEGORY,
    head_of_document,
    page_of,
    visible_document,
)
from models_registry.stewards.dry_runs import dry_run
from models_registry.stewards.side_by_side import side_by_side
from models_registry.transitions import ACTIONS, Move, move_version
from models_registry.value_diffs import ValueDiff, value_diff
from models_registry.writes import problems_of
from semantic_layer.accounts.pages import StewardPage
from semantic_layer.api.exceptions import describe
from semantic_layer.compiler import read_mapping
from semantic_layer.errors import Conflict, NotFound, UserError
from semantic_layer.ports import Actor

REASON_NEEDED = ("reject", "deprecate", "retire")
TELLS_NUMBERS = ("approve", "publish", "submit")
ABOUT_PUBLISHED = ("deprecate",)
WORDS = {
    "submit": "Submit for review",
    "approve": "Approve and publish",
    "reject": "Reject",
    "publish": "Publish",
    "deprecate": "Deprecate",
    "retire": "Retire",
    "restore": "Restore",
}


class _DocumentStep(StewardPage):
    """GET shows, POST with `intent=check` tries, with `intent=do` does."""

    permission = "write"

    def answer(self, document: Document, error: UserError | None, **context: Any) -> HttpResponse:
        body = describe(error)[0] if error else None
        status = body["status_code"] if body else 200
        shown = {"document": document, "back": page_of(document), "error": body, **context}
        return self.show(shown, status=status)

    def done(self, request: HttpRequest, document: Document, text: str) -> HttpResponse:
        messages.success(request, text)
        return HttpResponseRedirect(page_of(document))


class MovePage(_DocumentStep):
    """One transition of one version."""

    template_name = "stewards/move.html"

    def get(self, request: HttpRequest, pk: int, action: str) -> HttpResponse:
        document = visible_document(self.actor, pk)
        return self._page(document, action, self._version(document, action, request.GET))

    def post(self, request: HttpRequest, pk: int, action: str) -> HttpResponse:
        document = visible_document(self.actor, pk)
        version = self._version(document, action, request.POST)
        move = Move(
            action,
            document.category,
            document.name,
            document.kind,
            version.number,
            request.POST.get("reason", "").strip(),
            force="force" in request.POST,
        )
        try:
            if request.POST.get("intent") == "do":
                moved = move_version(actor=self.actor, move=move)
                words = moved.after.replace("_", " ")
                return self.done(request, document, f"Version {moved.version} is {words} now.")
            found = dry_run(lambda: move_version(actor=self.actor, move=move))
        except UserError as error:
            return self._page(document, action, version, error=error)
        values = value_change(self.actor, document, version) if action in TELLS_NUMBERS else None
        return self._page(document, action, version, preview=found, values=values)

    def _version(self, document: Document, action: str, said: Any) -> DocumentVersion:
        """The version that the page is about: the one asked for, else the one that is usual."""
        if action not in ACTIONS:
            raise NotFound(f"There is no action '{action}'.")
        number = said.get("version", "")
        if number.isdecimal() and len(number) < 10:
            found = document.versions.filter(number=int(number)).first()
        else:
            head = head_of_document(document)
            found = document.published if action in ABOUT_PUBLISHED else head
        if found is None:
            raise NotFound(f"'{document.name}' has no such version.", code="VERSION_NOT_FOUND")
        return found

    def _page(
        self,
        document: Document,
        action: str,
        version: DocumentVersion,
        *,
        error: UserError | None = None,
        preview: Any = None,
        values: ValueDiff | None = None,
    ) -> HttpResponse:
        published = document.published
        before = published.yaml if published and published.pk != version.pk else None
        tells_text = action in (*TELLS_NUMBERS, "reject", "restore")
        return self.answer(
            document,
            error,
            title=f"{WORDS[action]}: {document.name}",
            action=action,
            words=WORDS[action],
            version=version,
            diff=side_by_side(before or "", version.yaml) if tells_text else None,
            preview=preview,
            values=values.as_dict() if values else None,
            reason=self.request.POST.get("reason", ""),
            reason_needed=action in REASON_NEEDED,
            may_force=action == "retire" and self.actor.may("delete"),
        )


def value_change(actor: Actor, document: Document, version: DocumentVersion) -> ValueDiff:
    """What publishing the version would do to the category's numbers."""
    snapshot = load_snapshot(document.category)
    project = read_mapping(version.definition)
    after = problems_of(snapshot, {(document.kind, document.name): project}).graph
    return value_diff(
        actor=actor,
        category=document.category,
        before=snapshot.graph,
        after=after,
        models=[document.name],
    )


class PromotePage(_DocumentStep):
    """Into the next category, with the difference in words and numbers."""

    template_name = "stewards/promote.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        document = visible_document(self.actor, pk)
        try:
            found = promote(actor=self.actor, promotion=_promotion(document, is_dry=True))
        except UserError as error:
            return self._page(document, None, error)
        return self._page(document, found)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        document = visible_document(self.actor, pk)
        said = request.POST
        promotion = _promotion(document, said.get("message", ""), said.get("expected", ""))
        try:
            found = promote(actor=self.actor, promotion=promotion)
        except UserError as error:
            return self._page(document, None, error)
        written = found.written
        state = f"version {written.number}, {written.state}" if written else "nothing differed"
        text = f"{document.name} is in {promotion.to_category} now: {state}."
        return self.done(request, document, text)

    def _page(
        self, document: Document, found: Promoted | None, error: UserError | None = None
    ) -> HttpResponse:
        target = found.target if found else None
        return self.answer(
            document,
            error,
            title=_promoting(document),
            found=found,
            diff=side_by_side(target.yaml if target else "", found.source.yaml) if found else None,
            values=found.values.as_dict() if found else None,
        )


def _promoting(document: Document) -> str:
    target = NEXT_CATEGORY.get(document.category)
    return f"Promote {document.name}" + (f" to {target}" if target else "")


def _promotion(
    document: Document, message: str = "", expected: str = "", *, is_dry: bool = False
) -> Promotion:
    target = NEXT_CATEGORY.get(document.category)
    if target is None:
        raise Conflict("Production is where promotion ends.", code="PROMOTION_ORDER")
    seen = frozenset([int(expected)]) if expected.isdecimal() and len(expected) < 10 else None
    return Promotion(
        document.name, target, kind=document.kind, message=message, expected=seen, dry_run=is_dry
    )


class RemovePage(_DocumentStep):
    """Deleting, after having seen who would notice."""

    permission = "delete"
    template_name = "stewards/remove.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._page(visible_document(self.actor, pk))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        document = visible_document(self.actor, pk)
        said = request.POST
        number = said.get("expected", "")

        def remove() -> None:
            services.delete_model(
                actor=self.actor,
                category=document.category,
                name=document.name,
                force="force" in said,
                expected=frozenset([int(number)] if number.isdecimal() else []),
                message=said.get("reason", ""),
            )

        try:
            if said.get("intent") == "do":
                remove()
                return self.done(request, document, f"{document.name} is deleted.")
            dry_run(remove)
        except UserError as error:
            return self._page(document, error)
        return self._page(document, preview=True)

    def _page(
        self, document: Document, error: UserError | None = None, *, preview: bool = False
    ) -> HttpResponse:
        head = head_of_document(document)
        is_there = document.published is not None
        found = (
            visible_impact(actor=self.actor, category=document.category, name=document.name)
            if is_there
            else []
        )
        return self.answer(
            document,
            error,
            title=f"Delete {document.name}",
            dependents=[{**item.as_dict(), "words": item.kind.replace("_", " ")} for item in found],
            is_there=is_there,
            expected=head.number if head else "",
            preview=preview,
            reason=self.request.POST.get("reason", ""),
        )


class ComparePage(StewardPage):
    """Two versions side by side."""

    template_name = "stewards/compare.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        document = visible_document(self.actor, pk)
        older, newer = (self._version(document, request.GET.get(key, "")) for key in ("from", "to"))
        return self.show(
            {
                "title": f"{document.name}: version {older.number} and {newer.number}",
                "document": document,
                "older": older,
                "newer": newer,
                "diff": side_by_side(older.yaml, newer.yaml),
                "back": page_of(document),
            }
        )

    def _version(self, document: Document, number: str) -> DocumentVersion:
        known = number.isdecimal() and len(number) < 10
        return version_of(actor=self.actor, document=document, number=int(number) if known else 0)

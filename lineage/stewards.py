"""The interactive picture of the lineage in the admin site, and the JSON that it is drawn of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.http import urlencode

from lineage.formats import laid_out
from lineage.formats.layout import WIDTH, Line, Placed
from lineage.names import split_name
from lineage.naming import full_name, node_id
from lineage.nodes import Kind, Ref
from lineage.refreshing import catch_up
from lineage.sight import Sight
from lineage.walking import DOWN, UP, Picture, Way, columns_between, joins_of, walk
from models_registry.models import Category, Document, DocumentKind
from semantic_layer.accounts.pages import StewardData, StewardPage
from semantic_layer.api.exceptions import describe
from semantic_layer.errors import Malformed, NotFound, UserError

ROOTS = {Kind.TABLE: 3, Kind.MODEL: 2, Kind.METRIC: 2}
"""What a picture may begin with, and how many parts its name has."""
MOST_OPENED = 60
MOST_LISTED = 200


class LineagePage(StewardPage):
    """Pick where to begin, then look around."""

    template_name = "stewards/lineage.html"
    title = "Lineage"

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = request.GET
        if asked.get("name"):
            kind = asked.get("kind", Kind.MODEL.value)
            category = asked.get("category", Category.PRODUCTION.value)
            place = "" if kind == Kind.TABLE else f"{category}."
            root = f"{kind}:{place}{asked['name'].strip()}"
            return redirect(f"{request.path}?{urlencode({'root': root})}")
        context: dict[str, Any] = {
            "kinds": [kind.value for kind in ROOTS],
            "categories": Category.choices,
            "root": asked.get("root", ""),
            "kind": Kind.MODEL.value,
        }
        sight = Sight(self.actor)
        if not context["root"]:
            return self.show({**context, "beginnings": _beginnings(sight)})
        try:
            ref = root_of(context["root"], sight)
        except UserError as error:
            body, _ = describe(error)
            told = {"root": "", "problem": body["detail"], "beginnings": _beginnings(sight)}
            return self.show({**context, **told}, status=body["status_code"])
        context |= {"title": f"Lineage of {full_name(ref, sight)}", "kind": ref.kind.value}
        return self.show(context)


class LineagePicture(StewardData):
    """Boxes and lines around a root, with what was opened so far."""

    def get(self, request: HttpRequest) -> HttpResponse:
        catch_up()
        sight = Sight(self.actor)
        root = root_of(request.GET.get("root", ""), sight)
        opened = {node_id(root), *request.GET.getlist("open")[:MOST_OPENED]}
        picture = _opened(root, opened, sight)
        _show_rows(picture, set(request.GET.getlist("columns")[:MOST_OPENED]), sight)
        return self.json(body_of(picture, opened, sight))


def root_of(text: str, sight: Sight) -> Ref:
    """The node with this id. Raises Malformed, NotFound for what the person does not see."""
    kind, _, name = text.partition(":")
    parts = split_name(name)
    wanted = next((one for one in ROOTS if one.value == kind), None)
    if wanted is None or len(parts) != ROOTS[wanted]:
        raise Malformed(
            "Begin with a table (catalog.schema.table), a model or a metric.", code="NO_ROOT"
        )
    if wanted is not Kind.TABLE and parts[0] not in Category.values:
        raise Malformed(f"category must be one of {', '.join(Category.values)}.")
    lowered = tuple(part.lower() for part in parts) if wanted is Kind.TABLE else parts
    ref = Ref(wanted, lowered)
    if not sight.sees(ref):
        raise NotFound(f"There is no {kind} {name[:200]}.")
    return ref


def _beginnings(sight: Sight) -> list[dict[str, Any]]:
    """Models to begin with, by category, each with the table that it reads and how much it has."""
    found = []
    for category, label in Category.choices:
        graph = sight.graph(category)
        metrics = Counter(info.model for info in graph.metrics.values())
        models = [
            {
                "root": node_id(Ref(Kind.MODEL, (category, name))),
                "name": name,
                "label": graph.models[name].spec.label,
                "table": ".".join(graph.models[name].spec.relation.parts),
                "metrics": metrics[name],
            }
            for name in sorted(graph.models)[:MOST_LISTED]
        ]
        if models:
            left = len(graph.models) - len(models)
            found.append({"label": label, "models": models, "left": left})
    return found


def _opened(root: Ref, opened: Iterable[str], sight: Sight) -> Picture:
    """One step around everything that was opened, as far as it hangs together with the root."""
    picture = Picture(root)
    waiting, done = set(opened), set[str]()
    while True:
        here = [ref for ref in picture.nodes if node_id(ref) in waiting - done]
        if not here:
            return picture
        for ref in here:
            done.add(node_id(ref))
            for direction in (UP, DOWN):
                walk(picture, [ref], Way(direction, 1), sight)
            if ref.kind is Kind.MODEL:
                joins_of(picture, ref, sight)


def _show_rows(picture: Picture, wanted: set[str], sight: Sight) -> None:
    """Columns and members of the boxes that were asked to show them."""
    if not wanted:
        return
    columns_between(picture, sight)
    for ref in list(picture.nodes):
        if ref.owner is not None and node_id(ref.owner) not in wanted:
            del picture.nodes[ref]


def body_of(picture: Picture, opened: set[str], sight: Sight) -> dict[str, Any]:
    layout = laid_out(picture, sight)
    links = _links([placed.box.ref for placed in layout.boxes])
    return {
        "boxes": [_box(placed, picture.root, opened, links, sight) for placed in layout.boxes],
        "lines": [_line(line) for line in layout.lines],
        "width": layout.width,
        "height": layout.height,
        "truncated": picture.truncated,
    }


def _box(
    placed: Placed, root: Ref, opened: set[str], links: Mapping[Ref, str], sight: Sight
) -> dict[str, Any]:
    ref = placed.box.ref
    return {
        "id": node_id(ref),
        "kind": ref.kind.value,
        "title": placed.box.title,
        "subtitle": placed.box.subtitle,
        "full_name": full_name(ref, sight),
        "x": placed.x,
        "y": placed.y,
        "width": WIDTH,
        "height": placed.height,
        "rows": [{"id": node_id(row), "label": label} for row, label in placed.box.rows],
        "is_root": ref == root,
        "is_open": node_id(ref) in opened,
        "may_show_columns": ref.kind in (Kind.TABLE, Kind.MODEL),
        "link": links.get(ref),
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "path": line.path,
        "relation": line.relation.value,
        "source": node_id(line.source.object),
        "target": node_id(line.target.object),
    }


def _links(refs: Iterable[Ref]) -> dict[Ref, str]:
    """Pages of the admin site about models and metrics."""
    models = [ref for ref in refs if ref.kind is Kind.MODEL]
    found = Document.objects.filter(
        kind=DocumentKind.SEMANTIC_MODEL, name__in=[ref.name for ref in models]
    ).values_list("category", "name", "pk")
    keys = {(category, name): pk for category, name, pk in found}
    links = {
        ref: reverse("admin:models_registry_document_change", args=[keys[ref.parts]])
        for ref in models
        if ref.parts in keys
    }
    for ref in refs:
        if ref.kind is Kind.METRIC:
            links[ref] = reverse("query_pages:metric", args=list(ref.parts))
    return links


app_name = "lineage_pages"
urlpatterns = [
    path("lineage/", LineagePage.on_site(), name="picture"),
    path("lineage/graph", LineagePicture.on_site(), name="graph"),
]

"""ModelLineage: a model's lineage as documentation shows it."""

from __future__ import annotations

from lineage.formats import laid_out, mermaid
from lineage.formats.layout import WIDTH, Layout, Placed
from lineage.naming import full_name
from lineage.nodes import Kind, Ref, Relation
from lineage.services import Asked, model_lineage
from lineage.walking import UP
from semantic_layer.ports import Actor, Diagram, DiagramBox, DiagramLine, LineageDrawing


class LineageOfModels:
    """Tables, models and metrics around a model; columns would be too many for a page."""

    def of_model(self, actor: Actor, category: str, name: str) -> LineageDrawing:
        """See the port."""
        answer = model_lineage(actor=actor, category=category, name=name, asked=Asked())
        picture, sight = answer.picture, answer.sight
        return LineageDrawing(
            diagram_of(laid_out(picture, sight), picture.root),
            mermaid(picture, sight),
            tuple(full_name(found.ref, sight) for found in picture.of(Kind.TABLE, UP)),
            answer.notes,
        )


def diagram_of(layout: Layout, root: Ref) -> Diagram:
    """The layout without what it is of."""
    return Diagram(
        tuple(_box(placed, root) for placed in layout.boxes),
        tuple(
            DiagramLine(
                line.start,
                line.end,
                is_dashed=line.relation not in (Relation.VALUE, Relation.READS),
            )
            for line in layout.lines
        ),
        layout.width,
        layout.height,
    )


def _box(placed: Placed, root: Ref) -> DiagramBox:
    box = placed.box
    return DiagramBox(
        placed.x,
        placed.y,
        WIDTH,
        placed.height,
        box.title,
        box.subtitle,
        tuple(label for _, label in box.rows),
        tone=box.ref.kind.value,
        is_root=box.ref == root,
    )

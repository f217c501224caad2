"""HTTP face of a version's life: transitions, and promotion to the next category."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from models_registry import examples, lifecycle_bodies
from models_registry import lifecycle_serializers as shapes
from models_registry.promotions import Promotion, promote
from models_registry.requests import category_of, expected_versions
from models_registry.transitions import Move, move_version
from models_registry.views import IF_MATCH, RegistryView
from semantic_layer.api.serializers import read_body, read_query


class TransitionsView(RegistryView):
    """Moves a version on."""

    ACTIONS = {"POST": "transition"}

    @extend_schema(
        operation_id="move_model_version",
        summary="Submit, approve, reject, publish, deprecate, retire or restore a version",
        request=shapes.TransitionInput,
        responses={200: shapes.TransitionOutput},
        parameters=[shapes.KindQuery, IF_MATCH],
        examples=examples.TRANSITION,
    )
    def post(self, request: Request, name: str) -> Response:
        query = read_query(shapes.KindQuery, request)
        asked = read_body(shapes.TransitionInput, request)
        move = Move(
            action=asked["action"],
            category=category_of(request, asked.get("category"), query["category"]),
            name=name.replace("\x00", ""),
            kind=query["kind"],
            version=asked.get("version"),
            reason=asked.get("reason") or "",
            expected=expected_versions(request),
            force=asked["force"],
            together=tuple(asked.get("with", ())),
        )
        return Response(lifecycle_bodies.moved(move, move_version(actor=self.actor, move=move)))


class PromoteView(RegistryView):
    """Copies a version on."""

    ACTIONS = {"POST": "promote"}

    @extend_schema(
        operation_id="promote_model",
        summary="Promote a model to the next category, or show what that would change",
        request=shapes.PromoteInput,
        responses={200: shapes.PromoteOutput},
        parameters=[shapes.PromoteQuery, IF_MATCH],
        examples=examples.PROMOTE,
    )
    def post(self, request: Request, name: str) -> Response:
        query = read_query(shapes.PromoteQuery, request)
        asked = read_body(shapes.PromoteInput, request)
        promotion = Promotion(
            name=name.replace("\x00", ""),
            to_category=asked["to_category"],
            from_category=query.get("category"),
            kind=query["kind"],
            version=asked.get("version"),
            message=asked.get("message", ""),
            expected=expected_versions(request),
            dry_run=asked["dry_run"],
        )
        result = promote(actor=self.actor, promotion=promotion)
        return Response(lifecycle_bodies.promoted(promotion, result))

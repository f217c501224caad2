"""HTTP face of the mirror in the volume."""

from __future__ import annotations

from dataclasses import asdict

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from models_registry import sync_serializers as shapes
from models_registry.mirror.services import sync_volume, visible_states
from models_registry.mirror.states import manifest_states, state_bodies, sync_summary
from models_registry.views import RegistryView
from semantic_layer.api.pagination import paginate
from semantic_layer.api.serializers import read_body, read_query

SECONDS = 20.0
"""What is not done by then is the worker's."""


class SyncView(RegistryView):
    """The volume's state."""

    permission = {"GET": "read", "POST": "admin"}
    ACTIONS = {"POST": "sync"}

    @extend_schema(
        operation_id="list_sync_states",
        summary="Say how far the files in the volume are behind",
        parameters=[shapes.SyncQuery],
        responses={200: shapes.SyncOutput},
    )
    def get(self, request: Request) -> Response:
        asked = read_query(shapes.SyncQuery, request)
        category = asked.get("category")
        found = visible_states(actor=self.actor, category=category, state=asked.get("sync_state"))
        page, pagination = paginate(found, request)
        body = {
            "models": state_bodies(page),
            "totals": asdict(sync_summary(category)),
            "manifests": manifest_states(category),
            "total_count": pagination["total"],
            "pagination": pagination,
        }
        return Response(body)

    @extend_schema(
        operation_id="sync_now",
        summary="Write what waits to the volume now, also what failed before",
        request=shapes.SyncInput,
        responses={200: shapes.DrainOutput},
    )
    def post(self, request: Request) -> Response:
        category = read_body(shapes.SyncInput, request).get("category")
        drained = sync_volume(actor=self.actor, category=category, seconds=SECONDS)
        body = {
            "message": "The volume is up to date" if drained.ok else "Some files failed",
            "synced": drained.synced,
            "failed": drained.failed,
            "totals": asdict(sync_summary(category)),
        }
        return Response(body)

"""HTTP face of saved queries: people's own and shared ones (the registry's are in YAML)."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from models_registry.requests import expected_versions
from queries import bodies, saved_serializers, services
from queries.models import QueryRun, SavedQuery
from queries.run_bodies import AcceptedBody, accepted_body
from queries.saved_serializers import SavedListQuery, SavedQueryInput, SavedRunInput, saved_body
from semantic_layer.api.pagination import paginate
from semantic_layer.api.serializers import read_body, read_query
from semantic_layer.api.views import ApiView

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description='The version you have seen, as in its ETag: `"3"`. Another current version: 412.',
)
ETAG = OpenApiParameter(
    "ETag", str, OpenApiParameter.HEADER, response=True, description="The version, quoted."
)
RESULT = PolymorphicProxySerializer(
    "SavedQueryAnswer",
    [bodies.QueryAnswerBody, bodies.MetricAnswerBody],
    resource_type_field_name=None,
)


class SavedView(ApiView):
    """Reading needs no more than to be signed in; keeping queries is for who may run them."""

    permission = {"GET": "read", "POST": "execute", "PUT": "execute", "DELETE": "execute"}

    def answer(self, saved: SavedQuery, status: int = 200) -> Response:
        body = saved_body(saved, self.actor.user_id)
        return Response(body, status=status, headers={"ETag": f'"{saved.version}"'})


class SavedQueriesView(SavedView):
    """All that the caller sees."""

    @extend_schema(
        operation_id="list_saved_queries",
        summary="List your saved queries and those shared with you",
        parameters=[SavedListQuery],
        responses={200: saved_serializers.SavedListBody},
    )
    def get(self, request: Request) -> Response:
        asked = SavedListQuery.asked(read_query(SavedListQuery, request))
        found = services.saved_queries(actor=self.actor, asked=asked)
        page, pagination = paginate(found, request)
        listed = [saved_body(saved, self.actor.user_id) for saved in page]
        return Response(
            {"saved_queries": listed, "total_count": pagination["total"], "pagination": pagination}
        )

    @extend_schema(
        operation_id="create_saved_query",
        summary="Save a SQL or metric query",
        request=SavedQueryInput,
        responses={201: saved_serializers.SavedQueryBody},
        parameters=[ETAG],
    )
    def post(self, request: Request) -> Response:
        values = read_body(SavedQueryInput, request)
        saved = services.create_saved_query(actor=self.actor, values=values)
        response = self.answer(saved, status=201)
        response["Location"] = f"/api/queries/saved/{saved.pk}"
        return response


class SavedQueryView(SavedView):
    """One of them."""

    @extend_schema(
        operation_id="get_saved_query",
        summary="Read a saved query",
        responses={200: saved_serializers.SavedQueryBody},
        parameters=[ETAG],
    )
    def get(self, request: Request, saved_id: uuid.UUID) -> Response:
        return self.answer(services.saved_query(actor=self.actor, saved_id=saved_id))

    @extend_schema(
        operation_id="update_saved_query",
        summary="Change a saved query of yours",
        description="What is left out stays as it is.",
        request=SavedQueryInput(partial=True),
        responses={200: saved_serializers.SavedQueryBody},
        parameters=[IF_MATCH, ETAG],
    )
    def put(self, request: Request, saved_id: uuid.UUID) -> Response:
        bound = SavedQueryInput(data=request.data, partial=True)
        bound.is_valid(raise_exception=True)
        saved = services.update_saved_query(
            actor=self.actor,
            saved_id=saved_id,
            values=bound.validated_data,
            expected=expected_versions(request),
        )
        return self.answer(saved)

    @extend_schema(
        operation_id="delete_saved_query",
        summary="Delete a saved query of yours",
        responses={200: saved_serializers.SavedDeletedBody},
        parameters=[IF_MATCH],
    )
    def delete(self, request: Request, saved_id: uuid.UUID) -> Response:
        services.delete_saved_query(
            actor=self.actor, saved_id=saved_id, expected=expected_versions(request)
        )
        return Response({"id": saved_id, "message": "Saved query deleted successfully"})


class SavedQueryRunView(ApiView):
    """Running one, as oneself."""

    permission = "execute"
    category = "queries"

    @extend_schema(
        operation_id="run_saved_query",
        summary="Run a saved query with your own rights",
        request=SavedRunInput,
        responses={200: RESULT, 202: AcceptedBody},
    )
    def post(self, request: Request, saved_id: uuid.UUID) -> Response:
        asked = SavedRunInput.asked(read_body(SavedRunInput, request))
        found = services.run_saved_query(actor=self.actor, saved_id=saved_id, asked=asked)
        if isinstance(found, QueryRun):
            return Response(accepted_body(found), status=202)
        return Response(found.body())

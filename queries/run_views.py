"""HTTP face of runs: how they stand, their rows, their events, ending them, and their history."""

from __future__ import annotations

import uuid

from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from queries import run_bodies, run_serializers, services
from queries.events import followed
from semantic_layer.api.pagination import page_asked, paginate
from semantic_layer.api.serializers import StrictSerializer, read_body, read_query
from semantic_layer.api.views import ApiView, authenticate_again

LAST_EVENT = OpenApiParameter(
    "Last-Event-ID",
    str,
    OpenApiParameter.HEADER,
    description="The id of the last event that was seen: the stream goes on after it.",
)


class QueryStatusView(ApiView):
    """How a query stands."""

    @extend_schema(
        operation_id="query_status",
        summary="See how a query stands",
        responses={200: run_bodies.QueryStatusBody},
    )
    def get(self, request: Request, query_id: uuid.UUID) -> Response:
        run = services.own_run(actor=self.actor, query_id=query_id)
        return Response(run_bodies.status_body(run))


class QueryResultsView(ApiView):
    """The rows of a finished background query."""

    @extend_schema(
        operation_id="query_results",
        summary="Read the rows of a background query by pages",
        parameters=[run_serializers.ResultQuery],
        responses={200: run_bodies.ResultPageBody},
    )
    def get(self, request: Request, query_id: uuid.UUID) -> Response:
        page = page_asked(
            request,
            default=run_serializers.RESULT_PAGE_SIZE,
            maximum=run_serializers.RESULT_PAGE_MAX,
        )
        found = services.query_results(actor=self.actor, query_id=query_id, page=page)
        return Response(run_bodies.result_body(found))


class QueryCancelView(ApiView):
    """Ending a query. Never throttled: whoever overloads the warehouse must be able to stop."""

    permission = "execute"
    category = None

    @extend_schema(
        operation_id="cancel_query",
        summary="Cancel a query that waits or runs",
        request=None,
        responses={200: run_bodies.QueryStatusBody},
    )
    def post(self, request: Request, query_id: uuid.UUID) -> Response:
        read_body(StrictSerializer, request)  # nothing is to be said, but it has to be JSON
        run = services.cancel_query(actor=self.actor, query_id=query_id)
        return Response(run_bodies.status_body(run))


class QueryEventsView(ApiView):
    """Following a query without asking again and again."""

    @extend_schema(
        operation_id="query_events",
        summary="Follow a query by server-sent events",
        parameters=[LAST_EVENT],
        responses={
            (200, "text/event-stream"): OpenApiResponse(
                OpenApiTypes.STR,
                description="Events `state` and `progress`, whose data is the body of the status. "
                "It ends with the query, and now and then before it: connect again then. Where the "
                "sign-in is over, the last event is `error` with the body of the 401.",
            ),
            204: OpenApiResponse(description="The query has ended and its last event was seen."),
        },
    )
    def get(self, request: Request, query_id: uuid.UUID) -> HttpResponse | StreamingHttpResponse:
        run = services.own_run(actor=self.actor, query_id=query_id)
        events = followed(
            run,
            last_event_id=request.headers.get("Last-Event-ID", ""),
            still_allowed=lambda: authenticate_again(request),
        )
        if events is None:
            return HttpResponse(status=204)
        response = StreamingHttpResponse(events, content_type="text/event-stream")
        response["Cache-Control"] = "no-store"
        response["X-Accel-Buffering"] = "no"  # nginx would hold events back
        return response


class QueryHistoryView(ApiView):
    """What was asked before."""

    @extend_schema(
        operation_id="query_history",
        summary="List the queries you asked, refused ones included",
        parameters=[run_serializers.HistoryQuery],
        responses={200: run_bodies.HistoryBody},
    )
    def get(self, request: Request) -> Response:
        query = read_query(run_serializers.HistoryQuery, request)
        runs = services.query_history(
            actor=self.actor, asked=run_serializers.HistoryQuery.asked(query)
        )
        page, pagination = paginate(
            runs,
            request,
            default=run_serializers.HISTORY_PAGE_SIZE,
            maximum=run_serializers.HISTORY_PAGE_MAX,
        )
        found = [run_bodies.history_item(run) for run in page]
        return Response(
            {"queries": found, "total_count": pagination["total"], "pagination": pagination}
        )

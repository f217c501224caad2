"""HTTP face of the queries: one view per operation, input -> service -> output."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from queries import bodies, examples, serializers, services
from queries.exports.answers import export_body
from queries.exports.serializers import or_export
from queries.requests import MetricRequest, SqlRequest, ValuesRequest
from queries.run_bodies import AcceptedBody, accepted_body
from semantic_layer.api.serializers import read_body
from semantic_layer.api.views import ApiView


class ExecuteView(ApiView):
    """Raw SQL."""

    permission = "execute"
    category = "queries"

    @extend_schema(
        operation_id="execute_query",
        summary="Run one read-only SQL statement",
        request=serializers.ExecuteInput,
        responses={
            200: or_export("QueryAnswerOrExport", bodies.QueryAnswerBody),
            202: AcceptedBody,
        },
        examples=examples.EXECUTE,
    )
    def post(self, request: Request) -> Response:
        asked = SqlRequest.of(read_body(serializers.ExecuteInput, request))
        if asked.wants_file:
            self.count_as("exports")
            if asked.in_background:
                run = services.submit_export(actor=self.actor, request=asked)
                return Response(accepted_body(run), status=202)
            return Response(export_body(services.export_sql(actor=self.actor, request=asked)))
        if asked.in_background:
            run = services.submit_sql(actor=self.actor, request=asked)
            return Response(accepted_body(run), status=202)
        answer = services.run_sql(actor=self.actor, request=asked)
        return Response(answer.body())


class ValidateView(ApiView):
    """Would this statement run?"""

    permission = "read"
    category = "metadata"

    @extend_schema(
        operation_id="validate_query",
        summary="Check a SQL statement without running it",
        request=serializers.ValidateInput,
        responses={200: bodies.SqlVerdictBody},
        examples=examples.VALIDATE,
    )
    def post(self, request: Request) -> Response:
        body = read_body(serializers.ValidateInput, request)
        verdict = services.validate_sql(actor=self.actor, request=SqlRequest.of(body))
        return Response(verdict.body())


class FormatView(ApiView):
    """SQL laid out for reading."""

    @extend_schema(
        operation_id="format_query",
        summary="Lay out a SQL statement for reading, without changing what it says",
        request=serializers.FormatInput,
        responses={200: bodies.FormattedBody},
    )
    def post(self, request: Request) -> Response:
        body = read_body(serializers.FormatInput, request)
        return Response(services.format_sql(actor=self.actor, sql=body["query"]).body())


class ReceiptView(ApiView):
    """Where the numbers of an answer came from."""

    @extend_schema(
        operation_id="query_receipt",
        summary="Get the receipt of an answer",
        responses={200: bodies.ReceiptBody},
    )
    def get(self, request: Request, query_id: uuid.UUID) -> Response:
        return Response(services.receipt_of(actor=self.actor, query_id=query_id))


class MetricQueryView(ApiView):
    """Metric questions."""

    permission = "execute"
    category = "queries"

    @extend_schema(
        operation_id="query_metrics",
        summary="Ask for metrics by dimensions",
        request=serializers.MetricQueryInput,
        responses={
            200: or_export("MetricAnswerOrExport", bodies.MetricAnswerBody),
            202: AcceptedBody,
        },
        examples=examples.METRIC_QUERY,
    )
    def post(self, request: Request) -> Response:
        asked = MetricRequest.of(read_body(serializers.MetricQueryInput, request))
        if asked.wants_file:
            self.count_as("exports")
            if asked.in_background:
                run = services.submit_export(actor=self.actor, request=asked)
                return Response(accepted_body(run), status=202)
            return Response(export_body(services.export_metrics(actor=self.actor, request=asked)))
        if asked.in_background:
            run = services.submit_metric_query(actor=self.actor, request=asked)
            return Response(accepted_body(run), status=202)
        answer = services.run_metric_query(actor=self.actor, request=asked)
        return Response(answer.body())


class CompileView(ApiView):
    """SQL of a metric question."""

    permission = "read"
    category = "metadata"

    @extend_schema(
        operation_id="compile_metrics",
        summary="Show the SQL of a metric query without running it",
        request=serializers.MetricQueryInput,
        responses={200: bodies.CompiledBody},
        examples=examples.COMPILE,
    )
    def post(self, request: Request) -> Response:
        body = read_body(serializers.MetricQueryInput, request)
        compiled = services.compile_metrics(actor=self.actor, request=MetricRequest.of(body))
        return Response(compiled.body())


class DimensionsView(ApiView):
    """What metrics can be grouped by."""

    permission = "read"
    category = "metadata"

    @extend_schema(
        operation_id="metric_dimensions",
        summary="List the dimensions that all given metrics can be grouped by",
        request=serializers.DimensionsInput,
        responses={200: bodies.DimensionsBody},
        examples=examples.DIMENSIONS,
    )
    def post(self, request: Request) -> Response:
        body = read_body(serializers.DimensionsInput, request)
        return Response(services.groupable_dimensions(actor=self.actor, **body))


class DimensionValuesView(ApiView):
    """Members of a dimension."""

    permission = "execute"
    category = "queries"

    @extend_schema(
        operation_id="dimension_values",
        summary="List the distinct values of a dimension",
        request=serializers.DimensionValuesInput,
        responses={200: bodies.DimensionValuesBody},
        examples=examples.DIMENSION_VALUES,
    )
    def post(self, request: Request) -> Response:
        body = read_body(serializers.DimensionValuesInput, request)
        values = services.dimension_values(actor=self.actor, request=ValuesRequest.of(body))
        return Response(values.body())

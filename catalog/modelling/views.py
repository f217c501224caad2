"""HTTP face of table analysis and model generation: input -> service -> output."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import jobs, rejections
from catalog.analyses import analyse_table
from catalog.analysis import TableName
from catalog.generation import GenerationRequest, body_of, generate_model
from catalog.gold_tables import list_gold_tables
from catalog.modelling import bodies, examples, serializers
from semantic_layer.api.pagination import paginate
from semantic_layer.api.schema import error_response
from semantic_layer.api.serializers import PageQuery, StrictSerializer, read_body, read_query
from semantic_layer.api.views import ApiView

NO_JOB = error_response("You have no such job.")
MISSING = error_response("There is no such catalog, schema or table that you may see.")


class GoldTablesView(ApiView):
    """Tables worth a model."""

    @extend_schema(
        operation_id="list_gold_tables",
        summary="List the tables that models are made of",
        parameters=[serializers.GoldTablesInput],
        responses={200: serializers.GoldTablesOutput, 404: MISSING},
    )
    def get(self, request: Request) -> Response:
        given = read_query(serializers.GoldTablesInput, request)
        asked = {k: given[k] for k in ("catalog", "schema_pattern", "search")}
        found = list_gold_tables(actor=self.actor, limit=given.get("limit"), **asked)
        page, numbers = paginate(found, request)
        return Response({"tables": [bodies.gold_table(t) for t in page], "pagination": numbers})


class AnalyzeTableView(ApiView):
    """What a table is about."""

    permission = "execute"
    category = "ai"

    @extend_schema(
        operation_id="analyze_table",
        summary="Measure a table and suggest the parts of a model",
        request=serializers.TableInput,
        responses={200: serializers.AnalysisOutput, 404: MISSING},
        examples=examples.ANALYZE,
    )
    def post(self, request: Request) -> Response:
        given = read_body(serializers.TableInput, request)
        return Response(bodies.analysis(analyse_table(actor=self.actor, **given)))


class GenerateModelView(ApiView):
    """A draft of a model."""

    permission = "write"
    category = "ai"

    @extend_schema(
        operation_id="generate_model",
        summary="Make a model of a table, or more of the one it has",
        request=serializers.GenerateModelInput,
        responses={
            200: serializers.DraftOutput,
            202: serializers.GenerationJobOutput,
            404: MISSING,
        },
        examples=examples.GENERATE,
    )
    def post(self, request: Request) -> Response:
        given = read_body(serializers.GenerateModelInput, request)
        if given["async"] or "tables" in given:
            return self._in_background(given)
        asked = GenerationRequest(
            table=TableName(given["catalog"], given["schema"], given["table"]),
            model_name=given.get("model_name"),
            description=given.get("description"),
            customizations=given.get("customizations", {}),
            analysis=given.get("analysis"),
            save=given["save"],
        )
        return Response(body_of(generate_model(actor=self.actor, request=asked)))

    def _in_background(self, given: dict[str, Any]) -> Response:
        names = given.get("tables") or [given]
        tables = [TableName(one["catalog"], one["schema"], one["table"]) for one in names]
        kept = ("model_name", "description", "customizations", "analysis", "save")
        options = {key: given[key] for key in kept if key in given}
        job = jobs.submit_generation(actor=self.actor, tables=tables, options=options)
        return Response(bodies.job_with_tables(jobs.job_of(self.actor, job.pk)), status=202)


class GenerationJobsView(ApiView):
    """Generations in the background."""

    @extend_schema(
        operation_id="list_generation_jobs",
        summary="List your generation jobs",
        parameters=[PageQuery],
        responses=serializers.GenerationJobsOutput,
    )
    def get(self, request: Request) -> Response:
        page, numbers = paginate(jobs.jobs_of(self.actor), request)
        return Response({"jobs": [bodies.job(one) for one in page], "pagination": numbers})


class GenerationJobView(ApiView):
    """One job with its drafts."""

    @extend_schema(
        operation_id="get_generation_job",
        summary="How far a generation job is, and its drafts",
        responses={200: serializers.GenerationJobOutput, 404: NO_JOB},
    )
    def get(self, request: Request, job_id: UUID) -> Response:
        return Response(bodies.job_with_tables(jobs.job_of(self.actor, job_id)))


class GenerationCancelView(ApiView):
    """The end of a job."""

    permission = "write"
    category = None

    @extend_schema(
        operation_id="cancel_generation_job",
        summary="Cancel the tables of a job that wait",
        request=None,
        responses={200: serializers.GenerationJobOutput, 404: NO_JOB},
    )
    def post(self, request: Request, job_id: UUID) -> Response:
        read_body(StrictSerializer, request)  # nothing is to be said, but it has to be JSON
        return Response(bodies.job_with_tables(jobs.cancel_job(actor=self.actor, job_id=job_id)))


class RejectionsView(ApiView):
    """Suggestions that one does not want to see again."""

    permission = {"GET": "read", "POST": "execute"}

    @extend_schema(
        operation_id="list_rejections",
        summary="List the suggestions you rejected",
        parameters=[serializers.RejectionsFilter],
        responses=serializers.RejectionsOutput,
    )
    def get(self, request: Request) -> Response:
        given = read_query(serializers.RejectionsFilter, request)
        found = rejections.rejected_by(self.actor)
        said = {key: given[key] for key in ("catalog", "schema", "table") if given[key]}
        page, numbers = paginate(found.filter(**said), request)
        rows = [bodies.rejection(row) for row in page]
        return Response({"rejections": rows, "pagination": numbers})

    @extend_schema(
        operation_id="reject_suggestions",
        summary="Reject suggestions for a table",
        request=serializers.RejectionInput,
        responses={201: serializers.RejectedOutput},
    )
    def post(self, request: Request) -> Response:
        given = read_body(serializers.RejectionInput, request)
        rows = rejections.reject(
            actor=self.actor,
            table=TableName(given["catalog"], given["schema"], given["table"]),
            suggestions=given["suggestions"],
            reason=given["reason"],
        )
        message = "They will not be suggested to you again."
        body = {"rejections": [bodies.rejection(row) for row in rows], "message": message}
        return Response(body, status=201)


class RejectionView(ApiView):
    """One rejection."""

    permission = "execute"

    @extend_schema(
        operation_id="forget_rejection",
        summary="Let a rejected suggestion come again",
        responses={
            200: serializers.RejectionForgotten,
            404: error_response("You rejected no such."),
        },
    )
    def delete(self, request: Request, rejection_id: UUID) -> Response:
        rejections.forget_rejection(actor=self.actor, rejection_id=rejection_id)
        return Response({"message": "It may be suggested again."})

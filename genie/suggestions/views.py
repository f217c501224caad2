"""HTTP face of metric suggestions."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.analysis import TableName
from genie.suggestions.serializers import SuggestMetricsInput, SuggestMetricsOutput
from genie.suggestions.services import suggest_metrics
from semantic_layer.api.schema import error_response
from semantic_layer.api.serializers import read_body
from semantic_layer.api.views import ApiView

_EXAMPLE = OpenApiExample(
    "A table of the demo",
    {"table_info": {"catalog": "flights", "schema": "gold", "table": "planes"}},
    request_only=True,
)


class SuggestMetricsView(ApiView):
    """Metrics for a table."""

    permission = "execute"
    category = "ai"

    @extend_schema(
        operation_id="suggest_metrics",
        summary="Suggest metrics for a table",
        request=SuggestMetricsInput,
        responses={
            200: SuggestMetricsOutput,
            404: error_response(
                "There is no such table that you may see, and no columns to go by."
            ),
        },
        examples=[_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        info = read_body(SuggestMetricsInput, request)["table_info"]
        table = TableName(info["catalog"], info["schema"], info["table"])
        found, proposal = suggest_metrics(actor=self.actor, table=table, columns=info["columns"])
        existing = proposal.draft.extends
        body = {
            "suggestions": found,
            "model": existing.name if existing is not None else None,
            "source": proposal.source,
            "notes": list(proposal.notes),
        }
        return Response(body)

"""HTTP face of the model search."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from models_registry import bodies, search_serializers
from models_registry.model_search import ModelCriteria, search_models
from models_registry.models import Document
from models_registry.views import RegistryView
from semantic_layer.api.pagination import paginate
from semantic_layer.api.serializers import read_query
from semantic_layer.compiler.spec import Project

_LISTED = (
    *("id", "name", "label", "description", "category", "model", "status", "owner", "tags"),
    *("created_at", "updated_at"),
)


class ModelSearchView(RegistryView):
    """Search in the models."""

    @extend_schema(
        operation_id="search_models",
        summary="Search models by words, tags, dates and base table",
        parameters=[search_serializers.ModelSearchQuery],
        responses={200: search_serializers.ModelSearchOutput},
    )
    def get(self, request: Request) -> Response:
        started = time.perf_counter()
        asked = read_query(search_serializers.ModelSearchQuery, request)
        result = search_models(actor=self.actor, criteria=_criteria(asked))
        page, pagination = paginate(result.found, request)
        body = {
            "results": _results(result.load(page), result.seen),
            "total_results": pagination["total"],
            "search_time_ms": round((time.perf_counter() - started) * 1000, 3),
            "query": asked["query"],
            "pagination": pagination,
        }
        return Response(body)


def _criteria(asked: Mapping[str, Any]) -> ModelCriteria:
    names = {field.name for field in fields(ModelCriteria)}
    return ModelCriteria(**{key: value for key, value in asked.items() if key in names})


def _results(
    found: Iterable[tuple[Document, float]], seen: Mapping[str, Project]
) -> list[dict[str, Any]]:
    """Models as the list shows them, with the counts under the names of this endpoint."""
    results = []
    for document, score in found:
        listed = bodies.listed(document, expand=False, seen=seen.get(document.name))
        results.append(
            {
                **{key: listed[key] for key in _LISTED},
                "metrics_count": listed["metric_count"],
                "dimensions_count": listed["dimension_count"],
                "relevance_score": score,
            }
        )
    return results

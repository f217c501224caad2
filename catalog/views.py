"""/api/metadata: what exists in the warehouse, and SQL completion."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import serializers, services
from catalog.autocomplete import complete
from semantic_layer.api.pagination import Page, paginate, pagination
from semantic_layer.api.schema import error_response
from semantic_layer.api.serializers import PageQuery, read_query
from semantic_layer.api.views import ApiView

MISSING = error_response("There is no such catalog, schema or table that you may see.")


class CatalogsView(ApiView):
    """Catalogs the caller may see."""

    @extend_schema(
        operation_id="list_catalogs",
        summary="List the catalogs",
        parameters=[PageQuery],
        responses=serializers.CatalogsOutput,
    )
    def get(self, request: Request) -> Response:
        page, numbers = paginate(services.list_catalogs(actor=self.actor), request)
        output = serializers.CatalogsOutput({"catalogs": page, "pagination": numbers})
        return Response(output.data)


class SchemasView(ApiView):
    """Schemas of one catalog."""

    @extend_schema(
        operation_id="list_schemas",
        summary="List the schemas of a catalog",
        parameters=[serializers.SchemasInput, PageQuery],
        responses={200: serializers.SchemasOutput, 404: MISSING},
    )
    def get(self, request: Request) -> Response:
        given = read_query(serializers.SchemasInput, request)
        page, numbers = paginate(services.list_schemas(actor=self.actor, **given), request)
        output = serializers.SchemasOutput({"schemas": page, "pagination": numbers})
        return Response(output.data)


class TablesView(ApiView):
    """Tables and views of one schema."""

    @extend_schema(
        operation_id="list_tables",
        summary="List the tables and views of a schema",
        parameters=[serializers.TablesInput, PageQuery],
        responses={200: serializers.TablesOutput, 404: MISSING},
    )
    def get(self, request: Request) -> Response:
        given = read_query(serializers.TablesInput, request)
        page, numbers = paginate(services.list_tables(actor=self.actor, **given), request)
        output = serializers.TablesOutput({"tables": page, "pagination": numbers})
        return Response(output.data)


class ColumnsView(ApiView):
    """Columns of one table or view: all of them, unless a page is asked for.

    They are parts of one thing, and half a table is of no use to anyone who did not ask for it.
    """

    @extend_schema(
        operation_id="list_columns",
        summary="List the columns of a table or view",
        parameters=[serializers.ColumnsInput, serializers.ColumnsPageInput],
        responses={200: serializers.ColumnsOutput, 404: MISSING},
    )
    def get(self, request: Request) -> Response:
        given = read_query(serializers.ColumnsInput, request)
        columns = services.list_columns(actor=self.actor, **given)
        if {"page", "page_size"} & request.query_params.keys():
            page, numbers = paginate(columns, request)
        else:
            page, numbers = list(columns), pagination(Page(1, max(1, len(columns))), len(columns))
        info = {**given, "column_count": len(columns)}
        output = serializers.ColumnsOutput(
            {"columns": page, "table_info": info, "pagination": numbers}
        )
        return Response(output.data)


class AutocompleteView(ApiView):
    """How the SQL at the cursor may go on."""

    @extend_schema(
        operation_id="autocomplete_sql",
        summary="Complete SQL at the cursor",
        parameters=[serializers.AutocompleteInput],
        responses=serializers.SuggestionsOutput,
    )
    def get(self, request: Request) -> Response:
        given = read_query(serializers.AutocompleteInput, request)
        suggestions = complete(actor=self.actor, **given)
        return Response(serializers.SuggestionsOutput({"suggestions": suggestions}).data)

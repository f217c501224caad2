"""Shapes of /api/lineage."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from lineage.nodes import Kind, Level, Relation
from lineage.services import BOTH, DEPTH, DIRECTIONS, MOST_DEPTH
from models_registry.models import Category
from semantic_layer.api.serializers import StrictSerializer

FORMATS = ("json", "mermaid", "svg", "dot")
NODE_KINDS = [(kind.value, kind.value) for kind in Kind]
RELATIONS = [(relation.value, relation.value) for relation in Relation]
LEVELS = [(level.value, level.value) for level in Level]
MAX_NAME = 1_100


class WrittenQuery(StrictSerializer):
    """How the graph is written."""

    format = serializers.ChoiceField(FORMATS, default="json")


class ColumnQuery(WrittenQuery):
    """How much of the graph."""

    direction = serializers.ChoiceField(DIRECTIONS, default=BOTH)
    depth = serializers.IntegerField(
        min_value=1, max_value=MOST_DEPTH, default=MOST_DEPTH, help_text="Steps in each direction."
    )


class GraphQuery(ColumnQuery):
    depth = serializers.IntegerField(
        min_value=1, max_value=MOST_DEPTH, default=DEPTH, help_text="Steps in each direction."
    )
    include_columns = serializers.BooleanField(
        default=False, help_text="Also columns, measures and dimensions, and what they are made of."
    )


class ModelQuery(GraphQuery):
    category = serializers.ChoiceField(Category.choices, default=Category.PRODUCTION)


class MetricQuery(ColumnQuery):
    include_columns = serializers.BooleanField(
        default=True, help_text="False: only models, tables and metrics."
    )
    category = serializers.ChoiceField(Category.choices, default=Category.PRODUCTION)


class ImpactQuery(WrittenQuery):
    """What goes: exactly one of these."""

    table = serializers.CharField(required=False, max_length=MAX_NAME)
    column = serializers.CharField(
        required=False, max_length=MAX_NAME, help_text="catalog.schema.table.column"
    )
    model = serializers.CharField(required=False, max_length=MAX_NAME)
    metric = serializers.CharField(required=False, max_length=MAX_NAME)
    category = serializers.ChoiceField(Category.choices, default=Category.PRODUCTION)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        given = [name for name in ("table", "column", "model", "metric") if name in attrs]
        if len(given) != 1:
            raise serializers.ValidationError(
                {"table": ["Say what goes: one of table, column, model, metric."]}
            )
        return attrs


# ---------------------------------------------------------------- answers


class ThingBody(serializers.Serializer[Any]):
    """A thing by its name; `catalog` and `schema` of tables only."""

    kind = serializers.ChoiceField(NODE_KINDS)
    name = serializers.CharField()
    full_name = serializers.CharField()
    type = serializers.CharField(help_text="TABLE, VIEW, ... of tables; the type of a metric.")
    catalog = serializers.CharField(allow_null=True)
    schema = serializers.CharField(allow_null=True)


class NodeBody(ThingBody):
    """`distance` in steps from the root, negative upstream; `owner` is a column's table."""

    id = serializers.CharField()
    label = serializers.CharField(allow_null=True)  # type: ignore[assignment]
    owner = serializers.CharField(allow_null=True)
    distance = serializers.IntegerField()


class EdgeBody(serializers.Serializer[Any]):
    """Data flows from `source` to `target`, which are ids of nodes."""

    source = serializers.CharField()  # type: ignore[assignment]
    target = serializers.CharField()
    relation = serializers.ChoiceField(RELATIONS)
    level = serializers.ChoiceField(LEVELS)
    field = serializers.CharField(allow_null=True, help_text="The field read of a struct.")


class GraphBody(serializers.Serializer[Any]):
    nodes = NodeBody(many=True)
    edges = EdgeBody(many=True)


class UnresolvedBody(serializers.Serializer[Any]):
    """Where lineage is not known, and why."""

    reason = serializers.CharField()
    of = serializers.ListField(child=serializers.CharField(), help_text="Ids of nodes.")


class LineageBody(serializers.Serializer[Any]):
    """What every answer ends with. `truncated`: there is more than is shown."""

    unresolved = UnresolvedBody(many=True)
    truncated = serializers.BooleanField()
    notes = serializers.ListField(child=serializers.CharField())
    graph = GraphBody()


class UsersBody(LineageBody):
    """What is made of a table or column."""

    models = ThingBody(many=True)
    metrics = ThingBody(many=True)
    saved_queries = ThingBody(many=True)
    dashboards = ThingBody(many=True)


class PlacedAbout(serializers.Serializer[Any]):
    name = serializers.CharField()
    catalog = serializers.CharField()
    schema = serializers.CharField()
    full_name = serializers.CharField()


class TableAbout(PlacedAbout):
    type = serializers.CharField()


class TableLineageOutput(UsersBody):
    table = TableAbout()
    upstream = ThingBody(many=True, help_text="Tables and views, nearest first.")
    downstream = ThingBody(many=True, help_text="Tables and views, nearest first.")


class ColumnAbout(PlacedAbout):
    table = serializers.CharField()


class ColumnLineageOutput(UsersBody):
    column = ColumnAbout()
    upstream = ThingBody(many=True, help_text="Columns.")
    downstream = ThingBody(many=True, help_text="Columns.")
    measures = ThingBody(many=True)
    dimensions = ThingBody(many=True)


class MetricAbout(serializers.Serializer[Any]):
    name = serializers.CharField()
    label = serializers.CharField(allow_null=True)  # type: ignore[assignment]
    type = serializers.CharField()
    category = serializers.ChoiceField(Category.choices)


class MetricLineageOutput(LineageBody):
    metric = MetricAbout()
    measures = ThingBody(many=True)
    dimensions = ThingBody(many=True, help_text="Those that its conditions use.")
    columns = ThingBody(many=True)
    tables = ThingBody(many=True)
    models = ThingBody(many=True)
    upstream_metrics = ThingBody(many=True)
    downstream_metrics = ThingBody(many=True)
    saved_queries = ThingBody(many=True)


class NamedBody(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()


class ModelAbout(NamedBody):
    category = serializers.ChoiceField(Category.choices)


class SourceTableBody(serializers.Serializer[Any]):
    catalog = serializers.CharField()
    schema = serializers.CharField()
    table = serializers.CharField()


class DependenciesBody(serializers.Serializer[Any]):
    upstream_models = NamedBody(many=True, help_text="Models it joins to or takes measures of.")
    downstream_models = NamedBody(many=True)
    downstream_dashboards = ThingBody(many=True)


class ModelLineageOutput(LineageBody):
    model = ModelAbout()
    source_tables = SourceTableBody(many=True)
    dependencies = DependenciesBody()
    metrics = ThingBody(many=True)
    saved_queries = ThingBody(many=True)


class LineageDependentBody(ThingBody):
    distance = serializers.IntegerField(help_text="In steps.")


class LineageImpactOutput(serializers.Serializer[Any]):
    of = ThingBody()
    counts = serializers.DictField(child=serializers.IntegerField(), help_text="By kind.")
    dependents = LineageDependentBody(many=True, help_text="Nearest first.")
    truncated = serializers.BooleanField()
    graph = GraphBody()

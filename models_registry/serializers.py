"""Shape and types of requests and answers; what a model means is for the compiler's reader to say.

`label` and `errors` are also attributes of DRF's serializers, which its metaclass keeps apart from
the fields of these names; mypy does not see that.
"""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from models_registry.models import Category, DocumentKind, SyncState, VersionState
from semantic_layer.api.serializers import (
    ModelValidationBody,
    PageQuery,
    PaginationBody,
    StrictSerializer,
)
from semantic_layer.compiler.spec import (
    Aggregation,
    DimensionType,
    EntityType,
    Grain,
    MetricType,
)

METRIC_PAGE_SIZE = 200
QUERY_LENGTH = 200

ENTITY_TYPES = [kind.value for kind in EntityType]
DIMENSION_TYPES = [kind.value for kind in DimensionType]
METRIC_TYPES = [kind.value for kind in MetricType]
AGGREGATIONS = [agg.value for agg in Aggregation]

# ---------------------------------------------------------------- query strings


class CategoryQuery(StrictSerializer):
    """Which category is meant."""

    category = serializers.ChoiceField(Category.choices, default=Category.PRODUCTION)


class ModelListQuery(PageQuery, CategoryQuery):
    expand = serializers.BooleanField(
        default=False, help_text="Also give entities, dimensions, measures and metrics."
    )


class ForceQuery(CategoryQuery):
    force = serializers.BooleanField(
        default=False, help_text="Although it is in use; needs the permission to delete."
    )


class MetricListQuery(CategoryQuery):
    type = serializers.ChoiceField(METRIC_TYPES, required=False)
    model = serializers.CharField(required=False, help_text="Only metrics of this model.")
    page = serializers.IntegerField(min_value=1, default=1)
    page_size = serializers.IntegerField(min_value=1, max_value=METRIC_PAGE_SIZE, default=100)


class MetricSearchQuery(MetricListQuery):
    query = serializers.CharField(required=False, max_length=QUERY_LENGTH)
    q = serializers.CharField(
        required=False, max_length=QUERY_LENGTH, help_text="Another word for `query`."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        given = {attrs[name] for name in ("query", "q") if name in attrs}
        if len(given) != 1:
            raise serializers.ValidationError({"query": ["Say what to search for, once."]})
        return {**attrs, "query": given.pop()}


# ---------------------------------------------------------------- models, in


class EntityBody(serializers.Serializer[Any]):
    name = serializers.CharField()
    type = serializers.ChoiceField(ENTITY_TYPES)
    expr = serializers.CharField(required=False)
    role = serializers.CharField(required=False)
    description = serializers.CharField(required=False)


class DimensionBody(serializers.Serializer[Any]):
    name = serializers.CharField()
    type = serializers.ChoiceField(DIMENSION_TYPES)
    expr = serializers.CharField(required=False)
    type_params = serializers.DictField(required=False)
    time_granularity = serializers.ChoiceField([grain.value for grain in Grain], required=False)
    label = serializers.CharField(required=False)  # type: ignore[assignment]
    description = serializers.CharField(required=False)


class MeasureBody(serializers.Serializer[Any]):
    name = serializers.CharField()
    agg = serializers.ChoiceField(AGGREGATIONS)
    expr = serializers.CharField(required=False)
    label = serializers.CharField(required=False)  # type: ignore[assignment]
    description = serializers.CharField(required=False)


class MetricBody(serializers.Serializer[Any]):
    name = serializers.CharField()
    type = serializers.ChoiceField(METRIC_TYPES)
    type_params = serializers.DictField(required=False)
    measure = serializers.CharField(required=False)
    numerator = serializers.CharField(required=False)
    denominator = serializers.CharField(required=False)
    expr = serializers.CharField(required=False)
    metrics = serializers.ListField(required=False)
    label = serializers.CharField(required=False)  # type: ignore[assignment]
    description = serializers.CharField(required=False)
    filter = serializers.JSONField(required=False)


class ModelBody(serializers.Serializer[Any]):
    """The flat JSON form, or `yaml` alone. Other accepted forms are described in the guide."""

    name = serializers.CharField(required=False)
    model = serializers.CharField(
        required=False, help_text="`ref('orders')` or `catalog.schema.table`."
    )
    label = serializers.CharField(required=False)  # type: ignore[assignment]
    description = serializers.CharField(required=False)
    entities = EntityBody(many=True, required=False)
    dimensions = DimensionBody(many=True, required=False)
    measures = MeasureBody(many=True, required=False)
    metrics = MetricBody(many=True, required=False)
    defaults = serializers.DictField(required=False)
    meta = serializers.DictField(required=False)
    tags = serializers.ListField(child=serializers.CharField(), required=False)
    yaml = serializers.CharField(required=False, help_text="The model as YAML text, instead.")
    raw_yaml = serializers.CharField(required=False, help_text="Another word for `yaml`.")
    category = serializers.ChoiceField(Category.choices, required=False)
    message = serializers.CharField(
        required=False, help_text="Why, in a sentence; kept with the version."
    )


class WriteOptions(StrictSerializer):
    """What stands in a body beside the model itself."""

    category = serializers.ChoiceField(Category.choices, required=False)
    message = serializers.CharField(required=False, allow_null=True, max_length=1000)


# ---------------------------------------------------------------- models, out


class ModelSummary(serializers.Serializer[Any]):
    """A model in lists."""

    id = serializers.CharField()
    name = serializers.CharField()
    label = serializers.CharField(allow_null=True)  # type: ignore[assignment]
    description = serializers.CharField(allow_null=True)
    category = serializers.ChoiceField(Category.choices)
    model = serializers.CharField()
    version = serializers.IntegerField()
    entity_count = serializers.IntegerField()
    dimension_count = serializers.IntegerField()
    measure_count = serializers.IntegerField()
    metric_count = serializers.IntegerField()
    status = serializers.CharField()
    sync_state = serializers.ChoiceField(
        SyncState.choices, help_text="Whether the volume has this version yet."
    )
    tags = serializers.ListField(child=serializers.CharField())
    owner = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ListedModel(ModelSummary):
    """With `expand=true` the members too."""

    entities = serializers.ListField(child=serializers.DictField(), required=False)
    dimensions = serializers.ListField(child=serializers.DictField(), required=False)
    measures = serializers.ListField(child=serializers.DictField(), required=False)
    metrics = serializers.ListField(child=serializers.DictField(), required=False)


class ModelListOutput(serializers.Serializer[Any]):
    models = ListedModel(many=True)
    total_count = serializers.IntegerField()
    pagination = PaginationBody()


class ModelOutput(ModelSummary):
    """A model whole."""

    entities = serializers.ListField(child=serializers.DictField())
    dimensions = serializers.ListField(child=serializers.DictField())
    measures = serializers.ListField(child=serializers.DictField())
    metrics = serializers.ListField(child=serializers.DictField())
    defaults = serializers.DictField()
    meta = serializers.DictField()
    yaml = serializers.CharField()
    latest_version = serializers.IntegerField(
        help_text="Above `version` where a draft waits for its review."
    )
    author = serializers.CharField(help_text="Who wrote this version.")
    message = serializers.CharField(allow_null=True)


class WrittenDocument(serializers.Serializer[Any]):
    id = serializers.CharField()
    kind = serializers.ChoiceField(DocumentKind.choices)
    version = serializers.IntegerField()
    created = serializers.BooleanField()
    status = serializers.ChoiceField(VersionState.choices)


class ModelCreated(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    message = serializers.CharField()
    version = serializers.IntegerField()
    status = serializers.ChoiceField(VersionState.choices)
    category = serializers.ChoiceField(Category.choices)
    validation = ModelValidationBody()
    models = WrittenDocument(many=True, help_text="Everything that was written, the model first.")


class ModelUpdated(serializers.Serializer[Any]):
    id = serializers.CharField()
    message = serializers.CharField()
    version = serializers.IntegerField()
    status = serializers.ChoiceField(VersionState.choices)
    category = serializers.ChoiceField(Category.choices)
    validation = ModelValidationBody()


class ModelDeleted(serializers.Serializer[Any]):
    message = serializers.CharField()


# ---------------------------------------------------------------- metrics


class MetricOutput(serializers.Serializer[Any]):
    """A metric in lists; `aggregation` is null for all but simple metrics."""

    id = serializers.CharField()
    name = serializers.CharField()
    label = serializers.CharField(allow_null=True)  # type: ignore[assignment]
    description = serializers.CharField(allow_null=True)
    type = serializers.ChoiceField(METRIC_TYPES)
    model_name = serializers.CharField(allow_null=True)
    category = serializers.ChoiceField(Category.choices)
    aggregation = serializers.ChoiceField(AGGREGATIONS, allow_null=True)
    synonyms = serializers.ListField(child=serializers.CharField())
    tags = serializers.ListField(child=serializers.CharField())
    owner = serializers.CharField(allow_null=True)
    governed = serializers.BooleanField(
        help_text="False for a raw SQL metric, which cannot be grouped or combined."
    )
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class MetricListOutput(serializers.Serializer[Any]):
    metrics = MetricOutput(many=True)
    total_count = serializers.IntegerField()
    pagination = PaginationBody()


class FoundMetric(MetricOutput):
    match_score = serializers.FloatField(min_value=0, max_value=1)


class MetricSearchOutput(serializers.Serializer[Any]):
    metrics = FoundMetric(many=True)
    total_count = serializers.IntegerField()
    search_query = serializers.CharField()
    category_filter = serializers.ChoiceField(Category.choices)
    pagination = PaginationBody()


class MetricDimension(serializers.Serializer[Any]):
    """What a metric can be grouped by; `grains` are those of a time dimension, finest first."""

    name = serializers.CharField()
    type = serializers.CharField()
    label = serializers.CharField(allow_null=True)  # type: ignore[assignment]
    description = serializers.CharField(allow_null=True)
    model = serializers.CharField(allow_null=True)
    grains = serializers.ListField(child=serializers.CharField())
    default_grain = serializers.CharField(allow_null=True)


class MetricLineage(serializers.Serializer[Any]):
    """Where a metric's numbers come from."""

    metrics = serializers.ListField(child=serializers.CharField())
    measures = serializers.ListField(child=serializers.CharField())
    models = serializers.ListField(child=serializers.CharField())
    tables = serializers.ListField(child=serializers.CharField())


class MetricDetail(MetricOutput):
    definition = serializers.DictField()
    dimensions = MetricDimension(many=True)
    lineage = MetricLineage()

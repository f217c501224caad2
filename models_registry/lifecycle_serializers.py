"""Shapes of uploads, batches, versions, transitions and promotion."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from models_registry import batches, transitions
from models_registry.models import AuditOutcome, Category, DocumentKind, VersionState
from models_registry.serializers import (
    CategoryQuery,
    WrittenDocument,
)
from semantic_layer.api.serializers import (
    IssueBody,
    ModelValidationBody,
    PageQuery,
    PaginationBody,
    StrictSerializer,
)

REASON_LENGTH = 1000

# ---------------------------------------------------------------- in


class KindQuery(CategoryQuery):
    """Which document is meant: models are, unless another kind is said."""

    kind = serializers.ChoiceField(DocumentKind.choices, default=DocumentKind.SEMANTIC_MODEL)


class HistoryQuery(PageQuery, KindQuery):
    """Of one document."""


class DiffQuery(KindQuery):
    """`from` and `to` are version numbers; by default the newest against what answers."""

    to = serializers.IntegerField(min_value=1, required=False)

    def get_fields(self) -> dict[str, Any]:
        older = serializers.IntegerField(min_value=1, required=False)
        return {**super().get_fields(), "from": older}


class UploadInput(StrictSerializer):
    file = serializers.FileField(
        allow_empty_file=True,
        help_text=".yml, .yaml, semantic_manifest.json or a .zip of them; may be sent repeatedly.",
    )
    category = serializers.ChoiceField(Category.choices, default=Category.PRODUCTION)
    overwrite = serializers.BooleanField(
        default=False, help_text="Write new versions of what exists."
    )
    message = serializers.CharField(required=False, allow_blank=True, max_length=REASON_LENGTH)


class OperationInput(StrictSerializer):
    """One operation; `model` is the body that create and update would take."""

    action = serializers.ChoiceField(batches.ACTIONS)
    model_id = serializers.CharField(required=False, max_length=250)
    model = serializers.DictField(required=False)
    category = serializers.ChoiceField(Category.choices, default=Category.PRODUCTION)
    version = serializers.IntegerField(
        required=False, min_value=1, help_text="The version you have seen, as If-Match."
    )
    force = serializers.BooleanField(default=False)


class BatchInput(StrictSerializer):
    operations = OperationInput(  # type: ignore[call-arg]  # many=True makes it a list
        many=True, allow_empty=False, max_length=batches.MAX_OPERATIONS
    )
    atomic = serializers.BooleanField(default=False, help_text="All of them, or none.")
    message = serializers.CharField(required=False, max_length=REASON_LENGTH)


class TransitionInput(StrictSerializer):
    """`with` are other models whose versions in review are approved in the same moment."""

    action = serializers.ChoiceField(transitions.ACTIONS)
    reason = serializers.CharField(
        required=False, allow_blank=True, allow_null=True, max_length=REASON_LENGTH
    )
    version = serializers.IntegerField(min_value=1, required=False, allow_null=True)
    category = serializers.ChoiceField(Category.choices, required=False)
    force = serializers.BooleanField(default=False)

    def get_fields(self) -> dict[str, Any]:
        others = serializers.ListField(
            child=serializers.CharField(max_length=250), required=False, max_length=50
        )
        return {**super().get_fields(), "with": others}


class PromoteQuery(StrictSerializer):
    """The category it comes from; the one before `to_category` if left out."""

    category = serializers.ChoiceField(Category.choices, required=False)
    kind = serializers.ChoiceField(DocumentKind.choices, default=DocumentKind.SEMANTIC_MODEL)


class PromoteInput(StrictSerializer):
    to_category = serializers.ChoiceField(Category.choices)
    version = serializers.IntegerField(min_value=1, required=False, allow_null=True)
    dry_run = serializers.BooleanField(default=False, help_text="Show the difference, do nothing.")
    message = serializers.CharField(required=False, max_length=REASON_LENGTH)


# ---------------------------------------------------------------- out


class UploadOutput(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="The first document.")
    message = serializers.CharField()
    category = serializers.ChoiceField(Category.choices)
    models = WrittenDocument(many=True)
    validation = ModelValidationBody()


class OperationOutput(serializers.Serializer[Any]):
    model_id = serializers.CharField(allow_null=True)
    action = serializers.ChoiceField(batches.ACTIONS)
    success = serializers.BooleanField()
    message = serializers.CharField(required=False)
    version = serializers.IntegerField(required=False, allow_null=True)
    error = serializers.CharField(required=False)
    error_code = serializers.CharField(required=False)
    details = serializers.DictField(required=False, allow_null=True)


class BatchSummary(serializers.Serializer[Any]):
    total = serializers.IntegerField()
    succeeded = serializers.IntegerField()
    failed = serializers.IntegerField()
    errors = serializers.ListField(child=serializers.CharField())  # type: ignore[assignment]


class BatchOutput(serializers.Serializer[Any]):
    results = OperationOutput(many=True)
    summary = BatchSummary()
    atomic = serializers.BooleanField()
    rolled_back = serializers.BooleanField()


class ValidationOutput(serializers.Serializer[Any]):
    valid = serializers.BooleanField()
    errors = IssueBody(many=True)  # type: ignore[assignment]
    warnings = IssueBody(many=True)


class VersionSummary(serializers.Serializer[Any]):
    version = serializers.IntegerField()
    status = serializers.ChoiceField(VersionState.choices)
    is_current = serializers.BooleanField(help_text="Whether queries use it.")
    author = serializers.CharField()
    message = serializers.CharField(allow_null=True)
    definition_hash = serializers.CharField()
    renamed_from = serializers.CharField(allow_null=True)
    request_id = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()


class VersionListOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    category = serializers.ChoiceField(Category.choices)
    current_version = serializers.IntegerField(allow_null=True)
    latest_version = serializers.IntegerField()
    deleted_at = serializers.DateTimeField(allow_null=True)
    versions = VersionSummary(many=True)
    total_count = serializers.IntegerField()
    pagination = PaginationBody()


class VersionOutput(VersionSummary):
    id = serializers.CharField()
    category = serializers.ChoiceField(Category.choices)
    definition = serializers.DictField()
    yaml = serializers.CharField()


class DiffLineBody(serializers.Serializer[Any]):
    change = serializers.ChoiceField(["same", "added", "removed", "skipped"])
    before = serializers.IntegerField(allow_null=True)
    after = serializers.IntegerField(allow_null=True)
    text = serializers.CharField()


class DefinitionChangeBody(serializers.Serializer[Any]):
    change = serializers.ChoiceField(["added", "removed", "changed", "reordered"])
    path = serializers.CharField()
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class DiffBody(serializers.Serializer[Any]):
    lines = DiffLineBody(many=True)
    changes = DefinitionChangeBody(many=True)
    same_definition = serializers.BooleanField()


class DiffOutput(DiffBody):
    id = serializers.CharField()
    category = serializers.ChoiceField(Category.choices)
    from_version = serializers.IntegerField()
    to_version = serializers.IntegerField()


class DependentBody(serializers.Serializer[Any]):
    kind = serializers.CharField()
    name = serializers.CharField()
    model = serializers.CharField(allow_null=True)
    uses = serializers.ListField(child=serializers.CharField())
    details = serializers.DictField()


class ImpactOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    category = serializers.ChoiceField(Category.choices)
    in_use = serializers.BooleanField()
    dependents = DependentBody(many=True)
    total_count = serializers.IntegerField()


class ModelAuditEntry(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    actor = serializers.CharField()
    action = serializers.CharField()
    outcome = serializers.ChoiceField(AuditOutcome.choices)
    before_version = serializers.IntegerField(allow_null=True)
    after_version = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField(allow_null=True)
    request_id = serializers.CharField(allow_null=True)
    details = serializers.DictField()


class AuditOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    category = serializers.ChoiceField(Category.choices)
    entries = ModelAuditEntry(many=True)
    total_count = serializers.IntegerField()
    pagination = PaginationBody()


class TransitionOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    category = serializers.ChoiceField(Category.choices)
    action = serializers.ChoiceField(transitions.ACTIONS)
    version = serializers.IntegerField()
    previous_status = serializers.ChoiceField(VersionState.choices)
    status = serializers.ChoiceField(VersionState.choices)
    published_version = serializers.IntegerField(allow_null=True)
    message = serializers.CharField()


class MetricAdded(serializers.Serializer[Any]):
    id = serializers.CharField()
    metric = serializers.CharField()
    message = serializers.CharField()
    version = serializers.IntegerField()
    status = serializers.ChoiceField(VersionState.choices)
    category = serializers.ChoiceField(Category.choices)
    validation = ModelValidationBody()


class MetricValueChange(serializers.Serializer[Any]):
    """Totals are over the range that begins at `start`; numbers are as the query gives them."""

    metric = serializers.CharField()
    change = serializers.ChoiceField(["added", "removed", "changed", "same", "failed"])
    old = serializers.JSONField(allow_null=True)
    new = serializers.JSONField(allow_null=True)
    difference = serializers.JSONField(allow_null=True)
    percent_change = serializers.FloatField(allow_null=True)
    start = serializers.CharField(allow_null=True)
    periods = serializers.IntegerField()
    changed_periods = serializers.IntegerField()
    largest_change = serializers.DictField(allow_null=True)
    old_error = serializers.CharField(allow_null=True)
    new_error = serializers.CharField(allow_null=True)


class ValueDiffBody(serializers.Serializer[Any]):
    metrics = MetricValueChange(many=True, help_text="Largest changes first.")
    left_out = serializers.ListField(child=serializers.CharField())
    skipped = serializers.CharField(allow_null=True)


class PromoteOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    message = serializers.CharField()
    from_category = serializers.ChoiceField(Category.choices)
    to_category = serializers.ChoiceField(Category.choices)
    source_version = serializers.IntegerField()
    version = serializers.IntegerField(allow_null=True)
    status = serializers.ChoiceField(VersionState.choices, allow_null=True)
    dry_run = serializers.BooleanField()
    changed = serializers.BooleanField()
    validation = ModelValidationBody()
    diff = DiffBody()
    value_diff = ValueDiffBody()

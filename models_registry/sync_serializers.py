"""Shapes of the volume's state."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from models_registry.models import Category, DocumentKind, SyncState
from semantic_layer.api.serializers import PageQuery, PaginationBody, StrictSerializer


class SyncQuery(PageQuery, StrictSerializer):
    """All categories and states, unless one is said."""

    category = serializers.ChoiceField(Category.choices, required=False)
    sync_state = serializers.ChoiceField(SyncState.choices, required=False)


class SyncInput(StrictSerializer):
    category = serializers.ChoiceField(
        Category.choices, required=False, help_text="All categories, when left out."
    )


class SyncedDocument(serializers.Serializer[Any]):
    """A model, saved query or project configuration, and the volume's file of it."""

    id = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(DocumentKind.choices)
    category = serializers.ChoiceField(Category.choices)
    sync_state = serializers.ChoiceField(SyncState.choices)
    version = serializers.IntegerField(
        allow_null=True, help_text="What answers; null for a deleted one whose file is still there."
    )
    mirrored_version = serializers.IntegerField(allow_null=True)
    path = serializers.CharField()
    pending_since = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField(allow_null=True, help_text="Why the last try failed.")
    attempts = serializers.IntegerField(help_text="Failed tries in a row.")
    next_try_at = serializers.DateTimeField(allow_null=True)
    synced_at = serializers.DateTimeField(allow_null=True)


class SyncTotals(serializers.Serializer[Any]):
    synced = serializers.IntegerField()
    pending = serializers.IntegerField()
    failing = serializers.IntegerField()
    lag_s = serializers.FloatField(help_text="Seconds that the oldest change has waited.")


class VolumeManifestBody(serializers.Serializer[Any]):
    category = serializers.ChoiceField(Category.choices)
    path = serializers.CharField()
    sync_state = serializers.ChoiceField(SyncState.choices)
    reason = serializers.CharField(allow_null=True)
    attempts = serializers.IntegerField()
    next_try_at = serializers.DateTimeField(allow_null=True)
    written_at = serializers.DateTimeField(allow_null=True)


class SyncOutput(serializers.Serializer[Any]):
    models = SyncedDocument(many=True)
    totals = SyncTotals()
    manifests = VolumeManifestBody(many=True)
    total_count = serializers.IntegerField()
    pagination = PaginationBody()


class DrainOutput(serializers.Serializer[Any]):
    message = serializers.CharField()
    synced = serializers.IntegerField(help_text="Documents written by this request.")
    failed = serializers.ListField(child=serializers.CharField(), help_text="Reasons.")
    totals = SyncTotals()

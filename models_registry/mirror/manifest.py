"""The manifest of a category: which bytes its files hold. Written last, so it never runs ahead."""

from __future__ import annotations

import logging

from django.db import transaction
from django.utils import timezone

from models_registry.mirror.backoff import next_try
from models_registry.mirror.layout import (
    MirroredFile,
    backup_path,
    file_path,
    hash_of_bytes,
    manifest_bytes,
    manifest_path,
)
from models_registry.models import ManifestState, MirrorState
from semantic_layer.errors import SemanticLayerError
from semantic_layer.ports import VolumeStore

log = logging.getLogger(__name__)


def expected_manifest(category: str) -> bytes:
    """The manifest of what the mirror's rows say the files hold."""
    rows = MirrorState.objects.filter(document__category=category, version__isnull=False).values(
        "document__kind", "document__name", "version__number", "sha256", "size"
    )
    files = []
    for row in rows:
        document_id = (row["document__kind"], row["document__name"])
        number = row["version__number"]
        files.append(
            MirroredFile(
                *document_id,
                version=number,
                path=file_path(category, document_id),
                backup=backup_path(category, document_id, number),
                sha256=row["sha256"],
                size=row["size"],
            )
        )
    return manifest_bytes(category, files)


def write_manifest(
    store: VolumeStore, category: str, *, at_once: bool = False, even_if_same: bool = False
) -> str:
    """Write the manifest where it changed; the reason where that failed, else nothing.

    One process at a time: of two that drained, the second one's manifest says what both did.
    """
    if not MirrorState.objects.filter(document__category=category).exists():
        return ""
    with transaction.atomic():
        ManifestState.objects.bulk_create([ManifestState(category=category)], ignore_conflicts=True)
        state = ManifestState.objects.select_for_update().get(pk=category)
        data = expected_manifest(category)
        digest, now = hash_of_bytes(data), timezone.now()
        if digest == state.sha256 and not even_if_same:
            return ""
        if state.next_try_at is not None and state.next_try_at > now and not at_once:
            return ""
        try:
            store.write(manifest_path(category), data)
        except SemanticLayerError as error:
            state.attempts += 1
            state.next_try_at = next_try(now, state.attempts)
            state.reason = error.message
            log.warning("the manifest of %s cannot be written: %s", category, error.message)
        else:
            state.sha256, state.written_at = digest, now
            state.attempts, state.next_try_at, state.reason = 0, None, ""
        state.save()
        return state.reason

"""Where exported files are, and how many of them there may be."""

from __future__ import annotations

from django.conf import settings

from queries.models import Export
from queries.results.folder import ByteLimit, FileFolder
from queries.results.quota import Quota
from semantic_layer.errors import InvalidInput, SemanticLayerError

_LOCK = 7_261_002
_MB = 1024 * 1024


def export_folder() -> FileFolder:
    return FileFolder(settings.EXPORT_STORE_DIR)


def export_quota() -> Quota:
    return Quota(
        Export.objects.filter(removed_at=None),
        settings.EXPORT_USER_BYTES,
        settings.EXPORT_TOTAL_BYTES,
        _LOCK,
    )


def export_limit(actor_id: str) -> ByteLimit:
    """What one file may have, by its own limit and by the person's quota; raises like Quota."""
    limit = export_quota().limit(actor_id)
    if limit.most < settings.EXPORT_MAX_BYTES:
        return limit
    return ByteLimit(settings.EXPORT_MAX_BYTES, _too_many_bytes)


def _too_many_bytes() -> SemanticLayerError:
    return InvalidInput(
        f"The file would be larger than {settings.EXPORT_MAX_BYTES // _MB} MB: ask for fewer rows "
        "or columns, aggregate more, or export as parquet, which is the smallest.",
        code="EXPORT_TOO_LARGE",
        max_bytes=settings.EXPORT_MAX_BYTES,
    )

"""What is told of an export: where to get the file, and what is in it."""

from __future__ import annotations

import hashlib
from typing import Any

from django.urls import reverse

from queries.exports.links import TOKEN_PARAMETER, token_of
from queries.models import Export


def export_body(export: Export) -> dict[str, Any]:
    """The answer to who exported. `query_id` is the run that was asked for."""
    url = reverse("queries:export-download", args=[export.id])
    return {
        "export_id": export.id,
        "export_url": url,
        "signed_url": f"{url}?{TOKEN_PARAMETER}={token_of(export)}",
        "manifest_url": reverse("queries:export-manifest", args=[export.id]),
        "expires_at": export.expires_at,
        "file_name": export.file_name,
        "file_size_bytes": export.byte_count,
        "row_count": export.row_count,
        "format": export.format,
        "sha256": export.sha256,
        "truncated": export.truncated,
        "notes": export.notes,
        "query_id": export.source_id or export.run_id,
        "rerun_query_id": export.run_id if export.source_id else None,
    }


def manifest_body(export: Export) -> dict[str, Any]:
    """Everything needed to check the file, and to say where its rows come from."""
    run = export.run
    return {
        "export_id": export.id,
        "file_name": export.file_name,
        "format": export.format,
        "file_size_bytes": export.byte_count,
        "sha256": export.sha256,
        "row_count": export.row_count,
        "truncated": export.truncated,
        "columns": [{"name": name, "type": kind} for name, kind in export.columns],
        "notes": export.notes,
        "query_id": export.source_id or export.run_id,
        "rerun_query_id": export.run_id if export.source_id else None,
        "receipt_id": export.run_id if run.receipt is not None else None,
        "sql_sha256": hashlib.sha256(run.sql.encode()).hexdigest(),
        "read_at": run.started_at,
        "created_at": export.created_at,
        "expires_at": export.expires_at,
    }

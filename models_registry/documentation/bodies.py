"""Documentation as the API writes it."""

from __future__ import annotations

import base64
from typing import Any

from django.urls import reverse

from models_registry.documentation.services import Documented
from models_registry.models import Documentation, DocumentationFormat, DocumentationState


def documentation(row: Documentation) -> dict[str, Any]:
    is_done = row.state == DocumentationState.COMPLETED
    is_pdf = row.format == DocumentationFormat.PDF
    content = None
    if is_done:
        written = bytes(row.content)
        content = base64.b64encode(written).decode() if is_pdf else written.decode("utf-8")
    published = row.document.published
    current = published.definition_hash if published is not None else ""
    return {
        "documentation_id": row.pk,
        "model_id": row.document.name,
        "category": row.document.category,
        "status": row.state,
        "status_url": reverse("documentation", args=[row.pk]),
        "content": content,
        "documentation": content,
        "encoding": "base64" if is_pdf else "utf-8",
        "format": row.format,
        "template": row.template,
        "download_url": _download_url(row) if is_done else None,
        "version": row.version,
        "stale": is_done and row.definition_hash != current,
        "author": row.author_email,
        "error": row.error or None,
        "generated_at": row.generated_at,
    }


def documented(found: Documented) -> dict[str, Any]:
    newest = found.newest
    return {
        "model_id": found.document.name,
        "model_name": found.document.name,
        "has_documentation": newest is not None,
        "last_generated": found.generated_at,
        "stale": found.is_stale,
        "formats": list(found.formats),
        "documentation_id": newest.pk if newest is not None else None,
        "download_url": _download_url(newest) if newest is not None else None,
    }


def _download_url(row: Documentation) -> str:
    return reverse("documentation-download", args=[row.pk])

"""Answers of uploads, batches, histories, transitions and promotion as the API writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models_registry.batches import BatchResult, Outcome
from models_registry.models import AuditEntry, AuditOutcome, Document, DocumentVersion
from models_registry.promotions import Promoted, Promotion
from models_registry.services import ModelWritten, Validation
from models_registry.transitions import Move, Moved
from models_registry.uploads import Uploaded
from semantic_layer.api.exceptions import error_body
from semantic_layer.errors import Issue, UserError
from semantic_layer.ports import Actor, Dependent


def validation(errors: Sequence[Issue], warnings: Sequence[Issue]) -> dict[str, Any]:
    """The `validation` object; valid means no errors."""
    return {
        "valid": not errors,
        "errors": [issue.as_dict() for issue in errors],
        "warnings": [issue.as_dict() for issue in warnings],
    }


def validated(found: Validation) -> dict[str, Any]:
    return validation(found.errors, found.warnings)


def uploaded(result: Uploaded, category: str) -> dict[str, Any]:
    return {
        "id": result.documents[0].name,
        "message": "Model uploaded successfully",
        "category": category,
        "models": [
            {
                "id": item.name,
                "kind": item.kind,
                "version": item.number,
                "created": item.created,
                "status": item.state,
            }
            for item in result.documents
        ],
        "validation": validation((), result.warnings),
    }


def upload_refused(error: UserError) -> dict[str, Any]:
    """400 with every problem under `validation`, where clients of uploads look for it."""
    problems = error.details.get("errors")
    if problems is None:
        problems = [Issue(path="", code=error.code, message=error.message).as_dict()]
    found = {"valid": False, "errors": problems, "warnings": []}
    return error_body(400, error.code, error.message, details=error.details, validation=found)


def batch(result: BatchResult, *, atomic: bool) -> dict[str, Any]:
    outcomes = result.outcomes
    failed = [outcome.error for outcome in outcomes if outcome.error is not None]
    return {
        "results": [_outcome(outcome) for outcome in outcomes],
        "summary": {
            "total": len(outcomes),
            "succeeded": len(outcomes) - len(failed),
            "failed": len(failed),
            "errors": [error.message for error in failed],
        },
        "atomic": atomic,
        "rolled_back": result.rolled_back,
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    head = {"model_id": outcome.name, "action": outcome.action, "success": outcome.success}
    if outcome.error is None:
        return {**head, "message": outcome.message, "version": outcome.version}
    error = outcome.error
    return {
        **head,
        "error": error.message,
        "error_code": error.code,
        "details": error.details or None,
    }


def metric_added(written: ModelWritten, metric: str, category: str) -> dict[str, Any]:
    return {
        "id": written.name,
        "metric": metric,
        "message": "Metric added successfully",
        "version": written.version,
        "status": written.state,
        "category": category,
        "validation": validation((), written.warnings),
    }


# ---------------------------------------------------------------- histories


def version(document: Document, found: DocumentVersion) -> dict[str, Any]:
    """A version in lists."""
    return {
        "version": found.number,
        "status": found.state,
        "is_current": document.published_id == found.pk,
        "author": found.author_email,
        "message": found.message or None,
        "definition_hash": found.definition_hash,
        "renamed_from": found.replaces or None,
        "request_id": found.request_id or None,
        "created_at": found.created_at,
    }


def versions(
    document: Document, page: Sequence[DocumentVersion], pagination: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "id": document.name,
        "category": document.category,
        "current_version": document.published.number if document.published else None,
        "latest_version": document.latest_number,
        "deleted_at": document.deleted_at,
        "versions": [version(document, found) for found in page],
        "total_count": pagination["total"],
        "pagination": pagination,
    }


def whole_version(document: Document, found: DocumentVersion) -> dict[str, Any]:
    return {
        "id": document.name,
        "category": document.category,
        **version(document, found),
        "definition": found.definition,
        "yaml": found.yaml,
    }


def difference(
    document: Document, older: DocumentVersion, newer: DocumentVersion, diff: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "id": document.name,
        "category": document.category,
        "from_version": older.number,
        "to_version": newer.number,
        **diff,
    }


def impact(name: str, category: str, found: Sequence[Dependent]) -> dict[str, Any]:
    return {
        "id": name,
        "category": category,
        "in_use": bool(found),
        "dependents": [item.as_dict() for item in found],
        "total_count": len(found),
    }


def audit(
    document: Document, page: Sequence[AuditEntry], pagination: Mapping[str, Any], actor: Actor
) -> dict[str, Any]:
    return {
        "id": document.name,
        "category": document.category,
        "entries": [_entry(entry, with_details=actor.may("write")) for entry in page],
        "total_count": pagination["total"],
        "pagination": pagination,
    }


def _entry(entry: AuditEntry, *, with_details: bool) -> dict[str, Any]:
    """Details may quote what was refused, hidden parts too: for writers."""
    return {
        "at": entry.at,
        "actor": entry.actor_email,
        "action": entry.action,
        "outcome": AuditOutcome(entry.outcome).value,
        "before_version": entry.before_version,
        "after_version": entry.after_version,
        "reason": entry.reason or None,
        "request_id": entry.request_id or None,
        "details": entry.details if with_details else {},
    }


# ---------------------------------------------------------------- life


def moved(move: Move, result: Moved) -> dict[str, Any]:
    words = result.after.replace("_", " ")
    return {
        "id": move.name,
        "category": move.category,
        "action": move.action,
        "version": result.version,
        "previous_status": result.before,
        "status": result.after,
        "published_version": result.published_version,
        "message": f"Version {result.version} is {words} now",
    }


def promoted(promotion: Promotion, result: Promoted) -> dict[str, Any]:
    written = result.written
    return {
        "id": promotion.name,
        "message": _promotion_message(promotion, result),
        "from_category": promotion.source,
        "to_category": promotion.to_category,
        "source_version": result.source.number,
        "version": written.number if written else None,
        "status": written.state if written else None,
        "dry_run": promotion.dry_run,
        "changed": result.is_change,
        "validation": validation(result.errors, result.warnings),
        "diff": result.diff(),
        "value_diff": result.values.as_dict(),
    }


def _promotion_message(promotion: Promotion, result: Promoted) -> str:
    if not result.is_change:
        return f"{promotion.to_category} has this definition already"
    if promotion.dry_run:
        return "Nothing was written: this is what promoting would change"
    waiting = result.written is not None and result.written.state == "draft"
    ending = ", as a draft that waits for its review" if waiting else ""
    return f"Model promoted to {promotion.to_category} successfully{ending}"

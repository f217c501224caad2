"""The audit trail: one append-only row for each thing done, and for each thing refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils import timezone

from models_registry.models import AuditEntry, AuditOutcome, DocumentKind
from semantic_layer.accounts.roles import PERMISSIONS
from semantic_layer.api.context import request_id
from semantic_layer.errors import InvalidModels, UserError
from semantic_layer.ports import Actor, Credential

MAX_ISSUES_KEPT = 20

SYSTEM = Actor(
    user_id="",
    email="system",
    display_name="System",
    roles=frozenset(("admin",)),
    permissions=frozenset(PERMISSIONS),
    groups=(),
    data_scope="system",
    credential=Credential(principal="service"),
)
"""Who acts when no person does: commands of the operator."""


@dataclass(frozen=True)
class Subject:
    """What an action is about. `name` is cut to what the column holds: refusals may carry
    anything.
    """

    action: str
    category: str
    name: str
    kind: str = DocumentKind.SEMANTIC_MODEL
    details: dict[str, Any] = field(default_factory=dict)


def author_id(actor: Actor) -> UUID | None:
    """The actor's user row; None for the system itself, which has none."""
    return UUID(actor.user_id) if actor.user_id else None


def record_done(
    *, actor: Actor, subject: Subject, before: int | None, after: int | None, reason: str = ""
) -> None:
    """Append what was done; call it in the transaction of the write."""
    _append(actor, subject, AuditOutcome.DONE, before, after, reason)


def record_refusal(*, actor: Actor, subject: Subject, error: UserError) -> None:
    """Append what was refused and why; call it outside the transaction that was rolled back."""
    details: dict[str, Any] = {**subject.details, "error_code": error.code}
    if isinstance(error, InvalidModels):
        details["errors"] = [issue.as_dict() for issue in error.issues[:MAX_ISSUES_KEPT]]
    refused = Subject(subject.action, subject.category, subject.name, subject.kind, details)
    _append(actor, refused, AuditOutcome.REFUSED, None, None, error.message)


@contextmanager
def refusals_recorded(*, actor: Actor, subject: Subject) -> Iterator[None]:
    """Record a refusal of what is done inside, and let it pass on."""
    try:
        yield
    except UserError as error:
        record_refusal(actor=actor, subject=subject, error=error)
        raise


def _append(
    actor: Actor,
    subject: Subject,
    outcome: str,
    before: int | None,
    after: int | None,
    reason: str,
) -> None:
    AuditEntry.objects.create(
        at=timezone.now(),
        actor_id=author_id(actor),
        actor_email=actor.email,
        action=subject.action,
        outcome=outcome,
        category=subject.category,
        kind=subject.kind,
        name=subject.name.replace("\x00", "")[:250],
        before_version=before,
        after_version=after,
        reason=reason.replace("\x00", "")[:2000],
        request_id=request_id.get(),
        details=subject.details,
    )

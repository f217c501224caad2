"""Many operations in one request: each by itself, or all as one change of their categories."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from models_registry import services
from models_registry.audit import Subject, record_refusal
from models_registry.gates import asking_gates
from models_registry.graph_source import load_snapshot
from models_registry.issues import invalid
from models_registry.writes import locked
from semantic_layer.errors import (
    Conflict,
    InternalError,
    Malformed,
    SemanticLayerError,
    UserError,
)
from semantic_layer.ports import Actor

MAX_OPERATIONS = 50


@dataclass(frozen=True)
class Operation:
    """One thing to do. `payload` is the model of create, update and validate."""

    action: str
    category: str
    name: str | None = None
    payload: Mapping[str, Any] = field(default_factory=dict, repr=False)
    expected: frozenset[int] | None = None
    force: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of one operation; exactly one of `message` and `error` is set."""

    name: str | None
    action: str
    message: str | None = None
    version: int | None = None
    error: SemanticLayerError | None = None

    @property
    def success(self) -> bool:
        return self.error is None


@dataclass(frozen=True)
class BatchResult:
    """Outcomes in the order asked."""

    outcomes: tuple[Outcome, ...]
    rolled_back: bool = False


def run_batch(
    *, actor: Actor, operations: Sequence[Operation], atomic: bool = False, message: str = ""
) -> BatchResult:
    """Do the operations in order, each in a transaction of its own.

    With `atomic` they share one: the first that fails undoes those before it, and those behind it
    are not tried; each sees what the ones before it wrote. Raises Forbidden before anything is
    done when the caller lacks a permission that one of them needs.
    """
    for operation in operations:
        actor.require(_NEEDS[operation.action])
    if not atomic:
        return BatchResult(tuple(_outcome(actor, item, message) for item in operations))
    return asking_gates(lambda: _together(actor, operations, message))


def _together(actor: Actor, operations: Sequence[Operation], message: str) -> BatchResult:
    done: list[Outcome] = []
    with transaction.atomic(), ExitStack() as locks:
        # In one order for everybody: two batches must not wait for each other.
        for category in sorted({operation.category for operation in operations}):
            locks.enter_context(locked(category))
        for operation in operations:
            done.append(_outcome(actor, operation, message))
            if done[-1].error is not None:
                transaction.set_rollback(True)
                break
        else:
            return BatchResult(tuple(done))
    _record_refusal(actor, operations[len(done) - 1], done[-1])
    return BatchResult(tuple(_undone(done, operations)), rolled_back=True)


def _record_refusal(actor: Actor, operation: Operation, outcome: Outcome) -> None:
    """Once more: what the failing operation recorded was undone with the rest."""
    if isinstance(outcome.error, UserError) and operation.action != "validate":
        subject = Subject(operation.action, operation.category, outcome.name or "")
        record_refusal(actor=actor, subject=subject, error=outcome.error)


def _undone(done: Sequence[Outcome], operations: Sequence[Operation]) -> Iterator[Outcome]:
    """The outcomes of a batch that was rolled back: one reason, and who suffers from it."""
    failed = done[-1]
    reason = f"Not done: operation {len(done)} ({failed.action}) of this atomic batch failed."
    for position, operation in enumerate(operations):
        if position == len(done) - 1:
            yield failed
        else:
            name = done[position].name if position < len(done) else operation.name
            undone = Conflict(reason, code="ROLLED_BACK")
            yield Outcome(name, operation.action, error=undone)


def _outcome(actor: Actor, operation: Operation, message: str) -> Outcome:
    try:
        return _ACTIONS[operation.action](actor, operation, message)
    except SemanticLayerError as error:
        if isinstance(error, InternalError):
            raise
        return Outcome(operation.name, operation.action, error=error)


def _create(actor: Actor, operation: Operation, message: str) -> Outcome:
    written = services.create_model(
        actor=actor, category=operation.category, payload=operation.payload, message=message
    )
    return Outcome(written.name, "create", "Model created successfully", written.version)


def _update(actor: Actor, operation: Operation, message: str) -> Outcome:
    written = services.update_model(
        actor=actor,
        category=operation.category,
        name=_name(operation),
        payload=operation.payload,
        expected=operation.expected,
        force=operation.force,
        message=message,
    )
    return Outcome(written.name, "update", "Model updated successfully", written.version)


def _delete(actor: Actor, operation: Operation, message: str) -> Outcome:
    name = _name(operation)
    services.delete_model(
        actor=actor,
        category=operation.category,
        name=name,
        force=operation.force,
        expected=operation.expected,
        message=message,
    )
    return Outcome(name, "delete", "Model deleted successfully")


def _validate(actor: Actor, operation: Operation, message: str) -> Outcome:
    snapshot = load_snapshot(operation.category)
    found = services.validate_model(snapshot=snapshot, payload=operation.payload)
    if found.errors:
        return Outcome(operation.name, "validate", error=invalid(found.errors))
    return Outcome(operation.name, "validate", "Model is valid")


def _name(operation: Operation) -> str:
    name = operation.name or operation.payload.get("name")
    if not isinstance(name, str) or not name:
        raise Malformed(f"'{operation.action}' needs a model_id.", code="MALFORMED_BODY")
    return name


_ACTIONS: Mapping[str, Callable[[Actor, Operation, str], Outcome]] = {
    "create": _create,
    "update": _update,
    "delete": _delete,
    "validate": _validate,
}
_NEEDS = {"create": "write", "update": "write", "delete": "delete", "validate": "read"}
ACTIONS = tuple(_ACTIONS)

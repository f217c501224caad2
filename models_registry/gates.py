"""Objections of the apps above against publishing, found by settings.

Gates may ask the warehouse for minutes, so nobody asks them while holding a category's lock. A
write that would publish what they have not seen is undone, they are asked about exactly that
content, and the write runs again: it goes through only if the content is still the one they judged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TypeVar

from django.conf import settings

from models_registry.documents import DocumentId
from models_registry.graph_source import Snapshot
from models_registry.issues import invalid
from semantic_layer.compiler import SemanticGraph
from semantic_layer.errors import Conflict, Issue
from semantic_layer.ports import Actor, Candidate, PublishGate
from semantic_layer.wiring import load

ASKED_AT_MOST = 4
"""How often the gates judge one write whose category others keep changing meanwhile."""

Done = TypeVar("Done")

Contents = frozenset[tuple[DocumentId, str]]
"""What answers in a category: documents with the hashes of their definitions."""


@dataclass(frozen=True)
class Question:
    """What the gates judge: from which content of a category to which, and by whose change.

    Two questions are equal when their contents are, whoever wrote these and when.
    """

    category: str
    models: tuple[str, ...]
    before: Contents = field(repr=False)
    after: Contents = field(repr=False)
    graph: SemanticGraph = field(repr=False, compare=False)

    @property
    def candidate(self) -> Candidate:
        return Candidate(self.category, self.models, self.graph)


def question_of(
    snapshot: Snapshot,
    models: Sequence[str],
    hashes: Mapping[DocumentId, str | None],
    graph: SemanticGraph,
) -> Question:
    """The question whether these definitions may be published (None: gone); `graph` has them."""
    before = {key: stored.definition_hash for key, stored in snapshot.documents.items()}
    after = {key: digest for key, digest in {**before, **hashes}.items() if digest is not None}
    return Question(
        snapshot.category,
        tuple(models),
        frozenset(before.items()),
        frozenset(after.items()),
        graph,
    )


Verdict = tuple[Issue, ...]
_verdicts: ContextVar[dict[Question, Verdict] | None] = ContextVar(
    "verdicts_of_gates", default=None
)


class _NotAsked(Exception):  # noqa: N818
    """Undoes a write until the gates have judged it. No error of ours: nobody may answer it."""

    def __init__(self, actor: Actor, question: Question) -> None:
        super().__init__(question)
        self.actor, self.question = actor, question


def ask_gates(actor: Actor, question: Question) -> Verdict:
    """Everything that the gates (PUBLISH_GATES) have to say. Call it without a lock: it may take
    as long as queries do.
    """
    gates = _concerned(actor, question)
    return tuple(issue for gate in gates for issue in gate.problems(actor, question.candidate))


def asking_gates(
    write: Callable[[], Done], known: Mapping[Question, Verdict] | None = None
) -> Done:
    """Do a write that may publish, the gates being asked between two tries of it.

    `write` takes the category's lock, reads all it decides by under it, and leaves nothing behind
    when it raises. Within another such write it becomes a part of that one. `known` is what the
    gates said already. Raises Conflict when others change the category each time they are asked.
    """
    outer = _verdicts.get()
    if outer is not None:
        outer.update(known or {})
        return write()
    verdicts = dict(known or {})
    token = _verdicts.set(verdicts)
    try:
        return _tried(write, verdicts)
    finally:
        _verdicts.reset(token)


def _tried(write: Callable[[], Done], verdicts: dict[Question, Verdict]) -> Done:
    asked: Counter[tuple[str, tuple[str, ...]]] = Counter()
    while True:
        try:
            return write()
        except _NotAsked as found:
            actor, question = found.actor, found.question
        about = question.category, question.models
        if asked[about] == ASKED_AT_MOST:
            raise _written_too_often(question.category)
        asked[about] += 1
        verdicts[question] = ask_gates(actor, question)


def refuse_by_gates(actor: Actor, question: Question) -> None:
    """Raise InvalidModels with every error that the gates found in exactly this content.

    Call it under the category's lock, inside `asking_gates`.
    """
    if not _concerned(actor, question):
        return
    verdict = (_verdicts.get() or {}).get(question)
    if verdict is None:
        raise _NotAsked(actor, question)
    errors = [issue for issue in verdict if issue.severity == "error"]
    if errors:
        raise invalid(errors)


def _concerned(actor: Actor, question: Question) -> list[PublishGate]:
    gates: list[PublishGate] = [load(path)() for path in settings.PUBLISH_GATES]
    return [gate for gate in gates if gate.concerns(actor, question.candidate)]


def _written_too_often(category: str) -> Conflict:
    return Conflict(
        f"{category} was written each time that this change was checked against its golden"
        " questions: try again.",
        code="CATEGORY_CHANGED",
    )

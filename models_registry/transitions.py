"""The life of a version: draft, in review, published, deprecated, retired. One function moves it.

API, admin and commands all call `move_version`; every move and every refusal is an audit row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import Q

from models_registry.audit import Subject, author_id, record_done, refusals_recorded
from models_registry.documents import DocumentId
from models_registry.gates import asking_gates
from models_registry.graph_source import Snapshot
from models_registry.heads import MODEL, head_version
from models_registry.impact import refuse_in_use
from models_registry.issues import invalid
from models_registry.models import Document, DocumentVersion, VersionState
from models_registry.reviews import approval_permission, needs_review
from models_registry.selectors import model_not_found
from models_registry.writes import (
    Live,
    Part,
    Write,
    delete_document,
    locked,
    problems_of,
    publish_versions,
    write_documents,
)
from semantic_layer.compiler import Project, read_mapping
from semantic_layer.errors import Conflict, Forbidden, Malformed, NotFound, StaleVersion
from semantic_layer.ports import Actor

State = VersionState


@dataclass(frozen=True)
class Move:
    """An action on one version of a document; None means the one that it is usually about.

    `together` are other models whose versions in review are approved or published with it, for
    changes that are valid only all at once.
    """

    action: str
    category: str
    name: str
    kind: str = MODEL
    version: int | None = None
    reason: str = ""
    expected: frozenset[int] | None = None
    force: bool = False
    together: tuple[str, ...] = ()

    @property
    def id(self) -> DocumentId:
        return self.kind, self.name


@dataclass(frozen=True)
class Moved:
    """The version after its move, and what answers queries now."""

    version: int
    before: str
    after: str
    published_version: int | None


@dataclass(frozen=True)
class _Rule:
    """From which states an action starts, and what it needs. `reason` says whether one is due."""

    states: tuple[str, ...]
    perform: Callable[[Actor, Move, Snapshot, DocumentVersion], Moved]
    reason: bool = False


def move_version(*, actor: Actor, move: Move) -> Moved:
    """Do one transition; it and its refusal are audited.

    Raises Forbidden (also for one's own work where another person must look), Conflict WRONG_STATE,
    InvalidModels when the version no longer fits its category, StaleVersion, NotFound, Malformed
    for a missing reason.
    """
    subject = Subject(move.action, move.category, move.name, move.kind)
    with refusals_recorded(actor=actor, subject=subject):
        actor.require("write")
        rule = RULES[move.action]
        if rule.reason and not move.reason.strip():
            raise Malformed(f"Say why: '{move.action}' needs a reason.", code="REASON_REQUIRED")
        # The gates may take their time: meant is the version that is there now, not a later one.
        meant = replace(move, version=_version(move, rule).number)
        return asking_gates(lambda: _moved_on(actor, meant, rule))


def _moved_on(actor: Actor, move: Move, rule: _Rule) -> Moved:
    with locked(move.category) as snapshot:
        version = _version(move, rule)
        if version.state not in rule.states:
            raise _wrong_state(move, version, rule)
        return rule.perform(actor, move, snapshot, version)


def _version(move: Move, rule: _Rule) -> DocumentVersion:
    """The version that the move is about."""
    versions = DocumentVersion.objects.select_related("document").filter(
        document__category=move.category, document__kind=move.kind, document__name=move.name
    )
    newest = versions.order_by("-number").first()
    if newest is None:
        raise model_not_found(move.category, move.name)
    head = head_version(move.category, move.id) or newest
    if move.expected is not None and head.number not in move.expected:
        raise StaleVersion(
            f"The current version is {head.number}: read it, and send If-Match with it.",
            current_version=head.number,
        )
    if move.version is None:
        fitting = versions.filter(state__in=rule.states)
        is_current = Q(pk=newest.pk) | Q(pk=newest.document.published_id)
        return fitting.filter(is_current).order_by("-number").first() or newest
    version = versions.filter(number=move.version).first()
    if version is None:
        raise NotFound(
            f"'{move.name}' has no version {move.version} in {move.category}.",
            code="VERSION_NOT_FOUND",
        )
    return version


def _wrong_state(move: Move, version: DocumentVersion, rule: _Rule) -> Conflict:
    return Conflict(
        f"Version {version.number} of '{move.name}' is {_words(version.state)}; '{move.action}' "
        f"takes a version that is {' or '.join(map(_words, rule.states))}.",
        code="WRONG_STATE",
        state=version.state,
        version=version.number,
    )


def _words(state: str) -> str:
    return str(state).replace("_", " ")


# ---------------------------------------------------------------- moves that change no answer


def _submit(actor: Actor, move: Move, snapshot: Snapshot, version: DocumentVersion) -> Moved:
    return _mark(actor, move, version, State.IN_REVIEW)


def _reject(actor: Actor, move: Move, snapshot: Snapshot, version: DocumentVersion) -> Moved:
    return _mark(actor, move, version, State.DRAFT)


def _deprecate(actor: Actor, move: Move, snapshot: Snapshot, version: DocumentVersion) -> Moved:
    _require_current(move, version)
    return _mark(actor, move, version, State.DEPRECATED)


def _mark(actor: Actor, move: Move, version: DocumentVersion, state: str) -> Moved:
    before = version.state
    version.state = state
    version.save(update_fields=["state"])
    _record(actor, move, version, before)
    return _moved(version, before)


# ---------------------------------------------------------------- moves that change answers


def _approve(actor: Actor, move: Move, snapshot: Snapshot, version: DocumentVersion) -> Moved:
    actor.require(approval_permission(move.category))
    others = [_other(move, name) for name in move.together]
    for one in (version, *others):
        _require_another_person(actor, one)
    return _publish_all(actor, move, snapshot, [version, *others])


def _publish(actor: Actor, move: Move, snapshot: Snapshot, version: DocumentVersion) -> Moved:
    if needs_review(move.category):
        raise Conflict(
            f"{move.category} needs a review: submit the version, and let another person approve"
            " it.",
            code="REVIEW_REQUIRED",
        )
    others = [_other(move, name) for name in move.together]
    return _publish_all(actor, move, snapshot, [version, *others])


def _restore(actor: Actor, move: Move, snapshot: Snapshot, version: DocumentVersion) -> Moved:
    """A deprecated version is current again; of any older one a copy becomes the newest version."""
    document = version.document
    if document.published_id == version.pk:
        if version.state != State.DEPRECATED:
            raise Conflict(f"Version {version.number} is what answers now.", code="WRONG_STATE")
        return _mark(actor, move, version, State.PUBLISHED)
    before = version.state
    project = read_mapping(version.definition)
    text = version.yaml if version.is_authored else None
    part = Part(move.id, project, text)
    write = Write(actor, move.category, "restore", move.reason, {"restored_from": version.number})
    problems = problems_of(snapshot, {move.id: project})
    written = write_documents(write, snapshot, [part], problems)[0]
    published = _published_number(document.pk)
    return Moved(written.number, before, written.state, published)


def _retire(actor: Actor, move: Move, snapshot: Snapshot, version: DocumentVersion) -> Moved:
    """A draft is given up; a version that answers stops to, once nothing uses it."""
    if version.document.published_id != version.pk:
        return _mark(actor, move, version, State.RETIRED)
    if move.force:
        actor.require("delete")
    elif move.kind == MODEL:
        refuse_in_use(move.name, snapshot, action="retire")
    before = version.state
    version.state = State.RETIRED
    version.save(update_fields=["state"])
    write = Write(
        actor, move.category, "retire", move.reason,
        _details(version, before),
    )  # fmt: skip
    delete_document(write=write, snapshot=snapshot, document_id=move.id)
    return Moved(version.number, before, version.state, None)


def _publish_all(
    actor: Actor, move: Move, snapshot: Snapshot, versions: Sequence[DocumentVersion]
) -> Moved:
    """Validate the versions against the category as it is now, and let them answer."""
    before = versions[0].state
    live, changed = [], {}
    for version in versions:
        _require_newer(version, snapshot)
        document = version.document
        project = read_mapping(version.definition)
        live.append(Live(version, project))
        changed[document.kind, document.name] = project
    gone: dict[DocumentId, Project | None] = {
        (version.document.kind, version.replaces): None for version in versions if version.replaces
    }
    problems = problems_of(snapshot, {**gone, **changed})
    if problems.errors:
        raise invalid(problems.errors)
    write = Write(actor, move.category, move.action, move.reason, {"from": before})
    for version in versions:
        version.state = State.PUBLISHED
        version.save(update_fields=["state"])
    publish_versions(write, snapshot, live, problems.graph)
    return _moved(versions[0], before)


def _other(move: Move, name: str) -> DocumentVersion:
    """The version in review of a model that is approved together."""
    rule = RULES[move.action]
    version = _version(replace(move, name=name, version=None, expected=None), rule)
    if version.state not in rule.states:
        raise _wrong_state(replace(move, name=name), version, rule)
    return version


# ---------------------------------------------------------------- conditions


def _require_current(move: Move, version: DocumentVersion) -> None:
    if version.document.published_id != version.pk:
        raise Conflict(
            f"Version {version.number} of '{move.name}' is not the one that answers.",
            code="WRONG_STATE",
        )


def _require_newer(version: DocumentVersion, snapshot: Snapshot) -> None:
    """A draft that was overtaken would undo what was published since."""
    document = version.document
    current = snapshot.documents.get((document.kind, document.name))
    if current is not None and current.number > version.number:
        raise Conflict(
            f"Version {current.number} of '{document.name}' was published since: write the change"
            f" again on top of it, or restore version {version.number}.",
            code="OVERTAKEN",
            current_version=current.number,
        )


def _require_another_person(actor: Actor, version: DocumentVersion) -> None:
    """Nobody approves what they wrote, nor a draft that goes on from their own."""
    document = version.document
    published = document.published.number if document.published else 0
    unseen = document.versions.filter(number__gt=published, number__lte=version.number)
    own = Q(author_email=actor.email)
    if actor.user_id:
        own |= Q(author_id=author_id(actor))
    if unseen.filter(own).exists():
        raise Forbidden(
            f"You wrote version {version.number} of '{document.name}' or what it goes on from:"
            " another person has to approve it.",
            code="OWN_WORK",
        )


# ---------------------------------------------------------------- what is told


def _record(actor: Actor, move: Move, version: DocumentVersion, before: str) -> None:
    published = _published_number(version.document_id)
    record_done(
        actor=actor,
        subject=Subject(
            move.action, move.category, move.name, move.kind, _details(version, before)
        ),
        before=published,
        after=published,
        reason=move.reason,
    )


def _details(version: DocumentVersion, before: str) -> dict[str, object]:
    return {
        "version": version.number,
        "from": str(before),
        "state": str(version.state),
        "definition_hash": version.definition_hash,
    }


def _moved(version: DocumentVersion, before: str) -> Moved:
    published = _published_number(version.document_id)
    return Moved(version.number, str(before), str(version.state), published)


def _published_number(document_id: int) -> int | None:
    return (
        Document.objects.filter(pk=document_id).values_list("published__number", flat=True).first()
    )


RULES: Mapping[str, _Rule] = {
    "submit": _Rule((State.DRAFT,), _submit),
    "approve": _Rule((State.IN_REVIEW,), _approve),
    "reject": _Rule((State.IN_REVIEW,), _reject, reason=True),
    "publish": _Rule((State.DRAFT, State.IN_REVIEW), _publish),
    "deprecate": _Rule((State.PUBLISHED,), _deprecate, reason=True),
    "retire": _Rule((State.DRAFT, State.DEPRECATED), _retire, reason=True),
    "restore": _Rule((State.DEPRECATED, State.RETIRED, State.PUBLISHED), _restore),
}
ACTIONS = tuple(RULES)

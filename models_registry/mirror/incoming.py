"""Files that a person changed in the volume, as new versions: those that are valid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from models_registry.audit import SYSTEM
from models_registry.documents import DocumentId
from models_registry.gates import asking_gates
from models_registry.graph_source import Snapshot, load_snapshot
from models_registry.heads import MODEL
from models_registry.models import DocumentKind
from models_registry.names import CONFIGURATION
from models_registry.plans import Plan, plan_of
from models_registry.writes import Write, Written, locked, write_documents
from semantic_layer.compiler import Project
from semantic_layer.compiler.reading import Source, read_documents
from semantic_layer.errors import InvalidModels, Issue

VOLUME = replace(SYSTEM, email="volume", display_name="Volume")
"""The author of versions that came in from the volume: who changed the file is not known."""


@dataclass(frozen=True)
class HandFile:
    """A file that is to become a version of one document, which answered with version `seen`."""

    path: str
    id: DocumentId
    data: bytes = field(repr=False)
    seen: int | None


@dataclass(frozen=True)
class BroughtIn:
    """Versions by path, and what is wrong with the others."""

    written: Mapping[str, Written]
    refused: Mapping[str, tuple[Issue, ...]]


def bring_in(category: str, files: Sequence[HandFile], *, dry_run: bool) -> BroughtIn:
    """Write the files that are valid, together where they need each other; the rest is refused.

    In a dry run all that would be written is answered with number 0.
    """
    if dry_run:
        accepted, _, refused = _accepted(files, load_snapshot(category))
        would = {f.path: Written(*f.id, number=0, created=False) for f in accepted}
        return BroughtIn(would, refused)
    try:
        return asking_gates(lambda: _written(category, files))
    except InvalidModels as error:
        if len(files) == 1:
            return BroughtIn({}, {files[0].path: error.issues})
    # A gate refused them together, and does not say which: what is right alone comes in.
    alone = [bring_in(category, [file], dry_run=False) for file in files]
    return BroughtIn(
        {path: written for found in alone for path, written in found.written.items()},
        {path: issues for found in alone for path, issues in found.refused.items()},
    )


def _written(category: str, files: Sequence[HandFile]) -> BroughtIn:
    with locked(category) as snapshot:
        accepted, plan, refused = _accepted(files, snapshot)
        if not accepted:
            return BroughtIn({}, refused)
        write = Write(VOLUME, category, "reconcile", "Changed by hand in the volume")
        written = write_documents(write, snapshot, plan.parts, plan.problems)
    numbers = {(item.kind, item.name): item for item in written}
    return BroughtIn({file.path: numbers[file.id] for file in accepted}, refused)


def _accepted(
    files: Sequence[HandFile], snapshot: Snapshot
) -> tuple[list[HandFile], Plan, dict[str, tuple[Issue, ...]]]:
    """The most files that are valid together, found by leaving out whom errors name."""
    texts, refused = _texts(files, snapshot)
    left = [file for file in files if file.path in texts]
    while True:
        plan = _plan(left, texts, snapshot)
        blamed = _blamed(left, texts, plan, snapshot)
        if not blamed:
            return left, plan, refused
        refused |= blamed
        left = [file for file in left if file.path not in blamed]


def _texts(
    files: Iterable[HandFile], snapshot: Snapshot
) -> tuple[dict[str, str], dict[str, tuple[Issue, ...]]]:
    """Texts by path, and the files that cannot be texts of their document."""
    texts: dict[str, str] = {}
    refused: dict[str, tuple[Issue, ...]] = {}
    for file in files:
        stored = snapshot.documents.get(file.id)
        if (stored.version_id if stored else None) != file.seen:
            message = "The registry changed meanwhile: reconcile again."
            refused[file.path] = (Issue(file.path, code="CHANGED_MEANWHILE", message=message),)
            continue
        try:
            text = file.data.decode()
        except UnicodeDecodeError as error:
            line = file.data.count(b"\n", 0, error.start) + 1
            column = error.start - file.data.rfind(b"\n", 0, error.start)
            message = f"Not UTF-8 at byte {error.start + 1}: save the file as UTF-8."
            refused[file.path] = (Issue(file.path, line, column, "", "NOT_UTF8", message),)
            continue
        if _documents_in(text) - {file.id}:
            refused[file.path] = (_wrong_file(file, text),)
        else:
            texts[file.path] = text
    return texts, refused


def _documents_in(text: str) -> set[DocumentId]:
    """The documents that a text names, broken ones too."""
    project = read_documents([Source(text)])
    names = {model.name for model in project.models} | {n for n in project.broken_models if n}
    found = {(MODEL, name) for name in names}
    found |= {(DocumentKind.SAVED_QUERY.value, query.name) for query in project.saved_queries}
    return found | ({CONFIGURATION} if project.configurations else set())


def _plan(files: Sequence[HandFile], texts: Mapping[str, str], snapshot: Snapshot) -> Plan:
    sources: dict[str | None, str] = {file.path: texts[file.path] for file in files}
    project = read_documents(Source(text, path) for path, text in sources.items())
    return plan_of(project, sources, snapshot)


def _blamed(
    files: Sequence[HandFile], texts: Mapping[str, str], plan: Plan, snapshot: Snapshot
) -> dict[str, tuple[Issue, ...]]:
    """Which files are at fault, and why; none when the plan can be written."""
    errors = plan.problems.errors
    said = {part.id: part.text for part in plan.parts}
    blamed: dict[str, tuple[Issue, ...]] = {}
    for file in files:
        own = tuple(issue for issue in errors if issue.file == file.path)
        if own:
            blamed[file.path] = own
        elif not errors and said.get(file.id) != texts[file.path]:
            blamed[file.path] = (_wrong_file(file, texts[file.path]),)
    if blamed or not errors:
        return blamed
    if len(files) == 1:
        return {files[0].path: errors}
    # The errors are elsewhere in the category: whoever causes some alone is at fault, else all.
    alone = {
        file.path: found
        for file in files
        if (found := _plan([file], texts, snapshot).problems.errors)
    }
    return alone or {file.path: errors for file in files}


def _wrong_file(file: HandFile, text: str) -> Issue:
    kind, name = file.id
    said = ", ".join(_names(read_documents([Source(text, file.path)]))) or "no document"
    message = (
        f"This is the file of the {kind.replace('_', ' ')} '{name}' and must say that alone; it"
        f" says {said}."
    )
    return Issue(file.path, 1, 1, "", "WRONG_FILE", message)


def _names(project: Project) -> list[str]:
    names = [model.name for model in project.models]
    names += [query.name for query in project.saved_queries]
    return [f"'{name}'" for name in (*names, *(metric.name for metric in project.metrics))]

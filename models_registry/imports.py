"""Directories of YAML files into a category: everything or nothing, and nothing twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from models_registry.audit import Subject, refusals_recorded
from models_registry.definitions import canonical_yaml
from models_registry.documents import DocumentId
from models_registry.gates import asking_gates
from models_registry.graph_source import EMPTY, Snapshot
from models_registry.heads import MODEL
from models_registry.impact import refuse_used_elsewhere
from models_registry.issues import invalid
from models_registry.models import DocumentKind, DocumentVersion
from models_registry.names import CONFIGURATION
from models_registry.plans import Plan, plan_of
from models_registry.reviews import needs_review
from models_registry.unchanged import unchanged, waiting
from models_registry.writes import (
    Part,
    Write,
    delete_documents,
    locked,
    problems_of,
    write_documents,
)
from semantic_layer.compiler import Project
from semantic_layer.compiler.reading import Source, read_documents
from semantic_layer.errors import Issue, Malformed
from semantic_layer.ports import Actor

SUFFIXES = frozenset((".yml", ".yaml"))
MANIFEST = "semantic_manifest.json"
"""What dbt compiles a project's models to."""

CHANGES = ("created", "updated", "deleted", "waiting", "unchanged")


@dataclass(frozen=True)
class Imported:
    """One document of an import. `change` is one of CHANGES: waiting is a draft that says it
    already. `number` is None in a dry run; `before` and `after` are its texts.
    """

    kind: str
    name: str
    change: str
    number: int | None
    before: str = field(default="", repr=False)
    after: str = field(default="", repr=False)

    @property
    def is_change(self) -> bool:
        return self.change in ("created", "updated", "deleted")


@dataclass(frozen=True)
class ImportResult:
    documents: tuple[Imported, ...]
    warnings: tuple[Issue, ...]

    def count(self, change: str) -> int:
        return sum(document.change == change for document in self.documents)

    @property
    def changes(self) -> int:
        return sum(document.is_change for document in self.documents)


def import_directory(
    *,
    actor: Actor,
    directory: Path,
    category: str,
    dry_run: bool = False,
    mirror: bool = False,
    force: bool = False,
) -> ImportResult:
    """Bring every `.yml` and `.yaml` file below the directory, or dbt's compiled manifest where
    there are none, into the category, in one transaction.

    A document that is there in the same words stays as it is, so importing again changes nothing.
    What the category has and the directory has not stays too, unless `mirror`: then it leaves,
    with its versions kept. Raises Malformed for a directory that cannot be read, InvalidModels
    with every problem of every file, Conflict where saved or recent queries use what would leave
    and it is not forced.
    """
    actor.require("write")
    if mirror:
        actor.require("delete")
    files = read_files(directory, root=directory if directory.is_dir() else directory.parent)
    project = read_documents(Source(text, file) for file, text in files.texts.items())
    write = Write(actor, category, "import", f"Imported from {directory.name}/")
    subject = Subject(write.action, category, directory.name)

    def imported() -> ImportResult:
        with locked(category) as snapshot:
            gone = _gone(project, snapshot) if mirror else []
            plan = plan_of(project, files.texts, snapshot, files.issues, gone=gone)
            if plan.problems.errors:
                raise invalid(plan.problems.errors)
            if not force:
                refuse_used_elsewhere((name for kind, name in gone if kind == MODEL), snapshot)
            documents = _compared(plan.parts, gone, snapshot)
            if not dry_run:
                documents = _apply(write, snapshot, plan, documents)
            return ImportResult(documents, plan.problems.warnings)

    with refusals_recorded(actor=actor, subject=subject):
        return asking_gates(imported)


def _gone(project: Project, snapshot: Snapshot) -> list[DocumentId]:
    """Documents that the category has and the files have not."""
    said = {(MODEL, model.name) for model in project.models}
    said |= {(MODEL, name) for name in project.broken_models if name}
    said |= {(DocumentKind.SAVED_QUERY.value, query.name) for query in project.saved_queries}
    if project.configurations:
        said.add(CONFIGURATION)
    if not said and not project.issues:
        raise Malformed(
            f"The directory holds no model: mirroring it would empty {snapshot.category}.",
            code="NOTHING_TO_WRITE",
        )
    return [key for key in snapshot.documents if key not in said]


def _compared(
    parts: Sequence[Part], gone: Sequence[DocumentId], snapshot: Snapshot
) -> tuple[Imported, ...]:
    """What would become of each document, those that leave last."""
    same, open_already = unchanged(parts, snapshot), waiting(parts, snapshot.category)
    ids = [*(part.id for part in parts), *gone]
    stored = {key: snapshot.documents[key] for key in ids if key in snapshot.documents}
    versions = DocumentVersion.objects.filter(pk__in=[item.version_id for item in stored.values()])
    texts = dict(versions.values_list("pk", "yaml"))
    found = []
    for part in parts:
        before = stored.get(part.id)
        text = texts[before.version_id] if before else ""
        if part.id in same or part.id in open_already:
            change = "unchanged" if part.id in same else "waiting"
            found.append(Imported(*part.id, change, before.number if before else None, text, text))
        else:
            after = part.text if part.text is not None else canonical_yaml(part.project)
            found.append(Imported(*part.id, "updated" if before else "created", None, text, after))
    left = (Imported(*key, "deleted", None, texts[stored[key].version_id]) for key in gone)
    return (*found, *left)


def _apply(
    write: Write, snapshot: Snapshot, plan: Plan, documents: Sequence[Imported]
) -> tuple[Imported, ...]:
    """Write what is created and updated, take out what is deleted; with the new numbers."""
    changed = {(item.kind, item.name) for item in documents if item.is_change}
    parts = [part for part in plan.parts if part.id in changed]
    gone = [(item.kind, item.name) for item in documents if item.change == "deleted"]
    if gone and needs_review(write.category):
        # Drafts change nothing yet: what leaves must not be needed by what answers until then.
        problems = problems_of(snapshot, dict.fromkeys(gone))
        if problems.errors:
            raise invalid(problems.errors)
    written = write_documents(write, snapshot, parts, plan.problems) if parts else []
    if gone:
        with locked(write.category) as after:
            delete_documents(write=write, snapshot=after, document_ids=gone)
    numbers = {(item.kind, item.name): item.number for item in written}
    return tuple(
        replace(item, number=numbers.get((item.kind, item.name), item.number)) for item in documents
    )


@dataclass(frozen=True)
class Files:
    """Texts by file name, in order, and the files that could not be read."""

    texts: Mapping[str | None, str]
    issues: tuple[Issue, ...]


def read_files(path: Path, *, root: Path | None = None) -> Files:
    """The YAML files at or below a path, named relative to `root`; None: as the path is written.

    Where there are none, dbt's compiled manifest is read: beside the files it says the same.
    Hidden files are passed over. What is no UTF-8 becomes an issue. Raises Malformed when there is
    nothing at the path.
    """
    if not path.exists():
        raise Malformed(f"There is no file or directory {path}.", code="NO_SUCH_PATH")
    texts: dict[str | None, str] = {}
    issues = []
    for file in _files(path):
        name = (file.relative_to(root) if root is not None else file).as_posix()
        try:
            # Not as text: line ends are the author's too.
            texts[name] = file.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            message = f"Not UTF-8 at byte {error.start + 1}: save the file as UTF-8."
            issues.append(Issue(file=name, code="NOT_UTF8", message=message))
        except OSError as error:
            message = f"The file cannot be read: {error.strerror}."
            issues.append(Issue(file=name, code="UNREADABLE", message=message))
    return Files(texts, tuple(issues))


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    files = sorted(
        file
        for file in path.rglob("*")
        if file.is_file() and not any(part.startswith(".") for part in file.relative_to(path).parts)
    )
    return [file for file in files if file.suffix.lower() in SUFFIXES] or [
        file for file in files if file.name == MANIFEST
    ]


@dataclass(frozen=True)
class Checked:
    """What files hold by themselves, and every problem in them."""

    files: int
    models: int
    metrics: int
    errors: tuple[Issue, ...]
    warnings: tuple[Issue, ...]


def check_files(paths: Iterable[Path]) -> Checked:
    """Validate files as if they were a category of their own. Asks no database.

    Raises Malformed when there is nothing at a path.
    """
    found = [read_files(path) for path in paths]
    texts = {name: text for files in found for name, text in files.texts.items()}
    issues = [issue for files in found for issue in files.issues]
    project = read_documents(Source(text, file) for file, text in texts.items())
    plan = plan_of(project, texts, EMPTY, issues)
    return Checked(
        len(texts) + len(issues),
        len(project.models) + len(project.broken_models),
        len(plan.problems.graph.metrics),
        tuple(sorted(plan.problems.errors)),
        tuple(sorted(plan.problems.warnings)),
    )

"""Directories of YAML files into a category: everything or nothing, and nothing twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from models_registry.audit import Subject, refusals_recorded
from models_registry.definitions import hash_of
from models_registry.graph_source import EMPTY, Snapshot
from models_registry.issues import invalid
from models_registry.plans import plan_of
from models_registry.writes import (
    Part,
    Write,
    Written,
    locked,
    write_documents,
)
from semantic_layer.compiler.reading import Source, read_documents
from semantic_layer.errors import Issue, Malformed
from semantic_layer.ports import Actor

SUFFIXES = frozenset((".yml", ".yaml"))


@dataclass(frozen=True)
class Imported:
    """One document of an import. `change` is created, updated or unchanged; `number` is None in a
    dry run.
    """

    kind: str
    name: str
    change: str
    number: int | None


@dataclass(frozen=True)
class ImportResult:
    documents: tuple[Imported, ...]
    warnings: tuple[Issue, ...]

    def count(self, change: str) -> int:
        return sum(document.change == change for document in self.documents)


def import_directory(
    *, actor: Actor, directory: Path, category: str, dry_run: bool = False
) -> ImportResult:
    """Bring every `.yml` and `.yaml` file below the directory into the category, in one
    transaction.

    A document whose definition is the published one stays as it is, so importing again changes
    nothing. What the category has and the directory has not stays too. Raises Malformed for a
    directory that cannot be read, InvalidModels with every problem of every file.
    """
    actor.require("write")
    files = read_files(directory, root=directory if directory.is_dir() else directory.parent)
    project = read_documents(Source(text, file) for file, text in files.texts.items())
    write = Write(actor, category, "import", f"Imported from {directory.name}/")
    subject = Subject(write.action, category, directory.name)
    with refusals_recorded(actor=actor, subject=subject), locked(category) as snapshot:
        plan = plan_of(project, files.texts, snapshot, files.issues)
        if plan.problems.errors:
            raise invalid(plan.problems.errors)
        changed = [part for part in plan.parts if _is_changed(part, snapshot)]
        written: Sequence[Written] = ()
        if changed and not dry_run:
            written = write_documents(write, snapshot, changed, plan.problems)
        return ImportResult(
            _imported(plan.parts, changed, written, snapshot), plan.problems.warnings
        )


@dataclass(frozen=True)
class Files:
    """Texts by file name, in order, and the files that could not be read."""

    texts: Mapping[str | None, str]
    issues: tuple[Issue, ...]


def read_files(path: Path, *, root: Path | None = None) -> Files:
    """The YAML files at or below a path, named relative to `root`; None: as the path is written.

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
            texts[name] = file.read_text(encoding="utf-8-sig")
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
    return sorted(
        file
        for file in path.rglob("*")
        if file.suffix.lower() in SUFFIXES
        and file.is_file()
        and not any(part.startswith(".") for part in file.relative_to(path).parts)
    )


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


def _is_changed(part: Part, snapshot: Snapshot) -> bool:
    stored = snapshot.documents.get(part.id)
    return stored is None or stored.definition_hash != hash_of(part.project)


def _imported(
    parts: Sequence[Part], changed: Sequence[Part], written: Sequence[Written], snapshot: Snapshot
) -> tuple[Imported, ...]:
    changes = {part.id for part in changed}
    numbers = {(item.kind, item.name): item.number for item in written}
    found = []
    for part in parts:
        stored = snapshot.documents.get(part.id)
        if part.id in changes:
            change, number = "updated" if stored else "created", numbers.get(part.id)
        else:
            change, number = "unchanged", stored.number if stored else None
        found.append(Imported(*part.id, change, number))
    return tuple(found)

"""Directories of YAML files into a category: everything or nothing, and nothing twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models_registry.audit import Subject, refusals_recorded
from models_registry.definitions import hash_of
from models_registry.documents import (
    DocumentId,
)
from models_registry.graph_source import Snapshot
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

# Stands in for all that was read and is no document: problems of texts, metrics without a model.
_LEFT_OVER: DocumentId = ("", "")


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
    texts, unreadable = read_files(directory)
    project = read_documents(Source(text, file) for file, text in texts.items())
    write = Write(actor, category, "import", f"Imported from {directory.name}/")
    subject = Subject(write.action, category, directory.name)
    with refusals_recorded(actor=actor, subject=subject), locked(category) as snapshot:
        plan = plan_of(project, texts, snapshot, unreadable)
        if plan.problems.errors:
            raise invalid(plan.problems.errors)
        changed = [part for part in plan.parts if _is_changed(part, snapshot)]
        written: Sequence[Written] = ()
        if changed and not dry_run:
            written, _ = write_documents(write, snapshot, changed)
        return ImportResult(
            _imported(plan.parts, changed, written, snapshot), plan.problems.warnings
        )


def read_files(directory: Path) -> tuple[dict[str | None, str], list[Issue]]:
    """Texts by path relative to the directory, in order; files that are no UTF-8 become issues.

    A single file stands for a directory of one. Hidden files are passed over.
    """
    if not directory.exists():
        raise Malformed(f"There is no file or directory {directory}.", code="NO_SUCH_DIRECTORY")
    root = directory if directory.is_dir() else directory.parent
    texts: dict[str | None, str] = {}
    issues = []
    for path in _files(directory):
        name = path.relative_to(root).as_posix()
        try:
            texts[name] = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            message = f"Not UTF-8 at byte {error.start + 1}: save the file as UTF-8."
            issues.append(Issue(file=name, code="NOT_UTF8", message=message))
        except OSError as error:
            issues.append(Issue(file=name, code="UNREADABLE", message=f"{error.strerror}."))
    return texts, issues


def _files(directory: Path) -> list[Path]:
    if directory.is_file():
        return [directory]
    return sorted(
        path
        for path in directory.rglob("*")
        if path.suffix.lower() in SUFFIXES
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(directory).parts)
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

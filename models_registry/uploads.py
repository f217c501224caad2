"""Uploaded files into a category: everything or nothing, in any order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models_registry.archives import unpacked
from models_registry.audit import Subject, refusals_recorded
from models_registry.gates import asking_gates
from models_registry.graph_source import Snapshot
from models_registry.heads import open_drafts
from models_registry.imports import Files
from models_registry.issues import invalid
from models_registry.names import refuse_taken
from models_registry.payloads import TOO_LARGE_CODE
from models_registry.plans import Plan, plan_of
from models_registry.unchanged import unchanged
from models_registry.writes import Write, Written, locked, write_documents
from semantic_layer.compiler import Project
from semantic_layer.compiler.reading import Source, read_documents
from semantic_layer.errors import Issue, Malformed, TooLarge
from semantic_layer.ports import Actor


@dataclass(frozen=True)
class Uploaded:
    """All documents of an upload in order of writing, unchanged ones with the version they have."""

    documents: tuple[Written, ...]
    warnings: tuple[Issue, ...]


def upload_documents(
    *,
    actor: Actor,
    category: str,
    files: Sequence[tuple[str, bytes]],
    overwrite: bool = False,
    message: str = "",
) -> Uploaded:
    """Bring every document of uploaded files (name, content) and zips into the category, all or
    nothing.

    With `overwrite` existing documents get a new version where their definition differs, without it
    they are a Conflict NAME_TAKEN. Raises Malformed and TooLarge for a file that cannot be read,
    InvalidModels with every problem of every file.
    """
    actor.require("write")
    name = ", ".join(name for name, _ in files)
    write = Write(actor, category, "upload", message or f"Uploaded as {name}")
    subject = Subject(write.action, category, name)
    with refusals_recorded(actor=actor, subject=subject):
        unpacked_files = unpacked(files)
        texts = unpacked_files.texts
        project = read_documents(Source(text, file) for file, text in texts.items())
        too_large = [issue for issue in project.issues if issue.code == TOO_LARGE_CODE]
        if too_large:
            raise TooLarge(too_large[0].message)
        return asking_gates(
            lambda: _brought_in(write, project, unpacked_files, overwrite=overwrite)
        )


def _brought_in(write: Write, project: Project, files: Files, *, overwrite: bool) -> Uploaded:
    with locked(write.category) as snapshot:
        drafts = open_drafts(write.category)
        plan = plan_of(project, files.texts, snapshot, files.issues, bases=drafts)
        if plan.problems.errors:
            raise invalid(plan.problems.errors)
        if not plan.parts:
            raise Malformed(
                "The file holds no model, metric, saved query or project configuration.",
                code="NOTHING_TO_WRITE",
            )
        if not overwrite:
            refuse_taken(
                project,
                (model.name for model in project.models),
                snapshot,
                hint="; upload with overwrite=true for new versions",
            )
        return Uploaded(_written(write, snapshot, plan), plan.problems.warnings)


def _written(write: Write, snapshot: Snapshot, plan: Plan) -> tuple[Written, ...]:
    """Write what changed; all parts of the plan in its order."""
    same = unchanged(plan.parts, snapshot)
    changed = [part for part in plan.parts if part.id not in same]
    written = write_documents(write, snapshot, changed, plan.problems) if changed else []
    numbers = {(item.kind, item.name): item for item in written}
    return tuple(
        numbers.get(part.id) or Written(*part.id, snapshot.documents[part.id].number, False)
        for part in plan.parts
    )

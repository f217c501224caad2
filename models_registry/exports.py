"""A category as a directory of YAML files, one per document, in its author's words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from models_registry.imports import SUFFIXES
from models_registry.mirror.layout import relative_path
from models_registry.models import Document
from semantic_layer.adapters.local_volume import LocalVolume
from semantic_layer.errors import Conflict
from semantic_layer.ports import Actor


@dataclass(frozen=True)
class Exported:
    """Paths below the directory; `others` are YAML files there that are not of this category."""

    files: tuple[str, ...]
    others: tuple[str, ...]


def export_directory(
    *, actor: Actor, directory: Path, category: str, overwrite: bool = False
) -> Exported:
    """Write what the category publishes, laid out as in the volume. Importing it again changes
    nothing.

    Raises Conflict for a directory that holds YAML files already, unless `overwrite`; files of
    other documents are left there even then, and told.
    """
    actor.require("write")
    present = set(_yaml_files(directory))
    if present and not overwrite:
        raise Conflict(
            f"{directory} holds YAML files already: choose another directory, or --overwrite.",
            code="NOT_EMPTY",
        )
    rows = Document.objects.filter(category=category, published__isnull=False)
    texts = rows.order_by("kind", "name").values_list("kind", "name", "published__yaml")
    folder = LocalVolume(directory)
    written = []
    for kind, name, text in texts.iterator(chunk_size=50):
        path = relative_path((kind, name))
        folder.write(path, text.encode())
        written.append(path)
    directory.mkdir(parents=True, exist_ok=True)
    return Exported(tuple(written), tuple(sorted(present - set(written))))


def _yaml_files(directory: Path) -> Iterable[str]:
    return (
        file.relative_to(directory).as_posix()
        for file in directory.rglob("*")
        if file.suffix.lower() in SUFFIXES
    )

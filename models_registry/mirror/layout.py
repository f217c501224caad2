"""Where things are in the volume, and the bytes of the manifest. Pure.

{category}/{name}.yml                              a semantic model
{category}/saved_queries/{name}.yml                a saved query
{category}/project/project_configuration.yml       the project configuration
{category}/manifest.json                           what the files above hold, written last
backups/{category}/[folder/]{name}/{number}.yml    every version, written before its file
backups/{category}/[folder/]{name}/found-{hash}.yml   what a person wrote and we replaced
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from models_registry.documents import DocumentId
from models_registry.models import DocumentKind

MANIFEST_FORMAT = 1
_FOLDERS: Mapping[str, str] = {
    DocumentKind.SEMANTIC_MODEL.value: "",
    DocumentKind.SAVED_QUERY.value: "saved_queries/",
    DocumentKind.PROJECT_CONFIGURATION.value: "project/",
}
_KINDS = {folder.rstrip("/"): kind for kind, folder in _FOLDERS.items()}
_FILE = re.compile(r"(?:(?P<folder>saved_queries|project)/)?(?P<name>[a-z][a-z0-9_]*)\.yml")
_BACKUP = re.compile(
    r"(?:(?P<folder>saved_queries|project)/)?(?P<name>[a-z][a-z0-9_]*)/(?P<number>[0-9]{1,9})\.yml"
)


@dataclass(frozen=True)
class MirroredFile:
    """One line of the manifest. `backup` holds the same bytes and never changes: who reads a
    category while it is being written takes those.
    """

    kind: str
    name: str
    version: int
    path: str
    backup: str
    sha256: str
    size: int


def hash_of_bytes(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def file_path(category: str, document_id: DocumentId) -> str:
    """The file that holds what answers queries."""
    return f"{category}/{relative_path(document_id)}"


def relative_path(document_id: DocumentId) -> str:
    """The document's file below its category; exports have the same layout."""
    kind, name = document_id
    return f"{_FOLDERS[kind]}{name}.yml"


def backup_folder(category: str, document_id: DocumentId) -> str:
    kind, name = document_id
    return f"backups/{category}/{_FOLDERS[kind]}{name}"


def backup_path(category: str, document_id: DocumentId, number: int) -> str:
    return f"{backup_folder(category, document_id)}/{number}.yml"


def found_path(category: str, document_id: DocumentId, data: bytes) -> str:
    """Where bytes are kept that nobody wrote through the registry, before they are replaced."""
    return f"{backup_folder(category, document_id)}/found-{hash_of_bytes(data)[:16]}.yml"


def manifest_path(category: str) -> str:
    return f"{category}/manifest.json"


def document_at(category: str, path: str) -> DocumentId | None:
    """The document whose file this is; None for any other path."""
    match = _FILE.fullmatch(path.removeprefix(f"{category}/"))
    return (_KINDS[match["folder"] or ""], match["name"]) if match else None


def backup_at(category: str, path: str) -> tuple[DocumentId, int] | None:
    """The document and version number of a backup; None for any other path."""
    match = _BACKUP.fullmatch(path.removeprefix(f"backups/{category}/"))
    if match is None:
        return None
    return (_KINDS[match["folder"] or ""], match["name"]), int(match["number"])


def manifest_bytes(category: str, files: Iterable[MirroredFile]) -> bytes:
    """The manifest: the same bytes for the same files, so that it can be compared."""
    listed = sorted(files, key=lambda file: file.path)
    body = {
        "format": MANIFEST_FORMAT,
        "category": category,
        "files": [asdict(file) for file in listed],
    }
    return (json.dumps(body, indent=2, ensure_ascii=False) + "\n").encode()

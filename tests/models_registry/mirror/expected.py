"""What the volume and the mirror's rows have to be, worked out from the registry alone."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from models_registry.models import Document, DocumentVersion, MirrorState, OutboxEntry

FOLDERS = {
    "semantic_model": "",
    "saved_query": "saved_queries/",
    "project_configuration": "project/",
}


def expected_tree() -> dict[str, bytes]:
    """Every file by path: backups of all versions, files of what answers, manifests."""
    tree: dict[str, bytes] = {}
    manifests: dict[str, list[dict[str, object]]] = {}
    for version in DocumentVersion.objects.select_related("document"):
        document = version.document
        below = f"{document.category}/{FOLDERS[document.kind]}{document.name}"
        tree[f"backups/{below}/{version.number}.yml"] = version.yaml.encode()
    for document in Document.objects.select_related("published"):
        files = manifests.setdefault(document.category, [])
        version = document.published
        if version is None:
            continue
        path = f"{document.category}/{FOLDERS[document.kind]}{document.name}"
        data = version.yaml.encode()
        tree[f"{path}.yml"] = data
        files.append(
            {
                "kind": document.kind,
                "name": document.name,
                "version": version.number,
                "path": f"{path}.yml",
                "backup": f"backups/{path}/{version.number}.yml",
                "sha256": hashlib.sha256(data).hexdigest(),
                "size": len(data),
            }
        )
    for category, files in manifests.items():
        body = {"format": 1, "category": category, "files": sorted(files, key=lambda f: f["path"])}
        tree[f"{category}/manifest.json"] = (
            json.dumps(body, indent=2, ensure_ascii=False) + "\n"
        ).encode()
    return tree


def actual_tree(base: Path) -> dict[str, bytes]:
    """Every file below the folder, hidden and unfinished ones too."""
    return {
        file.relative_to(base).as_posix(): file.read_bytes()
        for file in base.rglob("*")
        if file.is_file()
    }


def assert_in_step(base: Path) -> None:
    """Files, manifest and rows say the same, and nothing waits."""
    actual = {path: data for path, data in actual_tree(base).items() if not path.endswith(".part")}
    assert actual == expected_tree()
    assert not OutboxEntry.objects.exists()
    for document in Document.objects.select_related("published", "mirror"):
        state: MirrorState = document.mirror
        assert state.version_id == document.published_id
        assert (state.attempts, state.reason, state.next_try_at) == (0, "", None)
        data = document.published.yaml.encode() if document.published else b""
        assert state.size == len(data)
        assert state.sha256 == (hashlib.sha256(data).hexdigest() if document.published else "")

"""Small steps on the volume, each of which may be repeated."""

from __future__ import annotations

from models_registry.documents import DocumentId
from models_registry.mirror.layout import found_path
from semantic_layer.errors import NotFound
from semantic_layer.ports import VolumeStore


def read_if_there(store: VolumeStore, path: str) -> bytes | None:
    try:
        return store.read(path)
    except NotFound:
        return None


def keep(
    store: VolumeStore, path: str, data: bytes, category: str, document_id: DocumentId
) -> None:
    """Have these bytes at a backup's path. Other bytes there (of a registry that was restored to
    an earlier time) are kept beside it first.
    """
    current = read_if_there(store, path)
    if current == data:
        return
    if current is not None:
        keep_found(store, current, category, document_id)
    store.write(path, data)


def keep_found(store: VolumeStore, data: bytes, category: str, document_id: DocumentId) -> str:
    """Keep bytes that are about to be replaced, under a name made of their hash."""
    place = found_path(category, document_id, data)
    if read_if_there(store, place) != data:
        store.write(place, data)
    return place

"""The Files API of Unity Catalog Volumes. An overwrite is not atomic: readers may meet a half."""

from __future__ import annotations

from typing import Any

from tests.workspace.rest_http import Asked, Reply, Routes, refusal

ROUTES = Routes()


def _refused(asked: Asked, path: str) -> Reply | None:
    volume = ".".join(path.split("/")[2:5])
    state = asked.world.state
    if volume not in state.volumes or not state.may_see(asked.person, volume):
        return refusal(404, "NOT_FOUND", f"Volume '{volume}' does not exist.")
    return None


@ROUTES.on("PUT", r"/api/2\.0/fs/files(/Volumes/[^/]+/[^/]+/[^/]+/.+)")
def upload(asked: Asked, path: str) -> Reply:
    if refused := _refused(asked, path):
        return refused
    state = asked.world.state
    if path in state.files:
        if asked.query.get("overwrite") != "true":
            return refusal(409, "ALREADY_EXISTS", "The file being created already exists.")
        state.put_file(path, asked.body[: len(asked.body) // 2])
    state.put_file(path, asked.body)
    return Reply(status=204)


@ROUTES.on("GET", r"/api/2\.0/fs/files(/Volumes/[^/]+/[^/]+/[^/]+/.+)")
def download(asked: Asked, path: str) -> Reply:
    found = asked.world.state.files.get(path)
    if refused := _refused(asked, path):
        return refused
    if found is None:
        return refusal(404, "NOT_FOUND", "The file being accessed is not found.")
    return Reply(found.data, headers={"Last-Modified": "Mon, 01 Jan 2024 00:00:00 GMT"})


@ROUTES.on("DELETE", r"/api/2\.0/fs/files(/Volumes/[^/]+/[^/]+/[^/]+/.+)")
def delete(asked: Asked, path: str) -> Reply:
    if refused := _refused(asked, path):
        return refused
    if asked.world.state.files.pop(path, None) is None:
        return refusal(404, "NOT_FOUND", "The file being accessed is not found.")
    return Reply(status=204)


@ROUTES.on("PUT", r"/api/2\.0/fs/directories(/Volumes/.+)")
def make_directory(asked: Asked, path: str) -> Reply:
    return _refused(asked, path.rstrip("/")) or Reply(status=204)


@ROUTES.on("GET", r"/api/2\.0/fs/directories(/Volumes/.+)")
def list_directory(asked: Asked, path: str) -> Reply:
    folder, state = path.rstrip("/"), asked.world.state
    if refused := _refused(asked, folder):
        return refused
    with state.lock:
        files = dict(state.files)
    inside = {name for name in files if name.startswith(f"{folder}/")}
    if not inside and folder.count("/") > 4:
        return refusal(404, "NOT_FOUND", "The directory being accessed is not found.")
    names = sorted({name[len(folder) + 1 :].split("/")[0] for name in inside})
    entries: list[dict[str, Any]] = []
    for name in names:
        place = f"{folder}/{name}"
        file = files.get(place)
        entries.append(
            {"path": place, "name": name, "is_directory": file is None}
            | (
                {
                    "file_size": len(file.data),
                    "last_modified": int(file.modified_at.timestamp() * 1000),
                }
                if file
                else {}
            )
        )
    start = int(asked.query.get("page_token") or 0)
    end = start + asked.world.page_size
    more = {"next_page_token": str(end)} if end < len(entries) else {}
    return Reply({"contents": entries[start:end], **more})

"""Volumes by the Files API: the contract of all volume stores, and writes that end halfway."""

from __future__ import annotations

import pytest

from semantic_layer.adapters.databricks.volume import POINTERS, VERSIONS, DatabricksVolume
from semantic_layer.adapters.databricks.workspace import Workspace
from semantic_layer.errors import NotFound, Unavailable
from semantic_layer.ports import Credential
from tests.adapters.volume_contract import VolumeContract
from tests.workspace.rest_fixtures import options_of
from tests.workspace.rest_server import RestServer

BASE = "/Volumes/main/models/registry"
PATH = "production/orders.yml"


@pytest.fixture
def store(rest: RestServer) -> DatabricksVolume:
    workspace = Workspace(options_of(rest))
    rest.state.volumes.add("main.models.registry")
    rest.state.grant("service-app-id", "main.models.registry")
    return DatabricksVolume(lambda: workspace.as_principal(Credential("service")), BASE)


def stored(rest: RestServer) -> set[str]:
    return {path.removeprefix(f"{BASE}/") for path in rest.state.files}


class TestDatabricksVolume(VolumeContract):
    """The server shows half of a file while it is replaced, as nobody promises otherwise."""


@pytest.mark.parametrize("old", [b"the old text", None])
@pytest.mark.parametrize("step", range(8))
def test_a_writer_that_dies_at_any_step_leaves_the_old_or_the_new(
    rest: RestServer, store: DatabricksVolume, step: int, old: bytes | None
) -> None:
    """Each request of a write fails once; what a reader then finds is one of the two, whole."""
    if old is not None:
        store.write(PATH, old)
    requests = r"(PUT|GET) /api/2\.0/fs/files/.*"
    rest.faults.add(requests, kind="pass", times=step)
    rest.faults.add(requests, status=500, error_code="INTERNAL_ERROR")
    new = b"the new text, which is longer"
    failed = False
    try:
        store.write(PATH, new)
    except Unavailable:
        failed = True
    rest.faults.clear()
    assert failed == (step < 6)
    found: bytes | None
    try:
        found = store.read(PATH)
    except NotFound:
        found = None
    assert found in (old, new)
    store.write(PATH, new)
    assert store.read(PATH) == new


def test_half_a_file_of_a_writer_that_died_is_never_read(
    rest: RestServer, store: DatabricksVolume
) -> None:
    store.write(PATH, b"old")
    rest.faults.add(
        rf"PUT /api/2\.0/fs/files{BASE}/{PATH}", status=500, error_code="INTERNAL_ERROR"
    )
    with pytest.raises(Unavailable):
        store.write(PATH, b"new and longer")
    rest.state.put_file(f"{BASE}/{PATH}", b"new a")
    assert store.read(PATH) == b"new and longer"


def test_half_a_pointer_does_not_hide_the_write(rest: RestServer, store: DatabricksVolume) -> None:
    store.write(PATH, b"old")
    store.write(PATH, b"new")
    place = f"{BASE}/{POINTERS}/{PATH}"
    rest.state.put_file(place, rest.state.files[place].data[:20])
    assert store.read(PATH) == b"new"


def test_what_a_person_changed_by_hand_is_read(rest: RestServer, store: DatabricksVolume) -> None:
    store.write(PATH, b"ours")
    rest.state.put_file(f"{BASE}/{PATH}", b"by hand")
    rest.state.put_file(f"{BASE}/production/theirs.yml", b"new by hand")
    assert store.read(PATH) == b"by hand"
    assert store.read("production/theirs.yml") == b"new by hand"
    del rest.state.files[f"{BASE}/{PATH}"]
    with pytest.raises(NotFound):
        store.read(PATH)


def test_what_arrives_changed_is_told(rest: RestServer, store: DatabricksVolume) -> None:
    rest.faults.add(rf"GET /api/2\.0/fs/files{BASE}/{PATH}", kind="not json")
    with pytest.raises(Unavailable, match="read back is not what was written"):
        store.write(PATH, b"text")


def test_old_versions_go_and_a_delete_leaves_nothing(
    rest: RestServer, store: DatabricksVolume
) -> None:
    for number in range(6):
        store.write(PATH, f"text {number}".encode())
    assert len([path for path in stored(rest) if path.startswith(VERSIONS)]) == 3
    assert [file.path for file in store.files()] == [PATH]
    store.delete(PATH)
    assert stored(rest) == set()


def test_overload_and_resets_are_waited_out(rest: RestServer, store: DatabricksVolume) -> None:
    rest.faults.add("PUT .*", status=429, error_code="RESOURCE_EXHAUSTED")
    rest.faults.add("GET .*", kind="half body")
    rest.faults.add("GET .*", kind="reset")
    store.write(PATH, b"text")
    assert store.read(PATH) == b"text"


def test_a_volume_that_is_gone_is_no_empty_one(rest: RestServer, store: DatabricksVolume) -> None:
    store.write(PATH, b"text")
    rest.state.revoke("service-app-id", "main.models.registry")
    for operation in (
        lambda: list(store.files()),
        lambda: list(store.files("production")),
        lambda: store.write(PATH, b"x"),
        store.ping,
    ):
        with pytest.raises(Unavailable, match="no such volume"):
            operation()


def test_more_than_the_sdk_sends_in_one_piece_arrives(
    rest: RestServer, store: DatabricksVolume
) -> None:
    data = bytes(51 * 1024 * 1024)
    store.write("production/large.bin", data)
    assert store.read("production/large.bin") == data

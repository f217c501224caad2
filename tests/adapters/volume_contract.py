"""What every VolumeStore must do; a subclass offers the fixture `store`."""

from __future__ import annotations

import threading

import pytest

from semantic_layer.errors import Malformed, NotFound
from semantic_layer.ports import VolumeStore

UNSAFE = ["../up", "/etc/passwd", "a/../../b", "", "a//b", "a/", ".hidden", "a\\b", "a\0b", "a\nb"]


class VolumeContract:
    """Run for the local folder and for Databricks Volumes alike."""

    def test_what_was_written_is_read(self, store: VolumeStore) -> None:
        store.write("production/orders.yml", b"a: 1\n")
        assert store.read("production/orders.yml") == b"a: 1\n"

    def test_a_second_write_replaces(self, store: VolumeStore) -> None:
        store.write("production/orders.yml", b"long first text")
        store.write("production/orders.yml", b"b")
        assert store.read("production/orders.yml") == b"b"

    @pytest.mark.parametrize("data", [b"", "größe: 1 €".encode(), bytes(range(256)) * 40])
    def test_bytes_come_back_unchanged(self, store: VolumeStore, data: bytes) -> None:
        store.write("x/y.bin", data)
        assert store.read("x/y.bin") == data

    def test_a_missing_file_is_not_found(self, store: VolumeStore) -> None:
        with pytest.raises(NotFound, match=r"production/none\.yml"):
            store.read("production/none.yml")

    def test_deleting_twice_is_no_error(self, store: VolumeStore) -> None:
        store.write("production/orders.yml", b"a")
        store.delete("production/orders.yml")
        store.delete("production/orders.yml")
        with pytest.raises(NotFound):
            store.read("production/orders.yml")

    def test_files_are_listed_by_path_with_sizes(self, store: VolumeStore) -> None:
        for path in ("staging/b.yml", "production/a.yml", "backups/production/a/1.yml"):
            store.write(path, path.encode())
        assert [(f.path, f.size) for f in store.files()] == [
            ("backups/production/a/1.yml", 26),
            ("production/a.yml", 16),
            ("staging/b.yml", 13),
        ]
        assert [f.path for f in store.files("staging")] == ["staging/b.yml"]
        assert list(store.files("nothing")) == []

    @pytest.mark.parametrize("path", UNSAFE)
    def test_a_path_that_could_leave_the_base_is_refused(
        self, store: VolumeStore, path: str
    ) -> None:
        for operation in (store.read, store.delete, lambda p: store.write(p, b"")):
            with pytest.raises(Malformed):
                operation(path)

    def test_readers_never_see_half_a_write(self, store: VolumeStore) -> None:
        texts = [b"a" * 50_000, b"b" * 80_000]
        store.write("production/big.yml", texts[0])
        stop, seen = threading.Event(), set()

        def read() -> None:
            while not stop.is_set():
                seen.add(store.read("production/big.yml"))

        reader = threading.Thread(target=read)
        reader.start()
        for number in range(40):
            store.write("production/big.yml", texts[number % 2])
        stop.set()
        reader.join()
        assert seen <= set(texts)

    def test_ping_answers(self, store: VolumeStore) -> None:
        store.ping()

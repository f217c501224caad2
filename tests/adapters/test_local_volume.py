"""The local folder as a volume: the contract, and what only a folder can do wrong."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from semantic_layer.adapters.local_volume import LocalVolume
from semantic_layer.errors import Malformed, Unavailable
from tests.adapters.volume_contract import VolumeContract


@pytest.fixture
def store(tmp_path: Path) -> LocalVolume:
    return LocalVolume(tmp_path / "volumes")


class TestLocalVolume(VolumeContract):
    def test_a_failed_write_leaves_the_old_file_and_no_rest(
        self, store: LocalVolume, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store.write("production/orders.yml", b"old")

        def full(descriptor: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(Unavailable, match="free some space"):
            store.write("production/orders.yml", b"new")
        assert store.read("production/orders.yml") == b"old"
        assert [file.path for file in store.files()] == ["production/orders.yml"]
        assert len(list((store.base / "production").iterdir())) == 1

    def test_a_base_that_is_a_file_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "volumes").write_text("not a folder")
        with pytest.raises(Unavailable, match="volume store"):
            LocalVolume(tmp_path / "volumes").ping()

    def test_links_are_refused_wherever_they_stand(
        self, store: LocalVolume, tmp_path: Path
    ) -> None:
        outside = tmp_path / "outside"
        outside.mkdir()
        (outside / "orders.yml").write_text("secret")
        store.base.mkdir()
        (store.base / "staging").symlink_to(outside)
        (store.base / "production").mkdir()
        (store.base / "production" / "orders.yml").symlink_to(outside / "orders.yml")
        for path in ("staging/orders.yml", "production/orders.yml"):
            for operation in (store.read, store.delete, lambda p: store.write(p, b"x")):
                with pytest.raises(Malformed, match="symbolic link"):
                    operation(path)
        assert list(store.files()) == []
        assert (outside / "orders.yml").read_text() == "secret"

    def test_what_a_killed_writer_left_goes_after_an_hour(self, store: LocalVolume) -> None:
        store.write("production/orders.yml", b"a")
        old, new = store.base / "production/.x.part", store.base / "production/.y.part"
        old.write_bytes(b"half")
        new.write_bytes(b"half")
        os.utime(old, (0, 0))
        store.write("production/orders.yml", b"b")
        assert not old.exists()
        assert new.exists()

    def test_a_folder_in_a_files_place_is_told(self, store: LocalVolume) -> None:
        (store.base / "production" / "orders.yml").mkdir(parents=True)
        for operation in (store.read, lambda p: store.write(p, b"x")):
            with pytest.raises(Unavailable):
                operation("production/orders.yml")

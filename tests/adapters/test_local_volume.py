"""The local folder as a volume: the contract, and what only a folder can do wrong."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from semantic_layer.adapters.local_volume import LocalVolume
from semantic_layer.errors import Unavailable
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

"""`manage.py up --reset`: delete what earlier starts made under var/, and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

from semantic_layer.embedded.folders import Folders

# Secrets stay: they protect nothing but what is deleted here, and running shells may hold them.
MADE_BY_UP = ("postgres", "valkey", "warehouse", "volumes", "tmp", "log", "static")
FILES_MADE_BY_UP = ("demo.json", "run/environment.json", "run/beat-schedule")


def found(folders: Folders) -> list[Path]:
    """What a reset would delete."""
    paths = [folders.root / name for name in (*MADE_BY_UP, *FILES_MADE_BY_UP)]
    return [path for path in paths if path.exists()] + sorted(folders.root.glob("valkey.broken-*"))


def delete(paths: list[Path]) -> None:
    """Delete files and folders; raises OSError where one resists."""
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()

"""More DuckDB files for the warehouse: `NAME=FILE` of --attach and DUCKDB_ATTACH, checked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from semantic_layer.embedded.process import StartError

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
DEMO_CATALOG = "flights"
RESERVED = frozenset({DEMO_CATALOG, "memory", "system", "temp", "main"})
MAGIC = b"DUCK"
MAGIC_AT = 8


def read_attachments(items: Iterable[str], environment: str) -> dict[str, Path]:
    """Catalog name -> file; an --attach item wins over the same name in DUCKDB_ATTACH.

    Raises StartError with one line for the first item that cannot be attached.
    """
    found: dict[str, Path] = {}
    given = [(item, "DUCKDB_ATTACH") for item in environment.split(",") if item.strip()]
    given += [(item, "--attach") for item in items]
    for item, source in given:
        name, file = _parse(item.strip(), source)
        found[name] = file
    return found


def check_default(name: str, attachments: Iterable[str], *, demo: bool) -> None:
    """Raise StartError where DUCKDB_DEFAULT_CATALOG names no catalog there will be."""
    catalogs = [*attachments, *([DEMO_CATALOG] if demo else [])]
    if not name or name in catalogs:
        return
    there = f"there are {', '.join(catalogs)}" if catalogs else "nothing is attached"
    raise StartError(
        f"DUCKDB_DEFAULT_CATALOG {name!r} is no catalog: {there}. Correct it, unset it, or attach "
        f"a file as {name}: --attach {name}=FILE."
    )


def as_setting(attachments: dict[str, Path]) -> str:
    """The value of DUCKDB_ATTACH that means these."""
    return ",".join(f"{name}={file}" for name, file in attachments.items())


def _parse(item: str, source: str) -> tuple[str, Path]:
    name, separator, text = (part.strip() for part in item.partition("="))
    if not separator or not text:
        raise StartError(f"{source} {item!r}: write NAME=FILE, such as sales=/data/sales.duckdb.")
    if not NAME.fullmatch(name):
        raise StartError(f"{source} {item!r}: {name!r} is no catalog name; use letters, digits, _.")
    if name.lower() in RESERVED:
        raise StartError(f"{source} {item!r}: the catalog name {name!r} is taken; choose another.")
    file = Path(text).expanduser().resolve()
    if "," in str(file):
        raise StartError(
            f"{source} {item!r}: a comma in the file's name separates files; rename it."
        )
    _check_file(item, source, file)
    return name, file


def _check_file(item: str, source: str, file: Path) -> None:
    try:
        with file.open("rb") as opened:
            head = opened.read(MAGIC_AT + len(MAGIC))
    except OSError as error:
        raise StartError(f"{source} {item!r}: {file} cannot be read: {error.strerror}.") from error
    if head[MAGIC_AT:] != MAGIC:
        raise StartError(f"{source} {item!r}: {file} is not a DuckDB database file.")

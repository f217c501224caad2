"""One opened DuckDB instance: the files attached read-only, then everything else locked."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from semantic_layer.adapters.duckdb.names import literal, quoted
from semantic_layer.adapters.duckdb.options import DuckDBOptions
from semantic_layer.errors import WarehouseUnavailable

FileIdentity = tuple[str, int, int, int]


@dataclass
class Database:
    """An open instance, the identity of the files it read, and how many statements use it."""

    connection: duckdb.DuckDBPyConnection
    identity: tuple[FileIdentity, ...]
    working_catalog: str | None
    users: int = 0
    retired: bool = field(default=False)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own for one statement: names resolved in the working catalog,
        writes refused.

        USE is per connection, and a read-only transaction is what stops writes to the in-memory
        database, which unlike the attached files could be written to.
        """
        cursor = self.connection.cursor()
        if self.working_catalog is not None:
            cursor.execute(f"USE {quoted(self.working_catalog)}")
        cursor.execute("BEGIN TRANSACTION READ ONLY")
        return cursor

    def close(self) -> None:
        self.connection.close()


def leak(connection: duckdb.DuckDBPyConnection) -> None:
    """Never destroy it: in a forked child the engine's threads are gone, and its destructor would
    crash.
    """
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))


def identity_of(options: DuckDBOptions) -> tuple[FileIdentity, ...]:
    """What tells a replaced or changed file from the one that was opened: inode, size, time of
    change.

    A log beside a file counts too, since the engine reads it along. A missing file is (path, 0,
    0, 0).
    """
    found: list[FileIdentity] = []
    for path in options.catalogs.values():
        for name in (str(path), f"{path}.wal"):
            try:
                stat = Path(name).stat()
            except OSError:
                found.append((name, 0, 0, 0))
            else:
                found.append((name, stat.st_ino, stat.st_mtime_ns, stat.st_size))
    return tuple(found)


def open_database(options: DuckDBOptions) -> Database:
    """Open `:memory:`, attach each file read-only, then lock the doors, in this order.

    Raises WarehouseUnavailable naming the file that cannot be opened.
    """
    options.temp_dir.mkdir(parents=True, exist_ok=True)
    identity = identity_of(options)
    try:
        connection = duckdb.connect(":memory:", config=_configuration(options))
    except duckdb.Error as error:
        raise WarehouseUnavailable(f"DuckDB could not be started: {error}") from error
    try:
        connection.execute("SET TimeZone = 'UTC'")
        for name, path in options.catalogs.items():
            _attach(connection, name, path)
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
    except BaseException:
        connection.close()
        raise
    return Database(connection, identity, options.working_catalog)


def _configuration(options: DuckDBOptions) -> dict[str, str | bool | int | float | list[str]]:
    temp_dir = str(options.temp_dir.resolve())
    return {
        "memory_limit": options.memory_limit,
        "threads": options.threads,
        "temp_directory": temp_dir,
        "max_temp_directory_size": options.max_temp_size,
        # HUGEINT, TIMETZ, BIT and UUID arrive as themselves instead of as their nearest Arrow type.
        "arrow_lossless_conversion": True,
        # Without this a table name could read a Python variable of the caller.
        "python_enable_replacements": False,
        # DESCRIBE and SHOW of a name that is no table would show the setting of that name.
        "show_behavior": "table",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
        "allow_extension_repositories": "forbidden",
        "allow_persistent_secrets": False,
        # What stays open after the lock: harmless, and each connection has to ask for it.
        "allowed_configs": ["enable_progress_bar", "enable_progress_bar_print"],
        # Outside the spill directory, the one place the locked engine may write to: inside it,
        # INSTALL would go and fetch.
        "secret_directory": f"{temp_dir}-closed",
        "extension_directory": f"{temp_dir}-closed",
    }


def _attach(connection: duckdb.DuckDBPyConnection, name: str, path: Path) -> None:
    if not path.is_file():
        raise WarehouseUnavailable(
            f"The database file of catalog {name!r} does not exist: {path}. "
            "Load it, or correct DUCKDB_ATTACH.",
            catalog=name,
        )
    try:
        # TYPE keeps the engine from guessing another kind of database and looking for its
        # extension.
        connection.execute(
            f"ATTACH {literal(str(path.resolve()))} AS {quoted(name)} (READ_ONLY, TYPE duckdb)"
        )
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise WarehouseUnavailable(
            f"The database file of catalog {name!r} cannot be opened: {reason} "
            "Is another program writing to it? Write a new file and rename it over this one.",
            catalog=name,
        ) from error

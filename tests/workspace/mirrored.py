"""The test workspace with the tables of DuckDB files, on real Spark."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.spark.local_spark import Spark
from tests.workspace import duckdb_copy, whole
from tests.workspace.duckdb_copy import Copied
from tests.workspace.spark_engine import SparkEngine
from tests.workspace.state import Table, WorkspaceState
from tests.workspace.whole import WholeWorkspace

EVERYBODY = "everybody"
"""The group that may see what was attached."""
DEMO = "flights"
ROLES = ("viewer", "analyst", "engineer", "admin")
_Key = tuple[str, str, int, int]


@dataclass
class MirroredWorkspace:
    """A workspace, and what of DuckDB it shows at the moment."""

    workspace: WholeWorkspace
    spark: Spark
    engine: SparkEngine
    folder: Path
    _known: dict[_Key, Copied] = field(default_factory=dict)
    _shown: list[Copied] = field(default_factory=list)

    def attach(self, files: dict[str, Path]) -> None:
        """Exactly these files are the catalogs from now on."""
        state = self.workspace.state
        found = [self._copied(name, file) for name, file in files.items() if file.exists()]
        for one in self._shown:
            one.hide(state)
        for one in found:
            one.show(state)
            state.grant(EVERYBODY, one.name)
        state.grant(whole.SERVICE_GROUP, *(one.name for one in found))
        self._shown = found
        self.engine.serve({one.name: one.session for one in found})

    def load(self, table: Table, rows: list[list[Any]]) -> None:
        """One more table in a catalog that is shown; nobody is granted it by itself."""
        (own,) = (one for one in self._shown if one.name == table.catalog)
        columns = {column.name: column.type_text for column in table.columns}
        Spark(own.session).load(f"{table.schema}.{table.name}", columns, rows)
        self.workspace.state.add_table(table)

    def _copied(self, name: str, file: Path) -> Copied:
        told = file.stat()
        key = (name, str(file), told.st_ino, told.st_mtime_ns)
        if key not in self._known:
            self._known[key] = duckdb_copy.copied(self.spark, name, file, self.folder)
        return self._known[key]

    def token_of(self, email: str) -> str:
        """The person's token; it says nothing of roles, which the fixtures give."""
        token = f"dapi-{email}"
        if token not in self.workspace.state.tokens:
            self.workspace.state.add_person(email, token=token, groups=[EVERYBODY])
        return token

    def serve_demo(self, file: Path) -> dict[str, str]:
        """The demo as catalog `flights`, and people with a role each: their tokens by role."""
        self.attach({DEMO: file})
        tokens = {}
        for role in ROLES:
            tokens[role] = f"dapi-{role}-of-the-demo"
            groups = [EVERYBODY, *([whole.GROUPS[role]] if role in whole.GROUPS else [])]
            state = self.workspace.state
            state.add_person(f"{role}@demo.example", token=tokens[role], groups=groups)
        return tokens


@contextlib.contextmanager
def running(spark: Spark, folder: Path, *, catalog: str = "") -> Iterator[MirroredWorkspace]:
    """A workspace without tables, on real Spark."""
    engine = SparkEngine(spark.session, {})
    with whole.running(WorkspaceState(), engine, catalog=catalog) as workspace:
        workspace.rest.world.page_size = 100
        yield MirroredWorkspace(workspace, spark, engine, folder)

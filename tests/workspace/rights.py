"""Unity Catalog in small: what a statement may read, and what SHOW shows, by the state's grants."""

from __future__ import annotations

import re

import pyarrow as pa
import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError

from tests.workspace.engine import Asked, StatementFailed
from tests.workspace.state import WorkspaceState


def without_hidden_tables(state: WorkspaceState, asked: Asked) -> None:
    """Fail like Spark on an unknown table where the statement names one that is not theirs."""
    for name, offset in _tables(asked):
        if name in state.tables and not state.may_see(asked.person, name):
            quoted = ".".join(f"`{part}`" for part in name.split("."))
            before = asked.sql[:offset]
            line, column = before.count("\n") + 1, offset - before.rfind("\n") - 1
            raise StatementFailed(
                f"[TABLE_OR_VIEW_NOT_FOUND] The table or view {quoted} cannot be found. Verify the "
                "spelling and correctness of the schema and catalog. SQLSTATE: 42P01; "
                f"line {line} pos {column};"
            )


def shown(state: WorkspaceState, asked: Asked) -> pa.Table | None:
    """The answer of SHOW CATALOGS, SCHEMAS and TABLES; None where the engine has to answer."""
    words = asked.sql.replace("`", "").rstrip("; \n").split()
    upper = [word.upper() for word in words]
    if upper[:2] == ["SHOW", "CATALOGS"]:
        return pa.table({"catalog": pa.array(state.visible_catalogs(asked.person), pa.string())})
    if upper[:2] in (["SHOW", "SCHEMAS"], ["SHOW", "DATABASES"]) and len(words) == 4:
        names = state.visible_schemas(asked.person, words[3])
        return pa.table({"databaseName": pa.array(names, pa.string())})
    if upper[:2] == ["SHOW", "TABLES"] and len(words) == 4:
        found = [
            table
            for table in state.visible_tables(asked.person)
            if f"{table.catalog}.{table.schema}" == words[3]
        ]
        return pa.table(
            {
                "database": pa.array([table.schema for table in found], pa.string()),
                "tableName": pa.array([table.name for table in found], pa.string()),
                "isTemporary": pa.array([False] * len(found), pa.bool_()),
            }
        )
    return None


def _tables(asked: Asked) -> list[tuple[str, int]]:
    """Full names the statement reads, lower case, and where they begin."""
    # As wide, so that places stay.
    text = re.sub(r"\AEXPLAIN\n", "       \n", asked.sql)
    try:
        trees = sqlglot.parse(text, read="databricks")
    except ParseError:
        return []
    default = asked.configuration.get("CATALOG", "")
    found = []
    for tree in trees:
        for table in tree.find_all(exp.Table) if tree is not None else ():
            parts = [part.name for part in table.parts]
            if len(parts) == 2 and default:
                parts.insert(0, default)
            offset = min(part.meta.get("start", 0) for part in table.parts)
            found.append((".".join(parts).casefold(), offset))
    return found

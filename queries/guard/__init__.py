"""The guard of raw SQL: one read-only statement, no way out to files, network, secrets or settings.

Pure: no Django, no driver, nothing executed. Not the only lock: the DuckDB adapter checks the
engine's own parse tree again and the engine is locked; on Databricks the caller's own rights
apply.
"""

from queries.guard.check import MAX_LENGTH, CheckedStatement, check_statement
from queries.guard.kinds import Kind, TableName
from queries.guard.validate import Verdict, validate_statement

__all__ = [
    "MAX_LENGTH",
    "CheckedStatement",
    "Kind",
    "TableName",
    "Verdict",
    "check_statement",
    "validate_statement",
]

"""Whether a statement would be allowed, said instead of raised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from queries.guard.check import MAX_LENGTH, CheckedStatement, check_statement
from semantic_layer.errors import SqlError, StatementRefused


@dataclass(frozen=True)
class Verdict:
    """Findings are `{message, code?, line?, column?}`; `statement` is there when there are no
    errors.
    """

    errors: tuple[dict[str, Any], ...] = ()
    warnings: tuple[dict[str, Any], ...] = ()
    statement: CheckedStatement | None = None

    @property
    def valid(self) -> bool:
        return not self.errors


def validate_statement(sql: str, dialect: str, *, max_length: int = MAX_LENGTH) -> Verdict:
    """Check without running and without raising; names are not looked up."""
    try:
        statement = check_statement(sql, dialect, max_length=max_length)
    except (SqlError, StatementRefused) as error:
        return Verdict(errors=({"message": error.message, "code": error.code, **error.details},))
    return Verdict(warnings=statement.warnings, statement=statement)

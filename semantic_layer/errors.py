"""The errors every layer speaks. They know no HTTP; api/exceptions.py maps class to status.

Lowest layer of the import law: imports nothing of the project.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any


class SemanticLayerError(Exception):
    """Base of all errors this service raises on purpose.

    `code` is the stable UPPER_SNAKE word clients match on; `details` is JSON-serialisable data.
    """

    code = "INTERNAL_ERROR"

    def __init__(self, message: str, *, code: str | None = None, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details: dict[str, Any] = {k: v for k, v in details.items() if v is not None}
        if code is not None:
            self.code = code


class UserError(SemanticLayerError):
    """The caller can mend it: shown as it is."""

    code = "BAD_REQUEST"


class Unavailable(SemanticLayerError):
    """Something we depend on is down or slow: shown, worth trying again after `retry_after_s`."""

    code = "SERVICE_UNAVAILABLE"

    def __init__(
        self, message: str, *, retry_after_s: int = 5, code: str | None = None, **details: Any
    ) -> None:
        super().__init__(message, code=code, **details)
        self.retry_after_s = retry_after_s


class InternalError(SemanticLayerError):
    """Our own fault: logged whole, shown without its message."""


class Malformed(UserError):
    """The request itself cannot be read: bad JSON or YAML, a parameter missing or out of range."""

    code = "MALFORMED"


class InvalidInput(UserError):
    """Well formed, but its meaning is invalid."""

    code = "INVALID"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        field_errors: Mapping[str, list[str]] | None = None,
        **details: Any,
    ) -> None:
        super().__init__(message, code=code, **details)
        self.field_errors = dict(field_errors) if field_errors else None


class NotFound(UserError):
    """It does not exist, or the caller may not know that it does."""

    code = "NOT_FOUND"


class Conflict(UserError):
    """The state of the thing forbids it: a taken name, a model in use."""

    code = "CONFLICT"


class StaleVersion(UserError):
    """If-Match named a version that is no longer the current one."""

    code = "STALE_VERSION"


class Unauthenticated(UserError):
    """No token, or one that is not (or no longer) good."""

    code = "NOT_AUTHENTICATED"


class Forbidden(UserError):
    """Known caller, missing permission."""

    code = "PERMISSION_DENIED"


class TooLarge(UserError):
    """More bytes or rows than the limit that applies."""

    code = "TOO_LARGE"


class RateLimited(UserError):
    """Too many requests in the window; it opens again in `retry_after_s` seconds."""

    code = "RATE_LIMITED"

    def __init__(self, message: str, *, retry_after_s: int, **details: Any) -> None:
        super().__init__(message, **details)
        self.retry_after_s = retry_after_s


class NotAvailable(InvalidInput):
    """A promised part that this installation does not offer (yet, or by setting)."""

    code = "NOT_AVAILABLE"


class SqlError(UserError):
    """The statement's own error; `line` and `column` (from 1) in details where known."""

    code = "SQL_ERROR"


class StatementRefused(UserError):
    """The guard refused the statement; details say which part and why."""

    code = "STATEMENT_NOT_ALLOWED"


class WarehouseError(SemanticLayerError):
    """The warehouse failed by itself: protocol or engine error, not the statement's fault."""

    code = "WAREHOUSE_ERROR"


class WarehouseUnavailable(Unavailable):
    """The warehouse cannot be reached or takes no work now."""

    code = "WAREHOUSE_UNAVAILABLE"


class StatementTimeout(SemanticLayerError):
    """The statement ran past its deadline and was cancelled in the warehouse."""

    code = "QUERY_TIMEOUT"


class StatementCancelled(UserError):
    """Somebody cancelled the statement."""

    code = "QUERY_CANCELLED"


@dataclass(frozen=True, order=True)
class Issue:
    """One problem of a model, query or file; `line` and `column` from 1, None if unknown."""

    file: str | None = None
    line: int | None = None
    column: int | None = None
    path: str = ""
    code: str = "INVALID"
    message: str = ""
    severity: str = field(default="error", compare=False)

    def as_dict(self) -> dict[str, Any]:
        """Shape of `details.errors` and `validation.errors` in the API."""
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "path": self.path,
            "code": self.code,
            "message": self.message,
        }

    def __str__(self) -> str:
        place = ":".join(str(p) for p in (self.file, self.line, self.column) if p is not None)
        return (
            f"{place}: {self.message} [{self.code}]" if place else f"{self.message} [{self.code}]"
        )


class InvalidModels(InvalidInput):
    """Models with problems: all of them at once, never only the first."""

    code = "INVALID_MODEL"

    def __init__(self, issues: Iterable[Issue], message: str | None = None) -> None:
        self.issues = tuple(issues)
        count = len(self.issues)
        super().__init__(
            message or f"{count} problem{'s' if count != 1 else ''} in the model.",
            errors=[issue.as_dict() for issue in self.issues],
        )


class QueryError(InvalidInput):
    """A metric query without a right answer; `path` says where, `suggestions` what would work.

    `line` and `column` (from 1) are within the text at `path`, None where unknown.
    """

    code = "INVALID_QUERY"
    line: int | None = None
    column: int | None = None

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        path: str = "",
        suggestions: Iterable[str] = (),
        **details: Any,
    ) -> None:
        self.path = path
        self.suggestions = tuple(suggestions)
        error = {"path": path, "code": code or self.code, "message": message}
        super().__init__(
            message,
            code=code,
            errors=[error],
            suggestions=list(self.suggestions) or None,
            **details,
        )

    def place(self, line: int, column: int) -> None:
        """Say where in the text it is."""
        self.line, self.column = line, column
        self.details |= {"line": line, "column": column}
        self.details["errors"][0] |= {"line": line, "column": column}


class UnknownField(QueryError):
    """A name that does not exist, or that the caller may not see."""

    code = "UNKNOWN_FIELD"


class NotReachable(QueryError):
    """The dimension exists, but no many-to-one path leads to it from a metric of the query."""

    code = "NOT_REACHABLE"


class AmbiguousPath(QueryError):
    """Two shortest paths lead to the dimension; details list both."""

    code = "AMBIGUOUS_PATH"


class FanOut(QueryError):
    """The only path would multiply rows; details name the join."""

    code = "FAN_OUT"


class UnsupportedByWarehouse(QueryError):
    """The dialect cannot express this with the same values; details say what would work."""

    code = "UNSUPPORTED_BY_WAREHOUSE"


def did_you_mean(word: str, known: Iterable[str], count: int = 3) -> list[str]:
    """The known words nearest to `word`, best first; empty when none is near."""
    names = sorted(set(known))
    folded: dict[str, str] = {}
    for name in names:
        folded.setdefault(name.casefold(), name)
    found = get_close_matches(word.casefold(), list(folded), n=count, cutoff=0.6)
    return [folded[name] for name in found]

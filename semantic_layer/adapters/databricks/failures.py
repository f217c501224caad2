"""What goes wrong with a warehouse, in our words.

The driver's exceptions become one of two things in driver.py: `Unanswered` where a request got no
proper answer (here with its HTTP status, to be retried or told), or the statement's own error, read
from Spark's text here.
"""

from __future__ import annotations

import re
from typing import Any

from semantic_layer.errors import (
    Forbidden,
    SemanticLayerError,
    SqlError,
    StatementRefused,
    Unauthenticated,
    WarehouseError,
    WarehouseUnavailable,
)

_CLASS = re.compile(r"\[(?P<name>[A-Z][A-Z0-9_]*(?:\.[A-Z0-9_]+)*)\]\s*")
_PLACE = re.compile(r"[(;,\s]*\bline (?P<line>\d+),? (?:pos|position) (?P<pos>\d+)\)?;?")
_DRAWING = re.compile(r"\n+== SQL(?: \(line \d+, position \d+\)| of .*?)? ==.*\Z", re.DOTALL)
_CONTEXT = re.compile(r"== SQL \(line (?P<line>\d+), position (?P<pos>\d+)\) ==")
_STATE = re.compile(r"\s*SQLSTATE:?\s*[0-9A-Z]{5}\s*")
_ADVICE = re.compile(r"\s*If necessary,? set \"?[\w.]+\"? to \"?false\"?[^.]*\.")
"""What nobody can do here: statements may not change settings."""
_TOKEN_WORDS = re.compile(r"token|credential|unauthenticated|not authenticated", re.IGNORECASE)
_STARTING_WORDS = re.compile(r"start|pending|resum|provision", re.IGNORECASE)

_TIMED_OUT = frozenset({"QUERY_EXECUTION_TIMEOUT", "QUERY_EXECUTION_TIMEOUT_EXCEEDED"})
_TIMED_OUT_WORDS = re.compile(r"\btimed out\b|STATEMENT_TIMEOUT", re.IGNORECASE)
_HIDDEN = frozenset(
    {"TABLE_OR_VIEW_NOT_FOUND", "INSUFFICIENT_PERMISSIONS", "PERMISSION_DENIED"}
    | {"SCHEMA_NOT_FOUND", "NO_SUCH_CATALOG_EXCEPTION"}
)
"""Told alike: what somebody may not read must not be told from what does not exist."""
_QUOTED = re.compile(r"`[^`\n]+`(?:\s*\.\s*`[^`\n]+`)*|'[\w.]+'|\"[\w.]+\"")
_CAST = re.compile(
    r"The value '(?P<value>.*)' of the type \"STRING\" cannot be cast to \"(?P<type>[^\"]+)\"",
    re.DOTALL,
)
_DATETIME = re.compile(r"Text '(?P<value>.*?)' could not be parsed", re.DOTALL)
_MISMATCH = re.compile(
    r"Cannot resolve \"\((?P<said>.*)\)\" due to data type mismatch: .*?"
    r"[(\[]\"(?P<left>[^\"]+)\"(?: and |, )\"(?P<right>[^\"]+)\"",
    re.DOTALL,
)
_LITERAL = re.compile(r"-?\d|(?:true|false)\b|'|[A-Z_]+ '")
_UNDERLINED = re.compile(r"\n([^\n]*)\n *(\^+)(?=\n|\Z)")
_ENGINE = frozenset({"INTERNAL_ERROR"})
_MEMORY = re.compile(r"OutOfMemory|OUT_OF_MEMORY|exceeds? .*spark\.driver\.maxResultSize")


class SessionLost(Exception):
    """The session is gone on the other side: nothing was run, a new one can take the statement."""


class Silent(WarehouseUnavailable):
    """No answer at all, which is what the circuit breaker counts: whoever says that it is busy or
    starting is there."""


class Unanswered(Exception):
    """A request that got no proper answer: `status` is HTTP's, None where there was none at all.

    `reason` is the workspace's text, `retry_after_s` what it asked for; `is_out_of_time` where
    there was no time left to ask again.
    """

    is_out_of_time = False

    def __init__(
        self, reason: str, *, status: int | None = None, retry_after_s: float | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.retry_after_s = retry_after_s

    @property
    def was_turned_away(self) -> bool:
        """It was not taken in at all, so it may be sent again whatever it asks."""
        return self.status in (429, 503)


def told(failure: Unanswered, *, is_service: bool) -> SemanticLayerError:
    """The error a caller should see of a request without a proper answer."""
    if failure.status in (401, 403):
        return _not_let_in(failure, is_service=is_service)
    if failure.status == 404:
        return WarehouseUnavailable(
            "The workspace knows no such warehouse: check DATABRICKS_HTTP_PATH or "
            "DATABRICKS_WAREHOUSE_ID, and that the warehouse was not deleted.",
            code="WAREHOUSE_NOT_FOUND",
            retry_after_s=60,
        )
    if failure.was_turned_away:
        return _turned_away(failure)
    if failure.status is not None:
        return WarehouseError(
            "The workspace answered with an error of its own; try again.", status=failure.status
        )
    return Silent("The workspace does not answer; try again in a few seconds.")


def interrupted(failure: Unanswered, *, is_service: bool) -> SemanticLayerError:
    """The error of rows that stopped coming: no part of a result is ever given for the whole."""
    if failure.status in (401, 403, 429, 503):
        return told(failure, is_service=is_service)
    return WarehouseError(
        "The warehouse stopped in the middle of the result; run the query again.",
        code="RESULT_INTERRUPTED",
        status=failure.status,
    )


def _not_let_in(failure: Unanswered, *, is_service: bool) -> SemanticLayerError:
    if is_service:
        return WarehouseUnavailable(
            "The workspace refuses the service's own credential: its DATABRICKS_TOKEN or "
            "DATABRICKS_CLIENT_SECRET has expired or lacks CAN USE on the warehouse.",
            code="SERVICE_CREDENTIAL_REFUSED",
            retry_after_s=60,
        )
    if failure.status == 401 or _TOKEN_WORDS.search(failure.reason):
        return expired()
    return Forbidden(
        "The workspace does not let you use this warehouse: ask its owner for CAN USE.",
        code="WAREHOUSE_ACCESS_DENIED",
    )


def expired() -> Unauthenticated:
    """The workspace refuses the caller's token, or there is none (any more)."""
    return Unauthenticated(
        "Your workspace token has expired or was revoked: sign in again with a new one.",
        code="WORKSPACE_TOKEN_EXPIRED",
    )


def _turned_away(failure: Unanswered) -> WarehouseUnavailable:
    wait = max(1, round(failure.retry_after_s or 5))
    if failure.status == 429:
        return WarehouseUnavailable(
            f"The workspace has too many requests now; try again in {wait} seconds.",
            code="WAREHOUSE_BUSY",
            retry_after_s=wait,
        )
    if _STARTING_WORDS.search(failure.reason):
        return WarehouseUnavailable(
            f"The warehouse is starting; try again in {wait} seconds.",
            code="WAREHOUSE_STARTING",
            retry_after_s=wait,
        )
    return WarehouseUnavailable(
        f"The workspace takes no work now; try again in {wait} seconds.", retry_after_s=wait
    )


# ---------------------------------------------------------------- the statement's own errors


def is_timeout(message: str) -> bool:
    """Whether the engine itself ended the statement at its STATEMENT_TIMEOUT."""
    return error_class(message) in _TIMED_OUT or bool(_TIMED_OUT_WORDS.search(message[:500]))


def is_lost_session(message: str) -> bool:
    text = message.casefold()
    return "sessionhandle" in text or ("session" in text and "expired" in text)


def error_class(message: str) -> str | None:
    """Spark's name of the error, without its parts: `UNRESOLVED_COLUMN`."""
    match = _CLASS.search(message)
    return match["name"].split(".")[0] if match else None


def translated(message: str, sql: str = "") -> SemanticLayerError:
    """The error a caller should see of a statement that failed, with its place in their text."""
    name = error_class(message)
    place = _place_of(message, sql)
    text = _readable(message)
    if name in _HIDDEN:
        return SqlError(_not_there(message, sql), error_class="TABLE_OR_VIEW_NOT_FOUND", **place)
    if _MEMORY.search(message):
        return SqlError(
            "The statement needs more memory than the warehouse has: read fewer rows or columns, "
            "or aggregate earlier.",
            code="OUT_OF_MEMORY",
        )
    if name in _ENGINE or name is None:
        return WarehouseError("The warehouse failed while running the statement.", kind=name)
    if name.startswith(("UNSUPPORTED_FEATURE", "NOT_ALLOWED")) and "DDL" in message:
        return StatementRefused(text, **place)
    return SqlError(text, error_class=name, **place, **_wrong_type(name, message))


def _wrong_type(name: str, message: str) -> dict[str, Any]:
    """What could not be taken for what, where that is what went wrong (see queries/wrong_values).

    Spark names a text that cannot be converted, whether it is a value of the query or a column's;
    `fragment` is the part of the statement that it happened in.
    """
    found = _CAST.search(message) if name == "CAST_INVALID_INPUT" else None
    if found is not None:
        told = {"expected_type": found["type"], "value": _unescaped(found["value"])}
        return {**told, "fragment": _fragment(message)}
    found = _DATETIME.search(message) if name == "CANNOT_PARSE_TIMESTAMP" else None
    if found is not None:
        told = {"expected_type": "TIMESTAMP", "value": _unescaped(found["value"])}
        return {**told, "fragment": _fragment(message)}
    found = _MISMATCH.search(message) if name == "DATATYPE_MISMATCH" else None
    if found is not None:
        side = "right" if _LITERAL.match(found["said"]) else "left"
        return {"expected_type": found[side], "fragment": found["said"]}
    return {}


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


def _fragment(message: str) -> str:
    """What Spark underlines in its drawing of the statement, line by line."""
    drawing = _CONTEXT.search(message)
    if drawing is None:
        return ""
    parts = []
    for match in _UNDERLINED.finditer(message, drawing.end()):
        start = match.start(2) - match.end(1) - 1
        parts.append(match[1][start : start + len(match[2])])
    return " ".join(parts)


def _not_there(message: str, sql: str) -> str:
    """Names only what the statement itself names, as far as it names it."""
    written = sql.replace("`", "")
    for match in _QUOTED.finditer(message):
        parts = re.sub(r"[`'\"\s]", "", match[0]).split(".")
        for start in range(len(parts)):
            name = r"\s*\.\s*".join(re.escape(part) for part in parts[start:])
            if re.search(rf"(?<![\w.]){name}(?!\w)", written, re.IGNORECASE):
                told = ".".join(parts[start:])
                return f"The table or view {told} cannot be found, or you may not read it."
    return "A table or view of the statement cannot be found, or you may not read it."


def _readable(message: str) -> str:
    """The sentence, without Spark's class, state, drawing and plan."""
    text = _DRAWING.sub("", message)
    match = _CLASS.search(text)
    if match:
        text = text[match.end() :]
    text = re.split(r"\n(?:'|\s*\+-|== )|;\n(?=[A-Z]\w+ )", text, maxsplit=1)[0]
    text = _PLACE.sub("", _STATE.sub(" ", _ADVICE.sub("", text)))
    return " ".join(text.split()).strip(" ;") or "The statement is not valid."


def _place_of(message: str, sql: str) -> dict[str, Any]:
    """Line and column from 1; Spark counts columns from 0 in one form, from 1 in the other."""
    match = _CONTEXT.search(message)
    if match:
        return _within(int(match["line"]), int(match["pos"]), sql)
    match = _PLACE.search(message)
    if match:
        return _within(int(match["line"]), int(match["pos"]) + 1, sql)
    return {}


def _within(line: int, column: int, sql: str) -> dict[str, Any]:
    lines = sql.split("\n")
    if sql and not 1 <= line <= len(lines):
        return {}
    return {"line": line, "column": column}

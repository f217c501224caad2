"""DuckDB's errors in our words, with the place in the user's own text.

The engine prefixes each message with its kind, and streamed results lose the exception class, so
the prefix is what we read. It draws the place (`LINE 2: ...` and a caret): the drawing becomes
line and column.
"""

from __future__ import annotations

import re
from typing import Any
from unicodedata import category, east_asian_width

from semantic_layer.errors import SemanticLayerError, SqlError, StatementRefused, WarehouseError

_KIND = re.compile(r"^(?:_?duckdb\.)?(?P<kind>[A-Za-z ]+?) Error: (?P<message>.*)\Z", re.DOTALL)
_DRAWING = re.compile(r"\n\s*\nLINE (?P<line>\d+): (?P<text>[^\n]*)\n(?P<pointer> *)\^+[^\n]*\s*\Z")
_CONVERSION = re.compile(
    r"(?:Could not convert string (?P<quote>['\"])(?P<value>.*)(?P=quote) to "
    r"(?P<expected_type>[\w(), ]+?)(?: when casting from source column (?P<from_column>.+))?"
    r"|invalid (?P<time_type>\w+) field format: \"(?P<text>.*)\", expected .*"
    r"|Unimplemented type for cast \(\w+ -> (?P<other_type>\w+)\))\Z",
    re.DOTALL,
)
_ELLIPSIS = "..."

_REFUSED_KINDS = frozenset({"permission", "io", "http", "missing extension", "autoload extension"})
_ENGINE_KINDS = frozenset({"fatal", "internal", "connection", "serialization"})
_REFUSED_PHRASES = (
    "the configuration has been locked",
    "read-only mode",
    "disabled through configuration",
    "disabled by configuration",
)
_REFUSAL = (
    "The engine refused the statement: statements may not reach files, the network, extensions or "
    "settings, nor change anything."
)


def is_interrupt(error: BaseException) -> bool:
    """Whether the engine stopped because it was told to."""
    return kind_of(error) == "interrupt"


def is_fatal(error: BaseException) -> bool:
    """Whether the whole instance is unusable from now on."""
    return kind_of(error) in {"fatal", "internal"}


def kind_of(error: BaseException) -> str:
    """The engine's own word for the kind of error, in lower case; empty when there is none."""
    match = _KIND.match(str(error))
    return match["kind"].casefold() if match else ""


def translated(error: BaseException, sql: str, *, memory_limit: str) -> SemanticLayerError:
    """The error a caller should see: the statement's own fault, a refusal, or the engine's."""
    match = _KIND.match(str(error))
    if match is None:
        return WarehouseError("The warehouse failed while running the statement.")
    kind, text = match["kind"].casefold(), match["message"]
    message, place = _message_and_place(text, sql)
    if kind in _REFUSED_KINDS or any(phrase in message for phrase in _REFUSED_PHRASES):
        return StatementRefused(_REFUSAL, **place)
    if kind == "out of memory":
        return SqlError(
            f"The statement needs more than the {memory_limit} of memory the warehouse has. Read "
            "fewer rows or columns, aggregate earlier, or raise DUCKDB_MEMORY_LIMIT.",
            code="OUT_OF_MEMORY",
        )
    if kind in _ENGINE_KINDS:
        return WarehouseError("The warehouse failed while running the statement.", kind=kind)
    return SqlError(message, **place, **_conversion(message))


def _conversion(message: str) -> dict[str, Any]:
    """What could not be converted to what, where that is what went wrong."""
    found = _CONVERSION.match(message)
    if found is None:
        return {}
    told = {
        "expected_type": found["expected_type"] or found["time_type"] or found["other_type"],
        "value": found["value"] or found["text"],
        "from_column": found["from_column"],
    }
    return {name: text for name, text in told.items() if text is not None}


def shifted(error: SemanticLayerError, lines: int) -> SemanticLayerError:
    """The same error, its line moved: for a statement that ran behind a line of ours."""
    if "line" in error.details:
        error.details["line"] += lines
    return error


def _message_and_place(text: str, sql: str) -> tuple[str, dict[str, Any]]:
    match = _DRAWING.search(text)
    if match is None:
        return text.strip(), {}
    message = text[: match.start()].strip()
    line = int(match["line"])
    column = _column(match, line, sql)
    return message, {"line": line} if column is None else {"line": line, "column": column}


def _column(match: re.Match[str], line: int, sql: str) -> int | None:
    """The column (from 1) the caret points to, found again in the user's line where the engine
    cut it.
    """
    excerpt = match["text"]
    cells = len(match["pointer"]) - len(f"LINE {match['line']}: ")
    offset = _characters(excerpt, cells)
    lines = sql.split("\n")
    if not 1 <= line <= len(lines) or offset < 0:
        return None
    whole = lines[line - 1]
    if not excerpt.startswith(_ELLIPSIS) or whole.startswith(excerpt.removesuffix(_ELLIPSIS)):
        return offset + 1
    shown = excerpt.removeprefix(_ELLIPSIS).removesuffix(_ELLIPSIS)
    start = whole.find(shown)
    return None if start < 0 else start + offset - len(_ELLIPSIS) + 1


def _characters(text: str, cells: int) -> int:
    """How many characters of `text` come before this terminal cell, as the engine counts cells."""
    used = 0
    for index, character in enumerate(text):
        width = _width(character)
        if used >= cells and width:
            return index
        used += width
    return len(text)


def _width(character: str) -> int:
    if category(character) in {"Cc", "Cf", "Me", "Mn"}:
        return 0
    return 2 if east_asian_width(character) in "WF" else 1

"""JSON in: strict, so that nothing unreadable reaches a service or the database."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.parsers import BaseParser

from semantic_layer.errors import Malformed, TooLarge

MAX_DEPTH = 100


class StrictJsonParser(BaseParser):
    """UTF-8 JSON without NaN, duplicate keys, NUL, lone surrogates or absurd nesting.

    Anything else raises Malformed, with line and column where they are known.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise TooLarge(f"The body is larger than {limit} bytes.")
        return parse_json(body)


def parse_json(body: bytes) -> Any:
    """The value of a JSON body. Raises Malformed with line and column."""
    try:
        text = body.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
        text.encode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("The body is not UTF-8.", code="MALFORMED_JSON") from error
    except json.JSONDecodeError as error:
        raise Malformed(
            f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}.",
            code="MALFORMED_JSON",
            line=error.lineno,
            column=error.colno,
        ) from error
    except RecursionError as error:
        raise Malformed("The JSON is nested too deeply.", code="MALFORMED_JSON") from error
    except ValueError as error:
        raise Malformed(f"The body is not JSON: {error}", code="MALFORMED_JSON") from error
    _check(value, 0)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Malformed(f"The key {twice[:80]!r} is given twice.", code="MALFORMED_JSON")
    return found


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number.")


def _check(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise Malformed(f"The JSON is nested deeper than {MAX_DEPTH}.", code="MALFORMED_JSON")
    if isinstance(value, str):
        if "\x00" in value:
            raise Malformed("Text may not hold the character U+0000.", code="MALFORMED_JSON")
        if not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
            raise Malformed("Text may not hold lone surrogates.", code="MALFORMED_JSON")
    elif isinstance(value, float) and math.isinf(value):
        raise Malformed("A number is too large for a double.", code="MALFORMED_JSON")
    elif isinstance(value, dict):
        for key, item in value.items():
            _check(key, depth)
            _check(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth + 1)

"""Where a problem is in a filter that is written as text: line and column, from 1."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from semantic_layer.compiler.query_spec import Predicate
from semantic_layer.errors import QueryError

# A name in quotes, or the function that an object call or a refusal begins with.
_NAMED = re.compile(r"'(?P<name>[\w.]+)(?:'|\()|^(?P<call>[A-Z_]+)(?= aggregates)")


@contextmanager
def placed_in(conditions: Iterable[Predicate]) -> Iterator[None]:
    """QueryErrors of the block that concern one of these texts tell the place in it as well."""
    try:
        yield
    except QueryError as error:
        for condition in conditions:
            if condition.is_text and condition.path == error.path:
                place(error, condition.key)
        raise


def place(error: QueryError, text: str, offset: int | None = None) -> None:
    """Note in the error where it is: at the offset, or else at the first word that its message
    names; nowhere where neither is known.
    """
    if error.line is not None:
        return
    if offset is None:
        offset = _offset_of_named(error.message, text)
    if offset is not None:
        before = text[:offset]
        error.place(before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1)


def _offset_of_named(message: str, text: str) -> int | None:
    for match in _NAMED.finditer(message):
        word = match["name"] or match["call"]
        found = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE)
        if found is not None:
            return found.start()
    return None

"""Shapes of JSON answers, written down by hand from the contract: extra fields are welcome."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class Nullable:
    """The shape, or null."""

    shape: Any


@dataclass(frozen=True)
class Items:
    """A list of such; an empty one says nothing, so it fails unless `may_be_empty`."""

    shape: Any
    may_be_empty: bool = False


@dataclass(frozen=True)
class Word:
    """One of the JSON types by name."""

    name: str


TEXT, INT, NUMBER, BOOL, TIME, ID, OBJECT, ANY = map(
    Word, ("text", "int", "number", "bool", "time", "id", "object", "any")
)
TYPES: Mapping[str, Any] = {
    "text": str, "int": int, "number": (int, float), "bool": bool, "time": str, "id": str,
    "object": dict, "any": object,
}  # fmt: skip

PAGINATION = {
    "total": INT, "page": INT, "page_size": INT, "total_pages": INT,
    "has_next": BOOL, "has_previous": BOOL,
}  # fmt: skip


def check(value: Any, shape: Any, place: str = "$") -> None:
    """Every field that the shape names is there, with its type; the failure says where."""
    if isinstance(shape, Nullable):
        if value is not None:
            check(value, shape.shape, place)
    elif isinstance(shape, Items):
        assert isinstance(value, list), f"{place} is no list: {value!r}"
        assert value or shape.may_be_empty, f"{place} is empty"
        for index, item in enumerate(value):
            check(item, shape.shape, f"{place}[{index}]")
    elif isinstance(shape, Mapping):
        assert isinstance(value, dict), f"{place} is no object: {value!r}"
        for name, inner in shape.items():
            assert name in value, f"{place}.{name} is missing in {sorted(value)}"
            check(value[name], inner, f"{place}.{name}")
    elif isinstance(shape, Set):
        assert value in shape, f"{place} is {value!r}, none of {sorted(shape)}"
    else:
        _check_word(value, shape.name, place)


def _check_word(value: Any, word: str, place: str) -> None:
    told = f"{place} is no {word}: {value!r}"
    assert isinstance(value, TYPES[word]), told
    assert word not in ("int", "number") or not isinstance(value, bool), told
    if word == "time":
        assert value.endswith("Z"), f"{place} is not UTC with Z: {value}"
        datetime.fromisoformat(value)
    if word == "id":
        UUID(value)

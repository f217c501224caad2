"""The words in which the tables of documents.py describe what may be written, and nothing else.

One `Shape` per kind of mapping; the strict reader (reader.py) and the JSON Schema (json_schema.py)
are both driven by them, so that what editors offer is what the service accepts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True)
class Text:
    """Text; numbers and truth values written without quotes count as their text (`expr: 1`)."""

    pattern: str | None = None


@dataclass(frozen=True)
class Truth:
    """true or false."""


@dataclass(frozen=True)
class Number:
    """A finite number within bounds."""

    whole: bool = False
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True)
class Choice:
    """One word of a few, in any case; read in lower case. `synonyms` are words people try, for the
    hint."""

    what: str
    words: tuple[str, ...]
    code: str = "INVALID_CHOICE"
    synonyms: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Many:
    """A list. With `single`, one item may stand for a list of one."""

    item: Kind
    single: bool = False


@dataclass(frozen=True)
class Part:
    """A mapping of a shape, by the shape's name (shapes refer to each other).

    With `short`, a scalar stands for the mapping that has only that key; with `truth`, `true`
    stands for the empty mapping and `false` for its absence. With `later`, it is handed over
    unread, so that its problems can be told from those of what is around it.
    """

    shape: str
    short: str | None = None
    truth: bool = False
    later: bool = False


@dataclass(frozen=True)
class Free:
    """Any value, kept as it is."""


@dataclass(frozen=True)
class Anything:
    """Understood and not ours: accepted unread."""


Kind = Text | Truth | Number | Choice | Many | Part | Free | Anything


@dataclass(frozen=True)
class Key:
    """What may stand under one key. `note` is the sentence editors show."""

    kind: Kind
    note: str = ""
    required: bool = False


@dataclass(frozen=True)
class Shape:
    """A kind of mapping: its keys, and those that belong to other tools and are passed over.

    An `open` shape keeps keys it does not know as free values.
    """

    name: str
    note: str
    keys: Mapping[str, Key]
    foreign: frozenset[str] = field(default_factory=frozenset)
    open: bool = False

    @cached_property
    def required(self) -> tuple[str, ...]:
        return tuple(name for name, key in self.keys.items() if key.required)

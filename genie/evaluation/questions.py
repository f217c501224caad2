"""Golden questions as they are written: YAML files, one category each. docs/questions.md has the
form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from genie.planning.asking import Outcome
from semantic_layer.errors import Malformed

ASKS_BACK = "asks_back"
REFUSED = "refused"
_WORDS = {ASKS_BACK: Outcome.ASKED_BACK, REFUSED: Outcome.REFUSED}

Expected = Mapping[str, Any] | Outcome


@dataclass(frozen=True)
class Golden:
    """A question with its right outcomes, best first: metric queries, asking back or refusing.

    `after` are the questions before it in the conversation; relative times count from `now`.
    """

    question: str
    expected: tuple[Expected, ...]
    after: tuple[str, ...] = ()
    now: datetime | None = None
    file: str = ""

    @property
    def queries(self) -> list[Mapping[str, Any]]:
        return [item for item in self.expected if isinstance(item, Mapping)]

    @property
    def outcomes(self) -> set[Outcome]:
        """Outcomes without a query that are right."""
        return {item for item in self.expected if isinstance(item, Outcome)}

    @property
    def metrics(self) -> frozenset[str]:
        """Metrics that a right answer is made of."""
        return frozenset(name for item in self.queries for name in item.get("metrics", ()))


def golden_questions(directory: Path, category: str) -> list[Golden]:
    """The questions of a category in all files of the directory, in order of file and place.

    Raises Malformed, naming the file, for what is no file of golden questions.
    """
    found: list[Golden] = []
    for file in sorted(directory.glob("*.yml")):
        found += read_questions(file, category)
    return found


def read_questions(file: Path, category: str) -> list[Golden]:
    """The questions of one file; none where it is of another category."""
    try:
        found = file.stat()
        document = _document(file, (found.st_mtime_ns, found.st_size, found.st_ino))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise Malformed(f"{file.name}: {error}") from error
    if not isinstance(document, Mapping) or not isinstance(document.get("questions"), list):
        raise Malformed(f"{file.name} must hold `category` and a list of `questions`.")
    if document.get("category") != category:
        return []
    now = _moment(document.get("now"), file.name)
    return [
        _golden(item, now, f"{file.name}: questions[{place}]", file.name)
        for place, item in enumerate(document["questions"])
    ]


@lru_cache(maxsize=64)
def _document(file: Path, stamp: tuple[int, ...]) -> Any:
    """The file as it was at the stamp: every write of the registry asks, and YAML reads slowly."""
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def _golden(item: Any, now: datetime | None, where: str, file: str) -> Golden:
    if not isinstance(item, Mapping) or not isinstance(item.get("question"), str):
        raise Malformed(f"{where} needs a `question` and what to `expect`.")
    accepted = item.get("accept") or []
    if "expect" not in item or not isinstance(accepted, list):
        raise Malformed(f"{where} needs what to `expect`; `accept` is a list of further ones.")
    return Golden(
        question=item["question"],
        expected=tuple(_expected(one, where) for one in (item["expect"], *accepted)),
        after=tuple(str(text) for text in item.get("after") or ()),
        now=_moment(item["now"], where) if "now" in item else now,
        file=file,
    )


def _expected(item: Any, where: str) -> Expected:
    if isinstance(item, Mapping):
        return dict(item)
    if isinstance(item, str) and item in _WORDS:
        return _WORDS[item]
    raise Malformed(f"{where}: {item!r} is neither a metric query nor {' or '.join(_WORDS)}.")


def _moment(value: Any, where: str) -> datetime | None:
    if value is None:
        return None
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError as error:
        raise Malformed(f"{where}: now {value!r} is no moment: {error}") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)

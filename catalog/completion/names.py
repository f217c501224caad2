"""Finding names by a few typed letters, in milliseconds over a hundred thousand names."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from enum import IntEnum
from heapq import merge

_WORD_STARTS = ("_", " ", ".", "-")
_SHORTEST_TYPO = 4
_SHORTEST_SUBSEQUENCE = 3
_LONGEST_FUZZY = 32


class Tier(IntEnum):
    """How well a name matches; lower is better, a fuzzy match is worse by more than a step."""

    EXACT = 0
    PREFIX = 1
    WORD_START = 2
    SUBSTRING = 3
    FUZZY = 5


def folded(name: str) -> str:
    """The form in which names are compared: caseless, on one line."""
    return name.casefold().replace("\n", " ")


def tier_of(word: str, name: str) -> Tier | None:
    """How the folded word matches one folded name (fuzzy matches apart); None when it does not."""
    if name == word:
        return Tier.EXACT
    if name.startswith(word):
        return Tier.PREFIX
    if any(start + word in name for start in _WORD_STARTS):
        return Tier.WORD_START
    return Tier.SUBSTRING if word in name else None


class NameIndex:
    """Distinct folded names as one text, shortest first, so that plain text search finds the best
    match first.

    One string of a hundred thousand names is searched in under a millisecond and costs little more
    memory than its letters. A name's id is its place in that order.
    """

    def __init__(self, names: Iterable[str]) -> None:
        """`names` are folded already; the order and repetitions do not matter."""
        ordered = sorted(set(names), key=lambda name: (len(name), name))
        self._text = "\n" + "".join(f"{name}\n" for name in ordered)
        self._word_starts = [start for start in _WORD_STARTS if start in self._text]
        self._starts = array("I")
        place = 1
        for name in ordered:
            self._starts.append(place)
            place += len(name) + 1

    def __len__(self) -> int:
        return len(self._starts)

    def name(self, identifier: int) -> str:
        start = self._starts[identifier]
        return self._text[start : self._text.index("\n", start)]

    def identifier(self, name: str) -> int | None:
        """The id of a folded name; None when there is none."""
        place = self._text.find(f"\n{name}\n")
        return None if place < 0 else self._identifier_at(place + 1)

    def identifiers(self) -> dict[str, int]:
        """All names with their ids, for building what hangs on them."""
        return {name: number for number, name in enumerate(self._text.split("\n")[1:-1])}

    def search(self, word: str, limit: int) -> list[tuple[Tier, int]]:
        """At most `limit` names that hold the folded word, best tier first, shortest first within a
        tier.
        """
        found: dict[int, Tier] = {}
        starts = merge(*(self._holding(start + word) for start in self._word_starts))
        for tier, identifiers in (
            (Tier.EXACT, self._holding(f"\n{word}\n")),
            (Tier.PREFIX, self._holding(f"\n{word}")),
            (Tier.WORD_START, starts),
            (Tier.SUBSTRING, self._holding(word)),
        ):
            for identifier in identifiers:
                if len(found) >= limit:
                    return _ranked(found)
                found.setdefault(identifier, tier)
        return _ranked(found)

    def search_fuzzy(self, word: str, limit: int) -> list[int]:
        """At most `limit` names that hold the folded word with one letter wrong, or its letters in
        order.
        """
        if not _SHORTEST_SUBSEQUENCE <= len(word) <= _LONGEST_FUZZY or "\n" in word:
            return []
        found: dict[int, None] = {}
        for identifier in self._nearly_holding(word):
            found[identifier] = None
            if len(found) >= limit:
                break
        return list(found)

    def _holding(self, letters: str) -> Iterator[int]:
        """Ids of the names around each place of the letters, each once, in order."""
        place = self._text.find(letters)
        while place >= 0:
            identifier = self._identifier_at(place + (letters[0] == "\n"))
            yield identifier
            place = self._text.find(letters, self._end(identifier))

    def _nearly_holding(self, word: str) -> Iterator[int]:
        if len(word) >= _SHORTEST_TYPO:
            for pattern in _misspellings(word):
                for match in pattern.finditer(self._text):
                    yield self._identifier_at(match.start())
        for match in _subsequence(word).finditer(self._text):
            yield self._identifier_at(match.start() + 1)

    def _identifier_at(self, place: int) -> int:
        return bisect_right(self._starts, place) - 1

    def _end(self, identifier: int) -> int:
        """The line break that ends the name."""
        if identifier + 1 < len(self._starts):
            return self._starts[identifier + 1] - 1
        return len(self._text) - 1


def _ranked(found: dict[int, Tier]) -> list[tuple[Tier, int]]:
    return sorted((tier, identifier) for identifier, tier in found.items())


def _misspellings(word: str) -> Iterator[re.Pattern[str]]:
    """What was meant if one letter is wrong or too many, or two neighbours are swapped.

    One half of the word is right, then; each pattern starts with it, since a long text is searched
    for plain letters ten times as fast as for choices.
    """
    middle = len(word) // 2
    head, tail = word[:middle], word[middle:]
    yield re.compile(f"{re.escape(head)}(?:{'|'.join(_mistaken(tail))})")
    looking_back = (f"(?<={variant}{re.escape(tail)})" for variant in _mistaken(head))
    yield re.compile(f"{re.escape(tail)}(?:{'|'.join(looking_back)})")
    yield re.compile(re.escape(head[:-1] + tail[0] + head[-1] + tail[1:]))


def _mistaken(part: str) -> Iterator[str]:
    """Patterns of the part with one mistake, each of a fixed length."""
    for at in range(len(part)):
        before, after = re.escape(part[:at]), re.escape(part[at + 1 :])
        yield f"{before}[^\n]{after}"
        yield f"{before}{after}"
        if at + 1 < len(part):
            yield f"{before}{re.escape(part[at + 1] + part[at])}{re.escape(part[at + 2 :])}"


def _subsequence(word: str) -> re.Pattern[str]:
    """Names that begin with the word's first letter and hold the others in order.

    Each gap excludes the letter it leads to, so the pattern never backtracks.
    """
    rest = "".join(f"[^{re.escape(letter)}\n]*{re.escape(letter)}" for letter in word[1:])
    return re.compile(f"\n{re.escape(word[0])}{rest}")

"""Ranked search that forgives case, parts of words and typing mistakes. Pure: built from values,
in process.

Texts are cut into words; the distinct words of all entries form a vocabulary that rapidfuzz
compares with the words of the query, so the costly comparison depends on the number of words, not
on the number of entries.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

Key = TypeVar("Key")

MAX_QUERY_WORDS = 12
MINIMUM_SCORE = 0.3

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class SearchText:
    """One text of an entry. `weight` (0..1) is how much a hit in it is worth; an `is_title` text
    that equals the query ranks the entry first.
    """

    text: str
    weight: float
    is_title: bool = False


@dataclass(frozen=True)
class Hit(Generic[Key]):
    key: Key
    score: float


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text in lower case; `_` parts words as a space does."""
    return tuple(_WORD.findall(text.casefold()))


class SearchIndex(Generic[Key]):
    """An immutable index; build a new one when the entries change."""

    def __init__(self, entries: Iterable[tuple[Key, Sequence[SearchText]]]) -> None:
        self._keys: list[Key] = []
        self._titles: list[tuple[tuple[str, float], ...]] = []
        postings: dict[str, dict[int, float]] = {}
        for position, (key, texts) in enumerate(entries):
            self._keys.append(key)
            self._titles.append(tuple(_titles(texts)))
            for word, weight in _weighted_words(texts):
                found = postings.setdefault(word, {})
                found[position] = max(weight, found.get(position, 0.0))
        self._vocabulary = sorted(postings)
        self._postings: Mapping[str, Mapping[int, float]] = postings
        self._similar = lru_cache(maxsize=1024)(self._find_similar)

    def __len__(self) -> int:
        return len(self._keys)

    def search(self, query: str) -> list[Hit[Key]]:
        """Entries that fit, best first, ties in order of entry; score 0..1, 1 for a name equal to
        the query.

        Every word of the query counts the same; an entry that has less than half of them is left
        out.
        """
        words = list(dict.fromkeys(words_of(query)))[:MAX_QUERY_WORDS]
        if not words:
            return []
        sums: dict[int, list[float]] = {}
        for word in words:
            for position, score in self._scores_of(word).items():
                sums.setdefault(position, []).append(score)
        whole = "".join(words_of(query))
        ranked = []
        for position, scores in sums.items():
            if 2 * len(scores) >= len(words):
                mean = sum(scores) / len(words)
                score = max(0.9 * mean, self._title_score(position, whole))
                if score >= MINIMUM_SCORE:
                    ranked.append((-round(score, 4), position))
        return [Hit(self._keys[position], -negative) for negative, position in sorted(ranked)]

    def _scores_of(self, word: str) -> dict[int, float]:
        """Position -> best score of one query word in that entry."""
        found: dict[int, float] = {}
        for known, similarity in self._similar(word):
            for position, weight in self._postings[known].items():
                score = similarity * weight
                if score > found.get(position, 0.0):
                    found[position] = score
        return found

    def _find_similar(self, word: str) -> tuple[tuple[str, float], ...]:
        """Words of the vocabulary that the word equals, is part of, or is a misspelling of."""
        found = {known: _part_score(word, known) for known in self._vocabulary if word in known}
        allowed = allowed_mistakes(word)
        if allowed:
            near = extract(
                word, self._vocabulary, scorer=OSA.distance, score_cutoff=allowed, limit=None
            )
            for known, distance, _ in near:
                found.setdefault(known, 0.85 - 0.5 * float(distance) / len(word))
        return tuple(found.items())

    def _title_score(self, position: int, whole: str) -> float:
        """1 for the entry whose name is the query, a little less for another title; 0 otherwise."""
        return max(
            (worth for title, worth in self._titles[position] if title == whole), default=0.0
        )


def allowed_mistakes(word: str) -> int:
    """How many letters may be wrong, missing, added or swapped: short words mean what they say."""
    return 0 if len(word) < 4 else 1 if len(word) < 6 else 2 if len(word) < 10 else 3


def _part_score(word: str, known: str) -> float:
    """1 when equal, less for the beginning of a longer word, least for its middle."""
    if word == known:
        return 1.0
    share = len(word) / len(known)
    return 0.7 + 0.25 * share if known.startswith(word) else 0.45 + 0.3 * share


def _titles(texts: Sequence[SearchText]) -> Iterable[tuple[str, float]]:
    for text in texts:
        if text.is_title:
            yield "".join(words_of(text.text)), 0.9 + 0.1 * text.weight


def _weighted_words(texts: Sequence[SearchText]) -> Iterable[tuple[str, float]]:
    for text in texts:
        words = words_of(text.text)
        for word in words:
            yield word, text.weight
        if text.is_title and len(words) > 1:
            yield "".join(words), text.weight  # `ontime` finds `on_time_rate`

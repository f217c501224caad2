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


@dataclass(frozen=True)
class EntryWords:
    """Titles and words of one entry, each with the best weight it has there."""

    titles: Mapping[str, float]
    words: Mapping[str, float]


def entry_words(texts: Sequence[SearchText]) -> EntryWords:
    """The words of an entry's texts: the costly part of an index, worth keeping for entries that
    stay."""
    return EntryWords(_best(_titles(texts)), _best(_weighted_words(texts)))


class SearchIndex(Generic[Key]):
    """An immutable index; build a new one when the entries change."""

    def __init__(self, entries: Iterable[tuple[Key, Sequence[SearchText] | EntryWords]]) -> None:
        self._keys: list[Key] = []
        self._titles: dict[str, dict[int, float]] = {}
        postings: dict[str, dict[int, float]] = {}
        for position, (key, texts) in enumerate(entries):
            self._keys.append(key)
            entry = texts if isinstance(texts, EntryWords) else entry_words(texts)
            for title, worth in entry.titles.items():
                self._titles.setdefault(title, {})[position] = worth
            for word, weight in entry.words.items():
                postings.setdefault(word, {})[position] = weight
        self._vocabulary = sorted(postings)
        self._postings: Mapping[str, Mapping[int, float]] = postings
        # People type on: the words before the last one come again with every keystroke.
        self._scores_of = lru_cache(maxsize=256)(self._find_scores)

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
        sums: dict[int, float] = {}
        counts: dict[int, int] = {}
        for word in words:
            for position, score in self._scores_of(word).items():
                sums[position] = sums.get(position, 0.0) + score
                counts[position] = counts.get(position, 0) + 1
        needed = (len(words) + 1) // 2
        share = 0.9 / len(words)
        scores = {
            position: total * share
            for position, total in sums.items()
            if counts[position] >= needed and total * share >= MINIMUM_SCORE
        }
        for position, worth in self._titles.get("".join(words_of(query)), {}).items():
            scores[position] = max(worth, scores.get(position, 0.0))
        ranked = sorted((-round(score, 4), position) for position, score in scores.items())
        return [Hit(self._keys[position], -negative) for negative, position in ranked]

    def _find_scores(self, word: str) -> Mapping[int, float]:
        """Position -> best score of one query word in that entry."""
        found: dict[int, float] = {}
        for known, similarity in self._find_similar(word):
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


def allowed_mistakes(word: str) -> int:
    """How many letters may be wrong, missing, added or swapped: short words mean what they say."""
    return 0 if len(word) < 4 else 1 if len(word) < 6 else 2 if len(word) < 10 else 3


def _part_score(word: str, known: str) -> float:
    """1 when equal, less for the beginning of a longer word, least for its middle."""
    if word == known:
        return 1.0
    share = len(word) / len(known)
    return 0.7 + 0.25 * share if known.startswith(word) else 0.45 + 0.3 * share


def _best(found: Iterable[tuple[str, float]]) -> Mapping[str, float]:
    """Each word with the best weight that was found for it."""
    best: dict[str, float] = {}
    for word, weight in found:
        best[word] = max(weight, best.get(word, 0.0))
    return best


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

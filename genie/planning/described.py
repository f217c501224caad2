"""Other words for a thing, out of its description: `Spend divided by leads (CPL)`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from genie.language.english import FILLER, LINKING
from genie.language.words import concept, name_words

_ASIDE = re.compile(r"\(([^()]*)\)")
_CALLED = re.compile(r"\b(?:also|often|sometimes)\s+(?:called|known as|named)\b|\baka\b", re.I)
_PARTS = re.compile(r"[,;:.]|\bor\b", re.I)
_MOST_WORDS = 3
_FORMULA = frozenset({"divided", "less", "minus", "times", "plus", "by", "than", "not", "per"})

Key = frozenset[str]


def said_otherwise(description: str) -> Iterator[Key]:
    """Concepts of what stands in brackets or after `also called`, and of short clauses."""
    asides = _ASIDE.findall(description)
    plain = _ASIDE.sub(" . ", description)
    before, *called = _CALLED.split(plain)
    aside = [text for each in asides for text in _CALLED.split(each)]
    for text in (*aside, *called):
        for part in _PARTS.split(text):
            words = [word for word in name_words(part) if word not in LINKING]
            if 0 < len(words) <= _MOST_WORDS and not _FORMULA & set(words):
                yield frozenset(concept(word) for word in words)
    for clause in re.split(r"[,;:.]", before):
        words = [word for word in name_words(clause) if word not in FILLER | LINKING]
        if 2 <= len(words) <= _MOST_WORDS and not _FORMULA & set(name_words(clause)):
            yield frozenset(concept(word) for word in words)


def unshared(
    descriptions: Mapping[str, str], named: Mapping[str, Iterable[Key]]
) -> list[tuple[str, Key]]:
    """Terms and concepts of other words for them that describe only one and are part of no name:
    what a thing is called says more than how another is described. `named` are keys of names by
    concept.
    """
    found = {
        (name, key): None
        for name, description in descriptions.items()
        for key in said_otherwise(description)
        if not _is_in_names(key, named)
    }
    counts = Counter(key for _, key in found)
    return [(name, key) for name, key in found if counts[key] == 1]


def _is_in_names(key: Key, named: Mapping[str, Iterable[Key]]) -> bool:
    return any(key <= other for other in named.get(next(iter(key)), ()))

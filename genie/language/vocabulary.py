"""Which words are English: a word that is one is no mistyped name of something else."""

from __future__ import annotations

from functools import lru_cache

from spellchecker import SpellChecker

_OFTEN = 100
"""Rarer words of the list are names and mistakes themselves."""
_NEGATING = ("un", "non", "in", "im", "dis", "re", "de", "pre")


@lru_cache(maxsize=1)
def _english() -> frozenset[str]:
    counts = SpellChecker(language="en").word_frequency.dictionary
    return frozenset(word for word, count in counts.items() if count >= _OFTEN)


def is_english(word: str) -> bool:
    """Whether it is a word of English, in any of its forms. The list is read at first use."""
    return word in _english()


def may_be_typo(word: str, meant: str) -> bool:
    """Whether somebody who writes the one may mean the other: mistakes spare the first letter,
    and `unplanned` is not `planned`."""
    if word[:1] != meant[:1]:
        return False
    longer, shorter = sorted((word, meant), key=len, reverse=True)
    return not any(longer == prefix + shorter for prefix in _NEGATING) and not is_english(word)

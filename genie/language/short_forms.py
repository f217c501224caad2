"""Short forms of words, as people make them: the start of a word, or a start and consonants."""

from __future__ import annotations

from functools import lru_cache

_VOWELS = frozenset("aeiou")
_SHORTEST, _LONGEST = 3, 5
_PASSED_OVER = 1
"""Consonants inside the short form that it may lack: `whs` of `warehouse` lacks an r."""


def can_be_short(word: str) -> bool:
    """Whether the word has the length and letters of a short form."""
    return _SHORTEST <= len(word) <= _LONGEST and word.isalpha()


@lru_cache(maxsize=65_536)
def shortness(short: str, word: str) -> float | None:
    """How far `short` is from the plainest short form of `word`, 0 being the plainest; None where
    it is none: `lvl` of `level`, `svc` of `service`, `dest` of `destination`.
    """
    if not can_be_short(short) or len(word) <= len(short) or not word.isalpha():
        return None
    if word.startswith(short):
        return 0.0 if len(word) - len(short) > 2 or short[-1] not in _VOWELS else None
    start = _common_start(short, word)
    rest = short[start:]
    if start == 0 or any(letter in _VOWELS for letter in rest):
        return None
    passed, left = _passed_over(rest, _consonants(word[start:], word[start - 1]))
    return None if passed is None or passed > _PASSED_OVER else passed + 0.1 * left


def _common_start(short: str, word: str) -> int:
    start = 0
    while start < len(short) and short[start] == word[start]:
        start += 1
    return start


def _consonants(rest: str, before: str) -> str:
    """Those that are heard, doubles once."""
    kept = ""
    for letter in rest.replace("ght", "t"):
        if letter not in _VOWELS and letter != (kept or before)[-1]:
            kept += letter
    return kept


def _passed_over(rest: str, consonants: str) -> tuple[int | None, int]:
    """Consonants left out between those of the short form, and after the last of them."""
    passed = at = 0
    for letter in rest:
        found = consonants.find(letter, at)
        if found < 0:
            return None, 0
        passed, at = passed + found - at, found + 1
    return passed, len(consonants) - at

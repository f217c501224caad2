"""How a name was worded: what it is about, and whether the question means the same by its words."""

from __future__ import annotations

from collections.abc import Sequence

from genie.language.english import LINKING, MEASURING, PAST_FORMS
from genie.language.words import Token, concept

_ENDING = frozenset(
    {"per", "of", "with", "without", "in", "for", "by", "over", "from", "to", "until"}
)
"""After these a name says more of what stands before."""
_SOMEBODY = frozenset({"we", "they", "i", "you", "people", "everybody", "everyone"})
_AUXILIARY = frozenset({"do", "does", "did", "have", "has", "had"})


def is_participle(word: str) -> bool:
    """`cancelled`, `sold`: something was done."""
    return (word.endswith("ed") and not word.endswith("eed")) or word in PAST_FORMS


def core_of(words: Sequence[str]) -> frozenset[str]:
    """Concepts of the word that says which thing a name is about: `delay` of `average departure
    delay minutes`, `readings` of `share of estimated readings`.
    """
    parts: list[list[str]] = [[]]
    for word in words:
        if word in _ENDING:
            parts.append([])
        elif word not in LINKING:
            parts[-1].append(word)
    for part in parts:
        things = [word for word in part if concept(word) not in MEASURING]
        if things:
            nouns = [word for word in things if not is_participle(word)]
            return frozenset({concept((nouns or things)[-1])})
    return frozenset()


def is_other_form(said: Sequence[str], name: Sequence[str]) -> bool:
    """`tickets opened` are not the `open tickets`: a state and what led to it share a stem only.

    `name` are the words of a metric's name; its first word says which of the things are meant.
    """
    kept = [word for word in name if word not in LINKING]
    if len(kept) < 2:
        return False
    meant = concept(kept[0])
    forms = [word for word in said if concept(word) == meant]
    return bool(forms) and all(is_participle(word) is not is_participle(kept[0]) for word in forms)


def is_written_so(said: Sequence[str], name: Sequence[str]) -> bool:
    """The very words of the name, be it one or many of them."""
    kept = sorted(word.removesuffix("s") for word in name if word not in LINKING)
    return kept == sorted(word.removesuffix("s") for word in said if word not in LINKING)


def is_done(tokens: Sequence[Token], at: int) -> bool:
    """The word is what somebody does: `what did we invoice`, `how much was refunded`."""
    if is_participle(tokens[at].word):
        return True
    before = [token.word for token in tokens[max(at - 3, 0) : at]]
    return bool(before) and before[-1] in _SOMEBODY and bool(_AUXILIARY & set(before))


def counts(tokens: Sequence[Token]) -> bool:
    """The question says that things are to be counted."""
    words = [token.word for token in tokens]
    many = any(pair == ("how", "many") for pair in zip(words, words[1:], strict=False))
    return many or any(token.concept == "count" for token in tokens)

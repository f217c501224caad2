"""Values of members that have too many to be read: looked up by the words that may be one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from genie.language.english import FILLER, LINKING
from genie.language.words import Token
from genie.planning.asking import Asking
from genie.planning.values import MemberValues, ValueIndex

_MEMBERS = 6
"""Members that are searched for one question, the nearest first."""
_WORDS = 4
_TEXTS = 12


def looked_up(
    tokens: Sequence[Token], explained: frozenset[int], index: ValueIndex, asking: Asking
) -> ValueIndex:
    """The values of large members that words without another explanation are, as they stand."""
    if not index.large:
        return ValueIndex({})
    texts = list(dict.fromkeys(_texts(tokens, explained)))[:_TEXTS]
    if not texts:
        return ValueIndex({})
    found: dict[str, MemberValues] = {}
    for member in sorted(index.large, key=lambda name: (name.count("__"), name))[:_MEMBERS]:
        fitting = [text for text in texts if not index.is_numeric(member) or _is_number(text)]
        if not fitting:
            continue
        values = asking.source.look_up(index.large[member], member, fitting)
        if values:
            found[member] = MemberValues(tuple(values))
    return ValueIndex(found)


def _texts(tokens: Sequence[Token], explained: frozenset[int]) -> Iterator[str]:
    """Runs of words that nothing explains, longest first; quoted words as they are."""
    yield from (token.text for token in tokens if token.quoted)
    free = [at not in explained and not token.is_mark for at, token in enumerate(tokens)]
    for size in range(_WORDS, 0, -1):
        for start in range(len(tokens) - size + 1):
            run = tokens[start : start + size]
            if all(free[start : start + size]) and not (_is_small(run[0]) or _is_small(run[-1])):
                yield " ".join(token.text for token in run)


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdecimal()


def _is_small(token: Token) -> bool:
    return not token.quoted and (token.word in FILLER or token.word in LINKING)

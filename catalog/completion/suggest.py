"""Brings the place of the cursor and what exists together: the best names first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from catalog.completion.cursor import Cursor, Expect
from catalog.completion.dotted import dotted_candidates
from catalog.completion.knowledge import Knowledge
from catalog.completion.matching import Matcher
from catalog.completion.plain import plain_candidates
from catalog.completion.suggestion import Candidate, Kind, Suggestion

LIMIT = 20
# No kind takes more places than this while other kinds have matches to show.
_LARGEST_SHARE = 12


def suggest(cursor: Cursor, knowledge: Knowledge, *, limit: int = LIMIT) -> list[Suggestion]:
    """At most `limit` suggestions, best first. Pure.

    Exact before prefix before start of a word before inside before nearly; what is in scope before
    what is not; kinds that belong at the cursor before others; the short before the long.
    """
    if cursor.expect is Expect.NOTHING:
        return []
    if cursor.path:
        # The path has chosen the kind already.
        return _best(dotted_candidates(Matcher(cursor, knowledge)), limit, largest_share=limit)
    if cursor.word:
        return _best(plain_candidates(Matcher(cursor, knowledge)), limit, _LARGEST_SHARE)
    return []


def _best(candidates: Iterable[Candidate], limit: int, largest_share: int) -> list[Suggestion]:
    """The best of the candidates, each once; what one kind has past its share only fills places
    left free.
    """
    unique: dict[tuple[Kind, str], Candidate] = {}
    for candidate in sorted(candidates):
        suggestion = candidate.suggestion
        unique.setdefault((suggestion.type, suggestion.insert_text.casefold()), candidate)
    chosen: list[Candidate] = []
    left_over: list[Candidate] = []
    taken: Counter[Kind] = Counter()
    for candidate in unique.values():
        kind = candidate.suggestion.type
        taken[kind] += 1
        (chosen if taken[kind] <= largest_share else left_over).append(candidate)
    free = max(0, limit - len(chosen))
    return [one.suggestion for one in sorted([*chosen[:limit], *left_over[:free]])]

"""Values of dimensions, found in the words of a question; small mistakes of typing forgiven."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, Protocol

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from genie.language.calendar import grain_of
from genie.language.english import FILLER, LINKING, SAME_VALUES
from genie.language.vocabulary import is_english
from genie.language.words import Token, normal, stem, text_words

MAX_SHARED = 4
"""A word that more values of a dimension hold than this says nothing about which is meant."""
_SUFFIXES = frozenset({"inc", "ltd", "llc", "co", "corp", "gmbh", "plc", "sa", "ag", "limited"})
_TOO_SHORT = 3
AS_FORM = 0.95
"""Quality of a value that is said in another form: `payment` for `paid`."""


@dataclass
class ValueWords:
    """How the values of one member can be said."""

    full: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    squashed: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    stems: dict[tuple[str, ...], list[Any]] = field(default_factory=lambda: defaultdict(list))
    parts: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    initials: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))

    def add(self, value: Any) -> None:
        text = str(value)
        words = text_words(text) or (normal(text),)
        head = text_words(text.split("(")[0]) if "(" in text else words
        bare = tuple(word for word in words if word not in _SUFFIXES)
        for form in dict.fromkeys((words, head, bare)):
            if form:
                _put(self.full, " ".join(form), value)
                _put(self.squashed, "".join(form), value)
                _put(self.stems, tuple(stem(word) for word in form), value)
        for word in dict.fromkeys(words):
            if len(word) >= _TOO_SHORT and word not in _SUFFIXES and word not in LINKING:
                _put(self.parts, stem(word), value)
        if len(bare) > 1 and all(word[:1].isalpha() for word in bare):
            _put(self.initials, "".join(word[0] for word in bare), value)


def _put(table: dict[Any, list[Any]], key: Any, value: Any) -> None:
    if value not in table[key]:
        table[key].append(value)


@dataclass(frozen=True)
class MemberValues:
    """Values of one member as the caller may see them, each once; `complete` is false where there
    are more, and then no word is looked for among them: which values are missing would decide the
    answer. They are looked up one by one instead.
    """

    values: tuple[Any, ...]
    complete: bool = True

    @cached_property
    def are_booleans(self) -> bool:
        """Whether there are values, and all that are known are true or false."""
        known = [value for value in self.values if value is not None]
        return bool(known) and all(isinstance(value, bool) for value in known)

    @cached_property
    def are_numbers(self) -> bool:
        """Whether there are values, and all that are known are numbers."""
        known = [value for value in self.values if value is not None]
        return bool(known) and all(
            isinstance(value, int | float | Decimal) and not isinstance(value, bool)
            for value in known
        )

    @cached_property
    def words(self) -> ValueWords:
        """How the values can be said; made at first use, then kept with them."""
        found = ValueWords()
        for value in self.values if self.complete else ():
            if value is not None and not isinstance(value, bool):
                found.add(value)
        return found


@dataclass(frozen=True)
class Coverage:
    """First and last day that a metric's time has rows for."""

    first: str
    last: str


class ValueSource(Protocol):
    """What the data holds, read as the caller; every answer may be some minutes old."""

    def values(self, model: str, members: Sequence[str]) -> Mapping[str, MemberValues]:
        """Values of the members as rows of the model have them. Members that could not be read in
        time are left out."""
        ...

    def look_up(self, model: str, member: str, texts: Sequence[str]) -> Sequence[Any]:
        """Values of a member with too many to read that are one of the texts, in any case."""
        ...

    def coverage(self, metric: str) -> Coverage | None:
        """The days of the metric's time with rows; None where it has no time or no rows."""
        ...


@dataclass(frozen=True)
class Hit:
    """Values of one member that some words mean; `quality` 1 is the value as written."""

    member: str
    values: tuple[Any, ...]
    quality: float
    also: tuple[str, ...] = ()
    """Further values that these words might mean."""


class ValueIndex:
    """Values of some members, by the words that say them; `large` are members with too many, and
    a model whose rows have them."""

    def __init__(
        self, values: Mapping[str, MemberValues], large: Mapping[str, str] | None = None
    ) -> None:
        self.members = dict(values)
        self.large = dict(large or {})
        self._words = {member: found.words for member, found in values.items()}

    def is_boolean(self, member: str) -> bool:
        found = self.members.get(member)
        return found is not None and found.are_booleans

    def has_nulls(self, member: str) -> bool:
        found = self.members.get(member)
        return found is not None and None in found.values

    def is_numeric(self, member: str) -> bool:
        found = self.members.get(member)
        return found is not None and found.are_numbers

    def find(self, tokens: Sequence[Token]) -> list[Hit]:
        """Members with values that these tokens mean, whole or in part."""
        word_list = tuple(word for token in tokens for word in token.word.split())
        found = []
        for member, words in self._words.items():
            hit = self._hit(member, words, tokens, word_list)
            hit = hit or (_meant(member, words, tokens[0]) if len(tokens) == 1 else None)
            if hit is not None:
                found.append(hit)
        return found

    def _hit(
        self, member: str, words: ValueWords, tokens: Sequence[Token], said: tuple[str, ...]
    ) -> Hit | None:
        text, squashed = " ".join(said), "".join(said)
        code = all(token.is_code or token.quoted for token in tokens)
        small = text in FILLER or text in LINKING
        if small and not code:
            return None
        if text in words.full:
            return self._exact(member, words, words.full[text], said, tokens)
        if len(squashed) < _TOO_SHORT and not code:
            return None
        if len(squashed) > _TOO_SHORT and squashed in words.squashed:
            return Hit(member, tuple(words.squashed[squashed]), 0.97)
        stems = tuple(stem(word) for word in said)
        if len(said) == 1 and grain_of(said[0]):
            return None
        if stems in words.stems:
            return Hit(member, tuple(words.stems[stems]), AS_FORM)
        if code and len(said) == 1 and len(words.initials.get(said[0], ())) == 1:
            return Hit(member, tuple(words.initials[said[0]]), 0.8)
        return self._part(member, words, said)

    @staticmethod
    def _exact(
        member: str,
        words: ValueWords,
        values: Sequence[Any],
        said: tuple[str, ...],
        tokens: Sequence[Token],
    ) -> Hit:
        """Whole values; others that hold the same words are worth a remark."""
        part = words.parts.get(stem(said[0]), ()) if len(said) == 1 else ()
        also = tuple(str(value) for value in part if value not in values)[:MAX_SHARED]
        short = all(len(str(value)) < 4 and str(value).isupper() for value in values)
        if short and not (tokens[0].is_code or tokens[0].quoted):
            return Hit(member, tuple(values), 0.85, also)
        as_written = any(str(value) == tokens[0].text for value in values)
        return Hit(member, tuple(values), 1.0 if as_written or len(said) > 1 else 0.99, also)

    @staticmethod
    def _part(member: str, words: ValueWords, said: tuple[str, ...]) -> Hit | None:
        stems = tuple(stem(word) for word in said)
        shared: list[Any] | None = None
        for word, item in zip(said, stems, strict=True):
            # `time` is no part of `Timing Belt`: only a plural is near enough.
            having = [value for value in words.parts.get(item, ()) if _holds(value, word)]
            shared = list(having) if shared is None else [v for v in shared if v in having]
        if not shared or len(shared) > MAX_SHARED:
            return None
        begins = all(stem(text_words(str(value))[0]) == stems[0] for value in shared)
        quality = (0.88 if len(shared) == 1 else 0.82) - (0.0 if begins else 0.13)
        return Hit(member, tuple(shared), quality)

    def beginning_with(self, word: str) -> list[Hit]:
        """Values of several words, this one being the first; the last ones in their order."""
        found = []
        for member, words in self._words.items():
            having = [values for text, values in words.full.items() if text.startswith(f"{word} ")]
            values = sorted({value for some in having for value in some}, key=str)
            if values:
                found.append(Hit(member, tuple(values[-MAX_SHARED:]), 0.82))
        return found

    def near_run(self, tokens: Sequence[Token]) -> list[Hit]:
        """Values of as many words that these say with mistakes: `Computr Science`."""
        said = [token.word for token in tokens]
        found = []
        for member, words in self._words.items():
            values = tuple(
                dict.fromkeys(
                    value
                    for text, having in words.full.items()
                    if text.count(" ") == len(said) - 1 and _nearly(said, text.split(" "))
                    for value in having
                )
            )
            if len(values) == 1:
                found.append(Hit(member, values, 0.85))
        return found

    def near(self, token: Token) -> list[Hit]:
        """Values that one word nearly says."""
        allowed = typing_errors(token.word)
        if not allowed or token.word in FILLER or is_english(token.word):
            return []
        found = []
        for member, words in self._words.items():
            for table, quality in ((words.full, 0.8), (words.parts, 0.72)):
                near = process.extract(
                    token.word if table is words.full else stem(token.word),
                    list(table),
                    scorer=DamerauLevenshtein.distance,
                    score_cutoff=allowed,
                    limit=3,
                )
                if near:
                    best = [
                        text
                        for text, distance, _ in near
                        if distance == near[0][1] and text[:1] == token.word[:1]
                    ]
                    values = tuple(dict.fromkeys(v for text in best for v in table[text]))
                    if 0 < len(values) <= MAX_SHARED:
                        found.append(Hit(member, values, quality))
                    break
        return found


def _meant(member: str, words: ValueWords, token: Token) -> Hit | None:
    """The one value that means what the word does: `male` for `men`."""
    same = next((group for group in SAME_VALUES if token.word in group), frozenset())
    values = {value for other in sorted(same) for value in words.full.get(other, ())}
    if token.quoted or len(token.word) < _TOO_SHORT or len(values) != 1:
        return None
    return Hit(member, tuple(values), 0.9)


def _holds(value: Any, word: str) -> bool:
    return any(
        word == other or word.removesuffix("s") == other.removesuffix("s")
        for other in text_words(str(value))
    )


def _nearly(said: Sequence[str], words: Sequence[str]) -> bool:
    """Every word as it is written or with few wrong letters, and one of them so."""
    return any(one == other for one, other in zip(said, words, strict=True)) and all(
        one == other
        or one[:1] == other[:1]
        and not is_english(one)
        and DamerauLevenshtein.distance(one, other) <= typing_errors(one)
        for one, other in zip(said, words, strict=True)
    )


def typing_errors(word: str) -> int:
    """How many wrong letters a word of this length may have."""
    if len(word) < 5 or not word.isalpha():
        return 0
    return 1 if len(word) < 8 else 2

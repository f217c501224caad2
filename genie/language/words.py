"""A question as tokens, and words as the concept they stand for."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer

from genie.language.calendar import MONTHS
from genie.language.english import (
    COMPOUNDS,
    CONCEPTS,
    CONTRACTIONS,
    NUMBER_WORDS,
    THESAURUS,
    WORD_FAMILIES,
)

MAX_TOKENS = 80

_TOKEN = re.compile(
    r"""
    "(?P<double>[^"]+)" | “(?P<curly>[^”]+)” | (?<!\w)'(?P<single>[^']+)'(?!\w)
    | (?P<date>\d{4}[-/]\d{1,2}(?:[-/]\d{1,2})?(?![\w/-]))
    | (?P<written>\d{1,2}/\d{1,2}/\d{4}(?!\d)|\d{1,2}\.\d{1,2}\.\d{4}(?!\d))
    | (?P<year>['’]\d{2}(?!\w))
    | (?P<number>[$€£]?\d+(?:,\d{3})*(?:\.\d+)?(?:%|k\b|m\b|bn\b|st\b|nd\b|rd\b|th\b)?)(?![A-Za-z_])
    | (?P<sign><=|>=|!=|<>|[<>=≥≤%&#+])
    | (?P<word>[^\W_][\w']*)
    | (?P<mark>[,;:?.!()/–—])
    """,
    re.VERBOSE | re.IGNORECASE,
)
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_HYPHEN = re.compile(
    rf"(?<![\w-])(\d{{4}}|\d{{1,2}}|q[1-4]|{_MONTH})-(\d{{4}}|\d{{1,2}}|q[1-4]|{_MONTH})(?![\w-])",
    re.IGNORECASE,
)
_BESIDE_MONTH = re.compile(rf"\b(?:{_MONTH})\s+$|^\s+(?:of\s+)?(?:{_MONTH})\b", re.IGNORECASE)
_VOWELS = frozenset("aeiouy")
_SCALES = {"k": 1e3, "m": 1e6, "bn": 1e9}
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_\s]+")


@dataclass(frozen=True)
class Token:
    """One word, number, sign or mark; `start` and `end` are where it stands in the question.

    `concept` is what words of one meaning share (`cancelled`, `cancellations`). `number` is the
    value of digits and number words; a percent sign is in `percent`.
    """

    text: str
    word: str
    concept: str
    start: int
    end: int
    number: float | None = None
    percent: bool = False
    quoted: bool = False

    @property
    def is_mark(self) -> bool:
        return not self.quoted and len(self.text) == 1 and self.text in ",;:?.!()/–—"

    @property
    def is_code(self) -> bool:
        """Written as codes are: in capitals, or with digits in it."""
        letters = [char for char in self.text if char.isalpha()]
        return bool(letters) and self.text.isupper()


def tokenize(question: str) -> tuple[Token, ...]:
    """The tokens in order, at most MAX_TOKENS of them; hyphens and apostrophes part words."""
    found: list[Token] = []
    for match in _TOKEN.finditer(_HYPHEN.sub(_span, question)):
        found.extend(_tokens(match))
        if len(found) >= MAX_TOKENS:
            break
    return tuple(_compounds(found[:MAX_TOKENS]))


def _span(match: re.Match[str]) -> str:
    """`Jan-Mar`, `2023-2025`, `5-11 October`: a hyphen that means `to` becomes a dash."""
    low, high = match.groups()
    question = match.string
    same = low.isdecimal() == high.isdecimal() and (len(low) > 2) == (len(high) > 2)
    if not same and not (low + high).isalpha():
        return match[0]
    days = low.isdecimal() and len(low) <= 2
    around = (question[: match.start()], question[match.end() :])
    if days and not any(_BESIDE_MONTH.search(part) for part in around):
        return match[0]
    return f"{low}–{high}"


def _tokens(match: re.Match[str]) -> list[Token]:
    kind, text = match.lastgroup or "", match.group(match.lastgroup or 0)
    start = match.start(match.lastgroup or 0)
    if kind in ("double", "curly", "single"):
        word = normal(text)
        return [Token(text, word, word, match.start(), match.end(), quoted=True)]
    if kind == "number":
        return [_number(text, start)]
    if kind == "word":
        return _words(text, start)
    if kind == "year":
        text = text.replace("’", "'")
    return [Token(text, text.lower(), concept(text.lower()), start, start + len(text))]


def _number(text: str, start: int) -> Token:
    digits = re.sub(r"[^\d.]", "", text).rstrip(".")
    suffix = re.sub(r"[\d,.$€£]", "", text).lower()
    value = float(digits) * _SCALES.get(suffix, 1)
    word = text.lower()
    return Token(text, word, word, start, start + len(text), value, percent=suffix == "%")


def _words(text: str, start: int) -> list[Token]:
    """A word without its possessive; `what's` is two."""
    lowered = text.lower().replace("’", "'")
    if lowered in CONTRACTIONS:
        parts = CONTRACTIONS[lowered]
        return [Token(text, part, concept(part), start, start + len(text)) for part in parts]
    bare = re.sub(r"'s?$", "", lowered)
    end = start + len(bare)
    word = normal(bare).replace("'", "") or bare
    number = NUMBER_WORDS.get(word)
    return [Token(text[: len(bare)], word, concept(word), start, end, number)]


def _compounds(tokens: list[Token]) -> list[Token]:
    """`on time` and its kind become one word, or their small words would be lost."""
    found: list[Token] = []
    position = 0
    while position < len(tokens):
        first = tokens[position]
        second = tokens[position + 1] if position + 1 < len(tokens) else None
        joined = COMPOUNDS.get((first.word, second.word)) if second else None
        if second is None or joined is None:
            found.append(first)
            position += 1
            continue
        text = f"{first.text} {second.text}"
        found.append(Token(text, joined, concept(joined), first.start, second.end))
        position += 2
    return found


def plural(word: str) -> bool:
    """Whether the word looks like more than one."""
    return word.endswith("s") and not word.endswith("ss")


def normal(text: str) -> str:
    """Lower case without accents."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).lower()


def name_words(text: str) -> tuple[str, ...]:
    """The words of a name or label: `orderItem_count`, `On-time rate`."""
    spaced = " ".join(part for part in _CAMEL.split(text) if part)
    return tuple(token.word for token in tokenize(spaced) if not token.is_mark)


def text_words(text: str) -> tuple[str, ...]:
    """The words of a value, as it is written."""
    return tuple(token.word for token in tokenize(text) if not token.is_mark)


@lru_cache(maxsize=1)
def _stemmer() -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer("english")


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """The part that forms of a word share: `airlines`, `airline`."""
    family = WORD_FAMILIES.get(word)
    if family is not None:
        return family
    if word.endswith("s") and not _VOWELS & set(word):
        return word[:-1]  # `MQLs`
    root = str(_stemmer().stemWord(word))
    return WORD_FAMILIES.get(root, root)


@lru_cache(maxsize=65_536)
def concept(word: str) -> str:
    """The stem, or the one word for all of one meaning: `mean` and `avg` are `average`."""
    return CONCEPTS.get(word) or CONCEPTS.get(stem(word)) or stem(word)


@lru_cache(maxsize=65_536)
def kin(word_concept: str) -> frozenset[str]:
    """Concepts that people often use for this one; less certain than the concept itself."""
    return _KIN.get(word_concept, frozenset())


def _groups() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for group in THESAURUS:
        concepts = {concept(word) for word in group}
        for item in concepts:
            found.setdefault(item, set()).update(concepts - {item})
    return {item: frozenset(others) for item, others in found.items()}


_KIN = _groups()

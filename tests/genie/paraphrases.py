"""Golden questions said otherwise by rule: with small words, with a typing error, with a name said
in part, and with a word that means nothing here, after which no reading is right.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from genie.evaluation.questions import Golden, read_questions
from genie.language.words import concept, name_words
from genie.planning.asking import Outcome
from tests.genie.business import HERE, Business, hotels, streaming

_BEFORE = ("please show me", "can you tell me", "i would like to see")
_STRANGE = ("purple", "weighted", "refurbished", "overnight")


@dataclass(frozen=True)
class Said:
    """A question to a business; `golden` says what is right."""

    business: Business
    golden: Golden


def golden() -> list[Said]:
    """The golden questions of the two businesses."""
    found = []
    for business, folder in ((streaming(), "subscriptions"), (hotels(), "hotels")):
        questions = read_questions(HERE / folder / "questions.yml", "production")
        found += [Said(business, item) for item in questions]
    return found


def paraphrases() -> list[Said]:
    """The golden questions with their paraphrases, always the same ones."""
    found = []
    for number, said in enumerate(golden()):
        found.append(said)
        if said.golden.after or not said.golden.queries:
            continue
        found += [
            Said(said.business, replace(said.golden, question=text))
            for text in _otherwise(said, number)
        ]
        words = said.golden.question.split()
        words.insert(number % (len(words) + 1), _STRANGE[number % len(_STRANGE)])
        strange = replace(said.golden, question=" ".join(words), expected=(Outcome.ASKED_BACK,))
        found.append(Said(said.business, strange))
    return found


def _otherwise(said: Said, number: int) -> Iterator[str]:
    question = said.golden.question
    yield f"{_BEFORE[number % len(_BEFORE)]} {question}"
    words = question.split()
    long = [at for at, word in enumerate(words) if word.isalpha() and len(word) > 6]
    if long:
        at = long[number % len(long)]
        word = words[at]
        yield " ".join([*words[:at], word[:3] + word[4] + word[3] + word[5:], *words[at + 1 :]])
    for name in said.golden.metrics:
        label = name_words(said.business.catalog.label(name))
        lowered = question.lower()
        rest = frozenset(concept(word) for word in label[1:])
        is_another = any(
            naming.term.is_metric for naming in said.business.catalog.exact.get(rest, ())
        )
        if len(label) > 1 and " ".join(label) in lowered and not is_another:
            yield lowered.replace(" ".join(label), " ".join(label[1:]))

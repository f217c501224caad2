"""Over every golden question of two businesses: no word, number or denial is passed over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import pytest

from genie.language.english import FILLER
from genie.planning.asking import Outcome, Plan
from tests.genie.business import Business
from tests.genie.paraphrases import Said, golden

STRANGE = ("purple", "weighted", "overnight", "refurbished", "zorblax", "undiscounted")
HARMLESS = ("please", "show me", "could you tell me")
DENIALS = ("not", "excluding", "without")


@lru_cache(maxsize=1)
def answered() -> tuple[tuple[Said, Plan], ...]:
    """What is answered of the golden questions, as it is."""
    plans = [(said, ask(said.business, said, said.golden.question)) for said in golden()]
    return tuple((said, plan) for said, plan in plans if plan.outcome is Outcome.ANSWERED)


def ask(business: Business, said: Said, question: str) -> Plan:
    return business.plan(question, *said.golden.after)


def same(one: Plan, other: Plan) -> bool:
    assert one.frame is not None
    return (
        other.outcome is Outcome.ANSWERED
        and other.frame is not None
        and other.frame.body() == one.frame.body()
    )


def changed(words: list[str]) -> Iterator[tuple[int, list[str]]]:
    """The words without each number, and with another in its place."""
    for at, word in enumerate(words):
        if re.fullmatch(r"\d[\d,.]*%?", word):
            yield (
                at,
                [
                    *words[:at],
                    word.replace(word[0], str(int(word[0]) % 9 + 1), 1),
                    *words[at + 1 :],
                ],
            )


def test_most_golden_questions_are_answered() -> None:
    assert len(answered()) > 50


def test_the_same_question_has_the_same_answer() -> None:
    for said, plan in answered():
        assert same(plan, ask(said.business, said, said.golden.question))


def test_a_strange_word_anywhere_keeps_the_answer_back() -> None:
    passed = []
    for number, (said, _) in enumerate(answered()):
        words = said.golden.question.split()
        for place in {0, number % (len(words) + 1), len(words)}:
            strange = STRANGE[(number + place) % len(STRANGE)]
            longer = " ".join([*words[:place], strange, *words[place:]])
            found = ask(said.business, said, longer)
            if found.outcome is Outcome.ANSWERED:
                passed.append(longer)
    assert not passed


def test_small_words_before_a_question_change_nothing() -> None:
    for number, (said, plan) in enumerate(answered()):
        if said.golden.after:
            continue  # `and by month?` begins with what makes it a part of a question
        polite = f"{HARMLESS[number % len(HARMLESS)]} {said.golden.question}"
        found = ask(said.business, said, polite)
        assert found.outcome is not Outcome.ANSWERED or same(plan, found), polite


def test_another_number_is_another_query() -> None:
    lost = [
        " ".join(words)
        for said, plan in answered()
        for _, words in changed(said.golden.question.split())
        if same(plan, ask(said.business, said, " ".join(words)))
    ]
    assert not lost


def test_a_denial_is_never_passed_over() -> None:
    lost = []
    for number, (said, plan) in enumerate(answered()):
        words = said.golden.question.split()
        if set(DENIALS) & set(words):
            continue
        place = 1 + number % max(len(words) - 1, 1)
        denied = " ".join([*words[:place], DENIALS[number % len(DENIALS)], *words[place:]])
        if same(plan, ask(said.business, said, denied)):
            lost.append(denied)
    assert not lost


def test_a_word_left_out_is_no_query_of_another_name() -> None:
    """Without any one word, what is answered says no more than the question did."""
    for said, plan in answered():
        words = said.golden.question.split()
        for at, word in enumerate(words):
            if len(words) < 3 or word.strip("?,.").lower() in FILLER:
                continue
            found = ask(said.business, said, " ".join([*words[:at], *words[at + 1 :]]))
            if found.outcome is not Outcome.ANSWERED or found.frame is None:
                continue
            assert plan.frame is not None
            assert len(found.frame.filters) <= len(plan.frame.filters), (word, words)


@pytest.mark.parametrize("joined", ["and", "or"])
def test_two_values_of_one_dimension_are_a_list(joined: str) -> None:
    from tests.genie.business import streaming  # noqa: PLC0415

    where = streaming().query(f"revenue in Germany {joined} France")["where"]
    assert where == [{"field": "customer__country", "op": "in", "value": ["Germany", "France"]}]

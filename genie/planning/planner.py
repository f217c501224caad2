"""The planner: one question, one plan: an answerable frame, a question back, or a polite no."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from genie.language.english import REFUSED
from genie.language.words import Token, tokenize
from genie.planning.asking import Asking, Outcome, Plan
from genie.planning.calibration import SURE, probability
from genie.planning.candidates import Candidate, candidates
from genie.planning.catalog import is_name
from genie.planning.clarifying import MOST_OPTIONS, Clarifier, can_ask
from genie.planning.explaining import explained
from genie.planning.frame import Frame
from genie.planning.mentions import MentionFinder

CLOSE = 0.13
"""Readings whose scores differ by less are both plausible."""
_GUESS = 0.5


def plan(question: str, asking: Asking, *, offer: bool = True) -> Plan:
    """Understand the question. `offer` False leaves options out (they are planned themselves).

    The confidence of an answer is how likely it is right, at least SURE; of a question back, how
    likely its best guess is, at most a half.
    """
    found = _planned(question, asking, offer=offer)
    evidence, sure = found.confidence, found.confidence
    if found.outcome is Outcome.ANSWERED:
        sure = probability(evidence)
    elif found.outcome is Outcome.ASKED_BACK:
        sure = min(probability(evidence), _GUESS)
    return replace(found, confidence=sure, evidence=evidence)


def _planned(question: str, asking: Asking, *, offer: bool) -> Plan:
    tokens = tokenize(question)
    refusal = _refusal(tokens, asking)
    if refusal is not None:
        return refusal
    meaning = _meaning(tokens, asking)
    if meaning is not None:
        return meaning
    found = candidates(tokens, asking)
    if not found:
        message = f"That is nothing I have numbers on. {can_ask(asking)}"
        return Plan(Outcome.REFUSED, message, 0.05, beyond=True)
    again = partial(plan, offer=False) if offer else None
    return _judged(found, asking, Clarifier(asking, found, again))


def _judged(found: Sequence[Candidate], asking: Asking, clarifier: Clarifier) -> Plan:
    best = found[0]
    if best.reading.missing:
        return clarifier.missing()
    if best.reading.unknown:
        return clarifier.not_understood()
    if best.timing.outside is not None:
        return clarifier.outside(best.timing.outside)
    rivals = _rivals(found)
    if rivals:
        return clarifier.several(rivals)
    if probability(best.confidence) < SURE:
        return clarifier.unsure()
    if best.followed and asking.context is not None and asking.context.unsettled:
        return clarifier.still_open()
    return _answered(best, asking, best.confidence)


def _answered(best: Candidate, asking: Asking, confidence: float) -> Plan:
    notes = dict.fromkeys((*best.reading.notes, *best.timing.notes))
    message = " ".join([explained(best.frame, asking.catalog), *notes])
    return Plan(Outcome.ANSWERED, message, confidence, best.frame, followed=best.followed)


def _rivals(found: Sequence[Candidate]) -> list[Candidate]:
    best = found[0]
    return [
        other
        for other in found[1:]
        if best.reading.score - other.reading.score < CLOSE
        and not other.reading.missing
        and len(other.reading.unknown) <= len(best.reading.unknown)
        and not _alike(best.frame, other.frame)
        and other.confidence > 0.3
    ][: MOST_OPTIONS - 1]


def _alike(one: Frame, other: Frame) -> bool:
    """They differ in nothing but a key and the name of what it leads to."""
    if one.metrics != other.metrics or len(one.groups) != len(other.groups):
        return False
    if len(one.filters) != len(other.filters) or one.range != other.range:
        return False
    if (one.limit, one.compare, one.thresholds, one.days) != (
        other.limit, other.compare, other.thresholds, other.days,
    ):  # fmt: skip
        return False
    pairs = [
        *((a.field, b.field) for a, b in zip(one.groups, other.groups, strict=True)),
        *((a.field, b.field) for a, b in zip(one.filters, other.filters, strict=True)),
    ]
    return all(_leads_to_the_same(a, b) for a, b in pairs)


def _leads_to_the_same(one: str, other: str) -> bool:
    """`plan`, `plan__plan_name` and `line__plan` are one thing, by another name or way."""
    return any(
        f"__{a}__" in f"__{b}__" or f"__{b}__" in f"__{a}__"
        for a in _owners(one)
        for b in _owners(other)
    )


def _owners(field: str) -> tuple[str, ...]:
    owner = field.rpartition("__")[0]
    return (field, owner) if owner and is_name(field) else (field,)


# ---------------------------------------------------------------- refusing, explaining


def _refusal(tokens: Sequence[Token], asking: Asking) -> Plan | None:
    known = asking.catalog.concepts
    for at, token in enumerate(tokens):
        reason = REFUSED.get(token.word)
        if reason is None or token.concept in known or token.quoted:
            continue
        changes = "change nothing" in reason
        if changes and at > 1:
            continue
        return Plan(Outcome.REFUSED, f"{reason} {can_ask(asking)}", 0.05)
    return None


def _meaning(tokens: Sequence[Token], asking: Asking) -> Plan | None:
    """`what does X mean`, `how is X calculated`, `define X`."""
    words = [token.word for token in tokens if not token.is_mark]
    asks = (
        words[:2] == ["what", "does"]
        and words[-1:] == ["mean"]
        or words[:2] == ["how", "is"]
        and words[-1] in ("calculated", "defined", "computed", "measured", "counted")
        or words[:1] in (["define"], ["definition"])
        or words[:4] == ["what", "is", "the", "definition"]
        or words[-1:] in (["definition"], ["meaning"], ["defined"])
    )
    if not asks:
        return None
    finder = MentionFinder(tokens, asking.catalog, frozenset())
    terms = [m for m in finder.terms() if m.term and m.term.is_metric and not m.partial]
    if not terms:
        return None
    best = max(terms, key=lambda m: (len(m.tokens), m.quality)).term
    assert best is not None
    return Plan(Outcome.EXPLAINED, f"{best.label}: {best.description or 'no description.'}", 0.9)

"""The planner: one question, one plan: an answerable frame, a question back, or a polite no."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from genie.language.english import REFUSED
from genie.language.words import Token, tokenize
from genie.planning.asking import Asking, Option, Outcome, Plan
from genie.planning.beyond import nearest
from genie.planning.candidates import Candidate, candidates
from genie.planning.explaining import explained
from genie.planning.frame import METRIC_TIME, Frame
from genie.planning.mentions import MentionFinder
from genie.planning.rewording import as_question

SURE = 0.55
"""Below this confidence the person is asked."""
CLOSE = 0.13
"""Readings whose scores differ by less are both plausible."""
_NEAR = 0.8
"""Readings further below the best are not worth offering."""
_OPTIONS = 5


def plan(question: str, asking: Asking, *, offer: bool = True) -> Plan:
    """Understand the question. `offer` False leaves options out (they are planned themselves)."""
    tokens = tokenize(question)
    refusal = _refusal(tokens, asking)
    if refusal is not None:
        return refusal
    meaning = _meaning(tokens, asking)
    if meaning is not None:
        return meaning
    found = candidates(tokens, asking)
    if not found:
        return _out_of_scope(asking)
    return _judged(found, asking, offer=offer)


def _judged(found: Sequence[Candidate], asking: Asking, *, offer: bool) -> Plan:
    best = found[0]
    confidence = best.confidence
    if best.reading.missing:
        return _missing(best, found, asking, offer=offer)
    if best.reading.unknown:
        return _not_understood(best, found, asking, offer=offer)
    if best.timing.outside is not None:
        return _outside(best, asking, offer=offer)
    rivals = _rivals(found)
    if rivals:
        return Plan(
            Outcome.ASKED_BACK,
            "I can read this in more than one way. Which do you mean?",
            min(confidence, 0.5),
            best.frame,
            _options([best, *rivals], asking) if offer else (),
            followed=best.followed,
        )
    if confidence < SURE:
        return _unsure(best, found, asking, offer=offer)
    return _answered(best, asking, confidence)


def _answered(best: Candidate, asking: Asking, confidence: float) -> Plan:
    notes = dict.fromkeys((*best.reading.notes, *best.timing.notes))
    message = " ".join([explained(best.frame, asking.catalog), *notes])
    return Plan(Outcome.ANSWERED, message, confidence, best.frame, followed=best.followed)


def _unsure(best: Candidate, found: Sequence[Candidate], asking: Asking, *, offer: bool) -> Plan:
    reasons = [reason for factor, reason in best.doubts if factor < 0.9]
    said = "; ".join(dict.fromkeys(reasons))
    frames = nearest(best.draft, best.frame, asking.catalog)
    if not frames:
        near = [item for item in found if best.reading.score - item.reading.score < _NEAR]
        frames = [item.frame for item in near]
        frames[1:1] = [replace(best.frame, metrics=(name,)) for name in best.draft.instead]
    options = _offered(frames, asking) if offer else ()
    message = f"I cannot answer that: {said}. {_can_ask(asking)}"
    if options:
        message = f"I am not sure: {said}. Do you mean one of these?"
    if options and best.draft.beyond is not None:
        message = f"{said[:1].upper()}{said[1:]}. The nearest that I can answer:"
    return Plan(
        Outcome.ASKED_BACK,
        message,
        best.confidence,
        best.frame,
        options,
        followed=best.followed,
    )


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
    ][: _OPTIONS - 1]


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
    return all(
        a == b
        or b.startswith(f"{a}__")
        or a.startswith(f"{b}__")
        or a.endswith(f"__{b}")
        or b.endswith(f"__{a}")
        for a, b in pairs
    )


# ---------------------------------------------------------------- asking back


def _missing(best: Candidate, found: Sequence[Candidate], asking: Asking, *, offer: bool) -> Plan:
    if best.reading.missing == "group":
        return Plan(
            Outcome.ASKED_BACK,
            "By what shall I compare? Name what to group by, such as "
            f"{_some_groups(best.frame, asking)}.",
            0.3,
            best.frame,
            unknown=best.reading.unknown,
        )
    if best.reading.unknown:
        named = ", ".join(f"'{word}'" for word in best.reading.unknown)
        options = _metric_options(best, asking) if offer and best.frame.groups else ()
        outcome = Outcome.ASKED_BACK if options else Outcome.REFUSED
        return Plan(
            outcome,
            f"I know no metric for this; I do not understand {named}. {_can_ask(asking)}",
            0.1,
            None,
            options,
            best.reading.unknown,
            beyond=True,
        )
    options = _metric_options(best, asking) if offer else ()
    return Plan(
        Outcome.ASKED_BACK if options else Outcome.REFUSED,
        f"Which number do you want? {_can_ask(asking)}"
        if options
        else f"I found no metric in the question. {_can_ask(asking)}",
        0.2,
        best.frame,
        options,
    )


def _metric_options(best: Candidate, asking: Asking) -> tuple[Option, ...]:
    """The same question with each of the metrics that can be split so, certified ones first."""
    catalog = asking.catalog
    needed = [group.member for group in best.frame.groups if group.member != METRIC_TIME]
    needed += [item.field for item in best.frame.filters]
    fitting = [
        term
        for term in catalog.metrics.values()
        if all(name in catalog.reachable(term.name) for name in needed) and len(term.models) == 1
    ]
    fitting.sort(key=lambda term: (not term.certified, len(term.name), term.name))
    frames = [replace(best.frame, metrics=(term.name,), order=()) for term in fitting[:_OPTIONS]]
    return _offered(frames, asking)


def _not_understood(
    best: Candidate, found: Sequence[Candidate], asking: Asking, *, offer: bool
) -> Plan:
    words = best.reading.unknown
    named = " and ".join(f"'{word}'" for word in words)
    without = [item.frame for item in found[:3] if item.reading.unknown == words]
    options = _offered(without[:2], asking) if offer else ()
    return Plan(
        Outcome.ASKED_BACK,
        f"I do not understand {named}."
        + (" Without it, I could answer this:" if options else f" {_can_ask(asking)}"),
        round(0.35 / len(words), 2),
        best.frame,
        options,
        words,
        best.followed,
        beyond=True,
    )


def _outside(best: Candidate, asking: Asking, *, offer: bool) -> Plan:
    coverage = best.timing.outside
    assert coverage is not None
    frames = [best.timing.same_of_data] if best.timing.same_of_data else []
    options = _offered([frame for frame in frames if frame], asking) if offer else ()
    return Plan(
        Outcome.ASKED_BACK,
        f"{explained(best.frame, asking.catalog)} But the data runs from {coverage.first} to "
        f"{coverage.last}: there is nothing in that time."
        + (" Shall I take the latest such period of the data?" if options else ""),
        0.35,
        best.frame,
        options,
        followed=best.followed,
    )


def _options(found: Sequence[Candidate], asking: Asking) -> tuple[Option, ...]:
    return _offered([item.frame for item in found], asking)


def _offered(frames: Sequence[Frame], asking: Asking) -> tuple[Option, ...]:
    """Questions that are understood as just these frames: others are not offered."""
    alone = replace(asking, context=None)
    found: dict[str, Option] = {}
    for frame in frames[:_OPTIONS]:
        text = as_question(frame, asking.catalog)
        again = plan(text, alone, offer=False)
        if again.outcome is not Outcome.ANSWERED or again.frame is None:
            continue
        kept = _without_order(again.frame)
        if kept == _without_order(frame):
            found.setdefault(text, Option(explained(frame, asking.catalog), text))
    return tuple(found.values())


def _without_order(frame: Frame) -> dict[str, object]:
    body = frame.body()
    if frame.limit is None:
        body.pop("order_by", None)
    return body


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
        return Plan(Outcome.REFUSED, f"{reason} {_can_ask(asking)}", 0.05)
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


def _out_of_scope(asking: Asking) -> Plan:
    message = f"That is nothing I have numbers on. {_can_ask(asking)}"
    return Plan(Outcome.REFUSED, message, 0.05, beyond=True)


def _can_ask(asking: Asking) -> str:
    """Some metrics that can be asked for, certified ones first."""
    terms = sorted(
        asking.catalog.metrics.values(), key=lambda t: (not t.certified, len(t.label), t.label)
    )
    labels = [term.label for term in terms[:6]]
    if not labels:
        return "There are no metrics that you may ask for."
    return f"You can ask for {', '.join(labels)} and more, by what they can be grouped by."


def _some_groups(frame: Frame, asking: Asking) -> str:
    names = asking.catalog.reachable(frame.metrics[0]) if frame.metrics else frozenset()
    labels = [
        asking.catalog.members[name].label
        for name in sorted(names, key=lambda name: (name.count("__"), name))
        if name in asking.catalog.members
    ]
    return ", ".join(labels[:4]) or "a dimension"

"""The planner: one question, one plan: an answerable frame, a question back, or a polite no."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from genie.language.english import FILLER, LINKING, REFUSED
from genie.language.times import By, TimeMention, When, time_mentions
from genie.language.words import Token, tokenize
from genie.planning.assembling import Assembler, Draft
from genie.planning.catalog import Catalog
from genie.planning.cues import Cue, CueKind, cues_of
from genie.planning.explaining import as_question, explained
from genie.planning.following import follows, merged
from genie.planning.frame import METRIC_TIME, Frame, Reading
from genie.planning.mentions import Mention, MentionFinder
from genie.planning.selecting import select, weights_of
from genie.planning.timing import Timing, timed
from genie.planning.values import ValueIndex, ValueSource

SURE = 0.55
"""Below this confidence the person is asked."""
CLOSE = 0.13
"""Readings whose scores differ by less are both plausible."""
_OPTIONS = 5
_MODELS = 3
"""Models whose values are searched for one question."""


class Outcome(StrEnum):
    ANSWERED = "answered"
    ASKED_BACK = "asked_back"
    REFUSED = "refused"
    EXPLAINED = "explained"
    """A question about what a metric means."""


@dataclass(frozen=True)
class Option:
    """A way to go on: `text` is what to send next."""

    label: str
    text: str


@dataclass(frozen=True)
class Plan:
    """What to do about a question. `frame` is set when it is answered, and the best guess when the
    person is asked; `message` is what to say to them."""

    outcome: Outcome
    message: str
    confidence: float
    frame: Frame | None = None
    options: tuple[Option, ...] = ()
    unknown: tuple[str, ...] = ()
    followed: bool = False


@dataclass(frozen=True)
class Asking:
    """What a question is asked of and when: `today` is the day where the person is; `context` is
    what the conversation last understood."""

    catalog: Catalog
    source: ValueSource
    today: date
    context: Frame | None = None


@dataclass(frozen=True)
class _Candidate:
    draft: Draft
    reading: Reading
    timing: Timing
    frame: Frame
    followed: bool


def plan(question: str, asking: Asking, *, offer: bool = True) -> Plan:
    """Understand the question. `offer` False leaves options out (they are planned themselves)."""
    tokens = tokenize(question)
    refusal = _refusal(tokens, asking)
    if refusal is not None:
        return refusal
    meaning = _meaning(tokens, asking)
    if meaning is not None:
        return meaning
    candidates = _candidates(tokens, asking)
    if not candidates:
        return _out_of_scope(asking)
    return _judged(candidates, asking, offer=offer)


# ---------------------------------------------------------------- candidates


def _candidates(tokens: Sequence[Token], asking: Asking) -> list[_Candidate]:
    """Readings from the most to the least plausible, one for each metric query."""
    times = _not_numbers(tokens, time_mentions(tokens, asking.today))
    timed_tokens = frozenset(
        at for item in times if isinstance(item.part, When) for at in range(item.first, item.after)
    )
    cues = cues_of(tokens, [at in timed_tokens for at in range(len(tokens))])
    finder = MentionFinder(tokens, asking.catalog, timed_tokens)
    named = finder.terms()
    mentions = [*named, *finder.nouns, *_time_mentions(tokens, times)]
    index = ValueIndex({})
    if _needs_values(tokens, named, timed_tokens, cues):
        index = _index(named, finder.nouns, asking)
        values = _sensible(tokens, finder.values(index), named, cues)
        explained_by = [item for item in (*named, *values) if not item.partial]
        covered = frozenset(at for item in explained_by for at in item.tokens) | timed_tokens
        covered |= {at for cue in cues for at in range(cue.first, cue.after)}
        values += finder.near_values(index, covered)
        mentions += [
            replace(item, hits=(hit,), quality=hit.quality)
            for item in values
            for hit in item.hits[:8]
        ]
    found: dict[str, _Candidate] = {}
    for selection in select(mentions, weights_of(tokens, cues)):
        if not any(item.term or item.hits or item.time for item in selection.mentions):
            if not (asking.context and cues):
                continue
        candidate = _candidate(tokens, asking, cues, index, selection)
        key = str(candidate.frame.body())
        if key not in found or found[key].reading.score < candidate.reading.score:
            found[key] = candidate
    ranked = sorted(found.values(), key=lambda item: -item.reading.score)
    return ranked[:12]


def _not_numbers(tokens: Sequence[Token], times: Sequence[TimeMention]) -> list[TimeMention]:
    """Without years that are numbers to compare with: `more than 2000 orders`."""
    counted: set[int] = set()
    for cue in cues_of(tokens, [False] * len(tokens)):
        years = all(1900 <= number <= 2100 for number in cue.numbers)
        words = {token.word for token in tokens[cue.first : cue.after]}
        if cue.kind is CueKind.COMPARE and not (years and words & {"between", "up"}):
            counted.update(range(cue.first, cue.after))
    return [item for item in times if counted.isdisjoint(range(item.first, item.after))]


def _sensible(
    tokens: Sequence[Token],
    values: Sequence[Mention],
    named: Sequence[Mention],
    cues: Sequence[Cue],
) -> list[Mention]:
    """A bare number is a value only beside the name of what it is a value of."""
    counted = {
        at
        for cue in cues
        if cue.kind is CueKind.COMPARE or cue.count is not None
        for at in range(cue.first, cue.after)
    }
    said_in_full = {
        at for m in named if not m.partial and m.quality > 0.9 and not m.how for at in m.tokens
    }
    found = []
    for item in values:
        hits = item.hits
        if all(tokens[at].number is not None and not tokens[at].quoted for at in item.tokens):
            near = {
                m.term.name
                for m in named
                if m.term and (0 < item.first - m.last <= 2 or m.first - item.last == 1)
            }
            hits = tuple(hit for hit in hits if hit.member in near)
        if hits[:1] and hits[0].quality < 0.9 and item.tokens <= said_in_full:
            continue
        if hits and counted.isdisjoint(item.tokens):
            found.append(replace(item, hits=hits))
    return found


def _candidate(tokens, asking, cues, index, selection):  # type: ignore[no-untyped-def]
    with_metric = any(m.term and m.term.is_metric for m in selection.mentions)
    followed = asking.context is not None and follows(tokens, with_metric)
    context = asking.context if followed else None
    assembler = Assembler(tokens, asking.catalog, index, cues, context)
    draft, reading = assembler.assemble(selection)
    if with_metric and asking.context is not None and followed:
        reading = replace(reading, doubts=(*reading.doubts, (0.97, "what it builds on")))
    frame = reading.frame
    if context is not None:
        explicit = bool(draft.supers or draft.ordered or draft.direction is not None)
        frame = merged(tokens, context, frame, explicit=explicit)
    frame = _compared_values(tokens, frame, asking.catalog)
    timing = timed(draft, frame, asking.source, asking.today)
    return _Candidate(draft, reading, timing, timing.frame, followed)


def _compared_values(tokens: Sequence[Token], frame: Frame, catalog: Catalog) -> Frame:
    """`compare A and B`: one row for each."""
    words = {token.word for token in tokens}
    if not words & {"compare", "comparing", "comparison", "vs", "versus", "difference"}:
        return frame
    from genie.planning.frame import Group, Order

    for item in frame.filters:
        known = {group.member for group in frame.groups}
        if len(item.values) > 1 and not item.negated and item.field not in known:
            group = Group(item.field, item.field, catalog.label(item.field))
            order = frame.order or tuple(Order(name, True) for name in frame.metrics[:1])
            frame = replace(frame, groups=(*frame.groups, group), order=order)
    return frame


def _time_mentions(tokens: Sequence[Token], times: Sequence[TimeMention]) -> list[Mention]:
    found = [
        Mention(frozenset(range(item.first, item.after)), 1.0, time=item) for item in times
    ]
    for at, token in enumerate(tokens):
        # `by carrier and month`: a grain without a word before it, in a list of groups.
        for item in time_mentions((_BY, token), date(2000, 1, 1)):
            if item.first == 0 and isinstance(item.part, By) and at > 0:
                mention = TimeMention(at, at + 1, item.part)
                found.append(Mention(frozenset({at}), 0.7, time=mention, partial=True))
    return found


_BY = tokenize("by")[0]


def _needs_values(
    tokens: Sequence[Token],
    named: Iterable[Mention],
    timed_tokens: frozenset[int],
    cues: Sequence[Cue],
) -> bool:
    """Values are read only where some word may be one."""
    covered = {at for mention in named if not mention.partial for at in mention.tokens}
    cued = {at for cue in cues for at in range(cue.first, cue.after)}
    for at, token in enumerate(tokens):
        if at in covered or at in timed_tokens or at in cued or token.is_mark:
            continue
        if token.quoted or token.is_code or token.word not in FILLER | LINKING:
            return True
    flags = any(m.term and not m.term.is_metric for m in named)
    return flags or any(cue.kind is CueKind.COMPARE for cue in cues)


def _index(named: Sequence[Mention], nouns: Sequence[Mention], asking: Asking) -> ValueIndex:
    """Values of all that the likely metrics can be grouped by."""
    catalog = asking.catalog
    ranked = sorted(
        (m for m in named if m.term and m.term.is_metric),
        key=lambda m: (-m.quality * len(m.tokens), m.first),
    )
    metrics = [m.term.name for m in ranked if m.term]
    if asking.context:
        metrics += list(asking.context.metrics)
    models: dict[str, str] = {}
    for name in metrics:
        for model in catalog.metrics[name].models if name in catalog.metrics else ():
            models.setdefault(model, name)
    if not models:
        for noun in nouns:
            for model in sorted(noun.noun):
                known = [t for t in catalog.metrics.values() if model in t.models]
                if known:
                    models.setdefault(model, known[0].name)
    found = {}
    for model, metric in list(models.items())[:_MODELS]:
        wanted = [
            name
            for name in sorted(catalog.reachable(metric))
            if name in catalog.members and not catalog.members[name].is_time
            and catalog.members[name].hops <= 2
        ]
        for member, values in asking.source.values(model, wanted).items():
            found.setdefault(member, values)
    return ValueIndex(found)


# ---------------------------------------------------------------- judging


def _judged(candidates: Sequence[_Candidate], asking: Asking, *, offer: bool) -> Plan:
    best = candidates[0]
    doubts = (*best.reading.doubts, *best.timing.doubts)
    confidence = 0.97
    for factor, _ in doubts:
        confidence *= factor
    confidence = round(max(confidence, 0.01), 2)
    if best.reading.missing:
        return _missing(best, candidates, asking, offer=offer)
    if best.reading.unknown:
        return _not_understood(best, candidates, asking, offer=offer)
    if best.timing.outside is not None:
        return _outside(best, asking, offer=offer)
    rivals = _rivals(candidates)
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
        reasons = [reason for factor, reason in doubts if factor < 0.9]
        said = "; ".join(dict.fromkeys(reasons))
        options = _options(candidates[:_OPTIONS], asking) if offer else ()
        return Plan(
            Outcome.ASKED_BACK,
            f"I am not sure: {said}. Do you mean one of these?" if options else
            f"I cannot answer that: {said}. {_can_ask(asking)}",
            confidence,
            best.frame,
            options,
            followed=best.followed,
        )
    return _answered(best, asking, confidence)


def _answered(best: _Candidate, asking: Asking, confidence: float) -> Plan:
    notes = dict.fromkeys((*best.reading.notes, *best.timing.notes))
    message = " ".join([explained(best.frame, asking.catalog), *notes])
    return Plan(
        Outcome.ANSWERED, message, confidence, best.frame, followed=best.followed
    )


def _rivals(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    best = candidates[0]
    return [
        other
        for other in candidates[1:]
        if best.reading.score - other.reading.score < CLOSE
        and not other.reading.missing
        and len(other.reading.unknown) <= len(best.reading.unknown)
        and not _alike(best.frame, other.frame)
        and _doubt(other) > 0.3
    ][: _OPTIONS - 1]


def _doubt(candidate: _Candidate) -> float:
    sure = 1.0
    for factor, _ in (*candidate.reading.doubts, *candidate.timing.doubts):
        sure *= factor
    return sure


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
        a == b or b.startswith(f"{a}__") or a.startswith(f"{b}__") or a.endswith(f"__{b}")
        or b.endswith(f"__{a}")
        for a, b in pairs
    )


# ---------------------------------------------------------------- asking back


def _missing(
    best: _Candidate, candidates: Sequence[_Candidate], asking: Asking, *, offer: bool
) -> Plan:
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
        )
    options = _metric_options(best, asking) if offer else ()
    return Plan(
        Outcome.ASKED_BACK if options else Outcome.REFUSED,
        f"Which number do you want? {_can_ask(asking)}" if options else
        f"I found no metric in the question. {_can_ask(asking)}",
        0.2,
        best.frame,
        options,
    )


def _metric_options(best: _Candidate, asking: Asking) -> tuple[Option, ...]:
    """The same question with each of the metrics that can be split so, certified ones first."""
    catalog = asking.catalog
    needed = [group.member for group in best.frame.groups if group.member != METRIC_TIME]
    needed += [item.field for item in best.frame.filters]
    fitting = [
        term
        for term in catalog.metrics.values()
        if all(name in catalog.reachable(term.name) for name in needed)
        and len(term.models) == 1
    ]
    fitting.sort(key=lambda term: (not term.certified, len(term.name), term.name))
    frames = [replace(best.frame, metrics=(term.name,), order=()) for term in fitting[:_OPTIONS]]
    return _offered(frames, asking)


def _not_understood(
    best: _Candidate, candidates: Sequence[_Candidate], asking: Asking, *, offer: bool
) -> Plan:
    words = best.reading.unknown
    named = " and ".join(f"'{word}'" for word in words)
    without = [item.frame for item in candidates[:3] if item.reading.unknown == words]
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
    )


def _outside(best: _Candidate, asking: Asking, *, offer: bool) -> Plan:
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


def _options(candidates: Sequence[_Candidate], asking: Asking) -> tuple[Option, ...]:
    return _offered([item.frame for item in candidates], asking)


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
        words[:2] == ["what", "does"] and words[-1:] == ["mean"]
        or words[:2] == ["how", "is"]
        and words[-1] in ("calculated", "defined", "computed", "measured", "counted")
        or words[:1] in (["define"], ["definition"])
        or words[:4] == ["what", "is", "the", "definition"]
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
    return Plan(
        Outcome.REFUSED, f"That is nothing I have numbers on. {_can_ask(asking)}", 0.05
    )


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

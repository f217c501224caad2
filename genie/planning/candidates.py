"""Readings of a question, from the most to the least plausible."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from genie.language.calendar import MONTHS
from genie.language.english import FILLER, LINKING
from genie.language.times import TimeMention, When, grouping_said, time_mentions
from genie.language.words import Token, plural
from genie.planning.asking import Asking
from genie.planning.assembling import Assembler
from genie.planning.catalog import Catalog
from genie.planning.cues import Cue, CueKind, cues_of
from genie.planning.draft import Draft
from genie.planning.following import follows, merged, narrowed
from genie.planning.frame import Frame, Group, Order, Reading
from genie.planning.lookups import looked_up
from genie.planning.mentions import Mention, MentionFinder
from genie.planning.named_times import may_be_named, named_in_part, not_named, without
from genie.planning.naming_keys import with_names
from genie.planning.selecting import Selection, select, weights_of
from genie.planning.timing import Timing, timed
from genie.planning.values import Hit, MemberValues, ValueIndex

_MODELS = 3
"""Models whose values are searched for one question."""
_KEPT = 12
_WHOLE = 0.97
"""Quality of hits that are a whole value."""


@dataclass(frozen=True)
class Candidate:
    """One reading with its time settled; `frame` holds what was understood before as well."""

    draft: Draft
    reading: Reading
    timing: Timing
    frame: Frame
    followed: bool

    @property
    def doubts(self) -> tuple[tuple[float, str], ...]:
        return (*self.reading.doubts, *self.timing.doubts)

    @property
    def confidence(self) -> float:
        sure = 0.97
        for factor, _ in self.doubts:
            sure *= factor
        return round(max(sure, 0.01), 2)


def candidates(tokens: Sequence[Token], asking: Asking) -> list[Candidate]:
    """Readings from the most to the least plausible, one for each metric query."""
    times = _not_numbers(tokens, time_mentions(tokens, asking.today))
    taken = _taken(tokens, times)
    timed_tokens = frozenset(at for at, is_time in enumerate(taken) if is_time)
    cues = cues_of(tokens, taken)
    finder = MentionFinder(tokens, asking.catalog, timed_tokens)
    named = finder.terms()
    mentions = [*named, *finder.nouns]
    index = ValueIndex({})
    if _needs_values(tokens, named, timed_tokens, cues):
        index = _index(named, finder.nouns, asking)
        values = _sensible(tokens, finder.values(index), named, cues)
        explained_by = [item for item in (*named, *values) if not item.partial]
        covered = frozenset(at for item in explained_by for at in item.tokens) | timed_tokens
        covered |= {at for cue in cues for at in range(cue.first, cue.after)}
        looked = finder.values(looked_up(tokens, covered, index, asking))
        values += _sensible(tokens, looked, named, cues)
        values += finder.near_values(index, covered)
        times = not_named(tokens, times, values)
        vague = named_in_part(tokens, times, index)
        times = without(times, vague)
        values += vague
        cues = cues_of(tokens, _taken(tokens, times))
        mentions += [
            replace(item, hits=(hit,), quality=hit.quality)
            for item in values
            for hit in _written_so(item.hits)
        ]
    mentions += _time_mentions(tokens, times)
    found: dict[str, Candidate] = {}
    for selection in select(mentions, weights_of(tokens, cues, mentions)):
        said = any(item.term or item.hits or item.time for item in selection.mentions)
        if not said and not (asking.context and cues):
            continue
        candidate = _candidate(tokens, asking, cues, index, selection)
        key = str(candidate.frame.body())
        if key not in found or found[key].reading.score < candidate.reading.score:
            found[key] = candidate
    ranked = sorted(found.values(), key=lambda item: -item.reading.score)
    return ranked[:_KEPT]


def _taken(tokens: Sequence[Token], times: Sequence[TimeMention]) -> list[bool]:
    """Which tokens can only be time."""
    whens = [item for item in times if isinstance(item.part, When)]
    return [any(item.first <= at < item.after for item in whens) for at in range(len(tokens))]


def _not_numbers(tokens: Sequence[Token], times: Sequence[TimeMention]) -> list[TimeMention]:
    """Without years that are numbers to compare with: `more than 2000 orders`."""
    counted: set[int] = set()
    for cue in cues_of(tokens, [False] * len(tokens)):
        years = all(1900 <= number <= 2100 for number in cue.numbers)
        words = {token.word for token in tokens[cue.first : cue.after]}
        following = {token.word for token in tokens[cue.after : cue.after + 2]}
        if words & {"between"} and following & MONTHS.keys():
            continue  # `between 5 and 11 October`
        if cue.kind is CueKind.COMPARE and not (years and words & {"between", "up"}):
            counted.update(range(cue.first, cue.after))
    return [item for item in times if counted.isdisjoint(range(item.first, item.after))]


def _written_so(hits: Sequence[Hit]) -> list[Hit]:
    """Where the words are a value as it is written, no other is meant that only holds them."""
    best = max(hit.quality for hit in hits)
    return [hit for hit in hits if best < _WHOLE or hit.quality > best - 0.03][:8]


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
                if m.term and (_precedes(tokens, m, item) or _is_graded(tokens, m, item))
            }
            hits = tuple(hit for hit in hits if hit.member in near)
        if hits[:1] and hits[0].quality < 0.9 and item.tokens <= said_in_full:
            continue
        whole = len(item.tokens) > 1 and hits[:1] and hits[0].quality >= _WHOLE
        if hits and (whole or counted.isdisjoint(item.tokens)):
            found.append(replace(item, hits=hits))
    return found


def _precedes(tokens: Sequence[Token], name: Mention, number: Mention) -> bool:
    """`room 12`, `room number 12`."""
    between = tokens[name.last + 1 : number.first]
    return number.first > name.last and len(between) <= 1 and not any(t.is_mark for t in between)


def _is_graded(tokens: Sequence[Token], name: Mention, number: Mention) -> bool:
    """`4 star`; `3 guests` are so many of them, and no guest is called 3."""
    term = name.term
    graded = term is not None and term.option is not None and term.option.kind == "categorical"
    return graded and name.first - number.last == 1 and not plural(tokens[name.last].word)


def _candidate(
    tokens: Sequence[Token],
    asking: Asking,
    cues: Sequence[Cue],
    index: ValueIndex,
    selection: Selection,
) -> Candidate:
    with_metric = any(m.term and m.term.is_metric for m in selection.mentions)
    followed = asking.context is not None and (
        follows(tokens, with_metric) or _names_what_lacked(asking.context, selection)
    )
    context = asking.context if followed else None
    assembler = Assembler(tokens, asking.catalog, index, cues, context)
    draft, reading = assembler.assemble(selection)
    if with_metric and asking.context is not None and followed:
        reading = replace(reading, doubts=(*reading.doubts, (0.97, "what it builds on")))
    frame = reading.frame
    if context is not None:
        explicit = bool(draft.supers or draft.ordered or draft.direction is not None)
        frame = merged(tokens, context, frame, explicit=explicit)
        doubts = narrowed(context, frame)
        reading = replace(reading, doubts=(*reading.doubts, *doubts))
    frame = _compared_values(tokens, frame, asking.catalog)
    frame = with_names(tokens, frame, asking.catalog, asking.source)
    before = context.range if context else None
    timing = timed(draft, frame, asking.source, asking.today, before)
    return Candidate(draft, reading, timing, timing.frame, followed)


def _names_what_lacked(context: Frame, selection: Selection) -> bool:
    """`revenue`, to be asked which number is wanted."""
    open_metric = context.unsettled and not context.metrics
    return open_metric and all(m.term and m.term.is_metric for m in selection.mentions)


def _compared_values(tokens: Sequence[Token], frame: Frame, catalog: Catalog) -> Frame:
    """`compare A and B`: one row for each."""
    words = {token.word for token in tokens}
    if not words & {"compare", "compared", "comparing", "comparison", "vs", "versus", "difference"}:
        return frame
    for item in frame.filters:
        known = {group.member for group in frame.groups}
        if len(item.values) > 1 and not item.negated and item.field not in known:
            group = Group(item.field, item.field, catalog.label(item.field))
            order = frame.order or tuple(Order(name, True) for name in frame.metrics[:1])
            frame = replace(frame, groups=(*frame.groups, group), order=order)
    return frame


def _time_mentions(tokens: Sequence[Token], times: Sequence[TimeMention]) -> list[Mention]:
    found = [Mention(frozenset(range(item.first, item.after)), 1.0, time=item) for item in times]
    for at, token in enumerate(tokens):
        before = tokens[at - 1].word if at else ""
        after = tokens[at + 1].word if at + 1 < len(tokens) else ""
        if before in ("vs", "versus", "on"):
            continue
        by = grouping_said(token.word)
        if by is None:
            continue
        mention = TimeMention(at, at + 1, by)
        if after in _HAVING:  # `months with more than 1000 orders`
            found.append(Mention(frozenset({at}), 1.0, time=mention))
        elif at:  # `by carrier and month`: in a list of groups
            found.append(Mention(frozenset({at}), 0.7, time=mention, partial=True))
    return found


_HAVING = frozenset({"with", "where", "when", "that", "having", "which"})


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
        if at in timed_tokens and may_be_named(token):
            return True
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
    models = _models(catalog, metrics, nouns)
    found: dict[str, MemberValues] = {}
    large: dict[str, str] = {}
    for model, metric in list(models.items())[:_MODELS]:
        wanted = [
            name
            for name in sorted(catalog.reachable(metric))
            if name in catalog.members
            and not catalog.members[name].is_time
            and catalog.members[name].hops <= 2
        ]
        for member, values in asking.source.values(model, wanted).items():
            if found.setdefault(member, values) is values and not values.complete:
                large[member] = model
    return ValueIndex(found, large)


def _models(catalog: Catalog, metrics: Sequence[str], nouns: Sequence[Mention]) -> dict[str, str]:
    """Models whose values are searched, each with a metric of its rows; those of nouns where no
    metric is named."""
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
    return models

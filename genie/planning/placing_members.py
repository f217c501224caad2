"""Members and values in their place: groups, conditions, and names that stand alone."""

from __future__ import annotations

from genie.language.calendar import grain_of
from genie.language.english import LINKING
from genie.language.words import plural
from genie.planning.catalog import Term
from genie.planning.cues import CueKind
from genie.planning.mentions import Mention
from genie.planning.settling import add_group, number_before, regrain
from genie.planning.values import AS_FORM
from genie.planning.walk import Walk
from genie.planning.wording import is_participle
from semantic_layer.compiler import measures_of

_DATES = frozenset({"date", "time", "day", "week", "month", "quarter", "year", "hour", "when"})


def place_member(walk: Walk, mention: Mention) -> None:
    """Group by the member, or keep rows by it."""
    term = mention.term
    assert term is not None
    if not walk.mode.group and walk.filters.unknown(mention, negated=walk.mode.negated):
        walk.mode.settle_not()
        return
    if walk.mode.negated or (walk.index.is_boolean(term.name) and not walk.mode.group):
        _condition(walk, term)
        return
    if walk.filters.qualifies_value(mention):
        return
    if term.is_time and walk.filters.time_follows(mention):
        walk.draft.when_field = term
        return
    sup = walk.draft.supers[-1] if walk.draft.supers else None
    after_super = sup is not None and 0 <= mention.first - sup.after <= 1
    if term.is_time and not walk.mode.group:
        _doubt_passing(walk, mention, term)
        return
    which = walk.mode.which >= 0 and _only_linking(walk, walk.mode.which, mention.first)
    if walk.mode.group or which or after_super:
        _group(walk, mention)
        if term.is_time:
            _regrained(walk, mention, term)
        if walk.mode.group and walk.mode.per and term.is_key:
            walk.draft.per_key.append(term)
        walk.draft.within = walk.draft.within or (walk.mode.group and not after_super)
        if which or (after_super and not walk.mode.group):
            walk.draft.asked = True
            walk.draft.singular = not plural(walk.word(mention.last))
    else:
        walk.draft.subjects.append(mention)


def _condition(walk: Walk, term: Term) -> None:
    """A member that is true or not; what a `not` leaves out of another has no value."""
    if walk.index.is_boolean(term.name):
        walk.filters.boolean(term, negated=walk.mode.negated)
    else:
        walk.draft.doubt(0.3, f"which {term.label} to leave out")
    walk.mode.settle_not()


def _doubt_passing(walk: Walk, mention: Mention, term: Term) -> None:
    """A verb in passing, such as `sold`, says no more than the metric where its rows are counted at
    that time; `tickets solved` are fewer than the tickets, and a noun is meant."""
    verb = len(mention.tokens) == 1 and (
        is_participle(walk.word(mention.last)) or walk.word(mention.last).endswith("ing")
    )
    own = verb and term.name in _own_times(walk)
    walk.draft.doubt(0.9 if own else 0.35, f"what {term.label} is there for")


def _own_times(walk: Walk) -> set[str]:
    """The times by which the metrics of the question are counted."""
    graph = walk.catalog.graph
    named = [item.term.name for item in walk.mentions if item.term and item.term.is_metric]
    return {
        graph.models[measure.model].local_name(measure.time_dimension)
        for name in named or (walk.context.metrics if walk.context else ())
        if name in graph.metrics
        for measure in measures_of(graph, graph.metrics[name])
        if measure.time_dimension is not None
    }


def _regrained(walk: Walk, mention: Mention, term: Term) -> None:
    """By the grain that stands beside it; `per repair` is hardly by the day of the repair."""
    if walk.mode.grain is not None:
        regrain(walk.draft, term, walk.mode.grain)
        walk.mode.grain = None
    elif not any(walk.tokens[at].concept in _DATES for at in mention.tokens) and not grain_of(
        walk.word(mention.last + 1)
    ):
        walk.draft.doubt(0.4, f"whether {term.label} is meant")


def _only_linking(walk: Walk, start: int, end: int) -> bool:
    between = walk.tokens[start:end]
    return end - start <= 3 and all(token.word in LINKING for token in between)


def _group(walk: Walk, mention: Mention) -> None:
    """Group by it; `3 countries with the most revenue` says how many."""
    ranks = any(cue.kind is CueKind.SUPER for cue in walk.cues)
    add_group(walk.draft, mention, counted=number_before(walk.draft, mention) if ranks else None)


def place_value(walk: Walk, mention: Mention) -> None:
    """Keep or leave out the rows with the value."""
    if mention.how:
        walk.draft.notes.append(f"I read {mention.how}.")
    if walk.mode.group and (_is_called_so(walk, mention) or _is_another_form(walk, mention)):
        walk.draft.doubt(0.4, f"whether to group by {walk.word(mention.first)}")
    walk.filters.value(mention, negated=walk.mode.negated, joined=walk.mode.joined)
    walk.mode.group, walk.mode.not_at = False, None
    if not _continues(walk, mention):
        walk.mode.negated = False


def _is_called_so(walk: Walk, mention: Mention) -> bool:
    """After `by`, a word that is both a value and what rows are grouped by is the latter."""
    key = frozenset(walk.tokens[at].concept for at in mention.tokens)
    quoted = any(walk.tokens[at].quoted for at in mention.tokens)
    namings = walk.catalog.exact.get(key, ())
    return not quoted and any(not naming.term.is_metric for naming in namings)


def _is_another_form(walk: Walk, mention: Mention) -> bool:
    """`by payment` hardly means what is paid; `treated by Okafor` names the one who did it."""
    before = walk.word(mention.first - 2)
    return mention.hits[0].quality == AS_FORM and not is_participle(before)


def _continues(walk: Walk, mention: Mention) -> bool:
    """An `and` or comma follows: what holds for this value holds for the next."""
    at = mention.last + 1
    return at < len(walk.tokens) and walk.tokens[at].word in ("and", "or", ",", "nor")

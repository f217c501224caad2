"""Metrics in their place: what is asked for, what is ranked by, what only passes by."""

from __future__ import annotations

from genie.planning.catalog import COUNTING, Term, key_of
from genie.planning.mentions import Mention
from genie.planning.settling import said
from genie.planning.walk import Walk
from genie.planning.wording import counts, is_done, is_participle
from semantic_layer.compiler.spec import Aggregation, MetricType

_MUCH = frozenset({"much", "howmuch"})


def doubt_name(walk: Walk, mention: Mention, term: Term) -> None:
    """Doubt a name that is not said in full; note how it was read."""
    if mention.how:
        walk.draft.notes.append(f"I read {mention.how}.")
    if mention.contested:
        walk.draft.doubts.append(
            (0.5, f"several metrics are about '{said(walk.draft.tokens, mention)}'")
        )
    elif mention.partial:
        # A day is easily said in passing: `per invoice` is no `by invoice date`.
        sure = 0.55 + 0.4 * mention.quality - (0.3 if term.is_time else 0.0)
        if term.is_metric and mention.lacking:
            sure = min(sure, 0.5 if mention.unsaid - _said_before(walk) else 0.75)
        walk.draft.doubts.append((sure, f"'{term.label}' is said in part"))
        walk.draft.notes.append(
            f"I took '{said(walk.draft.tokens, mention)}' to mean {term.label}."
        )
    elif mention.quality < 0.9:
        walk.draft.doubts.append((0.9, f"'{term.label}' is not said as it is called"))
        if not mention.how:
            words = said(walk.draft.tokens, mention)
            walk.draft.notes.append(f"I took '{words}' to mean {term.label}.")


def _said_before(walk: Walk) -> frozenset[str]:
    """Concepts of the metrics that the question goes on from: `per 1000 trips` after `repairs`."""
    names = walk.context.metrics if walk.context is not None else ()
    return frozenset(item for name in names for item in key_of(walk.catalog.label(name)))


def place_metric(walk: Walk, mention: Mention, term: Term) -> None:
    """Ask for the metric, or order by it."""
    _doubt_place(walk, mention, term)
    if walk.mode.order:
        walk.draft.ordered.append(term)
        walk.mode.order = False
        if not walk.draft.metrics:
            walk.draft.metrics.append(term)
        return
    if walk.mode.group:
        if walk.draft.metrics:
            walk.draft.doubt(0.45, f"nothing can be grouped by {term.label}")
        elif not walk.draft.subjects and not walk.draft.groups:
            walk.draft.doubt(0.35, f"what is asked by {term.label}")
        walk.draft.ranking, walk.mode.group = True, False
    if term not in walk.draft.metrics and _is_asked_too(walk, mention, term):
        walk.draft.metrics.append(term)


def _doubt_place(walk: Walk, mention: Mention, term: Term) -> None:
    _doubt_amount(walk, mention, term)
    if walk.mode.negated:
        walk.draft.doubt(0.35, f"what to leave out of {term.label}")
        walk.mode.negated, walk.mode.not_at = False, None
    if walk.mode.left_out and walk.mode.joined:
        walk.draft.doubt(0.45, f"whether {term.label} is to be left out")
    if _is_listed(walk, mention):
        walk.draft.doubt(0.5, f"whether to list or count {term.label}")
    ranks = walk.mode.which >= 0 or walk.draft.asked or walk.draft.groups
    if not ranks and _is_extreme_of_average(walk, mention, term):
        walk.draft.doubt(0.5, f"{term.label} is an average, and not of single ones")


def _doubt_amount(walk: Walk, mention: Mention, term: Term) -> None:
    """`what did we invoice` asks for invoices as well as for what they come to, `discounted
    orders` for orders and hardly for the sum of discounts."""
    if len(mention.tokens) > 1 or mention.partial:
        return
    at = mention.first
    if term.aggregation in COUNTING:
        if not is_done(walk.tokens, at) or counts(walk.tokens):
            return
        others = _amounts_of(walk, walk.tokens[at].concept)
        if others or any(token.word in _MUCH for token in walk.tokens):
            walk.draft.doubt(0.5, f"whether the number of {term.label} is meant, or an amount")
            walk.draft.instead += others
        return
    summed = term.unit and _adds_up(walk, term) and is_participle(walk.tokens[at].word)
    if summed and any(other.first == at + 1 and _is_counted(other) for other in walk.mentions):
        walk.draft.doubt(0.5, f"whether {term.label} is meant, or how many there were")


def _is_counted(mention: Mention) -> bool:
    """The mention names things, and not what is known of them."""
    term = mention.term
    return bool(mention.noun) or (term is not None and term.aggregation in COUNTING)


def _amounts_of(walk: Walk, said: str) -> list[str]:
    """Metrics that add up what such things come to, by their names or what is written of them."""
    return [
        term.name
        for term in walk.catalog.metrics.values()
        if _adds_up(walk, term) and said in _told_of(walk, term)
    ]


def _told_of(walk: Walk, term: Term) -> set[str]:
    namings = walk.catalog.namings_of(term.name)
    return {*key_of(term.description), *(item for naming in namings for item in naming.key)}


def _adds_up(walk: Walk, term: Term) -> bool:
    info = walk.catalog.graph.metrics[term.name]
    derived = info.type is MetricType.DERIVED and bool(term.unit)
    return term.aggregation is Aggregation.SUM or derived


def _is_asked_too(walk: Walk, mention: Mention, term: Term) -> bool:
    """A further metric; one that no `and` joins may only name what the first is of."""
    if not walk.draft.metrics or _is_joined(walk, mention):
        return True
    named = _counts_rows_of(walk, term, walk.draft.metrics[0])
    walk.draft.doubt(0.92 if named else 0.35, f"whether {term.label} is asked for as well")
    return not named


def _is_listed(walk: Walk, mention: Mention) -> bool:
    """`top 3 cities`, `list the cities` are about the cities and not about their number."""
    sup = walk.draft.supers[-1] if walk.draft.supers else None
    counted_off = sup is not None and sup.count is not None and mention.first == sup.after
    before = [token.word for token in walk.tokens[max(mention.first - 2, 0) : mention.first]]
    return counted_off or (before[-1:] == ["list"] or before == ["list", "the"])


def _is_extreme_of_average(walk: Walk, mention: Mention, term: Term) -> bool:
    """`longest resolution time` of a mean: the longest mean is hardly meant."""
    before = walk.tokens[mention.first - 1].word if mention.first else ""
    extreme = before in ("longest", "shortest", "maximum", "minimum", "max", "min")
    return extreme and term.aggregation is Aggregation.AVERAGE


def _counts_rows_of(walk: Walk, term: Term, main: Term) -> bool:
    """`order value of web orders`: the things themselves, not how many there are."""
    info = walk.catalog.graph.metrics[main.name]
    counting = term.aggregation in (Aggregation.COUNT, Aggregation.COUNT_DISTINCT)
    inputs = {item.metric for item in info.inputs}
    return term.name in inputs or (counting and set(term.models) <= set(main.models))


def _is_joined(walk: Walk, mention: Mention) -> bool:
    """An `and`, comma or `vs` stands before the name."""
    at = mention.first - 1
    while at >= 0 and walk.tokens[at].word in ("the", "of", "their", "its", "also", "number"):
        at -= 1
    word = walk.tokens[at].word if at >= 0 else ""
    return word in ("and", ",", "vs", "versus", "&", "plus", "against", "or")

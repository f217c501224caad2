"""Every word accounted for: what no part of the reading used keeps it from being an answer."""

from __future__ import annotations

from collections.abc import Sequence

from genie.language.english import (
    BEFORE_VALUES,
    CHANGES,
    COMPARING,
    DONE_BY,
    DURATIONS,
    FILLER,
    GOING_ON,
    LINKING,
    MORE_OR_LESS,
    SPREADING,
    UNCOUNTED,
)
from genie.language.words import Token, concept, plural
from genie.planning.beyond import recognize
from genie.planning.catalog import COUNTING, GENERIC, Catalog, Term, key_of
from genie.planning.draft import Beyond, Draft
from genie.planning.filtering import side_of
from genie.planning.following import refers_back
from genie.planning.frame import Frame
from genie.planning.mentions import Mention
from genie.planning.selecting import Selection
from genie.planning.settling import said
from semantic_layer.compiler.spec import Aggregation, MetricType

_WORKDAYS = frozenset({"weekday", "weekdays", "workday", "workdays"})
_WEEKENDS = frozenset({"weekend", "weekends"})
_ADDED = COUNTING | {Aggregation.SUM}
_TIME_UNITS = frozenset({"min", "minutes", "h", "hours", "s", "seconds", "days", "day"})
_DURATIONS = frozenset(concept(word) for word in DURATIONS)


def account(draft: Draft, selection: Selection, context: Frame | None) -> tuple[str, ...]:
    """Doubt names that say nothing in this reading; the words that nothing explains."""
    _check_nouns(draft, selection)
    _check_parts(draft, selection)
    _check_counted(draft)
    _check_rows(draft)
    _check_asked(draft, context)
    _check_alternatives(draft, selection)
    _check_sets(draft)
    _check_who(draft, context)
    values = [mention.first for mention in selection.mentions if mention.hits]
    places = [at for at in _unknown(draft) if not _leads_to(draft, at, values, context)]
    places = recognize(draft, places)
    unknown = tuple(dict.fromkeys(draft.tokens[at].text for at in places))
    draft.score -= 0.3 * len(unknown)
    return unknown


def counted_off(tokens: Sequence[Token], first: int) -> bool:
    """`how many`, `number of` stand just before: the things are to be counted."""
    at = first - 1
    while at >= 0 and tokens[at].word in UNCOUNTED:
        at -= 1
    if at < 0:
        return False
    many = tokens[at].word == "many" and at > 0 and tokens[at - 1].word == "how"
    return many or tokens[at].concept == "count"


# ---------------------------------------------------------------- names that do nothing


def _check_nouns(draft: Draft, selection: Selection) -> None:
    """A noun is harmless where it is what the metric's own rows are called, or what a value beside
    it is of; else it was meant."""
    own = {model for term in draft.metrics for model in term.models}
    if not own:
        return
    touched = {model for term in draft.metrics for model in _touched(draft.catalog, term)}
    for name in [group.member for group in draft.groups] + [f.field for f in draft.filters]:
        term = draft.catalog.members.get(name)
        touched |= set(term.models) if term else set()
    for mention in selection.mentions:
        passing = mention.noun or (mention.term and mention not in draft.grouped)
        if passing and _is_apart(draft, selection, mention):
            draft.doubt(0.4, f"whether '{said(draft.tokens, mention)}' is asked for as well")
        if not mention.noun or mention.noun & own or _names_a_value(draft, selection, mention):
            continue
        following = draft.tokens[mention.last + 1 :][:1]
        inside = bool(following) and following[0].word == "in"  # `bikes in repair`
        asked = counted_off(draft.tokens, mention.first) or draft.supers or inside
        if asked or not plural(draft.tokens[mention.last].word) or not mention.noun & touched:
            draft.doubt(0.35, f"what '{said(draft.tokens, mention)}' is there for")
        else:
            draft.doubts.append((0.9, f"what '{said(draft.tokens, mention)}' is there for"))


def _check_parts(draft: Draft, selection: Selection) -> None:
    """A name that is said in part, beside a small word of another metric's: `stock on hand` is no
    `Stock value` where there is a `Quantity on hand`."""
    if not any(m.partial and m.term and m.term.is_metric for m in selection.mentions):
        return
    for at, token in enumerate(draft.tokens):
        if at in draft.used or token.word not in FILLER or token.word in LINKING:
            continue
        others = [
            naming.term
            for naming in draft.catalog.by_concept.get(token.concept, ())
            if naming.term.is_metric and token.concept not in GENERIC
        ]
        if others and not any(term in others for term in draft.metrics):
            draft.doubt(0.6, f"whether {others[0].label} is meant")
            draft.instead.append(others[0].name)


def _is_apart(draft: Draft, selection: Selection, noun: Mention) -> bool:
    """A metric is called so, and a comma or `and` keeps the word from the metric that is read:
    `planned admissions, female patients`."""
    key = frozenset(draft.tokens[at].concept for at in noun.tokens)
    namings = draft.catalog.exact.get(key, ())
    if not any(item.term.is_metric and item.term not in draft.metrics for item in namings):
        return False
    for other in selection.mentions:
        if other is noun or other.term is None or not other.term.is_metric:
            continue
        first, second = (noun, other) if noun.first < other.first else (other, noun)
        between = {token.word for token in draft.tokens[first.last + 1 : second.first]}
        if between & {",", "and", "&", "or", "vs"}:
            return True
    return False


def _names_a_value(draft: Draft, selection: Selection, noun: Mention) -> bool:
    """`enterprise customers`, `patients of Dr Okafor`: the value says which of them."""
    for other in selection.mentions:
        if not other.hits:
            continue
        near = other.last + 1 == noun.first or 0 < other.first - noun.last <= 3
        term = draft.catalog.members.get(other.hits[0].member)
        if near and term is not None and set(term.models) & noun.noun:
            return True
    return False


def _touched(catalog: Catalog, term: Term) -> set[str]:
    """Models of the things that the metric's rows belong to (customers of invoices)."""
    members = (catalog.members.get(name) for name in catalog.reachable(term.name))
    found: set[str] = set()
    for member in members:
        if member is not None and member.hops <= 1:
            found.update(member.models)
    return found


def _check_rows(draft: Draft) -> None:
    """Nobody asks for a group of every row: `by campaign: leads` counts the leads once more."""
    for mention in draft.grouped:
        term = mention.term
        if term is None or draft.supers or draft.thresholds:
            continue
        for metric in draft.metrics:
            if draft.catalog.is_row_key(term.name, metric.models) and len(draft.groups) > 1:
                draft.doubt(0.4, f"whether to list every {term.label}")


def _check_counted(draft: Draft) -> None:
    """`how many wards have more than 500 admissions`: they can be listed, and not counted."""
    for mention in draft.grouped:
        if counted_off(draft.tokens, mention.first):
            draft.beyond = Beyond.COUNT
            draft.doubt(0.4, f"I can list the {said(draft.tokens, mention)}, and not count them")


def _check_who(draft: Draft, context: Frame | None) -> None:
    """`who closed the most deals` asks for somebody, and no total answers it."""
    words = [token.word for token in draft.tokens if not token.is_mark]
    if words[:1] != ["who"] or draft.groups or not draft.metrics or context is not None:
        return
    draft.beyond = Beyond.WHO
    draft.doubt(0.35, Beyond.WHO.value)


def _check_sets(draft: Draft) -> None:
    """`weekdays vs weekends` are two sets of days, and no group is such a set."""
    words = {token.word for token in draft.tokens}
    if words & _WORKDAYS and words & _WEEKENDS:
        draft.beyond = Beyond.SETS
        draft.doubt(0.3, Beyond.SETS.value)


def _check_asked(draft: Draft, context: Frame | None) -> None:
    words = {token.word for token in draft.tokens}
    if words & {"howlong"} and draft.metrics and not _lasts(draft.metrics[0]):
        draft.doubt(0.35, f"how long anything is, by {draft.metrics[0].label}")
    compares = draft.groups or draft.against or (draft.when and draft.when.others)
    several = len(draft.metrics) > 1 or any(len(item.values) > 1 for item in draft.filters)
    goes_on = context is not None and draft.when is None
    if words & COMPARING and not (compares or several or goes_on):
        draft.doubt(0.35, "what to compare")
    if context is None and refers_back(draft.tokens):
        draft.doubt(0.5, "which question this goes on from")


def _lasts(term: Term) -> bool:
    """The metric is about time that something takes."""
    named = {*key_of(term.name), *key_of(term.label)}
    return term.unit.lower() in _TIME_UNITS or bool(named & _DURATIONS)


def _check_alternatives(draft: Draft, selection: Selection) -> None:
    """`in Oncology or with Aetna`: an `or` over two things is no list of values."""
    values = sorted((m for m in selection.mentions if m.hits), key=lambda m: m.first)
    for one, other in zip(values, values[1:], strict=False):
        between = {token.word for token in draft.tokens[one.last + 1 : other.first]}
        if "or" in between and one.hits[0].member != other.hits[0].member:
            draft.doubt(0.35, "conditions of which one or the other holds")


# ---------------------------------------------------------------- words


def _leads_to(draft: Draft, at: int, values: Sequence[int], context: Frame | None) -> bool:
    """`due to vandalism`, `under Dr Okafor`; `add`, `ones` in a question that goes on."""
    word = draft.tokens[at].word
    if word in BEFORE_VALUES and any(0 < first - at <= 3 for first in values):
        return True
    return context is not None and word in GOING_ON


def _unknown(draft: Draft) -> list[int]:
    described = {item for term in draft.metrics for item in key_of(term.description)}
    named = {item for term in draft.metrics for item in (*key_of(term.name), *key_of(term.label))}
    unknown: list[int] = []
    for at, token in enumerate(draft.tokens):
        if at in draft.used or token.is_mark or token.concept in named or _is_small(draft, at):
            continue
        names_other = bool(draft.catalog.by_concept.get(token.concept))
        if token.concept in described and not names_other and token.number is None:
            draft.doubts.append((0.74, f"'{token.text}'"))
        else:
            unknown.append(at)
    return unknown


def _is_told_by_metric(draft: Draft, token: Token) -> bool:
    """`total` of what is added up anyway, `%` after a rate."""
    first = draft.metrics[0] if draft.metrics else None
    if first is None:
        return False
    if token.concept == "total" and token.word != "overall":
        return first.aggregation in _ADDED
    info = draft.catalog.graph.metrics[first.name]
    return token.word == "%" and (first.percent or info.type is MetricType.RATIO)


def _is_small(draft: Draft, at: int) -> bool:
    """A word that says nothing here."""
    token = draft.tokens[at]
    if not token.quoted and (token.word in FILLER or token.word in LINKING):
        return True
    if draft.sided and side_of(token.word):
        return True
    if _is_told_by_metric(draft, token):
        return True
    following = draft.tokens[at + 1].word if at + 1 < len(draft.tokens) else ""
    if token.word in DONE_BY and following == "by" and draft.filters:
        return True
    if token.word in SPREADING:
        return bool(draft.groups)
    compared = draft.against is not None or (draft.when is not None and draft.when.versus)
    return compared and token.word in CHANGES | MORE_OR_LESS

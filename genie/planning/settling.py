"""The last step before a reading: names that stood alone get their place, and what cannot be
grouped together is doubted."""

from __future__ import annotations

from collections.abc import Sequence

from genie.language.words import Token, plural
from genie.planning.catalog import Catalog, Term
from genie.planning.draft import Draft
from genie.planning.frame import METRIC_TIME, Frame, Group
from genie.planning.mentions import Mention
from semantic_layer.compiler.spec import Grain


def add_group(draft: Draft, mention: Mention, *, counted: int | None = None) -> None:
    """Group by the member; a time by its own grain unless one stands beside it."""
    term = mention.term
    assert term is not None
    name = term.name
    if term.is_time and term.option is not None:
        name = f"{name}__{term.option.default_grain or 'day'}"
    draft.count = counted if counted is not None else draft.count
    draft.grouped.append(mention)
    if all(group.member != term.name for group in draft.groups):
        draft.groups.append(Group(name, term.name, term.label))


def regrain(draft: Draft, term: Term, grain: Grain) -> None:
    """Group by that grain of a time that is a group already."""
    name = f"{term.name}__{grain.value}"
    draft.groups = [
        Group(name, term.name, f"{term.label} by {grain.value}") if g.member == term.name else g
        for g in draft.groups
    ]


def settle(draft: Draft, context: Frame | None) -> None:
    """Give names that stood alone their place; `show leads by country` lists no countries."""
    if draft.listing and draft.split and not draft.metrics and context is None:
        draft.doubt(0.3, "which number is wanted")
    for mention in draft.subjects:
        term = mention.term
        assert term is not None
        needed = draft.thresholds or draft.supers or draft.ranking or draft.ordered
        if (needed and not draft.groups) or (draft.listing and not draft.metrics):
            counted = number_before(draft, mention) if draft.supers else None
            add_group(draft, mention, counted=counted)
            draft.asked = draft.asked or bool(draft.supers)
            if term.option and draft.metrics:
                draft.per_key.append(term)
            draft.singular = not plural(draft.tokens[mention.last].word)
        elif not draft.metrics and context is None and not draft.groups:
            add_group(draft, mention)
            draft.doubt(0.7, f"what is asked about {term.label}")
        else:
            add_group(draft, mention)
            draft.doubt(0.5, f"what {term.label} is there for")
            draft.score -= 0.4


def number_before(draft: Draft, mention: Mention) -> int | None:
    """`five campaigns with the highest cost`."""
    at = mention.first - 1
    number = draft.tokens[at].number if at >= 0 and at not in draft.used else None
    if not number or number != int(number):
        return None
    draft.used.add(at)
    return int(number)


def check_reach(draft: Draft, context: Frame | None) -> None:
    """Doubt what the metrics cannot be split by, and groups that hold one row each."""
    catalog = draft.catalog
    names = [group.member for group in draft.groups if group.member != METRIC_TIME]
    names += [item.field for item in draft.filters]
    names += [draft.when_field.name] if draft.when_field else []
    metrics = [term.name for term in draft.metrics]
    if not metrics and context is not None:
        metrics = list(context.metrics)
    for term in draft.per_key:
        for asked in draft.metrics:
            if _is_own_key(catalog, term, asked):
                draft.doubt(0.5, f"whether {asked.label} per {term.label} is an average")
    for metric in metrics:
        for name in names:
            if name not in catalog.reachable(metric):
                label = catalog.label(name)
                draft.score -= 2.5
                draft.doubts.append((0.1, f"{catalog.label(metric)} cannot be split by {label}"))


def _is_own_key(catalog: Catalog, term: Term, metric: Term) -> bool:
    """A group for every row that is counted, or for each of things that nothing else is known of:
    `revenue per invoice`, `charges per patient` are hardly that."""
    if catalog.is_row_key(term.name, metric.models):
        return True
    graph = catalog.graph
    entities = [graph.models[name].entities.get(term.name) for name in metric.models]
    known = [entity for entity in entities if entity is not None]
    return bool(known) and not any(graph.owners.get(entity.key) for entity in known)


def said(tokens: Sequence[Token], mention: Mention) -> str:
    """The words of a mention as they were written."""
    return " ".join(tokens[at].text for at in sorted(mention.tokens))

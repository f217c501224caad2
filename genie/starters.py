"""Questions to begin with, made of the names that the caller sees, and only those that work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from django.utils import timezone

from genie.catalogs import catalogs
from genie.planning.asking import Asking, Outcome
from genie.planning.catalog import NAME_LIKE, Catalog, Term
from genie.planning.frame import METRIC_TIME
from genie.planning.planner import plan
from genie.planning.values import Coverage, MemberValues
from models_registry.graph_source import load_snapshot
from models_registry.visibility import visible_graph
from semantic_layer.ports import Actor

STARTERS = 6
MOST_TRIED = 40


class _NoValues:
    """ValueSource that reads nothing: a page must open while the warehouse hangs."""

    def values(self, model: str, members: Sequence[str]) -> Mapping[str, MemberValues]:
        """See the port."""
        return {}

    def look_up(self, model: str, member: str, texts: Sequence[str]) -> Sequence[Any]:
        return ()

    def coverage(self, metric: str) -> Coverage | None:
        """See the port."""
        return None


def starters(actor: Actor, category: str) -> list[str]:
    """A few questions about the category's metrics that the planner answers for this caller, of
    different kinds and models. Asks the warehouse nothing.
    """
    catalog = catalogs.of(visible_graph(load_snapshot(category), actor))
    asking = Asking(catalog, _NoValues(), timezone.now().date())
    found: list[str] = []
    tried = 0
    for metric in _by_turns(catalog):
        questions = _questions(metric, catalog, found)
        for question in questions[len(found) % 4 :] + questions[: len(found) % 4]:
            if tried == MOST_TRIED or len(found) == STARTERS:
                return found
            tried += 1
            if _works(question, metric, asking):
                found.append(question)
                break
    return found


def _works(question: str, metric: Term, asking: Asking) -> bool:
    planned = plan(question, asking, offer=False)
    if planned.outcome is Outcome.EXPLAINED:
        return True
    if planned.outcome is not Outcome.ANSWERED or planned.frame is None:
        return False
    return planned.frame.metrics == (metric.name,)


def _by_turns(catalog: Catalog) -> Iterator[Term]:
    """Metrics, each model's best first and the models in turns."""
    models: dict[str, list[Term]] = {}
    for term in sorted(catalog.metrics.values(), key=lambda term: not term.certified):
        models.setdefault(catalog.graph.metrics[term.name].model or "", []).append(term)
    largest = sorted(models.values(), key=len, reverse=True)
    for turn in zip_longest(*largest):
        yield from (term for term in turn if term is not None)


def _questions(metric: Term, catalog: Catalog, used: Sequence[str]) -> list[str]:
    """Ways to ask about it: over time, by something, the largest, what it means."""
    said = metric.label[:1].lower() + metric.label[1:]
    reachable = catalog.reachable(metric.name)
    members = [member for member in _members(catalog, reachable) if member.label not in str(used)]
    by = members[0].label.lower() if members else ""
    return [
        f"{said} by month" if METRIC_TIME in reachable else f"what is {said}?",
        f"{said} by {by}" if by else f"what is {said}?",
        f"top 5 {by} by {said}" if by else f"what is {said}?",
        f"what is {said}?",
    ]


def _members(catalog: Catalog, reachable: frozenset[str]) -> list[Term]:
    """Texts to group by, names before others and near ones before far ones."""
    found = [
        term
        for term in catalog.members.values()
        if term.name in reachable
        and term.option is not None
        and term.option.kind == "categorical"
        and term.hops == 1
    ]
    return sorted(found, key=lambda term: term.name.split("__")[-1] not in NAME_LIKE)

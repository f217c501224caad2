"""A draft is handed out when it validates, compiles and answers; what does not is left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from catalog.drafts.composing import Draft, without
from semantic_layer.errors import (
    Issue,
    SemanticLayerError,
    StatementTimeout,
    Unavailable,
)
from semantic_layer.ports import Actor, DraftVerdict, MetricRunner, ModelDrafts

CATEGORY = "development"
_ROUNDS = 4
_MOST_DIMENSIONS = 8
_PLACE = re.compile(r"\b(entities|dimensions|measures|metrics)\[(\d+)\]")
_MEMBERS = ("metrics", "measures", "dimensions", "entities")


@dataclass(frozen=True)
class Proof:
    """A draft with what the registry says of it; `notes` tell what was left out and why,
    `answered` how many metrics and dimensions were asked for and answered."""

    draft: Draft
    verdict: DraftVerdict
    notes: tuple[str, ...]
    answered: Mapping[str, int]


@dataclass(frozen=True)
class Prover:
    """Asks the registry and the warehouse, as one person."""

    actor: Actor
    drafts: ModelDrafts
    runner: MetricRunner

    def problems(self, draft: Draft) -> list[str]:
        """Why the draft as it is does not validate, compile and answer; empty where it does."""
        verdict = self.drafts.check(self.actor, draft.definition)
        if verdict.errors:
            return [issue.message for issue in verdict.errors]
        return [f"{name}: {why}" for _, name, why in self._silent(draft, verdict).parts]

    def prove(self, draft: Draft) -> Proof:
        """The draft, without those of its new parts that are in the way. Side effect: a few metric
        queries as the person. Raises nothing that a part is to blame for."""
        notes: list[str] = []
        verdict = self.drafts.check(self.actor, draft.definition)
        for _ in range(_ROUNDS):
            if not verdict.errors:
                silent = self._silent(draft, verdict)
                if not silent.parts:
                    return Proof(draft, verdict, (*notes, *silent.notes), silent.answered)
                notes += [f"{name} is left out: {why}" for _, name, why in silent.parts]
                dropped = _by_kind((kind, name) for kind, name, _ in silent.parts)
            else:
                dropped = blamed(draft, verdict.errors)
                notes += [f"Left out: {issue.message}" for issue in verdict.errors]
            if not any(dropped.values()):
                break
            draft = without(draft, dropped)
            verdict = self.drafts.check(self.actor, draft.definition)
        return Proof(draft, verdict, tuple(notes), {"metrics": 0, "dimensions": 0})

    def _silent(self, draft: Draft, verdict: DraftVerdict) -> _Silent:
        found = _Silent()
        metrics = list(draft.added["metrics"])
        if metrics:
            self._try(found, verdict, "metrics", metrics, _of_metrics)
        first = [m for m in metrics if ("metrics", m) not in found.names][:1]
        dimensions = [
            verdict.graph.models[draft.name].local_name(name)
            for name in draft.added["dimensions"]
            if draft.name in verdict.graph.models
        ]
        for start in range(0, len(dimensions), _MOST_DIMENSIONS):
            part = dimensions[start : start + _MOST_DIMENSIONS]
            asked = {"limit": 1, **({"metrics": first} if first else {})}
            self._try(found, verdict, "dimensions", part, partial(_grouped, asked))
        return found

    def _try(
        self,
        found: _Silent,
        verdict: DraftVerdict,
        kind: str,
        names: Sequence[str],
        body: Callable[[list[str]], dict[str, Any]],
    ) -> None:
        """Ask for all at once; where that fails, for each alone to know which."""
        if found.out_of_time or self._fails(found, verdict, body(list(names))) is None:
            found.answered[kind] += 0 if found.out_of_time else len(names)
            return
        for name in names:
            why = self._fails(found, verdict, body([name]))
            if why is None:
                found.answered[kind] += 1
            else:
                found.parts.append((kind, name.rpartition("__")[2], why))

    def _fails(self, found: _Silent, verdict: DraftVerdict, body: Mapping[str, Any]) -> str | None:
        try:
            self.runner.run(self.actor, {**body, "category": CATEGORY}, graph=verdict.graph)
        except (StatementTimeout, Unavailable) as error:
            found.out_of_time = True
            found.notes.append(f"Not all was tried: {error.message}")
        except SemanticLayerError as error:
            return error.message
        return None


def _of_metrics(names: list[str]) -> dict[str, Any]:
    return {"metrics": names}


def _grouped(asked: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    return {**asked, "group_by": names}


class _Silent:
    """Parts that gave no answer: (kind, name, why)."""

    def __init__(self) -> None:
        self.parts: list[tuple[str, str, str]] = []
        self.notes: list[str] = []
        self.answered = {"metrics": 0, "dimensions": 0}
        self.out_of_time = False

    @property
    def names(self) -> set[tuple[str, str]]:
        return {(kind, name) for kind, name, _ in self.parts}


def prove(actor: Actor, drafts: ModelDrafts, runner: MetricRunner, draft: Draft) -> Proof:
    """See Prover.prove."""
    return Prover(actor, drafts, runner).prove(draft)


def blamed(draft: Draft, errors: Sequence[Issue]) -> dict[str, list[str]]:
    """New parts that problems point at or name, by kind; where there is none, all of one kind."""
    pointed = _by_kind(place for issue in errors for place in _places(draft, issue.path))
    if pointed:
        return pointed
    said = " ".join(f"{issue.path} {issue.message}" for issue in errors)
    found = {
        kind: [name for name in draft.added[kind] if f"'{name}'" in said or f".{name}" in said]
        for kind in _MEMBERS
    }
    if any(found.values()):
        return found
    for kind in _MEMBERS:
        if draft.added[kind]:
            return {kind: list(draft.added[kind])}
    return {}


def _places(draft: Draft, path: str) -> Iterator[tuple[str, str]]:
    """The new parts that a path like `measures[2].expr` leads through."""
    for kind, index in _PLACE.findall(path):
        members = draft.definition[kind]
        if int(index) < len(members) and members[int(index)]["name"] in draft.added[kind]:
            yield kind, members[int(index)]["name"]


def _by_kind(parts: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for kind, name in parts:
        found.setdefault(kind, []).append(name)
    return found

"""How right the analysis is, on schemas that a person labelled by hand: precision and recall of
every kind of reading, printed and held.

`hospital` was written after the rules; some of them were mended by what it showed. Its figures are
held apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from catalog.analyses import analyse_table
from catalog.analysis import LIKELY, Analysis
from catalog.analysis.additivity import ADDITIVE, AVERAGED, Nature
from catalog.analysis.units import unit_of
from semantic_layer.accounts.actor import actor_of
from semantic_layer.accounts.models import User
from tests.catalog.analysis.conftest import WORLDS, attached
from tests.catalog.analysis.flights import FLIGHTS
from tests.catalog.analysis.labels import Truth

PRECISION, RECALL = 0.95, 0.95
LATER_PRECISION, LATER_RECALL = 0.9, 0.9


@dataclass
class Score:
    right: int = 0
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return self.right / ((self.right + len(self.wrong)) or 1)

    @property
    def recall(self) -> float:
        return self.right / ((self.right + len(self.missed)) or 1)


def pairs(analysis: Analysis) -> Iterator[tuple[str, set[str]]]:
    """What was found, by kind."""
    found = analysis.found
    yield "key", {"+".join(sorted(found.key.columns))} if found.key else set()
    yield "foreign", {f"{k.column}>{k.target.table}.{k.target_column}" for k in found.foreign}
    yield "time", {found.time.column} if found.time else set()
    yield "times", {time.column for time in found.times}
    yield "sums", {c for c, n in found.numbers.items() if n.nature in ADDITIVE}
    yield "averages", {c for c, n in found.numbers.items() if n.nature in AVERAGED}
    yield "balances", {c for c, n in found.numbers.items() if n.nature is Nature.BALANCE}
    yield "flags", set(found.flags)
    yield "personal", set(found.personal)


def labelled(truth: Truth) -> dict[str, set[str]]:
    return {
        "key": {"+".join(sorted(truth.key))} if truth.key else set(),
        "foreign": {f"{column}>{target}" for column, target in truth.foreign.items()},
        "time": {truth.time} if truth.time else set(),
        "times": set(truth.times),
        "sums": set(truth.sums),
        "averages": set(truth.averages),
        "balances": set(truth.balances),
        "flags": set(truth.flags),
        "personal": set(truth.personal),
    }


def scored(cases: Iterable[tuple[str, Truth, Analysis]]) -> dict[str, Score]:
    scores: dict[str, Score] = defaultdict(Score)
    for world, truth, analysis in cases:
        wanted = labelled(truth)
        for kind, found in pairs(analysis):
            _add(scores[kind], f"{world}.{truth.table}", found, wanted[kind])
        groups = {
            str(d.about["column"])
            for d in analysis.dimensions
            if d.definition["type"] == "categorical" and d.confidence >= LIKELY
        }
        units = {
            f"{column.name}={unit_of(column)}"
            for column in analysis.found.table.columns
            if column.name in truth.units
        }
        wanted_units = {f"{column}={unit}" for column, unit in truth.units.items()}
        if wanted_units:
            _add(scores["units"], f"{world}.{truth.table}", units, wanted_units)
        names = {metric.name for metric in analysis.metrics}
        for kind, found, some in (
            ("labels", groups, truth.labels), ("metrics", names, truth.metrics)
        ):  # fmt: skip
            # More of these than a person named are no mistake.
            _add(scores[kind], f"{world}.{truth.table}", found & some, set(some))
    return scores


def _add(score: Score, place: str, found: set[str], wanted: set[str]) -> None:
    score.right += len(found & wanted)
    score.wrong += [f"{place}: {name}" for name in sorted(found - wanted)]
    score.missed += [f"{place}: {name}" for name in sorted(wanted - found)]


def report(scores: dict[str, Score]) -> str:
    lines = [f"{'':10} {'precision':>9} {'recall':>7} {'right':>6}  wrong; missed"]
    for kind, score in scores.items():
        told = f"{'; '.join(score.wrong)} | {'; '.join(score.missed)}"
        lines.append(
            f"{kind:10} {score.precision:9.3f} {score.recall:7.3f} {score.right:6}  {told}"
        )
    return "\n".join(lines)


def total(scores: dict[str, Score]) -> Score:
    whole = Score()
    for score in scores.values():
        whole.right += score.right
        whole.wrong += score.wrong
        whole.missed += score.missed
    return whole


def analyses_of(
    name: str, file: Path, truths: Iterable[Truth], user: User
) -> list[tuple[str, Truth, Analysis]]:
    actor = actor_of(user)
    with attached(**{name: file}):
        return [
            (name, t, analyse_table(actor=actor, catalog=name, schema="gold", table=t.table))
            for t in truths
        ]


@pytest.fixture
def tuned(
    world_files: Callable[[str], Path], demo_warehouse: Path, analyst: User
) -> list[tuple[str, Truth, Analysis]]:
    """The worlds that the rules were made on."""
    cases = []
    for name in ("retail", "bank", "saas", "imported"):
        cases += analyses_of(name, world_files(name), WORLDS[name].truths, analyst)
    return cases + analyses_of("flights", demo_warehouse, FLIGHTS, analyst)


def test_is_right_on_the_worlds_it_was_made_on(
    tuned: list[tuple[str, Truth, Analysis]], capsys: pytest.CaptureFixture[str]
) -> None:
    scores = scored(tuned)
    with capsys.disabled():
        print(f"\n{len(tuned)} tables\n{report(scores)}")  # noqa: T201  the figures are the point
    whole = total(scores)
    assert whole.precision >= PRECISION, report(scores)
    assert whole.recall >= RECALL, report(scores)
    for kind in ("key", "foreign", "personal", "flags", "balances"):
        assert scores[kind].precision >= PRECISION, report(scores)
        assert scores[kind].recall >= RECALL, report(scores)


@pytest.mark.parametrize("world", ["hospital", "city", "decoys", "strangers"])
def test_is_right_on_worlds_that_came_later(
    world_files: Callable[[str], Path],
    analyst: User,
    capsys: pytest.CaptureFixture[str],
    world: str,
) -> None:
    cases = analyses_of(world, world_files(world), WORLDS[world].truths, analyst)
    scores = scored(cases)
    with capsys.disabled():
        print(f"\n{len(cases)} tables\n{report(scores)}")  # noqa: T201  the figures are the point
    whole = total(scores)
    assert whole.precision >= LATER_PRECISION, report(scores)
    assert whole.recall >= LATER_RECALL, report(scores)

"""How a golden question is answered: right by the rows it gives, not by the query it is."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from django.utils import timezone

from genie.catalogs import catalogs
from genie.evaluation.questions import Golden
from genie.evaluation.rows import same_rows
from genie.planning.asking import Asking, Outcome, Plan
from genie.planning.catalog import Catalog
from genie.planning.following import carried
from genie.planning.frame import Frame
from genie.planning.planner import plan
from genie.value_source import ActorValues
from models_registry.visibility import policy_of
from queries import services
from queries.basis import Basis
from queries.requests import MetricRequest
from semantic_layer.compiler import restricted
from semantic_layer.errors import RateLimited, UserError
from semantic_layer.ports import Actor


class Verdict(StrEnum):
    RIGHT = "right"
    ASKED = "asked back"
    REFUSED = "refused"
    WRONG = "wrong"


@dataclass(frozen=True)
class Score:
    """One question's outcome. `planning_ms` leaves out what the warehouse took before it."""

    golden: Golden
    verdict: Verdict
    plan: Plan
    planning_ms: float
    detail: str = ""


@dataclass(frozen=True)
class Summary:
    """Counts of verdicts; `confusion` by what was expected and what came; `answers` are confidence
    of each answer and whether it is right."""

    counts: Mapping[Verdict, int]
    confusion: Mapping[tuple[str, str], int]
    answers: Sequence[tuple[float, bool]]
    median_ms: float

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def kept_safe(self) -> float:
        """Share that is right or asked back."""
        good = self.counts.get(Verdict.RIGHT, 0) + self.counts.get(Verdict.ASKED, 0)
        return good / self.total if self.total else 1.0


@dataclass
class Evaluator:
    """Asks golden questions of one basis, as one actor."""

    actor: Actor
    basis: Basis
    _catalog: Catalog = field(init=False)
    _source: ActorValues = field(init=False)

    def __post_init__(self) -> None:
        self._catalog = catalogs.of(restricted(self.basis.graph, policy_of(self.actor)))
        self._source = ActorValues(self.actor, self.basis)

    @property
    def ran_out_of_time(self) -> bool:
        """Whether values could not all be read for the last question: its score says little."""
        return self._source.is_spent

    def score(self, golden: Golden) -> Score:
        """Plan the question in its conversation, and compare rows where it is answered."""
        self._source.renew()
        now = golden.now or timezone.now()
        context: Frame | None = None
        for before in golden.after:
            planned = self._plan(before, golden, context)
            context = carried(planned, context)
        # Values are read at the first time; the second is what a person waits for the planner.
        self._plan(golden.question, golden, context)
        started = time.perf_counter()
        planned = self._plan(golden.question, golden, context)
        spent = (time.perf_counter() - started) * 1000
        basis = replace(self.basis, moment=now)
        verdict, detail = self._verdict(golden, planned, basis)
        return Score(golden, verdict, planned, spent, detail)

    def _plan(self, question: str, golden: Golden, context: Frame | None) -> Plan:
        today = (golden.now or timezone.now()).date()
        return plan(question, Asking(self._catalog, self._source, today, context))

    def _verdict(self, golden: Golden, planned: Plan, basis: Basis) -> tuple[Verdict, str]:
        if planned.outcome is not Outcome.ANSWERED or planned.frame is None:
            # Asking back and refusing differ in tone; neither gives a number.
            if golden.outcomes:
                return Verdict.RIGHT, ""
            asked = planned.outcome is Outcome.ASKED_BACK
            options = "; ".join(option.label for option in planned.options)
            detail = f"{planned.message} {options}".strip()
            return (Verdict.ASKED if asked else Verdict.REFUSED), detail
        body = planned.frame.body()
        if any(_same_query(body, expected) for expected in golden.queries):
            return Verdict.RIGHT, ""
        try:
            rows = self._rows(body, basis)
            for expected in golden.queries:
                if same_rows(rows, self._rows(expected, basis)):
                    return Verdict.RIGHT, ""
        except RateLimited:
            # Says nothing about the answer.
            raise
        except UserError as error:
            return Verdict.WRONG, error.message
        return Verdict.WRONG, f"{planned.message} {body}"

    def _rows(self, body: Mapping[str, Any], basis: Basis) -> list[tuple[Any, ...]]:
        request = MetricRequest(dict(body), basis.category)
        answer = services.run_metric_query(actor=self.actor, request=request, basis=basis)
        return [tuple(row.values()) for row in answer.rows]


def summary(scores: Sequence[Score]) -> Summary:
    """The scores in numbers."""
    counts = Counter(score.verdict for score in scores)
    confusion = Counter(
        (_expected_word(score.golden), score.plan.outcome.value) for score in scores
    )
    answers = [
        (score.plan.confidence, score.verdict is Verdict.RIGHT)
        for score in scores
        if score.plan.outcome is Outcome.ANSWERED
    ]
    times = sorted(score.planning_ms for score in scores)
    return Summary(counts, confusion, answers, times[len(times) // 2] if times else 0.0)


def _expected_word(golden: Golden) -> str:
    best = golden.expected[0]
    return best.value if isinstance(best, Outcome) else Outcome.ANSWERED.value


def _same_query(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Equal as written, the order of rows left out where it does not decide which there are."""
    return _essence(one) == _essence(other)


def _essence(body: Mapping[str, Any]) -> dict[str, Any]:
    found = {key: value for key, value in body.items() if value not in (None, [], {})}
    if found.get("limit") is None:
        found.pop("order_by", None)
    return found


def relevant(questions: Iterable[Golden], metrics: frozenset[str]) -> list[Golden]:
    """Questions whose right answer is made of some of the metrics."""
    return [golden for golden in questions if golden.metrics & metrics]

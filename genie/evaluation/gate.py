"""PublishGate: a model that makes a golden question fail is not published."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence

from django.conf import settings

from genie.evaluation.questions import Golden, golden_questions
from genie.evaluation.sameness import says_the_same
from genie.evaluation.scoring import Evaluator, Score, Verdict, relevant
from models_registry.graph_source import Snapshot, load_snapshot
from queries.basis import Basis
from semantic_layer.compiler import SemanticGraph
from semantic_layer.errors import (
    Issue,
    Malformed,
    RateLimited,
    StatementTimeout,
    Unavailable,
    WarehouseError,
)
from semantic_layer.ports import Actor, Candidate

logger = logging.getLogger(__name__)

CODE = "GOLDEN_QUESTION"
_NO_ANSWER = (Unavailable, StatementTimeout, WarehouseError, RateLimited)


class GoldenQuestionsGate:
    """Asks the questions that the candidate may break of the category as it would be: those about
    its own models, and, where it changes what can be said or meant, those about all others too.

    Only what worked before may be broken: a question that fails on the published models as well
    keeps nobody from publishing. After GOLDEN_QUESTIONS_BUDGET_S, or where the warehouse does not
    answer, nothing more is asked or refused, and a warning says how much was not checked.
    """

    def concerns(self, actor: Actor, candidate: Candidate) -> bool:
        """See the port."""
        try:
            return bool(_asked_of(actor, candidate, load_snapshot(candidate.category)))
        except Malformed:
            # `problems` tells it.
            return True

    def problems(self, actor: Actor, candidate: Candidate) -> Sequence[Issue]:
        """See the port. Runs queries as the actor where two metric queries differ."""
        published = load_snapshot(candidate.category)
        try:
            questions = _may_break(actor, candidate, published)
            draft = Basis.unpublished(candidate.category, candidate.graph)
            return list(_broken(actor, questions, draft, Basis.of(published)))
        except Malformed as error:
            return [_warning(f"Golden questions were not asked: {error.message}")]
        except _NO_ANSWER as error:
            logger.warning("Golden questions were not asked", extra={"code": error.code})
            return [_warning("Golden questions were not asked: the warehouse does not answer.")]


def _asked_of(actor: Actor, candidate: Candidate, published: Snapshot) -> list[Golden]:
    """The questions that published metrics answer: others may be answered anew, and are not
    broken by it. Raises Malformed for a broken file of them.
    """
    if not actor.may("execute"):
        return []
    questions = golden_questions(settings.GOLDEN_QUESTIONS_DIRECTORY, candidate.category)
    return relevant(questions, frozenset(published.graph.metrics))


def _may_break(actor: Actor, candidate: Candidate, published: Snapshot) -> list[Golden]:
    """The questions to ask, those about the candidate's own metrics first."""
    questions = _asked_of(actor, candidate, published)
    own = relevant(questions, _metrics_of(published.graph, candidate.models))
    if says_the_same(published.graph, candidate.graph, candidate.models):
        return own
    return own + [golden for golden in questions if golden not in own]


def _metrics_of(graph: SemanticGraph, models: Sequence[str]) -> frozenset[str]:
    """The published metrics that are written in the models or made of them."""
    named = set(models)
    return frozenset(
        info.name
        for info in graph.metrics.values()
        if info.model in named or named & set(info.models)
    )


def _broken(
    actor: Actor, questions: Sequence[Golden], draft: Basis, published: Basis
) -> Iterator[Issue]:
    deadline = time.monotonic() + settings.GOLDEN_QUESTIONS_BUDGET_S
    after, before = Evaluator(actor, draft), Evaluator(actor, published)
    for place, golden in enumerate(questions):
        if time.monotonic() > deadline:
            left = len(questions) - place
            logger.warning("Golden questions were left out", extra={"left": left})
            yield _warning(
                f"{left} of {len(questions)} golden questions were not asked: the"
                f" {settings.GOLDEN_QUESTIONS_BUDGET_S} seconds for it (GOLDEN_QUESTIONS_BUDGET_S)"
                " were over. manage.py evaluate_questions asks all."
            )
            return
        score = after.score(golden)
        if score.verdict is Verdict.RIGHT:
            continue
        if after.ran_out_of_time:
            raise Unavailable("The values of dimensions could not be read in time.")
        if before.score(golden).verdict is Verdict.RIGHT:
            yield _issue(score)


def _issue(score: Score) -> Issue:
    said = {
        Verdict.WRONG: "is answered with other numbers than it should be",
        Verdict.ASKED: "can no longer be answered without asking back",
        Verdict.REFUSED: "can no longer be answered",
    }[score.verdict]
    golden = score.golden
    return Issue(
        file=golden.file,
        path="questions",
        code=CODE,
        message=f"The golden question '{golden.question}' {said}: {score.detail}",
    )


def _warning(message: str) -> Issue:
    return Issue(code=CODE, message=message, severity="warning")

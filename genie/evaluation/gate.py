"""PublishGate: a model that makes a golden question fail is not published."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

from django.conf import settings

from genie.evaluation.questions import Golden, golden_questions
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
    """Asks the questions about the candidate's models of the category as it would be.

    Only what worked before may be broken: a question that fails on the published models as well
    keeps nobody from publishing. Where the warehouse does not answer, nothing is refused, and a
    warning says that nothing was checked.
    """

    def concerns(self, actor: Actor, candidate: Candidate) -> bool:
        """See the port."""
        try:
            return bool(_questions(actor, candidate, load_snapshot(candidate.category)))
        except Malformed:
            # `problems` tells it.
            return True

    def problems(self, actor: Actor, candidate: Candidate) -> Sequence[Issue]:
        """See the port. Runs queries as the actor where two metric queries differ."""
        published = load_snapshot(candidate.category)
        try:
            questions = _questions(actor, candidate, published)
            draft = Basis.unpublished(candidate.category, candidate.graph)
            return list(_broken(actor, questions, draft, Basis.of(published)))
        except Malformed as error:
            return [_warning(f"Golden questions were not asked: {error.message}")]
        except _NO_ANSWER as error:
            logger.warning("Golden questions were not asked", extra={"code": error.code})
            return [_warning("Golden questions were not asked: the warehouse does not answer.")]


def _questions(actor: Actor, candidate: Candidate, published: Snapshot) -> list[Golden]:
    """The questions that the candidate may break. Raises Malformed for a broken file of them."""
    metrics = _metrics_of(published.graph, candidate.models)
    if not metrics or not actor.may("execute"):
        return []
    questions = golden_questions(settings.GOLDEN_QUESTIONS_DIRECTORY, candidate.category)
    return relevant(questions, metrics)


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
    if not questions:
        return
    after = Evaluator(actor, draft)
    before: Evaluator | None = None
    for golden in questions:
        score = after.score(golden)
        if score.verdict is Verdict.RIGHT:
            continue
        if after.ran_out_of_time:
            raise Unavailable("The values of dimensions could not be read in time.")
        before = before or Evaluator(actor, published)
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

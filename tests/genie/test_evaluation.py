"""Golden questions: the second schema's own, the command, the gate."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.core.management import CommandError, call_command

from genie.evaluation.questions import Golden, read_questions
from genie.evaluation.scoring import Evaluator, Score, Verdict, summary
from genie.planning.asking import Outcome
from models_registry.audit import SYSTEM
from models_registry.graph_source import load_snapshot
from queries.basis import Basis
from semantic_layer.accounts.models import User
from semantic_layer.errors import (
    Malformed,
    RateLimited,
    SemanticLayerError,
    StatementTimeout,
    WarehouseError,
    WarehouseUnavailable,
)
from tests.accounts_fixtures import Api
from tests.genie.conftest import MODELS, QUESTIONS

HOTELS = Path(__file__).parent / "hotels"


@pytest.fixture
def evaluator(models: None) -> Evaluator:
    return Evaluator(SYSTEM, Basis.of(load_snapshot("production")))


def test_another_schema_is_understood(evaluator: Evaluator) -> None:
    """Its questions were written before the planner; the docs tell how its first run went."""
    scores = [evaluator.score(golden) for golden in read_questions(QUESTIONS, "production")]
    _held(scores, right=40)


def _held(scores: Sequence[Score], *, right: int) -> None:
    """None is wrong, 95 % are right or asked back, and as many are right as the docs say."""
    found = summary(scores)
    told = [(s.golden.question, s.detail) for s in scores if s.verdict is not Verdict.RIGHT]
    assert found.total == 40
    assert not found.counts.get(Verdict.WRONG), told
    assert found.kept_safe >= 0.95, told
    assert found.counts[Verdict.RIGHT] >= right, told


@pytest.fixture
def hotels(tmp_path: Path, settings: Any, api: Api, engineer: User) -> Evaluator:
    """A hotel chain's warehouse and models, the only ones."""
    file = tmp_path / "hotels.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute((HOTELS / "data.sql").read_text(encoding="utf-8"))
    settings.DUCKDB_ATTACH = f"hotels={file}"
    settings.DUCKDB_DEFAULT_CATALOG = "hotels"
    models = (HOTELS / "models.yml").read_text(encoding="utf-8")
    response = api(engineer).post("/api/models", {"yaml": models})
    assert response.status_code == 201, response.json()
    return Evaluator(SYSTEM, Basis.of(load_snapshot("production")))


def test_questions_of_somebody_who_never_saw_the_planner(hotels: Evaluator) -> None:
    golden = read_questions(HOTELS / "questions.yml", "production")
    _held([hotels.score(asked) for asked in golden], right=35)


def test_rows_decide_and_not_the_query_as_written(evaluator: Evaluator) -> None:
    spelled = {
        "metrics": ["revenue"],
        "group_by": ["customer__country"],
        "where": [{"field": "customer__country", "op": "in", "value": ["Spain"]}],
    }
    other = {**spelled, "where": [{"field": "customer__country", "op": "=", "value": "Brazil"}]}
    question = "revenue by country for Spain"
    assert evaluator.score(Golden(question, (spelled,))).verdict is Verdict.RIGHT
    wrong = evaluator.score(Golden(question, (other,)))
    assert wrong.verdict is Verdict.WRONG
    assert "Spain" in wrong.detail
    assert evaluator.score(Golden(question, (Outcome.REFUSED,))).verdict is Verdict.WRONG
    asked = evaluator.score(Golden("profit by country", (spelled,)))
    assert asked.verdict is Verdict.ASKED


def golden_file(folder: Path, questions: str) -> Path:
    file = folder / "golden.yml"
    file.write_text(f"category: production\nquestions:\n{questions}", encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- nothing", "questions"),
        ("category: production\nquestions:\n  - expect: refused", "question"),
        ("category: production\nquestions:\n  - question: x", "expect"),
        ("category: production\nquestions:\n  - {question: x, expect: maybe}", "maybe"),
        ("category: production\nquestions:\n  - {question: x, expect: refused, now: noon}", "noon"),
        ("a: [", "golden.yml"),
    ],
)
def test_a_file_that_is_none_is_told(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "golden.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(Malformed, match=told):
        read_questions(file, "production")


def test_the_command_prints_scores_and_fails_for_wrong_ones(models: None, tmp_path: Path) -> None:
    by_country = "{metrics: [revenue], group_by: [customer__country]}"
    right = f"  - question: revenue by country\n    expect: {by_country}\n"
    wrong = "  - question: refunds\n    expect: {metrics: [revenue]}\n"
    said = StringIO()
    call_command("evaluate_questions", golden_file(tmp_path, right), stdout=said)
    assert "1 questions: 1 right" in said.getvalue()
    assert "100.0% right or asked back" in said.getvalue()
    said = StringIO()
    with pytest.raises(CommandError, match="1 wrong"):
        call_command(
            "evaluate_questions", golden_file(tmp_path, right + wrong), wrong=True, stdout=said
        )
    assert "wrong (" in said.getvalue()
    assert "refunds" in said.getvalue()


GATED = """\
  - question: total revenue by country
    expect: {metrics: [revenue], group_by: [customer__country]}
  - question: revenue of nobody knows what
    expect: {metrics: [revenue]}
"""


@pytest.fixture
def gated(settings: Any, tmp_path: Path, models: None) -> None:
    golden_file(tmp_path, GATED)
    settings.GOLDEN_QUESTIONS_DIRECTORY = tmp_path
    settings.PUBLISH_GATES = ["genie.evaluation.gate.GoldenQuestionsGate"]


def invoices(change: tuple[str, str]) -> str:
    """The invoices model alone with its metrics, changed."""
    start = MODELS.index("  - name: invoices")
    model = MODELS[start : MODELS.index("  - name: tickets")]
    metrics = [
        line
        for line in MODELS[MODELS.index("metrics:") :].splitlines()[1:]
        if any(f"name: {name}," in line[:40] for name in
               ("invoices", "revenue", "refunds", "net_revenue", "average_invoice"))
    ]  # fmt: skip
    text = "semantic_models:\n" + model + "\nmetrics:\n" + "\n".join(metrics) + "\n"
    assert change[0] in text
    return text.replace(*change)


def renamed_revenue() -> str:
    """The invoices without the metric that the golden question is about."""
    renamed = invoices(("label: Revenue, ", "label: Turnover, "))
    renamed = renamed.replace("synonyms: [sales, turnover]", "synonyms: [takings]")
    renamed = renamed.replace("name: revenue, ", "name: takings, ")
    renamed = renamed.replace("expr: revenue - refunds", "expr: takings - refunds")
    return renamed.replace("[{name: revenue}", "[{name: takings}")


def test_a_model_that_breaks_a_golden_question_is_not_published(
    gated: None, api: Api, engineer: User
) -> None:
    refused = api(engineer).put("/api/models/invoices", {"yaml": renamed_revenue()})
    assert refused.status_code == 422, refused.json()
    errors = refused.json()["details"]["errors"]
    assert [error["code"] for error in errors] == ["GOLDEN_QUESTION"]
    assert "total revenue by country" in errors[0]["message"]


def test_other_changes_of_the_model_are_published(gated: None, api: Api, engineer: User) -> None:
    described = invoices(("Invoices sent to customers.", "Invoices, sent to customers."))
    done = api(engineer).put("/api/models/invoices", {"yaml": described})
    assert done.status_code == 200, done.json()


RECEIPTS = """\
semantic_models:
  - name: receipts
    model: shop.gold.invoices
    defaults: {agg_time_dimension: received_on}
    entities: [{name: receipt, type: primary, expr: invoice_id}]
    dimensions:
      - {name: received_on, type: time, expr: issued_on, type_params: {time_granularity: day}}
    measures:
      - {name: received, agg: sum, expr: amount_cents, create_metric: true, label: Total revenue}
"""


def test_another_model_that_makes_a_golden_question_ambiguous_is_not_published(
    gated: None, api: Api, engineer: User, settings: Any
) -> None:
    """A second total revenue cannot be had by country, so the question of the first is asked by
    itself."""
    bare = "  - question: total revenue\n    expect: {metrics: [revenue]}\n"
    golden_file(settings.GOLDEN_QUESTIONS_DIRECTORY, bare)
    refused = api(engineer).post("/api/models", {"yaml": RECEIPTS})
    assert refused.status_code == 422, refused.json()
    (error,) = refused.json()["details"]["errors"]
    assert error["code"] == "GOLDEN_QUESTION"
    assert "'total revenue'" in error["message"]
    fine = RECEIPTS.replace("Total revenue", "Quux received")
    done = api(engineer).post("/api/models", {"yaml": fine})
    assert done.status_code == 201, done.json()


def test_time_for_asking_is_bounded(
    gated: None, api: Api, engineer: User, caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    """What would be refused is published then: its golden question was not asked."""
    settings.GOLDEN_QUESTIONS_BUDGET_S = -1
    done = api(engineer).put("/api/models/invoices", {"yaml": renamed_revenue()})
    assert done.status_code == 200, done.json()
    assert "Golden questions were left out" in caplog.text


def test_what_says_the_same_asks_only_about_itself(
    gated: None, api: Api, engineer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    score = Evaluator.score

    def counted(self: Evaluator, golden: Golden) -> Score:
        asked.append(golden.question)
        return score(self, golden)

    monkeypatch.setattr(Evaluator, "score", counted)
    client = api(engineer)
    worded = client.put("/api/models/tickets", {"description": "Said in other words."})
    assert worded.status_code == 200, worded.json()
    assert asked == []
    named = client.put("/api/models/tickets", {"label": "Cases"})
    assert named.status_code == 200, named.json()
    assert "total revenue by country" in asked


def test_values_that_take_too_long_to_read_keep_nobody_from_publishing(
    gated: None,
    api: Api,
    engineer: User,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(Evaluator, "ran_out_of_time", True)
    done = api(engineer).put("/api/models/invoices", {"yaml": renamed_revenue()})
    assert done.status_code == 200, done.json()
    assert "Golden questions were not asked" in caplog.text


@pytest.mark.parametrize(
    "error",
    [
        WarehouseUnavailable("Down."),
        StatementTimeout("Too slow."),
        WarehouseError("Broken."),
        RateLimited("Too many at once.", retry_after_s=1),
    ],
)
def test_a_warehouse_that_does_not_answer_keeps_nobody_from_publishing(
    gated: None,
    api: Api,
    engineer: User,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: SemanticLayerError,
) -> None:
    def unanswered(**asked: Any) -> None:
        raise error

    monkeypatch.setattr("queries.services.run_metric_query", unanswered)
    # Not the query that the planner makes of it: their rows have to be compared.
    golden_file(tmp_path, GATED.replace("metrics: [revenue],", "metrics: [revenue, refunds],"))
    described = invoices(("Invoices sent to customers.", "Invoices, sent to customers."))
    done = api(engineer).put("/api/models/invoices", {"yaml": described})
    assert done.status_code == 200, done.json()

"""Objections against publishing: asked while nobody waits, about exactly what is published."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from models_registry import services
from models_registry.audit import SYSTEM
from models_registry.batches import Operation, run_batch
from models_registry.gates import ASKED_AT_MOST
from models_registry.mirror.draining import drain
from models_registry.mirror.reconciling import reconcile
from models_registry.models import AuditEntry, Document, DocumentVersion
from models_registry.promotions import Promotion, promote
from models_registry.transitions import Move, move_version
from semantic_layer.accounts.actor import actor_of
from semantic_layer.accounts.models import User
from semantic_layer.adapters.local_volume import LocalVolume
from semantic_layer.errors import Conflict, InvalidModels, Issue, SemanticLayerError
from semantic_layer.ports import Actor, Candidate
from tests.accounts_fixtures import ApiClient
from tests.models_registry.conftest import CUSTOMERS, ORDERS, write_customers, write_orders

REGIONS: dict[str, Any] = {
    "name": "regions",
    "model": "a.b.c",
    "entities": [{"name": "region", "type": "primary", "expr": "id"}],
}
OBJECTION = Issue(code="GOLDEN_QUESTION", message="'How many customers?' answers 7, not 8.")

Asked = Callable[[Candidate], list[Issue]]


class Gate:
    """Minds the customers; what it says, and does meanwhile, is each test's."""

    asked: Asked
    questions: list[Candidate]

    def concerns(self, actor: Actor, candidate: Candidate) -> bool:
        return "customers" in candidate.models

    def problems(self, actor: Actor, candidate: Candidate) -> list[Issue]:
        Gate.questions.append(candidate)
        return Gate.asked(candidate)


@pytest.fixture
def ask(settings: Any) -> Iterator[Callable[[Asked], None]]:
    """Puts the gate up; what it is to do is the argument."""

    def up(asked: Asked) -> None:
        settings.PUBLISH_GATES = [f"{__name__}.Gate"]
        Gate.asked = staticmethod(asked)  # type: ignore[assignment]

    Gate.questions = []
    yield up
    Gate.questions = []


def descriptions(name: str = "customers") -> list[str]:
    versions = DocumentVersion.objects.filter(document__name=name).order_by("number")
    return list(versions.values_list("description", flat=True))


def update(text: str, **more: Any) -> services.ModelWritten:
    return services.update_model(
        actor=SYSTEM,
        category="production",
        name="customers",
        payload={"description": text},
        **more,
    )


# ---------------------------------------------------------------- what it says


@pytest.mark.django_db
def test_a_gate_may_refuse(
    ask: Callable[[Asked], None], settings: Any, as_engineer: ApiClient
) -> None:
    ask(lambda candidate: [OBJECTION])
    write_orders()
    assert Gate.questions == []
    refused = as_engineer.post("/api/models", CUSTOMERS)
    assert (refused.status_code, refused.json()["error_code"]) == (422, "INVALID_MODEL")
    assert refused.json()["details"]["errors"][0]["code"] == "GOLDEN_QUESTION"
    assert "customers_known" in Gate.questions[0].graph.metrics
    assert AuditEntry.objects.filter(outcome="refused", name="customers").count() == 1
    assert descriptions() == []

    settings.MODEL_REVIEW_CATEGORIES = ["production"]
    assert as_engineer.post("/api/models", CUSTOMERS).status_code == 201


@pytest.mark.django_db
def test_a_warning_lets_it_pass(ask: Callable[[Asked], None]) -> None:
    ask(lambda candidate: [Issue(code="GOLDEN_QUESTION", message="Not asked.", severity="warning")])
    write_customers()
    assert len(Gate.questions) == 1


@pytest.mark.django_db
def test_the_failing_operation_of_a_batch_is_named(ask: Callable[[Asked], None]) -> None:
    write_customers()
    ask(lambda candidate: [OBJECTION] if candidate.graph.models["customers"].spec.label else [])
    payloads = [{"description": "Fine."}, {"label": "Not fine."}]
    operations = [Operation("create", "production", payload=REGIONS)]
    operations += [Operation("update", "production", "customers", item) for item in payloads]
    result = run_batch(actor=SYSTEM, operations=operations, atomic=True)
    assert result.rolled_back
    errors = [item.error for item in result.outcomes]
    assert [getattr(error, "code", None) for error in errors] == [
        "ROLLED_BACK", "ROLLED_BACK", "INVALID_MODEL",
    ]  # fmt: skip
    assert len(descriptions()) == 1
    assert not Document.objects.filter(name="regions").exists()

    result = run_batch(actor=SYSTEM, operations=operations[:2], atomic=True)
    assert all(item.success for item in result.outcomes)
    assert descriptions()[-1] == "Fine."


@pytest.mark.django_db
def test_a_promotion_asks_once(ask: Callable[[Asked], None]) -> None:
    write_customers("development")
    ask(lambda candidate: [])
    done = promote(actor=SYSTEM, promotion=Promotion("customers", "staging"))
    assert done.written is not None
    assert [question.category for question in Gate.questions] == ["staging"]


@pytest.mark.django_db
def test_files_that_a_gate_minds_keep_no_others_out(
    ask: Callable[[Asked], None], tmp_path: Path
) -> None:
    write_customers()
    write_orders()
    store = LocalVolume(tmp_path)
    drain(store)
    for name in ("customers", "orders"):
        file = next(tmp_path.rglob(f"production/{name}.yml"))
        text = file.read_text()
        assert "One row per" in text
        file.write_text(text.replace("One row per", "A row per"))
    ask(lambda candidate: [OBJECTION])
    findings = reconcile(store, "production")
    told = {finding.drift.path.rsplit("/")[-1]: finding for finding in findings}
    assert not told["customers.yml"].is_settled
    assert told["customers.yml"].issues == (OBJECTION,)
    assert told["orders.yml"].is_settled
    assert [len(descriptions("customers")), len(descriptions("orders"))] == [1, 2]


# ---------------------------------------------------------------- while it thinks


def in_thread(call: Callable[[], object]) -> object:
    """What a call on another connection gives, or raises."""
    outcome: list[object] = []

    def run() -> None:
        try:
            outcome.append(call())
        except SemanticLayerError as error:
            outcome.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(timeout=60)
    assert outcome, "it waits for a lock that is held while the gate thinks"
    return outcome[0]


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_while_a_gate_thinks(ask: Callable[[Asked], None]) -> None:
    """Another writer of the same category gets through, and what was judged is asked again."""
    write_customers()

    def slow(candidate: Candidate) -> list[Issue]:
        if len(Gate.questions) == 1:
            written = in_thread(
                lambda: services.create_model(
                    actor=SYSTEM, category="production", payload={"yaml": ORDERS}
                )
            )
            assert isinstance(written, services.ModelWritten)
        return []

    ask(slow)
    assert update("Judged twice.").version == 2
    assert ["orders" in question.graph.models for question in Gate.questions] == [False, True]


@pytest.mark.django_db(transaction=True)
def test_a_change_of_the_same_model_meanwhile_is_not_written_over(
    ask: Callable[[Asked], None],
) -> None:
    write_customers()

    def slow(candidate: Candidate) -> list[Issue]:
        if len(Gate.questions) == 1:
            assert isinstance(in_thread(lambda: update("Theirs.")), services.ModelWritten)
        return []

    ask(slow)
    with pytest.raises(Conflict, match="was written meanwhile"):
        update("Mine.")
    assert descriptions() == ["One row per customer.", "Theirs."]


@pytest.mark.django_db(transaction=True)
def test_an_approval_is_of_the_version_that_was_there(
    ask: Callable[[Asked], None], reviewed: None, admin_user: User
) -> None:
    author = actor_of(User.objects.create_user("author@example.com", ["engineer"]))

    def submitted(payload: dict[str, Any]) -> object:
        if Document.objects.exists():
            services.update_model(
                actor=author, category="production", name="customers", payload=payload
            )
        else:
            services.create_model(actor=author, category="production", payload=payload)
        return move_version(actor=author, move=Move("submit", "production", "customers"))

    def slow(candidate: Candidate) -> list[Issue]:
        if len(Gate.questions) == 1:
            in_thread(lambda: submitted({"description": "Slipped in."}))
        return []

    submitted(CUSTOMERS)
    ask(slow)
    done = move_version(actor=actor_of(admin_user), move=Move("approve", "production", "customers"))
    assert (done.version, done.published_version) == (1, 1)
    assert list(DocumentVersion.objects.order_by("number").values_list("description", "state")) == [
        ("One row per customer.", "published"),
        ("Slipped in.", "in_review"),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_category_that_never_rests_is_a_conflict(ask: Callable[[Asked], None]) -> None:
    write_customers()
    write_orders()

    def restless(candidate: Candidate) -> list[Issue]:
        text = f"Written {len(Gate.questions)} times."
        in_thread(
            lambda: services.update_model(
                actor=SYSTEM,
                category="production",
                name="orders",
                payload={"description": text},
            )
        )
        return []

    ask(restless)
    with pytest.raises(Conflict, match="try again") as refused:
        update("Never judged in peace.")
    assert refused.value.code == "CATEGORY_CHANGED"
    assert len(Gate.questions) == ASKED_AT_MOST
    assert descriptions() == ["One row per customer."]


@pytest.mark.django_db(transaction=True)
def test_what_a_gate_raises_leaves_nothing_behind(ask: Callable[[Asked], None]) -> None:
    write_customers()

    def broken(candidate: Candidate) -> list[Issue]:
        raise InvalidModels((OBJECTION,), "No.")

    ask(broken)
    with pytest.raises(InvalidModels):
        update("Nothing.")
    assert isinstance(in_thread(lambda: write_orders()), type(None))
    assert descriptions() == ["One row per customer."]

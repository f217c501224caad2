"""Two people at once, and a transaction that is killed."""

from __future__ import annotations

import threading

import pytest
from django.db import OperationalError, connection, transaction

from models_registry import services
from models_registry.audit import SYSTEM
from models_registry.graph_source import load_graph
from models_registry.models import AuditEntry, Document
from models_registry.transitions import Move, Moved, move_version
from semantic_layer.accounts.actor import actor_of
from semantic_layer.accounts.models import User
from semantic_layer.errors import Conflict, SemanticLayerError
from tests.models_registry.conftest import CUSTOMERS, ORDERS, write_customers
from tests.models_registry.threads import at_once, wait_until_somebody_waits_for_a_lock


@pytest.mark.django_db(transaction=True)
def test_of_two_approvals_one_counts(reviewed: None, admin_user: User) -> None:
    other = User.objects.create_user("second@example.com", ["admin"])
    author = User.objects.create_user("author@example.com", ["engineer"])
    services.create_model(actor=actor_of(author), category="production", payload=CUSTOMERS)
    asked = Move("submit", "production", "customers")
    move_version(actor=actor_of(author), move=asked)
    approve = Move("approve", "production", "customers", version=1)

    outcomes = at_once(
        lambda: move_version(actor=actor_of(admin_user), move=approve),
        lambda: move_version(actor=actor_of(other), move=approve),
    )

    assert sum(isinstance(item, Moved) for item in outcomes) == 1, outcomes
    lost = next(item for item in outcomes if isinstance(item, Conflict))
    assert lost.code == "WRONG_STATE"
    assert AuditEntry.objects.filter(action="approve").count() == 2


@pytest.mark.django_db(transaction=True)
def test_approve_and_edit_at_once_never_publish_what_nobody_saw(
    reviewed: None, admin_user: User
) -> None:
    author = actor_of(User.objects.create_user("author@example.com", ["engineer"]))
    services.create_model(actor=author, category="production", payload=CUSTOMERS)
    move_version(actor=author, move=Move("submit", "production", "customers"))

    def edit() -> object:
        return services.update_model(
            actor=author, category="production", name="customers",
            payload={"description": "Slipped in."},
        )  # fmt: skip

    at_once(
        edit,
        lambda: move_version(
            actor=actor_of(admin_user), move=Move("approve", "production", "customers")
        ),
    )

    document = Document.objects.get()
    if document.published is not None:
        assert document.published.description == "One row per customer."


@pytest.mark.django_db(transaction=True)
def test_a_killed_transaction_leaves_nothing_and_blocks_nobody() -> None:
    write_customers()
    has_written, killed = threading.Event(), threading.Event()
    backend: list[int] = []
    outcome: list[object] = []

    def doomed() -> None:
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_backend_pid()")
                    backend.append(cursor.fetchone()[0])
                move_version(
                    actor=SYSTEM, move=Move("deprecate", "production", "customers", reason="x")
                )
                services.create_model(actor=SYSTEM, category="production", payload={"yaml": ORDERS})
                has_written.set()
                killed.wait(timeout=10)
                Document.objects.count()
        except (OperationalError, SemanticLayerError) as error:
            outcome.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=doomed)
    thread.start()
    assert has_written.wait(timeout=20)
    waiting = threading.Thread(target=_update_in_thread)
    waiting.start()
    wait_until_somebody_waits_for_a_lock()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", backend)
    killed.set()
    thread.join(timeout=20)
    waiting.join(timeout=20)

    assert isinstance(outcome[0], OperationalError)
    assert [document.name for document in Document.objects.all()] == ["customers"]
    current = Document.objects.get().published
    assert current is not None
    assert (current.number, current.state, current.description) == (2, "published", "After.")
    assert AuditEntry.objects.filter(action="deprecate").count() == 0
    assert set(load_graph("production").models) == {"customers"}


def _update_in_thread() -> None:
    try:
        services.update_model(
            actor=SYSTEM, category="production", name="customers",
            payload={"description": "After."},
        )  # fmt: skip
    finally:
        connection.close()

"""Writes of the registry: transactions, versions, audit, two writers at once."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from models_registry import services
from models_registry.audit import SYSTEM
from models_registry.models import AuditEntry, CategoryState, Document, DocumentVersion
from semantic_layer.accounts.actor import actor_of
from semantic_layer.accounts.models import User
from semantic_layer.errors import (
    Conflict,
    Forbidden,
    InvalidModels,
    SemanticLayerError,
    StaleVersion,
)
from tests.models_registry.conftest import CUSTOMERS, ORDERS, write_customers, write_orders
from tests.models_registry.threads import at_once, wait_until_somebody_waits_for_a_lock


def update(**changes: Any) -> services.ModelWritten:
    arguments = {"actor": SYSTEM, "category": "production", "name": "customers", **changes}
    return services.update_model(**arguments)


@pytest.mark.django_db
def test_every_write_is_a_version_with_author_time_and_audit(engineer: User) -> None:
    actor = actor_of(engineer)
    services.create_model(actor=actor, category="production", payload=CUSTOMERS, message="New.")
    update(actor=actor, payload={"description": "Second."})
    update(actor=actor, payload={"description": "Third."}, message="Again.")

    versions = DocumentVersion.objects.order_by("number")
    assert [version.number for version in versions] == [1, 2, 3]
    assert [version.description for version in versions] == [
        "One row per customer.", "Second.", "Third.",
    ]  # fmt: skip
    assert {version.author_id for version in versions} == {engineer.pk}
    assert [version.message for version in versions] == ["New.", "", "Again."]
    assert len({version.definition_hash for version in versions}) == 3
    document = Document.objects.get()
    assert document.published == versions[2]
    assert document.updated_at == versions[2].created_at > versions[0].created_at
    trail = AuditEntry.objects.order_by("id").values_list(
        "action", "before_version", "after_version"
    )
    assert list(trail) == [("create", None, 1), ("update", 1, 2), ("update", 2, 3)]
    assert CategoryState.objects.get(category="production").version == 3


@pytest.mark.django_db
def test_a_refused_write_leaves_only_its_audit_row() -> None:
    write_customers()
    before = CategoryState.objects.get(category="production")

    with pytest.raises(InvalidModels):
        update(payload={"measures": []})

    assert DocumentVersion.objects.count() == 1
    assert CategoryState.objects.get(category="production").stamp == before.stamp
    refusal = AuditEntry.objects.get(outcome="refused")
    assert refusal.action == "update"
    assert refusal.details["errors"][0]["code"] == "UNKNOWN_INPUT"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("models_registry_documentversion", "SET yaml = 'forged'"),
        ("models_registry_documentversion", "SET number = 9"),
        ("models_registry_auditentry", "SET actor_email = 'nobody'"),
    ],
)
def test_the_database_itself_keeps_versions_and_audit(table: str, change: str) -> None:
    write_customers()
    for statement in (f"UPDATE {table} {change}", f"DELETE FROM {table}"):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


@pytest.mark.django_db
def test_the_state_of_a_version_may_move_on() -> None:
    write_customers()
    DocumentVersion.objects.update(state="deprecated")
    assert DocumentVersion.objects.get().state == "deprecated"


@pytest.mark.django_db
def test_delete_keeps_every_version_and_tells_dependents() -> None:
    write_customers()
    update(payload={"description": "Second."})
    write_orders()

    with pytest.raises(Conflict) as caught:
        services.delete_model(actor=SYSTEM, category="production", name="customers")
    assert caught.value.details["dependents"][0]["name"] == "orders"
    services.delete_model(actor=SYSTEM, category="production", name="customers", force=True)

    document = Document.objects.get(name="customers")
    assert document.published is None
    assert document.deleted_at is not None
    assert document.versions.count() == 2


@pytest.mark.django_db
def test_dependents_are_metrics_models_and_saved_queries() -> None:
    write_customers()
    write_orders()
    services.create_model(actor=SYSTEM, category="production", payload={"yaml": (
        "semantic_model: {name: regions, model: a.b.c,"
        " entities: [{name: region, type: primary, expr: id}],"
        " measures: [{name: region_count, agg: count, expr: id}]}\n"
        "metrics:\n"
        "  - {name: orders_per_region, type: ratio, numerator: region_count_metric,"
        " denominator: orders_placed}\n"
        "  - {name: region_count_metric, type: simple, measure: region_count}\n"
        "saved_queries: [{name: daily, query_params: {metrics: [orders_placed]}}]\n"
    )})  # fmt: skip

    with pytest.raises(Conflict) as caught:
        services.delete_model(actor=SYSTEM, category="production", name="orders")

    assert [(item["kind"], item["name"]) for item in caught.value.details["dependents"]] == [
        ("metric", "orders_per_region"),
        ("saved_query", "daily"),
    ]


@pytest.mark.django_db
def test_services_ask_for_permission_themselves(viewer: User, engineer: User) -> None:
    write_customers()
    with pytest.raises(Forbidden):
        update(actor=actor_of(viewer), payload={"description": "x"})
    with pytest.raises(Forbidden):
        services.delete_model(
            actor=actor_of(engineer), category="production", name="customers", force=True
        )


# ---------------------------------------------------------------- two writers


@pytest.mark.django_db(transaction=True)
def test_of_two_writers_with_if_match_one_wins() -> None:
    for number in range(1, 8):
        if number == 1:
            write_customers()

        def write(text: str, number: int = number) -> services.ModelWritten:
            return update(payload={"description": text}, expected=frozenset([number]))

        outcomes = at_once(lambda: write("left"), lambda: write("right"))

        winners = [item for item in outcomes if isinstance(item, services.ModelWritten)]
        losers = [item for item in outcomes if isinstance(item, StaleVersion)]
        assert (len(winners), len(losers)) == (1, 1), outcomes
        assert winners[0].version == number + 1
    assert DocumentVersion.objects.count() == 8


@pytest.mark.django_db(transaction=True)
def test_of_two_writers_that_overlap_without_if_match_the_second_gets_a_conflict() -> None:
    """The first holds the category while the second has read its version already and waits."""
    write_customers()
    has_lock, may_go = threading.Event(), threading.Event()
    outcomes: dict[str, object] = {}

    def first() -> None:
        try:
            with transaction.atomic():
                update(payload={"description": "first"})
                has_lock.set()
                may_go.wait(timeout=10)
        finally:
            connection.close()

    def second() -> None:
        try:
            outcomes["second"] = update(payload={"description": "second"})
        except SemanticLayerError as error:
            outcomes["second"] = error
        finally:
            connection.close()

    one = threading.Thread(target=first)
    one.start()
    assert has_lock.wait(timeout=10)
    two = threading.Thread(target=second)
    two.start()
    wait_until_somebody_waits_for_a_lock()
    may_go.set()
    one.join(timeout=30)
    two.join(timeout=30)

    assert isinstance(outcomes["second"], Conflict)
    assert outcomes["second"].code == "CONFLICT"
    assert Document.objects.get().published.description == "first"
    assert AuditEntry.objects.filter(outcome="refused").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_creators_of_one_name_one_wins_and_others_are_not_hindered() -> None:
    other = {"name": "regions", "model": "a.b.c", "entities": [
        {"name": "region", "type": "primary", "expr": "id"}]}  # fmt: skip

    def create(payload: dict[str, Any]) -> services.ModelWritten:
        return services.create_model(actor=SYSTEM, category="production", payload=payload)

    outcomes = at_once(
        lambda: create(CUSTOMERS), lambda: create(CUSTOMERS), lambda: create(other),
        lambda: create({"yaml": ORDERS}),
    )  # fmt: skip

    assert sum(isinstance(item, services.ModelWritten) for item in outcomes) == 3, outcomes
    taken = [item for item in outcomes if isinstance(item, Conflict)]
    assert [error.code for error in taken] == ["NAME_TAKEN"]
    assert Document.objects.count() == DocumentVersion.objects.count() == 3
    assert CategoryState.objects.get(category="production").version == 3

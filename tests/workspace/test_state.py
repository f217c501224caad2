"""The test workspace's own rules: the differential tests rest on them."""

from __future__ import annotations

from tests.workspace.state import Table, WorkspaceState


def workspace() -> WorkspaceState:
    state = WorkspaceState()
    state.add_person("ann@example.com", token="ann-1", groups=["sales"])
    state.add_person("bob@example.com", token="bob-1")
    for schema in ("gold", "secret"):
        state.add_table(Table("flights", schema, "orders"))
    state.add_table(Table("hr", "people", "salaries"))
    return state


def test_a_token_is_good_until_it_expires() -> None:
    state = workspace()
    ann = state.person_of("ann-1")
    assert ann is not None
    assert ann.user_name == "ann@example.com"
    state.expire("ann-1")
    assert state.person_of("ann-1") is None
    assert state.person_of("nobody") is None


def test_a_grant_holds_for_what_is_inside_and_for_groups() -> None:
    state = workspace()
    ann, bob = state.people["ann@example.com"], state.people["bob@example.com"]
    state.grant("sales", "flights.gold")
    state.grant("bob@example.com", "hr.people.salaries")
    assert [table.full_name for table in state.visible_tables(ann)] == ["flights.gold.orders"]
    assert [table.full_name for table in state.visible_tables(bob)] == ["hr.people.salaries"]
    assert state.visible_catalogs(ann) == ["flights"]
    assert state.visible_schemas(ann, "flights") == ["gold"]
    assert state.visible_schemas(bob, "flights") == []
    state.revoke("sales", "flights.gold")
    assert state.visible_tables(ann) == []

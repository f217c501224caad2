"""`by depot` shows the depots' names where the model joins by numbers, and only then."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.genie.told import World

SCHEMA = """
semantic_models:
  - name: loads
    model: told.main.loads
    defaults: {agg_time_dimension: loaded_on}
    entities:
      - {name: load, type: primary, expr: id}
      - {name: depot, type: foreign, expr: depot_id}
    dimensions:
      - {name: loaded_on, type: time, type_params: {time_granularity: day}}
    measures: [{name: tons, agg: sum, expr: tons}]
  - name: depots
    model: told.main.depots
    entities: [{name: depot, type: primary, expr: id}]
    dimensions:
      - {name: depot_nm, type: categorical}
      - {name: country_name, type: categorical}
metrics: [{name: tons_loaded, label: Tons loaded, type: simple, type_params: {measure: tons}}]
"""
NAMED = World(
    SCHEMA,
    {
        "depot": (1, 2, 3),
        "depot__depot_nm": ("Hamburg", "Porto", "Riga"),
        "depot__country_name": ("Germany", "Portugal", "Latvia"),
        "load": (),
    },
)


def told(**members: tuple[object, ...]) -> World:
    return replace(NAMED, members={**NAMED.members, **members})


@pytest.mark.parametrize(
    "question",
    ["tons loaded by depot", "tons loaded per depot", "which depot loaded the most tons"],
)
def test_names_stand_for_numbers(question: str) -> None:
    assert NAMED.query(question)["group_by"] == ["depot__depot_nm"]


def test_a_follow_up_keeps_the_names() -> None:
    found = NAMED.query("and in 2025?", "tons loaded by depot")
    assert found["group_by"] == ["depot__depot_nm"]
    assert found["time_range"] == {"start": "2025-01-01", "end": "2026-01-01"}


def test_keys_that_people_can_read_stay() -> None:
    assert told(depot=("HAM", "OPO", "RIX")).query("tons loaded by depot")["group_by"] == ["depot"]


def test_two_of_one_name_are_not_put_together() -> None:
    world = told(depot__depot_nm=("Hamburg", "Porto"))
    assert world.query("tons loaded by depot")["group_by"] == ["depot"]


def test_who_asks_for_keys_gets_keys() -> None:
    assert NAMED.query("tons loaded by depot id")["group_by"] == ["depot"]


@pytest.mark.parametrize("but", ["everywhere but", "anywhere other than", "everywhere except"])
def test_everywhere_but_one_place_is_not_that_place(but: str) -> None:
    found = NAMED.query(f"tons loaded {but} Porto")
    assert found["where"] == [{"field": "depot__depot_nm", "op": "!=", "value": "Porto"}]

"""Questions over schemas made up of words: what a name says, and not which words it shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from genie.planning.asking import Asking, Outcome, Plan
from genie.planning.calibration import SURE
from genie.planning.catalog import build_catalog
from genie.planning.frame import Frame
from genie.planning.planner import plan
from semantic_layer.compiler import Source, build_graph, read_documents
from tests.genie.told import TODAY, Told

SCHEMA = """
semantic_models:
  - name: {thing}s
    label: {Thing}s
    model: invented.main.{thing}s
    defaults: {{agg_time_dimension: {done}_on}}
    entities: [{{name: {thing}, type: primary, expr: id}}]
    dimensions:
      - {{name: {done}_on, type: time, label: "{Done}", type_params: {{time_granularity: day}}}}
      - {{name: retired_on, type: time, label: Retired, type_params: {{time_granularity: day}}}}
      - {{name: crew, type: categorical, label: Crew}}
      - {{name: tier, type: categorical, label: Tier}}
    measures:
      - {{name: thing_count, agg: count, expr: id}}
      - {{name: state_count, agg: sum_boolean, expr: is_so}}
      - {{name: act_count, agg: count, expr: act_id}}
      - {{name: act_sum, agg: sum, expr: eur}}
      - {{name: cut_count, agg: count, expr: cut_id}}
      - {{name: stay_mean, agg: average, expr: days}}
metrics:
  - {{name: all_of_them, label: {Thing}s, type: simple, type_params: {{measure: thing_count}}}}
  - {{name: in_state, label: {State} {thing}s, type: simple, type_params: {{measure: state_count}}}}
  - {{name: acts, label: {Act}s, type: simple, type_params: {{measure: act_count}}}}
  - {{name: act_amount, label: Total {act}ed, type: simple, type_params: {{measure: act_sum}}}}
  - name: cuts
    label: Interruptions
    type: simple
    type_params: {{measure: cut_count}}
    config: {{meta: {{synonyms: [{part} cuts]}}}}
  - name: time_inside
    label: Average {part2} stay
    type: simple
    type_params: {{measure: stay_mean}}
"""


@dataclass(frozen=True)
class World:
    thing: str
    state: str
    done: str
    """Past of what makes the state."""
    act: str
    part: str
    part2: str

    def ask(self, question: str, *, before: str = "") -> Plan:
        words = {
            "thing": self.thing, "state": self.state, "done": self.done, "act": self.act,
            "part": self.part, "part2": self.part2,
        }  # fmt: skip
        capitals = {key.capitalize(): word.capitalize() for key, word in words.items()}
        text = SCHEMA.format(**words, **capitals)
        graph = build_graph(read_documents([Source(text, "invented.yml")]))
        told = Told(
            {
                f"{self.thing}": ("1001", "1002"),
                f"{self.thing}__crew": ("Blue", "Red"),
                f"{self.thing}__tier": ("basic", "crew"),
            }
        )
        asking = Asking(build_catalog(graph), told, TODAY)
        context: Frame | None = None
        if before:
            earlier = plan(before.format(**words), asking)
            assert earlier.outcome is Outcome.ANSWERED, earlier.message
            context = earlier.frame
        return plan(question.format(**words), Asking(asking.catalog, told, TODAY, context))


WORLDS = (
    World("valve", "open", "opened", "inspect", "pressure", "depot"),
    World("cabin", "clean", "cleaned", "rent", "water", "guest"),
    World("crate", "empty", "emptied", "export", "signal", "harbour"),
    World("profile", "active", "activated", "audit", "network", "trial"),
)
each_world = pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.thing)


def query(found: Plan) -> dict[str, Any]:
    assert found.outcome is Outcome.ANSWERED, found.message
    assert found.frame is not None
    return found.frame.body()


@each_world
@pytest.mark.parametrize(
    "question", ["{thing}s {done} this month", "{done} {thing}s", "how many {thing}s were {done}"]
)
def test_what_was_done_is_not_the_state(world: World, question: str) -> None:
    found = world.ask(question)
    if found.outcome is Outcome.ANSWERED:
        assert query(found)["metrics"] == ["all_of_them"]


@each_world
def test_the_state_itself_is_answered(world: World) -> None:
    assert query(world.ask("{state} {thing}s by crew"))["metrics"] == ["in_state"]


@each_world
def test_a_verb_of_another_time_is_not_passed_over(world: World) -> None:
    assert world.ask("{thing}s retired").outcome is Outcome.ASKED_BACK
    where = query(world.ask("{thing}s retired last month"))["where"]
    assert {item["field"] for item in where} == {f"{world.thing}__retired_on"}


@each_world
@pytest.mark.parametrize(
    "question", ["what did we {act} last month", "how much did we {act}", "what have they {act}ed"]
)
def test_a_verb_is_no_count_where_an_amount_is_known(world: World, question: str) -> None:
    found = world.ask(question)
    assert found.outcome is Outcome.ASKED_BACK
    offered = [query(world.ask(option.text))["metrics"] for option in found.options]
    assert ["acts"] in offered
    assert ["act_amount"] in offered


@each_world
def test_how_many_counts(world: World) -> None:
    assert query(world.ask("how many did we {act} last month"))["metrics"] == ["acts"]


@each_world
def test_what_a_name_is_not_about_is_asked_back(world: World) -> None:
    for question in ("{part}", "{part} last month", "{part} by crew", "{part2}"):
        found = world.ask(question)
        assert found.outcome is Outcome.ASKED_BACK, question
        assert found.options, question


@each_world
def test_what_a_name_is_about_may_stand_for_it(world: World) -> None:
    found = world.ask("stay by crew")
    assert query(found)["metrics"] == ["time_inside"]
    assert SURE <= found.confidence < world.ask("average {part2} stay by crew").confidence


@each_world
def test_after_by_a_name_is_no_value(world: World) -> None:
    assert query(world.ask("{thing}s by crew"))["group_by"] == [f"{world.thing}__crew"]
    assert query(world.ask('{thing}s for tier "crew"'))["where"] == [
        {"field": f"{world.thing}__tier", "op": "=", "value": "crew"}
    ]


@each_world
@pytest.mark.parametrize(
    "question",
    [
        "how does this compare with the prior year",
        "how is it different from last year",
        "and against the year before?",
        "is that different from the same time last year",
    ],
)
def test_a_follow_up_that_compares_keeps_its_time(world: World, question: str) -> None:
    body = query(world.ask(question, before="{thing}s by crew in 2025"))
    assert body["time_range"] == {"start": "2025-01-01", "end": "2026-01-01"}
    assert body["compare"] == {"offset": "1 year"}
    assert body["group_by"] == [f"{world.thing}__crew"]


@each_world
@pytest.mark.parametrize("question", ["how does this compare to 2024", "against 2024", "vs 2024"])
def test_a_compared_time_never_takes_the_place_of_the_other(world: World, question: str) -> None:
    found = world.ask(question, before="{thing}s in 2025")
    assert found.outcome is Outcome.ASKED_BACK or "compare" in query(found)


@each_world
@pytest.mark.parametrize(
    "question", ["how about {act}s?", "what about {act}s in 2025", "same for {act}s"]
)
def test_a_part_of_a_question_needs_the_one_before(world: World, question: str) -> None:
    alone = world.ask(question)
    assert alone.outcome is Outcome.ASKED_BACK
    assert alone.options
    body = query(world.ask(question, before="{thing}s by crew in 2024"))
    assert body["metrics"] == ["acts"]
    assert body["group_by"] == [f"{world.thing}__crew"]


@each_world
def test_a_season_without_its_year_is_asked_about(world: World) -> None:
    assert world.ask("{thing}s in autumn").outcome is Outcome.ASKED_BACK
    chosen = query(world.ask("{thing}s in autumn 2025"))["time_range"]
    assert chosen == {"start": "2025-09-01", "end": "2025-12-01"}


@each_world
@pytest.mark.parametrize("question", ["{thing}s as of 1 March 2026", "{act}s at the end of 2025"])
def test_how_things_stood_is_no_count_of_what_happened(world: World, question: str) -> None:
    assert world.ask(question).outcome is Outcome.ASKED_BACK


@each_world
@pytest.mark.parametrize(
    ("follow_up", "start", "end"),
    [
        ("and the quarter before?", "2025-07-01", "2025-10-01"),
        ("what about the previous quarter", "2025-07-01", "2025-10-01"),
        ("and a year earlier?", "2024-10-01", "2025-01-01"),
    ],
)
def test_the_period_before_counts_from_the_question_before(
    world: World, follow_up: str, start: str, end: str
) -> None:
    found = query(world.ask(follow_up, before="{thing}s by crew in Q4 2025"))
    assert found["time_range"] == {"start": start, "end": end}
    assert found["group_by"] == [f"{world.thing}__crew"]
    assert world.ask("{thing}s the quarter before").outcome is Outcome.ASKED_BACK


@each_world
def test_all_time_takes_the_place_of_a_range(world: World) -> None:
    found = query(world.ask("and of all time?", before="{thing}s by crew in Q4 2025"))
    assert "time_range" not in found


@each_world
def test_what_is_compared_may_stand_apart(world: World) -> None:
    found = query(world.ask("February {thing}s compared with January"))
    assert found["time_range"] == {"start": "2026-02-01", "end": "2026-03-01"}
    assert found["compare"] == {"offset": "1 month"}

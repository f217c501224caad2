"""Machine edits of authored YAML: what was not touched stays, letter by letter."""

from __future__ import annotations

import difflib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_registry.authored_edits import edited
from models_registry.definitions import definition_of
from models_registry.payloads import merged
from semantic_layer.compiler import Project, Source, read_documents, read_mapping
from tests.accounts_fixtures import ApiClient
from tests.models_registry.conftest import ORDERS

WRAPPED = ORDERS.replace(
    "  description: One row per order.\n",
    "  # Cancelled orders too: finance wants them.\n"
    "  description: One row per order.  # é, \u20ac and \U0001f600 stay\n\n",
).replace("    label: Revenue\n", "    label: 'Revenue'   # as on the board\n")

LISTS = """\
version: 2   # dbt says so
semantic_models:
- name: "orders"
  model: ref('orders')
  entities:

  # the key
  - name: order
    type: primary
    expr: order_id
  dimensions:
  - name: ordered_at
    type: time
    type_params:
      time_granularity: day   # not finer
  measures:
  - name: revenue_sum   # gross
    agg: sum
    expr: |
      amount
      + tax
  - name: order_count
    agg: count
    expr: '1'
  defaults: {agg_time_dimension: ordered_at}
---
# Numbers people ask for.
metrics:

- name: revenue
  type: simple
  type_params:
    measure: revenue_sum
  description: >-
    What customers paid,
    tax included.
# the last word
"""

FLAT = """\
# flat form
name: orders
model: ref('orders')
entities: [{name: order, type: primary, expr: order_id}]   # one key
dimensions: [{name: ordered_at, type: time, time_granularity: day}, {name: channel, type: categorical}]
measures:
    - {name: revenue_sum, agg: sum, expr: amount}     # wide indent
    - {name: order_count, agg: count, expr: order_id}
metrics:
    - {name: revenue, type: simple, measure: revenue_sum}
defaults:
    agg_time_dimension: ordered_at
"""  # noqa: E501

LAYOUTS = {"wrapped": WRAPPED, "lists": LISTS, "flat": FLAT}


def read(text: str) -> Project:
    project = read_documents([Source(text)])
    assert not project.issues, project.issues
    return project


def edit(text: str, **changes: Any) -> str | None:
    before = read(text)
    after = read_mapping(merged(before, changes))
    assert not after.issues, after.issues
    found = edited(text, before, after)
    if found is None:
        return None
    assert definition_of(read(found.text)) == definition_of(found.project)
    assert _unordered(found.project) == _unordered(after)
    return found.text


def _unordered(project: Project) -> dict[str, Any]:
    definition = definition_of(project)
    return definition | {"metrics": sorted(definition["metrics"], key=lambda m: m["name"])}


def touched(text: str, new: str | None) -> list[str]:
    """Changed lines, as a diff says them."""
    assert new is not None
    lines = difflib.unified_diff(text.splitlines(), new.splitlines(), n=0, lineterm="")
    return [line for line in lines if line[:2] not in ("--", "++", "@@")]


def members(text: str, kind: str) -> list[dict[str, Any]]:
    return [dict(item) for item in definition_of(read(text))[kind]]


def test_a_changed_text_keeps_its_comment() -> None:
    assert touched(WRAPPED, edit(WRAPPED, description="Orders: all of them.")) == [
        "-  description: One row per order.  # é, \u20ac and \U0001f600 stay",
        '+  description: "Orders: all of them."  # é, \u20ac and \U0001f600 stay',
    ]


@pytest.mark.parametrize("text", LAYOUTS.values(), ids=LAYOUTS)
def test_a_new_key_is_one_new_line(text: str) -> None:
    changed = touched(text, edit(text, label="Orders"))
    assert [line.strip("+ ") for line in changed] == ["label: Orders"]


@pytest.mark.parametrize("text", LAYOUTS.values(), ids=LAYOUTS)
def test_a_changed_aggregation_touches_one_line(text: str) -> None:
    found = members(text, "measures")
    found[0]["agg"] = "max"
    changed = touched(text, edit(text, measures=found))
    assert [line[0] for line in changed] == ["-", "+"]
    assert changed[1][1:] == changed[0][1:].replace("sum", "max", -1).replace(
        "revenue_max", "revenue_sum"
    )


@pytest.mark.parametrize("text", LAYOUTS.values(), ids=LAYOUTS)
def test_new_members_come_behind_and_nothing_else_moves(text: str) -> None:
    measure = {"name": "biggest", "agg": "max", "expr": "amount"}
    metric = {
        "name": "twice", "type": "derived",
        "type_params": {"expr": "revenue * 2", "metrics": ["revenue"]},
    }  # fmt: skip
    new = edit(
        text,
        measures=[*members(text, "measures"), measure],
        metrics=[*members(text, "metrics"), metric],
    )
    assert {line[0] for line in touched(text, new)} == {"+"}


@pytest.mark.parametrize("text", LAYOUTS.values(), ids=LAYOUTS)
def test_a_removed_member_takes_its_lines_and_no_others(text: str) -> None:
    changed = touched(text, edit(text, measures=members(text, "measures")[:1]))
    assert {line[0] for line in changed} == {"-"}
    assert "order_count" in changed[0]


def test_a_metric_of_another_models_measure_goes_inside_the_model() -> None:
    metric = {
        "name": "share", "type": "ratio",
        "type_params": {"numerator": "foreign_metric", "denominator": "revenue"},
    }  # fmt: skip
    before = read(LISTS)
    after = read_mapping(merged(before, {"metrics": [*members(LISTS, "metrics"), metric]}))
    found = edited(LISTS, before, after)
    assert found is not None
    again = read_documents([Source(found.text)])
    assert next(m for m in again.metrics if m.name == "share").model == "orders"


def test_what_the_text_cannot_say_is_left_to_the_canonical_form() -> None:
    measures = list(reversed(members(WRAPPED, "measures")))
    assert edit(WRAPPED, measures=measures) is None
    anchored = FLAT.replace("{name: revenue_sum, agg: sum, expr: amount}",
                            "&m {name: revenue_sum, agg: sum, expr: amount}")  # fmt: skip
    found = members(anchored, "measures")
    found[0]["agg"] = "max"
    text = edit(anchored, measures=found)
    assert text is None or "&m" in text


# ---------------------------------------------------------------- as a property

WORDS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\u2028\u2029"),
    min_size=1, max_size=40,
).filter(lambda text: text.strip() == text)  # fmt: skip
TEXTS = st.one_of(
    WORDS,
    st.sampled_from(["yes", "null", "1", "a: b", "# no", "- x", "a\nb", "{x}", "[", "'", '"', "|"]),
)
META = st.dictionaries(
    st.from_regex(r"[a-z]{1,8}", fullmatch=True).filter(lambda k: k not in ("access", "tags")),
    st.one_of(TEXTS, st.integers(-9, 9), st.booleans(), st.lists(TEXTS, max_size=3)),
    max_size=3,
)
ELEMENT = st.fixed_dictionaries({}, optional={"label": TEXTS, "description": TEXTS, "meta": META})


@settings(max_examples=150, deadline=None)
@given(
    text=st.sampled_from(list(LAYOUTS.values())),
    model=ELEMENT,
    member=ELEMENT,
    kind=st.sampled_from(["measures", "dimensions", "entities", "metrics"]),
    removed=st.booleans(),
)
def test_whatever_is_edited_reads_back_as_exactly_what_was_wanted(
    text: str, model: dict[str, Any], member: dict[str, Any], kind: str, removed: bool
) -> None:
    """And every comment of the author is still there."""
    found = members(text, kind)
    if removed and kind == "dimensions" and len(found) > 1:
        found = found[:-1]
    found[0] |= member
    model = {key: value for key, value in model.items() if key != "meta" or value}

    new = edit(text, **model, **{kind: found})

    assert new is not None
    for comment in ("# the key", "# gross", "# not finer", "# What customers bought.",
                    "# as on the board", "# wide indent", "# Numbers people ask for."):  # fmt: skip
        assert (comment in text) <= (comment in new), comment


# ---------------------------------------------------------------- through the API


@pytest.mark.django_db
def test_put_of_json_keeps_the_authors_yaml(as_engineer: ApiClient) -> None:
    as_engineer.post("/api/models", {"yaml": WRAPPED})

    as_engineer.put("/api/models/orders", {"label": "Orders", "description": "All."})

    text = as_engineer.get("/api/models/orders").json()["yaml"]
    assert "# Cancelled orders too: finance wants them." in text
    assert "description: All.  # é" in text
    assert text.startswith("# What customers bought.\n")


@pytest.mark.django_db
def test_add_metric(as_engineer: ApiClient) -> None:
    as_engineer.post("/api/models", {"yaml": WRAPPED})
    metric = {"name": "biggest", "type": "derived", "expr": "revenue * 2", "metrics": ["revenue"],
              "message": "Asked for by sales."}  # fmt: skip

    response = as_engineer.post("/api/models/orders/metrics", metric)

    assert response.status_code == 201, response.content
    assert response.headers["ETag"] == '"2"'
    body = response.json()
    assert (body["id"], body["metric"], body["version"]) == ("orders", "biggest", 2)
    model = as_engineer.get("/api/models/orders").json()
    assert model["yaml"].startswith(WRAPPED)
    assert model["message"] == "Asked for by sales."
    assert model["metric_count"] == 4

    taken = as_engineer.post("/api/models/orders/metrics", metric)
    assert (taken.status_code, taken.json()["error_code"]) == (409, "NAME_TAKEN")
    unknown = as_engineer.post(
        "/api/models/orders/metrics", {"name": "x", "type": "simple", "measure": "revenu_sum"}
    )
    assert unknown.status_code == 422
    stale = as_engineer.post(
        "/api/models/orders/metrics", {**metric, "name": "y"}, headers={"If-Match": '"1"'}
    )
    assert stale.status_code == 412
    assert as_engineer.post("/api/models/nope/metrics", metric).status_code == 404
    assert as_engineer.post("/api/models/orders/metrics", {}).status_code == 422

"""No value, name or expression changes the shape of the statement: it is refused, or bound, or
quoted."""

from __future__ import annotations

from typing import Any

import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st

from semantic_layer.compiler import DIALECTS, Source, build_graph, compile_query, parse_query
from semantic_layer.compiler import read_documents as read
from semantic_layer.compiler.expressions import (
    FUNCTIONS,
    ExpressionError,
    check_tree,
    parse_expression,
)
from semantic_layer.errors import SemanticLayerError
from tests.compiler.harness import world
from tests.compiler.payloads import EXPRESSIONS, NAMES, VALUES

OPERATORS = ("=", "!=", "<", ">=", "like", "ilike", "starts_with", "contains")
BENIGN = "harmless"


def shape(sql: str, dialect: str) -> list[tuple[int, str]]:
    """Every node of the statement by depth and kind: all of it but the words."""
    statements = sqlglot.parse(sql, read=dialect)
    assert len(statements) == 1
    assert statements[0] is not None
    return [(node.depth, type(node).__name__) for node in statements[0].walk()]


def compiled(dialect: str, **body: Any) -> tuple[str, dict[str, Any]]:
    found = world("shop").compile(dialect, **body)
    return found.sql, dict(found.parameters)


def asking(field: str, op: str, value: Any) -> dict[str, Any]:
    where = [{"field": field, "op": op, "value": value}]
    return {"metrics": ["revenue"], "group_by": ["customer__segment"], "where": where}


# ---------------------------------------------------------------- values


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("payload", VALUES, ids=range(len(VALUES)))
def test_values_are_bound_and_never_text(payload: str, dialect: str) -> None:
    for op in OPERATORS:
        sql, parameters = compiled(dialect, **asking("customer__segment", op, payload))
        plain, _ = compiled(dialect, **asking("customer__segment", op, BENIGN + payload[:0]))
        if "\\" in payload and "like" in op:  # an ESCAPE of ours is added on Databricks
            plain, _ = compiled(dialect, **asking("customer__segment", op, "a\\b"))
        assert shape(sql, dialect) == shape(plain, dialect)
        assert parameters["p0"] == payload


@pytest.mark.parametrize("payload", VALUES, ids=range(len(VALUES)))
def test_values_come_back_from_the_engine_as_they_were(payload: str) -> None:
    here = world("shop")
    found = here.compile(**asking("customer__segment", "=", payload))
    assert here.run(found.sql, found.parameters) == []


@pytest.mark.parametrize("payload", VALUES, ids=range(len(VALUES)))
def test_values_in_text_filters_are_bound_too(payload: str) -> None:
    quoted = payload.replace("'", "''")
    body = {"metrics": ["revenue"], "where": f"{{{{ Dimension('order__size') }}}} = '{quoted}'"}
    if any(mark in payload for mark in ("\u0000", "\u0001", "{{", "{%", "__ref")):
        with pytest.raises(SemanticLayerError):
            compiled("duckdb", **body)
        return
    sql, parameters = compiled("duckdb", **body)
    assert parameters["p0"] in (payload, payload.strip())
    body["where"] = "{{ Dimension('order__size') }} = 'harmless'"
    assert shape(sql, "duckdb") == shape(compiled("duckdb", **body)[0], "duckdb")


@settings(max_examples=200, deadline=None, derandomize=True)
@given(value=st.text(max_size=60), op=st.sampled_from(OPERATORS), dialect=st.sampled_from(DIALECTS))
def test_any_text_is_a_value(value: str, op: str, dialect: str) -> None:
    sql, parameters = compiled(dialect, **asking("customer__segment", op, value))
    like = "a\\b" if "\\" in value else BENIGN
    plain, _ = compiled(dialect, **asking("customer__segment", op, like))
    assert shape(sql, dialect) == shape(plain, dialect)
    assert parameters["p0"] == value


# ---------------------------------------------------------------- names


def _group(name: str) -> dict[str, Any]:
    return {"metrics": ["revenue"], "group_by": [name]}


PLACES = {
    "metrics": lambda name: {"metrics": [name]},
    "group_by": _group,
    "group_by name": lambda name: {"metrics": ["revenue"], "group_by": [{"name": name}]},
    "grain": lambda name: {
        "metrics": ["revenue"],
        "group_by": [{"name": "metric_time", "grain": name or "x"}],
    },
    "date part": lambda name: {
        "metrics": ["revenue"],
        "group_by": [{"name": "metric_time", "date_part": name}],
    },
    "order_by": lambda name: {**_group("customer__segment"), "order_by": [name]},
    "field": lambda name: {
        "metrics": ["revenue"],
        "where": [{"field": name, "op": "=", "value": "x"}],
    },
    "operator": lambda name: {
        "metrics": ["revenue"],
        "where": [{"field": "customer__segment", "op": name, "value": "x"}],
    },
    "time zone": lambda name: {"metrics": ["revenue"], "time_zone": name or "x"},
    "start": lambda name: {"metrics": ["revenue"], "time_range": {"start": name}},
    "this": lambda name: {"metrics": ["revenue"], "time_range": {"this": name}},
    "offset": lambda name: {"metrics": ["revenue"], "compare": {"offset": name}},
    "object": lambda name: {
        "metrics": ["revenue"],
        "where": f"{{{{ Dimension({name!r}) }}}} = 'x'",
    },
    "metric in a filter": lambda name: {
        "metrics": ["revenue"],
        "where": f"{{{{ Metric({name!r}, group_by=['customer']) }}}} > 1",
    },
    "entity in a filter": lambda name: {
        "metrics": ["revenue"],
        "where": f"{{{{ Metric('revenue', group_by=[{name!r}]) }}}} > 1",
    },
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("payload", NAMES, ids=range(len(NAMES)))
def test_names_that_are_none_are_refused_everywhere(place: str, payload: str) -> None:
    with pytest.raises(SemanticLayerError) as caught:
        compiled("duckdb", **PLACES[place](payload))
    assert caught.value.message.strip()
    assert len(caught.value.message) < 1_000


@settings(max_examples=200, deadline=None, derandomize=True)
@given(name=st.text(max_size=40), place=st.sampled_from(sorted(PLACES)))
def test_any_text_is_a_name_that_exists_or_a_refusal(name: str, place: str) -> None:
    try:
        sql, _ = compiled("duckdb", **PLACES[place](name))
    except SemanticLayerError:
        return
    assert len(sqlglot.parse(sql, read="duckdb")) == 1
    assert name.strip("-_ ") == "" or name.strip().isalnum() or place == "start"


# ---------------------------------------------------------------- expressions


@pytest.mark.parametrize("payload", EXPRESSIONS, ids=range(len(EXPRESSIONS)))
def test_hostile_conditions_are_refused(payload: str) -> None:
    with pytest.raises(SemanticLayerError) as caught:
        compiled("duckdb", metrics=["revenue"], where=payload)
    assert caught.value.path.startswith("where[0]")


def test_a_remark_in_a_condition_is_no_part_of_the_statement() -> None:
    where = "{{ Dimension('customer__segment') }} = 'x'"
    for remark in ("-- ; DROP TABLE orders", "/* OR 1 = 1 */"):
        remarked = compiled("duckdb", metrics=["revenue"], where=f"{where} {remark}")
        assert remarked == compiled("duckdb", metrics=["revenue"], where=where)


WORLD = """
semantic_models:
  - name: sales
    model: {table}
    entities: [{{name: sale, type: primary, expr: {expr}}}]
    dimensions: [{{name: kind, type: categorical, expr: {expr}}}]
    measures: [{{name: sold, agg: sum, expr: {expr}, create_metric: true}}]
"""


@pytest.mark.parametrize("payload", [*VALUES, *NAMES], ids=range(len(VALUES) + len(NAMES)))
@pytest.mark.parametrize("dialect", DIALECTS)
def test_odd_columns_and_tables_are_quoted(payload: str, dialect: str) -> None:
    """What a steward may write as a quoted identifier stays one identifier."""
    column = payload.replace('"', '""')
    body = {"metrics": ["sold"], "group_by": ["sale__kind"]}
    texts = []
    for name in (column, "harmless"):
        document = WORLD.format(table="w.sales", expr=_yaml(f'"{name}"'))
        graph = build_graph(read([Source(document, "m.yml")]))
        if graph.issues:
            refusals = {"INVALID_EXPRESSION", "INVALID_YAML", "CONTROL_CHARACTER"}
            assert {issue.code for issue in graph.issues} <= refusals
            return
        texts.append(compile_query(parse_query(body), graph, dialect=dialect).sql)
    assert shape(texts[0], dialect) == shape(texts[1], dialect)


def _yaml(text: str) -> str:
    import json

    return json.dumps(text, ensure_ascii=True)


@settings(max_examples=500, deadline=None, derandomize=True)
@given(
    text=st.one_of(
        st.text(max_size=80),
        st.lists(
            st.sampled_from(
                ["a", "b.c", "1", "'x'", "(", ")", ",", "+", "/", "CASE", "WHEN", "THEN", "END",
                 "SELECT", "FROM", "t", ";", "--", "*", "SUM(", "CAST(", "AS", "INT", "IN", "NOT",
                 "AND", "LIKE", "||", "::", "[", "]", "{", "}", "->", "OVER", "INTERVAL",
                 "read_csv("]
            ),
            max_size=14,
        ).map(" ".join),
    )
)  # fmt: skip
def test_any_expression_is_of_allowed_parts_or_refused(text: str) -> None:
    try:
        tree = parse_expression(text)
    except ExpressionError:
        return
    assert not list(tree.find_all(sqlglot.exp.Query, sqlglot.exp.Command, sqlglot.exp.AggFunc))
    assert not list(tree.find_all(sqlglot.exp.Anonymous, sqlglot.exp.Window, sqlglot.exp.Star))


def test_the_allow_list_is_all_there_is() -> None:
    """Every function that sqlglot knows and the list does not is refused."""
    allowed = set(FUNCTIONS.values())
    calls = [
        cls for cls in sqlglot.exp.ALL_FUNCTIONS
        if cls not in allowed and cls.__name__ not in {"And", "Or", "Xor"}
    ]  # fmt: skip
    assert len(calls) > 300
    for cls in calls:
        with pytest.raises(ExpressionError):
            check_tree(cls(this=sqlglot.exp.column("x")), "x")

"""Values of filters against what a model tells of its field's type."""

from __future__ import annotations

import pytest
from sqlglot import exp

from semantic_layer.compiler.filters import literal
from semantic_layer.compiler.query_spec import FieldRef
from semantic_layer.compiler.spec import Dimension, DimensionType, Grain
from semantic_layer.compiler.value_types import check_values
from semantic_layer.errors import QueryError

FIELD = FieldRef("a__b", None, None, "where[2].field")


def dimension(data_type: str | None, *, is_time: bool = False) -> Dimension:
    if is_time:
        return Dimension("b", DimensionType.TIME, grain=Grain.DAY, data_type=data_type)
    return Dimension("b", DimensionType.CATEGORICAL, data_type=data_type)


def values(*written: object) -> list[exp.Expr]:
    return [literal(value, "where") for value in written]


@pytest.mark.parametrize(
    ("data_type", "value"),
    [
        ("BIGINT", "abc"),
        ("decimal(12, 2)", ""),
        ("INT64", True),
        ("DOUBLE", "2024-01-01"),
        ("DATE", 5),
        ("timestamp with time zone", -5),
        ("BOOLEAN", 2),
        ("bool", "perhaps"),
    ],
)
def test_what_cannot_be_right_is_refused(data_type: str, value: object) -> None:
    with pytest.raises(QueryError) as caught:
        check_values(FIELD, dimension(data_type), values(value))
    assert (caught.value.code, caught.value.path) == ("INVALID_FILTER", "where[2].value")
    assert caught.value.details["expected_type"] == data_type.upper()
    assert "'a__b'" in caught.value.message


@pytest.mark.parametrize(
    ("data_type", "value"),
    [
        ("BIGINT", " 5 "),
        ("BIGINT", -5),
        ("DECIMAL(12,2)", 1.5),
        ("DATE", "2024-01-01"),
        ("BOOLEAN", False),
        ("BOOLEAN", "True"),
        ("VARCHAR", 5),
        ("INTERVAL", 5),
        ("POINT", "abc"),
        (None, "abc"),
    ],
)
def test_what_may_be_right_is_left_to_the_engine(data_type: str | None, value: object) -> None:
    check_values(FIELD, dimension(data_type), values(value))


def test_the_one_of_a_list_is_told() -> None:
    with pytest.raises(QueryError) as caught:
        check_values(FIELD, dimension(None, is_time=True), values("2024-01-01", 7, 8))
    assert caught.value.path == "where[2].value[1]"


def test_columns_and_functions_are_not_looked_into() -> None:
    check_values(FIELD, dimension("BIGINT"), [exp.column("other"), exp.Lower(this="x")])

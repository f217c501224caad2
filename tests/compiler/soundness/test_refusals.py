"""Questions without a right answer: each is refused with a code, a reason and its place."""

from __future__ import annotations

from typing import Any

import pytest

from semantic_layer.errors import QueryError, SemanticLayerError
from tests.compiler.harness import world


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"metrics": ["revenues"]}, "UNKNOWN_METRIC"),
        ({"metrics": ["revenue"], "group_by": ["refund__refunded_on"]}, "FAN_OUT"),
        ({"metrics": ["revenue"], "order_by": ["orders"]}, "INVALID_ORDER_BY"),
        ({"metrics": ["revenue"], "time_zone": "Mars/Olympus"}, "UNKNOWN_TIME_ZONE"),
        ({"metrics": ["revenue"], "time_range": {"start": "2024-01-02", "end": "2024-01-02"}},
         "EMPTY_TIME_RANGE"),
        ({"metrics": ["revenue"], "where": [{"field": "metric_time", "op": ">", "value": "soon"}]},
         "INVALID_TIME"),
        ({"metrics": ["average_price"], "group_by": ["metric_time"]}, "NO_METRIC_TIME"),
        ({"metrics": ["revenue"], "group_by": ["metric_time__fortnight"]}, "UNKNOWN_FIELD"),
        ({"metrics": []}, "MALFORMED"),
        ({"metrics": ["revenue"], "gruop_by": []}, "MALFORMED"),
        ({"metrics": ["revenue"], "limit": -1}, "MALFORMED"),
        ({"metrics": "revenue"}, "MALFORMED"),
        ({"metrics": ["revenue"],
          "where": [{"or": [{"field": "revenue", "op": ">", "value": 1},
                            {"field": "order__is_gift", "op": "=", "value": True}]}]},
         "INVALID_FILTER"),
        ({"group_by": ["metric_time"]}, "TIME_RANGE_NEEDED"),
    ],
)  # fmt: skip
def test_what_has_no_right_answer_is_refused(body: dict[str, Any], code: str) -> None:
    with pytest.raises(SemanticLayerError) as caught:
        world("shop").compile(**body)
    assert caught.value.code == code
    assert caught.value.message.strip()


def test_a_refusal_says_where_in_the_query() -> None:
    with pytest.raises(QueryError) as caught:
        world("shop").compile(metrics=["revenue"], group_by=["order", "customer__segmend"])
    assert caught.value.path == "group_by[1]"

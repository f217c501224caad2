"""The plan of a query as people and programs read it."""

from __future__ import annotations

from tests.compiler.harness import world

NET = """\
the first 10 rows
└─ sort by net descending
   └─ answer: customer__segment, net
      │    net = orders__agg._amount_sum - refunds__agg._refund_sum
      └─ keep rows, after aggregation, where
         │    orders__agg._amount_sum > 10
         └─ join
            ├─ orders__agg: one row per customer__segment
            │  │    customer__segment = customer.segment
            │  │    _amount_sum = SUM(orders.amount)
            │  └─ keep rows, before aggregation, where
            │     │    orders.ordered_on >= '2024-01-01'
            │     │    customer__region.region_name = 'North'
            │     └─ join
            │        ├─ table shop.orders as orders
            │        ├─ left join table shop.customers as customer
            │        │       on orders.customer_id = customer.id
            │        └─ left join table shop.regions as customer__region
            │                on customer.region = customer__region.region_id
            └─ full join refunds__agg: one row per customer__segment
               │    on customer__segment (nulls match nulls)
               │    customer__segment = customer.segment
               │    _refund_sum = SUM(refunds.refund)
               └─ keep rows, before aggregation, where
                  │    refunds.refunded_on >= '2024-01-01'
                  │    customer__region.region_name = 'North'
                  └─ join
                     ├─ table shop.refunds as refunds
                     ├─ left join table shop.customers as customer
                     │       on refunds.customer_id = customer.id
                     └─ left join table shop.regions as customer__region
                             on customer.region = customer__region.region_id"""


def explained(name: str, **body):
    compiled = world(name).compile(explain=True, **body)
    assert compiled.explanation is not None
    return compiled.explanation


def test_two_facts_their_grains_joins_and_where_each_filter_went() -> None:
    found = explained(
        "shop",
        metrics=["net"],
        group_by=["customer__segment"],
        where=[
            {"field": "customer__region__region_name", "op": "=", "value": "North"},
            {"field": "revenue", "op": ">", "value": 10},
        ],
        time_range={"start": "2024-01-01"},
        order_by=["-net"],
        limit=10,
    )
    assert found["text"] == NET


def test_the_tree_says_the_same_to_programs() -> None:
    tree = explained(
        "shop", metrics=["revenue"], group_by=["customer__segment"], order_by=["-revenue"]
    )["tree"]
    assert tree["step"] == "sort"
    assert tree["by"] == ["revenue descending"]
    aggregate = tree["inputs"][0]["inputs"][0]
    assert aggregate == {
        "step": "aggregate",
        "name": "orders__agg",
        "grain": {"customer__segment": "customer.segment"},
        "values": {"_amount_sum": "SUM(orders.amount)"},
        "inputs": [
            {
                "step": "join",
                "joins": [{"kind": "left", "on": ["orders.customer_id = customer.id"]}],
                "inputs": [
                    {"step": "read", "table": "shop.orders", "as": "orders"},
                    {"step": "read", "table": "shop.customers", "as": "customer"},
                ],
            }
        ],
    }


def test_time_spines_say_where_they_come_from() -> None:
    declared = explained("spined", metrics=["visits_each_day"], group_by=["metric_time"])
    assert "time spine t.days, by day, as _spine" in declared["text"]
    made = explained(
        "events",
        metrics=["visits_each_day"],
        group_by=["metric_time"],
        time_range={"start": "2024-01-01", "end": "2024-02-01"},
    )
    assert "each day from CAST('2024-01-01' AS TIMESTAMP) to before" in made["text"]


def test_members_and_their_bounds_are_explained_too() -> None:
    found = explained("shop", group_by=["order__ordered_on"], min_max_only=True)
    assert found["text"].startswith("bounds: one row in all\n")


def test_nothing_is_explained_unasked() -> None:
    assert world("shop").compile(metrics=["revenue"]).explanation is None

"""A small warehouse to complete SQL against, without Django or an engine."""

from __future__ import annotations

from catalog.completion import (
    Inventory,
    InventoryBuilder,
    Knowledge,
    RegistryNames,
    Suggestion,
    read_cursor,
    suggest,
    vocabulary,
)
from semantic_layer.ports import MetricSummary
from tests.fakes import StaticMetadata

AIRPORT = StaticMetadata(
    {
        "flights": {
            "gold": {
                "flights": [
                    "flight_id", "year", "carrier", "dep_delay", "arr_delay", "Order Date",
                    "origin",
                ],
                "airlines": ["carrier", "name"],
                "planes": ["tail_number", "manufacturer", "model"],
            },
            "bronze": {"flights": ["carrier", "raw_line"]},
        },
        "sales": {
            "shop": {"orders": ["order_id", "amount", "select"]},
            "gold": {"flags": ["flag"]},
        },
    },
    default_catalog="flights",
    comments={"carrier": "Two letters", "orders": "What people bought", "sales": "The shop"},
)  # fmt: skip
METRICS = [
    MetricSummary("on_time_rate", "metric", "On-time rate", "Share of flights", "flights"),
    MetricSummary("seats_flown", "metric", "Capacity used", None, "flights"),
    MetricSummary("flight__origin", "dimension", None, None, "flights"),
]


def inventory_of(source: StaticMetadata) -> Inventory:
    builder = InventoryBuilder()
    for catalog in source.catalogs():
        builder.add_catalog(catalog, source.schemas(catalog.name), source.all_columns(catalog.name))
    return builder.build()


KNOWLEDGE = Knowledge(
    inventory_of(AIRPORT), RegistryNames(METRICS), vocabulary("duckdb"), AIRPORT.default_catalog
)


def completions(context: str, prefix: str, knowledge: Knowledge = KNOWLEDGE) -> list[Suggestion]:
    return suggest(read_cursor(context, prefix, knowledge.vocabulary.dialect), knowledge)


def inserted(context: str, prefix: str) -> list[str]:
    """What each suggestion would put in place of the prefix, best first."""
    return [one.insert_text for one in completions(context, prefix)]


def kinds(context: str, prefix: str) -> set[str]:
    return {one.type.value for one in completions(context, prefix)}

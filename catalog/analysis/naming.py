"""What measures and metrics are called."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.analysis.profile import Column
from catalog.analysis.units import without_unit
from catalog.analysis.words import identifier, listed
from semantic_layer.compiler.reading.pieces import RESERVED_MEMBERS

_SAYS_NOTHING_ALONE = listed(
    "amount amt total value quantity qty price cost count cnt balance duration rate score net "
    "gross tax discount fee number weight size volume units rating age length width height "
    "sum time charge payment percent pct level points items fees costs subtotal speed"
)
_FLAG_PARTS = frozenset(
    {"is", "has", "was", "did", "flag", "flg", "ind", "indicator", "yn", "bool"}
)
_SUMMED = frozenset({"total", "sum"})


def number_name(column: Column, entity: str) -> str:
    """What a number is called in measures and metrics: its column's name without the unit, with
    what the row is where it would say nothing alone (`amount` of orders: `order_amount`)."""
    words = without_unit(column.words)
    if set(words) <= _SAYS_NOTHING_ALONE and not set(entity.split("_")) & set(words):
        return identifier([entity, *words])
    return identifier(words)


def member_name(words: Iterable[str], entity: str) -> str:
    """What a column is called as a dimension; a word that queries understand otherwise (`month`)
    says whose it is (`order_month`)."""
    name = identifier(words)
    return identifier([entity, name]) if name in RESERVED_MEMBERS else name


def count_name(entity: str) -> str:
    return identifier([entity, "count"])


def flag_stem(column: Column) -> str:
    """What a flag says: `is_cancelled` and `cancelled_flag` say cancelled."""
    words = [word for word in column.words if word not in _FLAG_PARTS]
    return identifier(words or column.words)


def average_name(base: str) -> str:
    parts = base.split("_")
    if parts[0] in ("average", "avg", "mean"):
        return identifier(["average", *parts[1:]])
    return f"average_{base}"


def total_name(base: str) -> str:
    """The name of a sum that could be taken for a single value."""
    return base if set(base.split("_")) & _SUMMED else f"total_{base}"


def free_name(name: str, taken: Iterable[str]) -> str:
    """The name, or the first with a number behind it that is free."""
    used = set(taken)
    if name not in used:
        return name
    return next(f"{name}_{n}" for n in range(2, len(used) + 3) if f"{name}_{n}" not in used)

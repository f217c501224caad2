"""What a person says of a table, to measure what the analysis says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Truth:
    """The right reading of one table, by column.

    `key` is the primary key (empty: none), `foreign` column -> "table.column", `time` the time
    that rows are counted by, `times` all of them. `sums`, `averages`, `balances` are numbers by
    what may be done with them, `flags` say yes or no, `labels` are numbers and texts to group by,
    `personal` tells of people. `metrics` are names of which each should be suggested. `units` are
    of numbers by column; those of others are not judged.
    """

    table: str
    key: tuple[str, ...] = ()
    foreign: Mapping[str, str] = field(default_factory=dict)
    time: str | None = None
    times: frozenset[str] = frozenset()
    sums: frozenset[str] = frozenset()
    averages: frozenset[str] = frozenset()
    balances: frozenset[str] = frozenset()
    flags: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()
    personal: frozenset[str] = frozenset()
    metrics: frozenset[str] = frozenset()
    units: Mapping[str, str] = field(default_factory=dict)


def names(text: str) -> frozenset[str]:
    return frozenset(text.split())


@dataclass(frozen=True)
class World:
    """One schema: the SQL that makes it (in schema `gold`), and the truth of its tables."""

    name: str
    sql: str
    truths: tuple[Truth, ...]

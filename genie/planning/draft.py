"""A reading while it is put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from genie.language.comparisons import Against
from genie.language.times import When
from genie.language.words import Token
from genie.planning.catalog import Catalog, Term
from genie.planning.cues import Cue
from genie.planning.frame import Filter, Group, Order
from genie.planning.mentions import Mention
from genie.planning.values import ValueIndex


class Beyond(StrEnum):
    """Questions that metric queries only come near to, with what to tell the person."""

    SHARE = "I do not compute shares of a total: I can give the parts they are made of"
    AVERAGE = "I have no metric that is this average: I can give the numbers it is of"
    RUNNING = "I do not add up over time: I can give the single periods"
    GROWTH = "a change needs something to compare with"
    WHO = "I do not know who is meant"
    CLOCK = "I can group by hour, and not by the hour of the day"
    WITHIN = "I rank over all rows, not within each group"
    COUNT = "I can list them, and not count them"
    SETS = "I can set the days side by side, and not weekdays against weekends"


@dataclass
class Draft:
    """What the names of a question are there for, as far as they have been read."""

    tokens: Sequence[Token]
    catalog: Catalog
    index: ValueIndex
    metrics: list[Term] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    grouped: list[Mention] = field(default_factory=list)
    """The mentions that named groups."""
    subjects: list[Mention] = field(default_factory=list)
    filters: list[Filter] = field(default_factory=list)
    thresholds: list[Filter] = field(default_factory=list)
    ordered: list[Term] = field(default_factory=list)
    supers: list[Cue] = field(default_factory=list)
    direction: bool | None = None
    firsts: list[Cue] = field(default_factory=list)
    """`worst first`: the metric knows which end that is."""
    sided: bool = False
    """Some value has a side: `from` or `to`."""
    alphabetical: bool = False
    when: When | None = None
    when_field: Term | None = None
    trend: bool = False
    nulls: int = 0
    """Words for what is not known that have found what it is."""
    days: tuple[int, ...] = ()
    against: Against | None = None
    asked: bool = False
    """A question for which one: `which carrier`, `which month`."""
    singular: bool = True
    count: int | None = None
    per_key: list[Term] = field(default_factory=list)
    within: bool = False
    """Something is grouped by that is not what is ranked."""
    listing: bool = False
    split: bool = False
    """`by` or `per` was said."""
    ranking: bool = False
    score: float = 0.0
    doubts: list[tuple[float, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    instead: list[str] = field(default_factory=list)
    """Metrics that may be meant instead of the first."""
    beyond: Beyond | None = None
    """What the question asks that no metric query says."""
    choices: list[tuple[str, tuple[tuple[Any, ...], ...]]] = field(default_factory=list)
    """Members, and values that may be meant instead of those that were taken."""
    orders: list[Order] = field(default_factory=list)
    limit: int | None = None
    used: set[int] = field(default_factory=set)
    names: list[tuple[int, int, str]] = field(default_factory=list)

    def doubt(self, factor: float, reason: str) -> None:
        self.doubts.append((factor, reason))
        self.score -= 1 - factor

    def remember(self, mention: Mention, label: str) -> None:
        first, last = self.tokens[mention.first], self.tokens[mention.last]
        self.names.append((first.start, last.end, label))

"""The planner over a schema and values that a test writes down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from genie.planning.asking import Asking, Outcome, Plan
from genie.planning.catalog import Catalog, build_catalog
from genie.planning.planner import plan
from genie.planning.values import Coverage, MemberValues
from semantic_layer.compiler import Source, build_graph, read_documents

TODAY = date(2026, 3, 20)


@lru_cache(maxsize=8)
def catalog_of(schema: str) -> Catalog:
    return build_catalog(build_graph(read_documents([Source(schema, "told.yml")])))


@dataclass(frozen=True)
class Told:
    """A warehouse that was told its values; other members have none."""

    members: Mapping[str, Sequence[Any]]

    def values(self, model: str, members: Sequence[str]) -> Mapping[str, MemberValues]:
        return {
            name: MemberValues(tuple(self.members[name]))
            for name in members
            if name in self.members
        }

    def look_up(self, model: str, member: str, texts: Sequence[str]) -> Sequence[Any]:
        raise AssertionError(f"{member} has few values: nothing is to be looked up")

    def coverage(self, metric: str) -> Coverage:
        return Coverage("2024-01-01", "2026-03-19")


@dataclass(frozen=True)
class World:
    """A schema and its values."""

    schema: str
    members: Mapping[str, Sequence[Any]]

    def ask(self, question: str, *before: str) -> Plan:
        """The plan for the last of several questions of one conversation."""
        told, context, found = Told(self.members), None, None
        for text in (*before, question):
            found = plan(text, Asking(catalog_of(self.schema), told, TODAY, context))
            context = found.frame if found.outcome is Outcome.ANSWERED else context
        assert found is not None
        return found

    def query(self, question: str, *before: str) -> dict[str, Any]:
        """The metric query of the answer."""
        found = self.ask(question, *before)
        assert found.outcome is Outcome.ANSWERED, (question, found.message)
        assert found.frame is not None
        return found.frame.body()

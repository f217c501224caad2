"""A business whose models are asked without the service: real data in this process, real SQL of the
compiler, and nothing else. Planning a question takes milliseconds, so that tests may ask thousands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb

from genie.planning.asking import Asking, Outcome, Plan
from genie.planning.catalog import Catalog, build_catalog
from genie.planning.following import carried
from genie.planning.frame import Frame
from genie.planning.planner import plan
from genie.planning.values import Coverage, MemberValues
from semantic_layer.compiler import (
    SemanticGraph,
    Source,
    build_graph,
    compile_query,
    measures_of,
    parse_query,
    read_documents,
)

HERE = Path(__file__).parent
MOST_VALUES = 500


@dataclass
class Business:
    """ValueSource over a DuckDB of its own; `today` is where relative times count from."""

    graph: SemanticGraph
    connection: duckdb.DuckDBPyConnection
    today: date
    catalog: Catalog
    _values: dict[tuple[str, str], MemberValues] = field(default_factory=dict)
    _coverage: dict[str, Coverage | None] = field(default_factory=dict)

    def plan(self, question: str, *before: str) -> Plan:
        """The plan of the question, in a conversation after the others."""
        context: Frame | None = None
        for earlier in before:
            found = plan(earlier, Asking(self.catalog, self, self.today, context))
            context = carried(found, context)
        return plan(question, Asking(self.catalog, self, self.today, context))

    def query(self, question: str, *before: str) -> dict[str, Any]:
        """The metric query of a question that has to be answered."""
        found = self.plan(question, *before)
        assert found.outcome is Outcome.ANSWERED, f"{question}: {found.message}"
        assert found.frame is not None
        return found.frame.body()

    def asks_back(self, question: str, *before: str) -> Plan:
        """The plan of a question that must not be answered."""
        found = self.plan(question, *before)
        assert found.outcome is not Outcome.ANSWERED, f"{question}: {found.message}"
        return found

    def offers(self, question: str, *before: str) -> list[dict[str, Any]]:
        """What the options of a question back are, each asked as it stands."""
        return [self.query(option.text) for option in self.asks_back(question, *before).options]

    def rows(self, body: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        compiled = compile_query(parse_query(dict(body)), self.graph, dialect="duckdb")
        parameters = dict(compiled.parameters) or None
        return self.connection.execute(compiled.sql, parameters).fetchall()

    def values(self, model: str, members: Sequence[str]) -> Mapping[str, MemberValues]:
        """See the port."""
        metric = self._metric_of(model)
        for name in members:
            if (model, name) not in self._values:
                rows = self.rows({"metrics": [metric], "group_by": [name], "order_by": [name]})
                found = tuple(row[0] for row in rows[:MOST_VALUES])
                self._values[model, name] = MemberValues(found, len(rows) <= MOST_VALUES)
        return {name: self._values[model, name] for name in members}

    def _metric_of(self, model: str) -> str:
        return next(
            info.name
            for info in self.graph.metrics.values()
            if info.models == (model,) and info.aggregation is not None
        )

    def look_up(self, model: str, member: str, texts: Sequence[str]) -> Sequence[Any]:
        """See the port."""
        written = sorted({form for text in texts for form in (text, text.lower(), text.title())})
        where = [{"field": member, "op": "in", "value": written}]
        body = {"metrics": [self._metric_of(model)], "group_by": [member], "where": where}
        return tuple(row[0] for row in self.rows(body))

    def coverage(self, metric: str) -> Coverage | None:
        """See the port."""
        if metric not in self._coverage:
            spans = [
                self.rows({"group_by": [name], "min_max_only": True})[0]
                for name in self._times_of(metric)
            ]
            firsts, lasts = [str(a)[:10] for a, _ in spans], [str(b)[:10] for _, b in spans]
            self._coverage[metric] = Coverage(min(firsts), max(lasts)) if spans else None
        return self._coverage[metric]

    def _times_of(self, metric: str) -> set[str]:
        return {
            self.graph.models[measure.model].local_name(measure.time_dimension)
            for measure in measures_of(self.graph, self.graph.metrics[metric])
            if measure.time_dimension is not None
        }


def business_of(models: Path, data: Path, catalog: str, today: date) -> Business:
    """The models over the data, which is loaded as a catalog of that name."""
    connection = duckdb.connect()
    connection.execute(f"ATTACH ':memory:' AS {catalog}")
    connection.execute(f"USE {catalog}")
    connection.execute(data.read_text(encoding="utf-8"))
    source = Source(models.read_text(encoding="utf-8"), models.name)
    graph = build_graph(read_documents([source]))
    return Business(graph, connection, today, build_catalog(graph))


@lru_cache(maxsize=1)
def streaming() -> Business:
    """The streaming business, on 15 January 2025."""
    folder = HERE / "subscriptions"
    return business_of(
        folder / "models" / "business.yml", folder / "data.sql", "shop", date(2025, 1, 15)
    )


@lru_cache(maxsize=1)
def hotels() -> Business:
    """The hotel chain, on 28 November 2026."""
    folder = HERE / "hotels"
    return business_of(folder / "models.yml", folder / "data.sql", "hotels", date(2026, 11, 28))

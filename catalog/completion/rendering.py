"""How each kind of thing is shown and spelled as a suggestion."""

from __future__ import annotations

import re
from functools import cache

from sqlglot.dialects.dialect import Dialect

from catalog.completion.cursor import Cursor
from catalog.completion.functions import Function
from catalog.completion.inventory import ColumnEntry, TableEntry
from catalog.completion.knowledge import Knowledge
from catalog.completion.relations import Relation
from catalog.completion.suggestion import Kind, Suggestion
from semantic_layer.ports import MetricSummary, SchemaInfo, TableType

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_QUOTES = {"databricks": "`"}
_TYPE_WORDS = {
    TableType.TABLE: "Table",
    TableType.VIEW: "View",
    TableType.MATERIALIZED_VIEW: "Materialized view",
    TableType.STREAMING_TABLE: "Streaming table",
    TableType.METRIC_VIEW: "Metric view",
    TableType.FOREIGN: "Foreign table",
}


@cache
def _reserved() -> frozenset[str]:
    """Words that are no names without quotes. DuckDB's list serves all: a quote too many is right
    everywhere.
    """
    return frozenset(Dialect.get_or_raise("duckdb").generator_class.RESERVED_KEYWORDS)


def spelled(name: str, dialect: str) -> str:
    """The name as SQL: quoted where it must be."""
    if _PLAIN.fullmatch(name) and name.lower() not in _reserved():
        return name
    quote = _QUOTES.get(dialect, '"')
    return quote + name.replace(quote, quote * 2) + quote


class Renderer:
    """Turns what was found into suggestions for one cursor."""

    def __init__(self, cursor: Cursor, knowledge: Knowledge) -> None:
        self._cursor = cursor
        self._dialect = knowledge.vocabulary.dialect
        self._default_catalog = knowledge.default_catalog

    def inserted(self, *names: str) -> str:
        """The names as dotted SQL behind what was typed before the word; an open quote is only
        closed.
        """
        stem = self._cursor.stem
        if self._cursor.quoted:
            return stem + names[-1] + stem[-1:]
        return stem + ".".join(spelled(name, self._dialect) for name in names)

    def column(self, column: ColumnEntry, *, shared_by: int = 1) -> Suggestion:
        """A column; `shared_by` tables have one of this name, and more than one is told instead of
        the first's comment.
        """
        table = column.table
        description = f"{column.data_type} in {table.schema}.{table.name}"
        if shared_by > 1:
            others = shared_by - 1
            description += f" and {others} other table{'s' if others > 1 else ''}"
            return Suggestion(
                column.name, Kind.COLUMN, description, insert_text=self.inserted(column.name)
            )
        return Suggestion(
            column.name,
            Kind.COLUMN,
            _with_comment(description, column.comment),
            table.schema,
            table.catalog,
            self.inserted(column.name),
        )

    def named_column(self, name: str, relation: Relation) -> Suggestion:
        """A column that the SQL itself names, in a CTE or subquery."""
        description = f"Column of {relation.name or 'the subquery'}"
        return Suggestion(name, Kind.COLUMN, description, insert_text=self.inserted(name))

    def table(self, table: TableEntry, *, behind_path: bool) -> Suggestion:
        """A table; unless a path is typed already, inserted with the path it needs."""
        description = _TYPE_WORDS[table.table_type]
        if table.row_count is not None:
            description += f", {table.row_count:,} rows"
        path: tuple[str, ...] = (table.name,)
        if not behind_path:
            home = table.catalog == self._default_catalog
            path = (*(() if home else (table.catalog,)), table.schema, table.name)
        return Suggestion(
            table.name,
            Kind.TABLE,
            _with_comment(description, table.comment),
            table.schema,
            table.catalog,
            self.inserted(*path),
        )

    def relation(self, relation: Relation, name: str) -> Suggestion:
        """The alias of something in FROM."""
        of = ".".join(relation.tables[0]) if len(relation.tables) == 1 else "a subquery"
        description = f"Stands for {of} in this query"
        return Suggestion(name, Kind.TABLE, description, insert_text=self.inserted(name))

    def cte(self, name: str) -> Suggestion:
        return Suggestion(name, Kind.TABLE, "CTE of this query", insert_text=self.inserted(name))

    def schema(self, schema: SchemaInfo, *, behind_path: bool) -> Suggestion:
        bare = behind_path or schema.catalog == self._default_catalog
        path = (schema.name,) if bare else (schema.catalog, schema.name)
        description = _with_comment(f"Schema of {schema.catalog}", schema.comment)
        return Suggestion(
            schema.name, Kind.SCHEMA, description, None, schema.catalog, self.inserted(*path)
        )

    def catalog(self, name: str, comment: str | None) -> Suggestion:
        description = _with_comment("Catalog", comment)
        return Suggestion(name, Kind.CATALOG, description, insert_text=self.inserted(name))

    def keyword(self, word: str) -> Suggestion:
        return Suggestion(word, Kind.KEYWORD, None, insert_text=self._cursor.stem + word)

    def function(self, function: Function) -> Suggestion:
        description = f"{function.signature}: {function.description}"
        insert_text = self._cursor.stem + function.name
        return Suggestion(function.name, Kind.FUNCTION, description, insert_text=insert_text)

    def metric(self, summary: MetricSummary) -> Suggestion:
        """A metric or dimension of the registry."""
        kind = Kind(summary.kind)
        of = f"{kind.capitalize()} of {summary.model}"
        text = " - ".join(filter(None, (summary.label, summary.description)))
        description = _with_comment(of, text)
        return Suggestion(
            summary.name, kind, description, insert_text=self._cursor.stem + summary.name
        )


def _with_comment(description: str, comment: str | None) -> str:
    return f"{description}: {comment}" if comment else description

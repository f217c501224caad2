"""The words of the graph: what its nodes are called, and what its edges say. Pure."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b
from typing import Any

from lineage.extract import TableName

_PLAIN = re.compile(r"[^\W\d]\w*\Z")


class Kind(StrEnum):
    """What a node is. The parts of its name: catalog, schema, table (and column) in the warehouse;
    category, model and member, or category and name, in the registry.
    """

    TABLE = "table"
    COLUMN = "column"
    MODEL = "model"
    ENTITY = "entity"
    DIMENSION = "dimension"
    MEASURE = "measure"
    METRIC = "metric"
    SAVED_QUERY = "saved_query"
    QUERIES = "queries"
    DASHBOARD = "dashboard"
    NOTEBOOK = "notebook"
    JOB = "job"
    PIPELINE = "pipeline"
    PATH = "path"
    UNRESOLVED = "unresolved"


MEMBERS = frozenset((Kind.ENTITY, Kind.DIMENSION, Kind.MEASURE))


class Relation(StrEnum):
    """What flows: a value, the choice of rows, anything at all, the key of a join."""

    VALUE = "value"
    CONDITION = "condition"
    READS = "reads"
    JOINS = "joins"
    UNRESOLVED = "unresolved"


class Level(StrEnum):
    """Edges between whole things, and edges between their columns and members."""

    OBJECT = "object"
    COLUMN = "column"


@dataclass(frozen=True, order=True)
class Ref:
    """A node's name. Names of the warehouse are in lower case: both dialects compare them so."""

    kind: Kind
    parts: tuple[str, ...]

    @property
    def key(self) -> uuid.UUID:
        """Of one length, however long the names are."""
        written = json.dumps([self.kind, *self.parts]).encode("utf-8", "surrogatepass")
        return uuid.UUID(bytes=blake2b(written, digest_size=16).digest())

    @property
    def name(self) -> str:
        return self.parts[-1]

    @property
    def full_name(self) -> str:
        """Dotted; parts that are no plain words are quoted, so that it can be read back."""
        shown = self.parts if self.kind in _OF_WAREHOUSE else self.parts[1:] or self.parts
        return ".".join(map(quoted, shown))

    @property
    def owner(self) -> Ref | None:
        """The table of a column, the model of a member; None for what stands by itself."""
        if self.kind is Kind.COLUMN:
            return Ref(Kind.TABLE, self.parts[:3])
        if self.kind in MEMBERS:
            return Ref(Kind.MODEL, self.parts[:2])
        return None

    @property
    def object(self) -> Ref:
        return self.owner or self


_OF_WAREHOUSE = frozenset((Kind.TABLE, Kind.COLUMN, Kind.PATH))


def table_ref(table: TableName) -> Ref:
    return Ref(Kind.TABLE, (table.catalog, table.schema, table.name))


def column_ref(table: TableName, column: str) -> Ref:
    return Ref(Kind.COLUMN, (table.catalog, table.schema, table.name, column))


def unresolved_ref(owner: Ref, reason: str) -> Ref:
    """The place where lineage is not known, of one table, model or query. Only the kind of reason
    is told: the rest may name what not everybody sees.
    """
    return Ref(Kind.UNRESOLVED, (owner.kind, *owner.parts, reason.partition(":")[0]))


def quoted(part: str) -> str:
    return part if _PLAIN.match(part) else "`" + part.replace("`", "``") + "`"


@dataclass(frozen=True, order=True)
class Link:
    """Data flows from `source` to `target`."""

    source: Ref
    target: Ref
    relation: Relation
    level: Level
    path: str = ""


@dataclass(frozen=True)
class Facts:
    """What is known of a node besides its name; `type` is TableType's word or a metric's type."""

    type: str = ""
    label: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Unit:
    """What one definition says of the graph: a view, a model, a saved query. Replaced as a whole.

    `unresolved` are reasons with their details, for operators only.
    """

    name: str
    facts: dict[Ref, Facts] = field(default_factory=dict)
    links: set[Link] = field(default_factory=set)
    unresolved: set[str] = field(default_factory=set)

    def link(
        self, source: Ref, target: Ref, relation: Relation, level: Level, path: str = ""
    ) -> None:
        if source != target:
            self.links.add(Link(source, target, relation, level, path))

    def unknown(self, owner: Ref, target: Ref, reason: str) -> None:
        """Say that something that `target` is made of is not known."""
        self.unresolved.add(reason)
        node = unresolved_ref(owner.object, reason)
        self.facts.setdefault(node, Facts())
        self.link(node, owner.object, Relation.UNRESOLVED, Level.OBJECT)
        self.link(node, target, Relation.UNRESOLVED, Level.COLUMN)

    @property
    def digest(self) -> str:
        """The same for the same content."""
        facts = sorted(
            (ref, f.type, f.label, json.dumps(dict(f.details), sort_keys=True, default=str))
            for ref, f in self.facts.items()
        )
        written = repr((facts, sorted(self.links), sorted(self.unresolved)))
        return blake2b(written.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

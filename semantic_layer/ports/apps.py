"""Between our own apps: what a lower one asks of an upper one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from semantic_layer.errors import Issue
from semantic_layer.ports.callers import Actor


@dataclass(frozen=True)
class MetricSummary:
    """What autocomplete and search need to know of a metric or dimension of the registry."""

    name: str
    kind: str
    label: str | None
    description: str | None
    model: str


class SuggestionSource(Protocol):
    """The registry's metric and dimension names, for the catalog's autocomplete."""

    def suggestions(self, category: str) -> tuple[str, Iterable[MetricSummary]]:
        """Version of the category (keys any index built of it), its metrics and dimensions.

        Asked with every keystroke: what takes time waits until the names are iterated, once.
        """
        ...


@dataclass(frozen=True)
class ExistingModel:
    """A model that reads a table already: `definition` is the whole of it in its flat JSON form.

    `version` is the number that a new version has to follow, None where the category that drafts
    are saved in does not have the model.
    """

    name: str
    category: str
    definition: Mapping[str, Any]
    version: int | None


@dataclass(frozen=True)
class DraftVerdict:
    """What the registry says of a draft: all its problems, its YAML, and the graph it would make
    (a SemanticGraph)."""

    errors: tuple[Issue, ...]
    warnings: tuple[Issue, ...]
    yaml: str
    graph: Any = field(repr=False)

    @property
    def valid(self) -> bool:
        return not self.errors


class ModelDrafts(Protocol):
    """The registry, for who makes models out of tables. Drafts are for one category, development.

    What access rules hide from the actor is not there.
    """

    def entities(self, actor: Actor) -> Mapping[tuple[str, str], str]:
        """What models call the keys of tables: (full table name, expression) -> entity."""
        ...

    def modelled_tables(self, actor: Actor) -> frozenset[str]:
        """Full names of the tables that some model reads."""
        ...

    def taken_names(self, actor: Actor, model: str) -> frozenset[str]:
        """Names of models, measures and metrics that are not of this model."""
        ...

    def existing(self, actor: Actor, table: str, name: str | None) -> ExistingModel | None:
        """The model, of this name if one is asked for, that reads the table of this full name;
        that of development first."""
        ...

    def check(self, actor: Actor, definition: Mapping[str, Any]) -> DraftVerdict:
        """What writing the model would bring up; nothing is written."""
        ...

    def save(self, actor: Actor, definition: Mapping[str, Any], *, version: int | None) -> int:
        """Write the model, as a new one or as the version after `version`; its number.

        Raises what writes raise: Conflict, StaleVersion, InvalidModels.
        """
        ...


@dataclass(frozen=True)
class MetricRows:
    """Answer of a metric query: rows by column, values as JSON has them (decimals are text)."""

    columns: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]
    receipt: Mapping[str, Any]


@dataclass(frozen=True)
class SqlRows:
    """Answer of a statement: rows by column, values as JSON has them (decimals are text)."""

    columns: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]


class SqlRunner(Protocol):
    """Runs statements that the service wrote for a person: to measure tables, for example.

    They may be longer than people's own, up to `max_characters`.
    """

    max_characters: int

    def dialect(self, actor: Actor) -> str:
        """The compiler's word for what the actor's warehouse speaks."""
        ...

    def run(self, actor: Actor, sql: str, *, max_rows: int, timeout_s: float) -> SqlRows:
        """Run one read-only statement as the actor, through guard, limits and audit.

        Needs the permission to execute; raises what the actor's own statement raises.
        """
        ...


class MetricRunner(Protocol):
    """Answers metric queries for the apps below: value diffs, charts, model tests."""

    def run(self, actor: Actor, body: Mapping[str, Any], *, graph: Any = None) -> MetricRows:
        """Run one metric query (the body of metrics-explorer/query) as this actor.

        `graph` is the compiler's SemanticGraph to ask instead of the category's published one: a
        draft's, another version's. Needs the permission to execute; raises what a query raises.
        """
        ...


@dataclass(frozen=True)
class UsedNames:
    """What queries may say of a model: its metrics, and its dimensions as `order__channel`."""

    category: str
    model: str
    metrics: frozenset[str]
    dimensions: frozenset[str]


@dataclass(frozen=True, order=True)
class Dependent:
    """What uses a model: its kind (`metric`, `model`, `saved_query`, `recent_queries`,
    `documentation`), its name, the model it is of, and the names it uses.

    `details` is JSON for people: counts, when last. Never another person's SQL.
    """

    kind: str
    name: str
    model: str | None
    uses: tuple[str, ...]
    details: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def as_dict(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "name": self.name,
            "model": self.model,
            "uses": list(self.uses),
            "details": dict(self.details),
        }


class DependentsSource(Protocol):
    """An upper app that knows who uses a model: saved and recent queries, documentation."""

    def dependents(self, names: UsedNames) -> Iterable[Dependent]:
        """Everything that uses one of the names, whoever owns it."""
        ...


@dataclass(frozen=True)
class Candidate:
    """What is about to be published: model names, and the graph as it would be (a
    SemanticGraph)."""

    category: str
    models: tuple[str, ...]
    graph: Any = field(repr=False)


class PublishGate(Protocol):
    """An upper app that may keep a version from being published: golden questions, tests."""

    def concerns(self, actor: Actor, candidate: Candidate) -> bool:
        """Whether there is anything to check. Asked while other writers of the category wait: no
        query, nothing slow."""
        ...

    def problems(self, actor: Actor, candidate: Candidate) -> Sequence[Issue]:
        """What speaks against it; errors refuse, warnings are shown. Nobody waits meanwhile but
        who asked: it may run queries."""
        ...


@dataclass(frozen=True)
class DiagramBox:
    """A box at its place, in pixels from the left upper corner. `tone` is a word for its colour."""

    x: float
    y: float
    width: float
    height: float
    title: str
    subtitle: str = ""
    rows: tuple[str, ...] = ()
    tone: str = "plain"
    is_root: bool = False


@dataclass(frozen=True)
class DiagramLine:
    """A connection from the right side of one box to the left side of another."""

    start: tuple[float, float]
    end: tuple[float, float]
    label: str = ""
    is_dashed: bool = False


@dataclass(frozen=True)
class Diagram:
    """Boxes and lines, laid out; whoever shows it only draws."""

    boxes: tuple[DiagramBox, ...]
    lines: tuple[DiagramLine, ...]
    width: float
    height: float


@dataclass(frozen=True)
class LineageDrawing:
    """Where a model comes from and what is made of it, as picture and as Mermaid's text."""

    diagram: Diagram
    mermaid: str
    tables: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class ModelLineage(Protocol):
    """An upper app that draws the lineage of a model, for its documentation."""

    def of_model(self, actor: Actor, category: str, name: str) -> LineageDrawing:
        """As this actor sees it. Raises NotFound for a model they do not see."""
        ...

"""What the service asks of the outside world, in its own words: plain values in and out.

No Django, no driver. Adapters implement these Protocols; wiring.py picks them by settings. Arrow
record batches are the shared data format, typed here without importing pyarrow at run time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from semantic_layer.errors import Forbidden, Issue, SemanticLayerError

if TYPE_CHECKING:
    import pyarrow as pa


# ---------------------------------------------------------------- who asks


@dataclass(frozen=True)
class Credential:
    """With whose rights the warehouse is asked.

    `principal` names the person (or `service`), `token` is their workspace token, if any.
    Never cached, logged or put in a repr.
    """

    principal: str
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Actor:
    """The authenticated caller of a service function.

    `data_scope` is equal for two callers exactly when they may be served the same data: it keys
    every cache.
    """

    user_id: str
    email: str
    display_name: str
    roles: frozenset[str]
    permissions: frozenset[str]
    groups: tuple[str, ...]
    data_scope: str
    credential: Credential

    def may(self, permission: str) -> bool:
        return permission in self.permissions

    def require(self, permission: str) -> None:
        """Raise Forbidden unless the caller holds the permission."""
        if permission not in self.permissions:
            raise Forbidden(
                f"This needs the permission '{permission}', which your role "
                f"({', '.join(sorted(self.roles)) or 'none'}) does not give.",
                required_permission=permission,
            )


@dataclass(frozen=True)
class Identity:
    """Who a workspace (or local) token belongs to, as the identity provider says."""

    subject: str
    email: str
    display_name: str
    groups: tuple[str, ...] = ()
    roles: tuple[str, ...] | None = None
    """Roles the provider itself decided (local tokens); None: settings map groups to roles."""
    expires_at: datetime | None = None


class IdentityProvider(Protocol):
    """Knows whose token this is."""

    def authenticate(self, token: str) -> Identity:
        """Whom the token belongs to.

        Raises Unauthenticated when it is refused, Unavailable when nobody can say.
        """
        ...


# ---------------------------------------------------------------- the warehouse


@dataclass(frozen=True)
class Limits:
    """Bounds of one statement: rows fetched (None: no cap), seconds until it is cancelled.

    `tell_progress` is for statements that somebody will watch: where telling costs something, it is
    spared otherwise.
    """

    max_rows: int | None
    timeout_s: float
    tell_progress: bool = False


@dataclass(frozen=True)
class ResultColumn:
    """One column of a result: unique name, type as the warehouse writes it (`DECIMAL(18,2)`)."""

    name: str
    type: str


class RunState(StrEnum):
    """Where a statement is. The last four are terminal."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"


@dataclass(frozen=True)
class RunHandle:
    """A submitted statement; plain strings, so that another process can cancel it."""

    warehouse: str
    statement_id: str
    principal: str


@dataclass(frozen=True)
class RunStatus:
    """What is known of a statement now.

    `error` is set exactly when it failed; `progress` is 0..1 where the engine tells.
    """

    state: RunState
    error: SemanticLayerError | None = None
    progress: float | None = None


class Warehouse(Protocol):
    """Runs one read-only statement at a time per handle, as one principal.

    `name` identifies it in receipts and cache keys, `dialect` is the compiler's word. One that
    shows the same rows to every principal says so by `same_for_everybody = True`.
    """

    name: str
    dialect: str

    def submit(
        self,
        sql: str,
        parameters: Mapping[str, Any],
        *,
        limits: Limits,
        tags: Mapping[str, str],
    ) -> RunHandle:
        """Start the statement and return at once. Parameters are bound by name, never pasted.

        Raises SqlError or StatementRefused when it is refused before it runs,
        WarehouseUnavailable when the warehouse takes no work. Side effect: a running statement
        that must be fetched or cancelled.
        """
        ...

    def poll(self, handle: RunHandle, *, wait_s: float = 0.0) -> RunStatus:
        """State of the statement, waiting up to `wait_s` seconds for a terminal one.

        Past `limits.timeout_s` it is cancelled in the engine and TIMED_OUT.
        """
        ...

    def columns(self, handle: RunHandle) -> tuple[ResultColumn, ...]:
        """Columns of a succeeded statement: duplicate names already made unique (`a`, `a_2`)."""
        ...

    def batches(self, handle: RunHandle) -> Iterator[pa.RecordBatch]:
        """The rows of a succeeded statement, once, in order, at most `limits.max_rows`.

        Frees the statement when exhausted or closed.
        """
        ...

    def cancel(self, handle: RunHandle) -> None:
        """Stop the statement in the engine and free it; a finished handle is no error."""
        ...

    def explain_check(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        """Bind the statement in the engine without running it; values that are not given count as
        NULL.

        Raises SqlError or StatementRefused with the place, WarehouseUnavailable.
        """
        ...

    def ping(self) -> None:
        """Raise WarehouseUnavailable unless a trivial statement answers."""
        ...


@runtime_checkable
class StatementBinder(Protocol):
    """A warehouse that can look up the names and types of a statement without running it."""

    def explain_check(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        """Raise the SqlError running it would raise for an unknown table, column or function, or
        for types that do not fit. Values that are not given count as null."""
        ...


# ---------------------------------------------------------------- metadata


class TableType(StrEnum):
    """Kinds of tables as Unity Catalog names them, folded to what clients need."""

    TABLE = "TABLE"
    VIEW = "VIEW"
    MATERIALIZED_VIEW = "MATERIALIZED_VIEW"
    STREAMING_TABLE = "STREAMING_TABLE"
    METRIC_VIEW = "METRIC_VIEW"
    FOREIGN = "FOREIGN"


@dataclass(frozen=True)
class CatalogInfo:
    name: str
    comment: str | None = None
    owner: str | None = None
    created_at: datetime | None = None


@dataclass(frozen=True)
class SchemaInfo:
    name: str
    catalog: str
    comment: str | None = None
    owner: str | None = None


@dataclass(frozen=True)
class TableInfo:
    """`row_count` and `size_bytes` are None where the source does not know them; times are UTC."""

    name: str
    catalog: str
    schema: str
    table_type: TableType
    row_count: int | None = None
    size_bytes: int | None = None
    comment: str | None = None
    owner: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    column_count: int | None = None
    view_definition: str | None = None
    tags: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        return f"{self.catalog}.{self.schema}.{self.name}"


@dataclass(frozen=True)
class ColumnInfo:
    """One column of a table or view; `position` counts from 1."""

    name: str
    data_type: str
    nullable: bool
    position: int
    comment: str | None = None
    is_partition_key: bool = False


class MetadataSource(Protocol):
    """What exists, as one principal may see it. A missing parent raises NotFound.

    `default_catalog` is the one that two-part names mean; None where every name needs its catalog.
    """

    @property
    def default_catalog(self) -> str | None: ...

    def catalogs(self) -> Sequence[CatalogInfo]: ...

    def schemas(self, catalog: str) -> Sequence[SchemaInfo]: ...

    def tables(self, catalog: str, schema: str) -> Sequence[TableInfo]: ...

    def columns(self, catalog: str, schema: str, table: str) -> Sequence[ColumnInfo]: ...

    def all_columns(self, catalog: str) -> Iterator[tuple[TableInfo, ColumnInfo]]:
        """Every visible column of the catalog with its table, in one sweep."""
        ...

    def fingerprint(self) -> str:
        """Changes when what exists may have changed; cheap. Keys caches and indexes."""
        ...


@runtime_checkable
class DefinitionSource(Protocol):
    """A metadata source that tells what views and macros of its own are made of."""

    def definitions(self) -> Iterable[tuple[str, str]]:
        """Name (without schema) and SQL text of each view and macro, once per name."""
        ...


# ---------------------------------------------------------------- volumes


@dataclass(frozen=True)
class StoredFile:
    """One file of the volume: path below the base, size in bytes, when it was written (UTC)."""

    path: str
    size: int
    modified_at: datetime


class VolumeStore(Protocol):
    """Files under one base folder, by relative POSIX path (`production/orders.yml`).

    A path that is absolute, climbs (`..`) or holds odd characters raises Malformed. A store that
    cannot be reached raises Unavailable; nothing else leaves an adapter.
    """

    def read(self, path: str) -> bytes:
        """The whole file. Raises NotFound."""
        ...

    def write(self, path: str, data: bytes) -> None:
        """Create or replace the file: a reader sees the old or the new bytes, never a mixture."""
        ...

    def delete(self, path: str) -> None:
        """Remove the file; a missing one is no error."""
        ...

    def files(self, folder: str = "") -> Iterator[StoredFile]:
        """Every file below the folder, by path; a missing folder is empty."""
        ...

    def ping(self) -> None:
        """Raise Unavailable unless the base folder can be read and written."""
        ...


# ---------------------------------------------------------------- between our own apps


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
class MetricRows:
    """Answer of a metric query: rows by column, values as JSON has them (decimals are text)."""

    columns: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]
    receipt: Mapping[str, Any]


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

    def problems(self, actor: Actor, candidate: Candidate) -> Sequence[Issue]:
        """What speaks against it; errors refuse, warnings are shown. Other writers of the
        category wait meanwhile."""
        ...

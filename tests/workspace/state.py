"""The truth that the servers of the test workspace share: who there is, what exists, who sees it.

One object lives in the process of the tests, which change it while the servers run: expire a
token, take a grant away, add a table. Rights are Unity Catalog's in small: a grant on a catalog or
a schema holds for everything in it, and what somebody may not see does not exist for them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import RLock

BEGINNING = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Person:
    """A user or a service principal; `user_name` is the e-mail or the application id."""

    id: str
    user_name: str
    display_name: str
    groups: tuple[str, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """What a grant to this person, or to one of their groups, may be made out to."""
        return frozenset((self.user_name, *self.groups))


@dataclass(frozen=True)
class Column:
    """`type_text` as Unity Catalog writes it (`decimal(18,2)`); `partition_index` from 0."""

    name: str
    type_text: str
    nullable: bool = True
    comment: str | None = None
    partition_index: int | None = None


@dataclass(frozen=True)
class Table:
    """`table_type` is Unity Catalog's word: MANAGED, VIEW, METRIC_VIEW, ..."""

    catalog: str
    schema: str
    name: str
    columns: tuple[Column, ...] = ()
    table_type: str = "MANAGED"
    comment: str | None = None
    owner: str | None = "owner@example.com"
    view_definition: str | None = None
    created_at: datetime = BEGINNING
    updated_at: datetime = BEGINNING

    @property
    def full_name(self) -> str:
        return f"{self.catalog}.{self.schema}.{self.name}"


@dataclass(frozen=True)
class StoredObject:
    """A file of a volume."""

    data: bytes
    modified_at: datetime


@dataclass
class WorkspaceState:
    """Thread-safe by its methods; `lock` guards a longer look at the dictionaries."""

    people: dict[str, Person] = field(default_factory=dict)
    """By user name."""
    tokens: dict[str, str] = field(default_factory=dict)
    """Good bearer tokens -> user name. One that is absent was never issued, or has expired."""
    secrets: dict[str, str] = field(default_factory=dict)
    """OAuth client id (the user name of a service principal) -> its secret."""
    catalogs: dict[str, str | None] = field(default_factory=dict)
    """Name -> comment."""
    schemas: dict[str, str | None] = field(default_factory=dict)
    """`catalog.schema` -> comment."""
    tables: dict[str, Table] = field(default_factory=dict)
    """By full name."""
    grants: set[tuple[str, str]] = field(default_factory=set)
    """(user or group name, full name of a catalog, schema, table or volume)."""
    volumes: set[str] = field(default_factory=set)
    """Full names, `catalog.schema.volume`."""
    files: dict[str, StoredObject] = field(default_factory=dict)
    """By absolute path, `/Volumes/catalog/schema/volume/...`."""
    lock: RLock = field(default_factory=RLock)

    # ------------------------------------------------------------ people

    def add_person(
        self, user_name: str, *, token: str | None = None, groups: Iterable[str] = ()
    ) -> Person:
        """A person with this token; service principals get a secret in `secrets` instead."""
        with self.lock:
            person = Person(
                id=str(1000 + len(self.people)),
                user_name=user_name,
                display_name=user_name.split("@")[0].replace(".", " ").title(),
                groups=tuple(groups),
            )
            self.people[user_name] = person
            if token is not None:
                self.tokens[token] = user_name
            return person

    def person_of(self, token: str) -> Person | None:
        """Whose token it is; None where it is not good (any more)."""
        with self.lock:
            user_name = self.tokens.get(token)
            return self.people.get(user_name) if user_name is not None else None

    def expire(self, token: str) -> None:
        """From now on the token is refused everywhere."""
        with self.lock:
            self.tokens.pop(token, None)

    # ------------------------------------------------------------ what exists, and for whom

    def add_table(self, table: Table) -> Table:
        """With its catalog and schema where they are missing; nobody may see it yet."""
        with self.lock:
            self.catalogs.setdefault(table.catalog, None)
            self.schemas.setdefault(f"{table.catalog}.{table.schema}", None)
            self.tables[table.full_name] = table
            return table

    def grant(self, grantee: str, *names: str) -> None:
        """`grantee` (user or group) may see and read these, and all that is in them."""
        with self.lock:
            self.grants |= {(grantee, name.casefold()) for name in names}

    def revoke(self, grantee: str, *names: str) -> None:
        with self.lock:
            self.grants -= {(grantee, name.casefold()) for name in names}

    def may_see(self, person: Person, full_name: str) -> bool:
        """Whether a table or volume is theirs to read, by a grant on it or on what it is in."""
        parts = full_name.casefold().split(".")
        inside = {".".join(parts[:length]) for length in range(1, len(parts) + 1)}
        with self.lock:
            return any((name, part) in self.grants for name in person.names for part in inside)

    def visible_tables(self, person: Person) -> list[Table]:
        """By full name."""
        with self.lock:
            return [
                table for name, table in sorted(self.tables.items()) if self.may_see(person, name)
            ]

    def visible_catalogs(self, person: Person) -> list[str]:
        """Those granted, and those with something granted inside."""
        return self._parents(person, self.catalogs)

    def visible_schemas(self, person: Person, catalog: str) -> list[str]:
        """Names without the catalog."""
        inside = [name for name in self.schemas if name.split(".")[0] == catalog]
        return [name.split(".")[1] for name in self._parents(person, inside)]

    def _parents(self, person: Person, names: Iterable[str]) -> list[str]:
        with self.lock:
            granted = {name for grantee, name in self.grants if grantee in person.names}
            return sorted(
                name
                for name in names
                if self.may_see(person, name)
                or any(one.startswith(f"{name.casefold()}.") for one in granted)
            )

    # ------------------------------------------------------------ volumes

    def put_file(self, path: str, data: bytes) -> None:
        with self.lock:
            self.files[path] = StoredObject(data, datetime.now(UTC))

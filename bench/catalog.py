"""How fast the catalog answers at 100,000 columns: SQL completion; metadata with and without cache.

    python -m bench.catalog [--workspace]

Real DuckDB and Valkey; distinct prefixes, so that nothing is measured twice. With `--workspace` the
names come from Unity Catalog's REST API of the test workspace: those of tables by its summaries,
columns in the background.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import django
import duckdb

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import override_settings  # noqa: E402

from catalog import autocomplete  # noqa: E402
from catalog.metadata_cache import CachedMetadata  # noqa: E402
from semantic_layer import wiring  # noqa: E402
from semantic_layer.ports import Actor, Credential, MetadataSource  # noqa: E402
from tests import services  # noqa: E402
from tests.workspace import whole  # noqa: E402
from tests.workspace.engine import ScriptedEngine  # noqa: E402
from tests.workspace.state import Column, Table, WorkspaceState  # noqa: E402

TABLES, COLUMNS = 1_000, 100
WORDS = [
    *(
        "customer",
        "order",
        "line",
        "item",
        "price",
        "amount",
        "total",
        "tax",
        "ship",
        "date",
        "time",
    ),
    *(
        "region",
        "nation",
        "supplier",
        "part",
        "brand",
        "type",
        "size",
        "container",
        "status",
        "flag",
    ),
    *("priority", "clerk", "comment", "account", "balance", "segment", "phone", "address", "city"),
    *("state", "country", "code", "name", "key", "first", "last", "email", "carrier", "origin"),
    *(
        "destination",
        "delay",
        "distance",
        "engine",
        "seats",
        "model",
        "year",
        "month",
        "week",
        "day",
    ),
]
ACTOR = Actor(
    user_id="bench",
    email="bench@example.com",
    display_name="Bench",
    roles=frozenset({"viewer"}),
    permissions=frozenset({"read"}),
    groups=(),
    data_scope="bench",
    credential=Credential("bench@example.com", "dapi-bench"),
)


def column_names(dice: random.Random) -> list[str]:
    return [f"{'_'.join(dice.sample(WORDS, 3))}_{number}" for number in range(COLUMNS)]


def write_warehouse(path: Path, dice: random.Random) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA gold")
        for table in range(TABLES):
            columns = ", ".join(f"{name} VARCHAR" for name in column_names(dice))
            connection.execute(f"CREATE TABLE gold.{dice.choice(WORDS)}_{table} ({columns})")


def timed(calls: Iterable[Callable[[], object]]) -> list[float]:
    """Milliseconds of each call."""
    found = []
    for call in calls:
        started = time.perf_counter()
        call()
        found.append((time.perf_counter() - started) * 1000)
    return found


def report(label: str, times: list[float]) -> None:
    p95 = statistics.quantiles(times, n=20)[-1]
    print(f"{label:<44}{statistics.median(times):>10.2f}{p95:>10.2f}{len(times):>8}")


def completion(prefix: str, context: str) -> Callable[[], object]:
    return lambda: autocomplete.complete(actor=ACTOR, prefix=prefix, context=context)


def bench_completion(dice: random.Random, table: str) -> None:
    words = ["_".join(dice.sample(WORDS, 2))[: dice.randint(2, 9)] for _ in range(300)]
    typos = [word[:2] + word[3:] + "q" for word in words if len(word) > 5]
    scope = f"SELECT * FROM gold.{table} t JOIN gold.{table} u ON t."
    long = f"WITH a AS (SELECT * FROM gold.{table}) SELECT " + "a.x + 1 AS y, " * 600
    report("completion, no context", timed(completion(word, "") for word in words))
    report("completion, after FROM", timed(completion(word, "SELECT * FROM ") for word in words))
    report("completion, after alias.", timed(completion(word, scope) for word in words))
    report("completion, in WHERE", timed(completion(word, scope[:-7] + "WHERE ") for word in words))
    report("completion, misspelled", timed(completion(word, "SELECT ") for word in typos))
    report("completion, 8,000 characters before", timed(completion(w, long) for w in words[:100]))


def bench_metadata(source: MetadataSource, tables: list[str]) -> None:
    cached = CachedMetadata(source, data_scope="bench")

    def reads(of: MetadataSource | CachedMetadata) -> list[Callable[[], object]]:
        columns = [lambda name=name: of.columns("wide", "gold", name) for name in tables]
        return [*columns, *[lambda: of.tables("wide", "gold")] * 20]

    plain = timed(reads(source))
    timed(reads(cached))
    warm = timed(reads(cached))
    report("metadata, from the source", plain)
    report("metadata, from the cache", warm)
    ratio = statistics.median(warm) / statistics.median(plain)
    print(f"{'cached / uncached, median':<44}{ratio:>10.3f}")


def index_mb(source: MetadataSource) -> float:
    """What one index holds on to, in megabytes."""
    tracemalloc.start()
    kept = autocomplete._swept(source)
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert kept.column_count == TABLES * COLUMNS
    return size / 1e6


@contextmanager
def on_duckdb(dice: random.Random) -> Iterator[MetadataSource]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "wide.duckdb"
        write_warehouse(path, dice)
        with override_settings(DUCKDB_ATTACH=f"wide={path}", DUCKDB_DEFAULT_CATALOG="wide"):
            yield wiring.metadata_source(ACTOR.credential)


@contextmanager
def on_workspace(dice: random.Random) -> Iterator[MetadataSource]:
    state = WorkspaceState()
    state.add_person(ACTOR.credential.principal, token=str(ACTOR.credential.token))
    state.grant(ACTOR.credential.principal, "wide")
    for number in range(TABLES):
        columns = tuple(Column(name, "string") for name in column_names(dice))
        state.add_table(Table("wide", "gold", f"{dice.choice(WORDS)}_{number}", columns))
    with whole.running(state, ScriptedEngine(), catalog="wide") as workspace, override_settings():
        workspace.rest.world.page_size = TABLES
        workspace.configure(settings)
        wiring._forget()
        yield wiring.metadata_source(ACTOR.credential)


def wait_for_columns(first: Callable[[], object]) -> float:
    """Milliseconds until completion knows all columns."""
    started = time.perf_counter()
    inventory = autocomplete._inventory
    while (
        inventory(ACTOR, wiring.metadata_source(ACTOR.credential)).column_count < TABLES * COLUMNS
    ):
        time.sleep(0.05)
        first()
    return (time.perf_counter() - started) * 1000


def main() -> None:
    dice = random.Random(7)
    where = on_workspace if "--workspace" in sys.argv else on_duckdb
    with services.running():
        call_command("migrate", verbosity=0)  # names of metrics are completed too
        with where(dice) as source:
            tables = [table.name for table in source.tables("wide", "gold")]
            print(
                f"{TABLES * COLUMNS:,} columns{'':<30}{'median ms':>10}{'p95 ms':>10}{'calls':>8}"
            )
            if where is on_duckdb:
                print(f"{'memory of one index, MB':<44}{index_mb(source):>10.1f}")
            first = completion("customer", "")
            print(f"{'first call: reads all names':<44}{timed([first])[0]:>10.0f}")
            print(f"{'until all columns are known':<44}{wait_for_columns(first):>10.0f}")
            bench_completion(dice, tables[0])
            bench_metadata(source, tables[:100])


if __name__ == "__main__":
    main()

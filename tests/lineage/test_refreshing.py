"""The stored graph follows its sources, a part at a time, and survives what kills a refresh."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage import refreshing, storing
from lineage.models import Edge, Node, Part, Unit
from lineage.nodes import Kind, Level, Ref, Relation
from lineage.nodes import Unit as Said
from lineage.refreshing import PARTS, refresh
from lineage.tasks import refresh_lineage
from lineage.walking import DOWN, UP, AllSeeing, Picture, Way, walk
from models_registry import services
from models_registry.audit import SYSTEM
from semantic_layer.errors import WarehouseUnavailable
from semantic_layer.ports import LineageDirection, LineageEdge

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("models")]


def rows() -> set[tuple[str, str, str, str]]:
    found = Edge.objects.select_related("source", "target")
    return {(e.source.ref.full_name, e.target.ref.full_name, e.relation, e.level) for e in found}


def by_part(results: list[refreshing.Refreshed]) -> dict[str, storing.Stored | None]:
    return {result.part: result.stored for result in results}


def test_what_did_not_change_is_left_alone() -> None:
    first = by_part(refresh())
    assert first["warehouse"] is not None
    assert first["warehouse"].written == 4
    kept = set(Unit.objects.values_list("pk", flat=True))
    assert all(stored is None for stored in by_part(refresh()).values())
    again = by_part(refresh(force=True))["warehouse"]
    assert again is not None
    assert (again.written, again.removed, again.kept) == (0, 0, 4)
    assert set(Unit.objects.values_list("pk", flat=True)) == kept


def test_a_changed_model_changes_its_own_unit_only() -> None:
    refresh()
    before = dict(Unit.objects.values_list("name", "pk"))
    services.update_model(
        actor=SYSTEM, category="production", name="customers",
        payload={"dimensions": [
            {"name": "country", "type": "categorical"},
            {"name": "land", "type": "categorical", "expr": "country"},
        ]},
    )  # fmt: skip
    result = by_part(refresh())
    assert [part for part, stored in result.items() if stored is not None] == [
        "registry production",
        "saved queries",
    ]
    after = dict(Unit.objects.values_list("name", "pk"))
    changed = {name for name in after if before.get(name) != after[name]}
    assert "model customers" in changed
    assert "metric revenue" not in changed
    names = {node.ref.full_name for node in Node.objects.filter(kind="dimension")}
    assert "customers.land" in names


def test_a_changed_warehouse_is_followed(tmp_path: Path) -> None:
    for column, other in (("a", "b"), ("b", "a")):
        file = tmp_path / f"{column}.duckdb"
        with duckdb.connect(str(file)) as connection:
            connection.execute("CREATE TABLE t (a INTEGER, b INTEGER)")
            connection.execute(f"CREATE VIEW v AS SELECT {column} AS x FROM t")
        with override_settings(DUCKDB_ATTACH=f"other={file}", DUCKDB_DEFAULT_CATALOG="other"):
            refresh()
            assert (f"other.main.t.{column}", "other.main.v.x", "value", "column") in rows()
            assert (f"other.main.t.{other}", "other.main.v.x", "value", "column") not in rows()


def test_a_refresh_that_dies_leaves_the_old_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    refresh()
    before = rows()
    original = storing._write

    def dies(*args: Any) -> None:
        original(*args)
        raise KeyboardInterrupt

    monkeypatch.setattr(storing, "_write", dies)
    with pytest.raises(KeyboardInterrupt):
        storing.store("warehouse", _fingerprint(), "other", [], wait=True)
    assert rows() == before
    assert _fingerprint() != "other"


def _fingerprint() -> str:
    return Part.objects.get(name="warehouse").fingerprint


def test_who_was_overtaken_changes_nothing() -> None:
    refresh()
    before = rows()
    assert storing.store("warehouse", "what it was long ago", "new", [], wait=True) is None
    assert rows() == before


def test_a_warehouse_that_is_away_leaves_its_part(monkeypatch: pytest.MonkeyPatch) -> None:
    refresh()
    before = rows()

    def away(self: Any, part: str) -> str:
        raise WarehouseUnavailable("The warehouse cannot be reached.")

    monkeypatch.setattr(refreshing._Sources, "fingerprint", away)
    out = StringIO()
    with pytest.raises(CommandError, match="warehouse"):
        call_command("refresh_lineage", stdout=out)
    assert "cannot be reached" in out.getvalue()
    assert rows() == before
    part = Part.objects.get(name="warehouse")
    assert part.failed_at is not None
    monkeypatch.undo()
    refresh(["warehouse"], force=True)
    part.refresh_from_db()
    assert (part.failed_at, part.error) == (None, "")


class Recorded:
    """A LineageSource that knows what a job wrote into one table."""

    def edges(self, table: str, *, direction: LineageDirection, columns: bool) -> list[LineageEdge]:
        assert table.count(".") == 2
        if table != "shop.gold.orders":
            return []
        ends = ("shop.raw.sales", "TABLE", table, "TABLE")
        if columns:
            return [LineageEdge(*ends, "sum", "amount")]
        return [LineageEdge(*ends), LineageEdge("a job", "JOB", table, "TABLE")]


def test_what_the_warehouse_recorded_is_stored_without_what_may_be_private(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refresh(["warehouse"])
    monkeypatch.setattr(refreshing.wiring, "lineage_source", lambda credential: Recorded())
    refresh(["recorded"])
    found = rows()
    assert ("shop.raw.sales", "shop.gold.orders", "reads", "object") in found
    assert ("shop.raw.sales.sum", "shop.gold.orders.amount", "value", "column") in found
    assert not Node.objects.filter(kind="job").exists()


def test_a_part_that_fails_does_not_keep_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(tables: Any) -> Any:
        raise RuntimeError("a bug")

    monkeypatch.setattr(refreshing, "view_units", broken)
    refresh_lineage()
    read = set(Part.objects.exclude(fingerprint="").values_list("name", flat=True))
    assert read == set(PARTS) - {"warehouse"}


def test_the_command_tells_what_is_not_known() -> None:
    out = StringIO()
    call_command("refresh_lineage", "--unresolved", stdout=out)
    assert "shop.gold.opaque: columns by pattern: COLUMNS(...)" in out.getvalue()
    assert len([line for line in out.getvalue().splitlines() if "written" in line]) == len(PARTS)


def test_nodes_that_nothing_says_any_more_go() -> None:
    refresh()
    fingerprint = _fingerprint()
    storing.store("warehouse", fingerprint, "empty", [], wait=True)
    linked = set(Edge.objects.values_list("source", flat=True))
    linked |= set(Edge.objects.values_list("target", flat=True))
    assert set(Node.objects.values_list("pk", flat=True)) == linked


NODES = [Ref(Kind.TABLE, ("c", "s", str(number))) for number in range(6)]
PAIRS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=14)


def reachable(start: int, pairs: list[tuple[int, int]], depth: int) -> set[int]:
    """Plain breadth-first search to compare with."""
    seen = {start}
    for _ in range(depth):
        seen |= {target for source, target in pairs if source in seen}
    return seen


@settings(max_examples=40)
@given(PAIRS, st.integers(1, 7))
def test_walks_end_in_cycles_and_find_what_is_reachable(
    pairs: list[tuple[int, int]], depth: int
) -> None:
    said = Said("any")
    for source, target in pairs:
        said.link(NODES[source], NODES[target], Relation.READS, Level.OBJECT)
    row = Part.objects.filter(name="test").first()
    seen = row.fingerprint if row is not None else ""
    storing.store("test", seen, "again", [said], wait=True)
    for direction, links in ((DOWN, pairs), (UP, [(b, a) for a, b in pairs])):
        picture = walk(Picture(NODES[0]), [NODES[0]], Way(direction, depth), AllSeeing())
        found = {int(ref.name) for ref in picture.nodes}
        assert found == reachable(0, links, depth)

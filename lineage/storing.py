"""The graph's rows: one part replaced as a whole, what did not change left alone.

One writer at a time; readers see the old graph until the new one commits, so a refresh that dies
changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone

from lineage.models import Edge, Node, Part, Unit
from lineage.nodes import Facts, Ref
from lineage.nodes import Unit as Said

_LOCK = 7_261_010
_BATCH = 2_000
_ORPHANS = """
DELETE FROM lineage_node WHERE NOT EXISTS (
    SELECT 1 FROM lineage_edge WHERE source_id = lineage_node.id
) AND NOT EXISTS (SELECT 1 FROM lineage_edge WHERE target_id = lineage_node.id)
"""


@dataclass(frozen=True)
class Stored:
    """What a refresh of one part changed, in units. `unresolved` counts those not known whole."""

    written: int = 0
    removed: int = 0
    kept: int = 0
    unresolved: int = 0


def store(
    part: str, seen: str, fingerprint: str, units: Iterable[Said], *, wait: bool
) -> Stored | None:
    """Make the part's rows what the units say, in one transaction.

    `seen` is the fingerprint that the part had when its source was read. None, and nothing
    changed, when somebody else stored it meanwhile, or, unless `wait`, is storing now.
    """
    said = {unit.name: unit for unit in units}
    with transaction.atomic():
        if not _lock(wait):
            return None
        row, _ = Part.objects.get_or_create(name=part)
        if row.fingerprint != seen:
            return None
        result = _replace(row, said)
        row.fingerprint = fingerprint
        row.refreshed_at = timezone.now()
        row.failed_at, row.error = None, ""
        row.save()
    return result


def note_failure(part: str, error: str) -> None:
    """The part could not be read; what is stored of it stays."""
    row, _ = Part.objects.get_or_create(name=part)
    row.failed_at = row.failed_at or timezone.now()
    row.error = error
    row.save(update_fields=["failed_at", "error"])


def _lock(wait: bool) -> bool:
    with connection.cursor() as cursor:
        if wait:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            return True
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


def _replace(part: Part, said: Mapping[str, Said]) -> Stored:
    digests = {name: unit.digest for name, unit in said.items()}
    before = dict(Unit.objects.filter(part=part).values_list("name", "digest"))
    gone = [name for name, digest in before.items() if digests.get(name) != digest]
    new = [unit for name, unit in said.items() if before.get(name) != digests[name]]
    Unit.objects.filter(part=part, name__in=gone).delete()
    _write(part, new, digests)
    if gone:
        with connection.cursor() as cursor:
            cursor.execute(_ORPHANS)
    return Stored(
        written=len(new),
        removed=len([name for name in gone if name not in said]),
        kept=len(said) - len(new),
        unresolved=len([unit for unit in said.values() if unit.unresolved]),
    )


def _write(part: Part, units: Sequence[Said], digests: Mapping[str, str]) -> None:
    rows = Unit.objects.bulk_create(
        [
            Unit(
                part=part,
                name=unit.name,
                digest=digests[unit.name],
                unresolved=[_text(reason) for reason in sorted(unit.unresolved)],
            )
            for unit in units
        ]
    )
    _write_nodes(units)
    edges = (
        Edge(
            unit=row,
            source_id=link.source.key,
            target_id=link.target.key,
            relation=link.relation.value,
            level=link.level.value,
            path=_text(link.path),
        )
        for row, unit in zip(rows, units, strict=True)
        for link in sorted(unit.links)
    )
    Edge.objects.bulk_create(edges, batch_size=_BATCH)


def _write_nodes(units: Sequence[Said]) -> None:
    """Nodes by key; who says something of one says the same as whoever did before."""
    told: dict[Ref, Facts] = {}
    named: set[Ref] = set()
    for unit in units:
        told.update(unit.facts)
        for link in unit.links:
            named.update((link.source, link.target))
    plain = [_node(ref, Facts()) for ref in sorted(named - told.keys())]
    Node.objects.bulk_create(plain, batch_size=_BATCH, ignore_conflicts=True)
    Node.objects.bulk_create(
        [_node(ref, told[ref]) for ref in sorted(told)],
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["type", "label", "details"],
    )


def _node(ref: Ref, facts: Facts) -> Node:
    owner = ref.owner
    return Node(
        id=ref.key,
        kind=ref.kind.value,
        parts=[_text(part) for part in ref.parts],
        owner_id=None if owner is None else owner.key,
        type=facts.type,
        label=_text(facts.label),
        details=dict(facts.details),
    )


def _text(value: str) -> str:
    """PostgreSQL's text holds no null character."""
    return value.replace("\x00", "\ufffd")

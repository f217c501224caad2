"""How nodes are shown: names as the catalog writes them, ids that can be read back."""

from __future__ import annotations

from lineage.nodes import Kind, Ref, quoted
from lineage.sight import Sight
from lineage.sources.recorded import OUTSIDE
from lineage.walking import Found


def node_id(ref: Ref) -> str:
    """Unique in a graph, stable over time: `table:flights.gold.planes`."""
    return f"{ref.kind}:{'.'.join(map(quoted, ref.parts))}"


def shown_parts(ref: Ref, sight: Sight) -> tuple[str, ...]:
    """The parts of a name; tables are written as the catalog does, kept queries by their names."""
    if ref.kind in (Kind.TABLE, Kind.COLUMN):
        table = sight.table(ref)
        if table is not None:
            return (table.catalog, table.schema, table.name, *ref.parts[3:])
    if ref.kind is Kind.SAVED_QUERY and len(ref.parts) == 1:
        saved = sight.saved.get(ref.parts[0])
        return (saved.name,) if saved is not None else ref.parts
    if ref.kind is Kind.UNRESOLVED:
        return ref.parts[-1:]
    if ref.kind in OUTSIDE.values() or ref.kind in (Kind.TABLE, Kind.COLUMN, Kind.QUERIES):
        return ref.parts
    return ref.parts[1:] or ref.parts


def full_name(ref: Ref, sight: Sight) -> str:
    return ".".join(map(quoted, shown_parts(ref, sight)))


def type_of(found: Found, sight: Sight) -> str:
    """TableType's word for tables, the metric's type for metrics, else the kind."""
    if found.ref.kind is Kind.TABLE:
        table = sight.table(found.ref)
        return str(table.table_type) if table is not None else "UNKNOWN"
    if found.ref.kind is Kind.METRIC:
        info = sight.graph(found.ref.parts[0]).metrics.get(found.ref.name)
        return info.type.value if info is not None else "UNKNOWN"
    return found.type or found.ref.kind.value.upper()

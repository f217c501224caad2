"""One branch's view of the data: a model's table, the joins its names need, and their expressions.

A scope grows while names are asked of it; `source()` is then the Source with exactly the joins
that were needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeGuard

from sqlglot import exp

from semantic_layer.compiler import nodes, times
from semantic_layer.compiler.binding import Binder
from semantic_layer.compiler.expressions import qualified
from semantic_layer.compiler.filters import ref_number
from semantic_layer.compiler.graph import SemanticGraph
from semantic_layer.compiler.infos import CustomGrain, DimensionInfo, Hop, Member, ModelInfo
from semantic_layer.compiler.names import METRIC_TIME
from semantic_layer.compiler.nodes import conjunction
from semantic_layer.compiler.paths import resolve
from semantic_layer.compiler.plan import Filter, Join, Node, Source
from semantic_layer.compiler.query_spec import FieldRef
from semantic_layer.compiler.spec import DatePart, DimensionType, Grain
from semantic_layer.errors import QueryError

PART_GRAINS: dict[DatePart, Grain] = {
    DatePart.YEAR: Grain.YEAR,
    DatePart.QUARTER: Grain.QUARTER,
    DatePart.MONTH: Grain.MONTH,
    DatePart.DAY: Grain.DAY,
    DatePart.DOW: Grain.DAY,
    DatePart.DOY: Grain.DAY,
}


@dataclass(frozen=True, eq=False)
class TimeColumn:
    """A time column in a scope. `query_zone` None: buckets are cut in the column's own zone.

    `is_cut`: its values are starts of its grain, cut by ourselves.
    """

    expr: exp.Expr
    grain: Grain
    zone: str
    data_type: str | None
    query_zone: str | None
    is_cut: bool = False

    @property
    def is_date(self) -> bool:
        return (self.data_type or "").upper() == "DATE"

    @property
    def typed(self) -> bool:
        """Whether it is known to hold a time of day."""
        known = (self.data_type or "").upper()
        return self.grain.is_subdaily or known.startswith(("TIMESTAMP", "DATETIME"))

    @property
    def shifts(self) -> bool:
        """Whether the query's zone differs from the one the column is written in."""
        return self.query_zone is not None and self.query_zone != self.zone and not self.is_date

    def local(self) -> exp.Expr:
        """Wall-clock time in the query's zone."""
        if not self.shifts:
            return self.expr.copy()
        return nodes.ZoneShift(
            this=self.expr.copy(), source=self.zone, target=self.query_zone, typed=self.typed
        )

    def truncated(self, grain: Grain) -> exp.Expr:
        """The bucket's key. Below a day with a zone asked for, that is an instant in UTC: on the
        day clocks go back two local hours share one name, and must not share a bucket."""
        if (self.is_cut and grain is self.grain) or (self.is_date and grain is Grain.DAY):
            return self.expr.copy()
        if not (grain.is_subdaily and self.keeps_instants):
            return nodes.TimeTrunc(this=self.local(), unit=grain)
        if grain is Grain.HOUR and not times.has_whole_hours(self.query_zone or times.UTC):
            past_the_hour = exp.Sub(
                this=self.local(), expression=nodes.TimeTrunc(this=self.local(), unit=grain)
            )
            return exp.Sub(this=self.utc(), expression=exp.Paren(this=past_the_hour))
        return nodes.TimeTrunc(this=self.utc(), unit=grain)

    def utc(self) -> exp.Expr:
        if self.zone == times.UTC:
            return self.expr.copy()
        return nodes.ZoneShift(
            this=self.expr.copy(), source=self.zone, target=times.UTC, typed=True
        )

    @property
    def keeps_instants(self) -> bool:
        return self.query_zone is not None and self.query_zone != times.UTC and not self.is_date


@dataclass
class Scope:
    """Names of one model, as one branch of the query uses them."""

    graph: SemanticGraph
    model: ModelInfo
    binder: Binder
    metric_time: DimensionInfo | None = None
    query_zone: str | None = None
    metric_time_grain: Grain | None = None
    join_kind: str = "left"
    own_time: TimeColumn | None = None
    """Replaces the stored time of the facts once they are moved in time or gathered per period."""
    base: Node | None = None
    """Stands for the model's table once its rows are gathered per period."""
    early: list[tuple[Node, str, exp.Expr]] = field(default_factory=list)
    """Joins of the facts with time spines, before dimensions are joined."""
    late: list[tuple[Node, str, exp.Expr]] = field(default_factory=list)
    where: list[exp.Expr] = field(default_factory=list)
    joins: dict[str, tuple[Hop, str]] = field(default_factory=dict)

    @property
    def alias(self) -> str:
        return self.model.name

    @property
    def model_names(self) -> tuple[str, ...]:
        """Models read, this one first."""
        joined = (hop.model.name for hop, _ in self.joins.values())
        return tuple(dict.fromkeys((self.model.name, *joined)))

    # ------------------------------------------------------------ names

    def member(self, ref: FieldRef) -> Member:
        """What the name means here; `metric_time` is the measure's own time dimension."""
        if ref.name == METRIC_TIME:
            return Member(METRIC_TIME, (), self.model, dimension=self._own_time(ref))
        return resolve(self.graph, self.model, ref.name, ref.path)

    def _own_time(self, ref: FieldRef) -> DimensionInfo:
        if self.metric_time is None:
            raise QueryError(
                f"Measures of {self.model.name} have no time dimension, so metric_time means "
                f"nothing for them.",
                code="NO_METRIC_TIME",
                path=ref.path,
            )
        return self.metric_time

    def raw(self, member: Member) -> exp.Expr:
        """The member's stored value, joined in when it lives elsewhere."""
        return qualified(member.expr, self._join(member.hops))

    def value(self, ref: FieldRef) -> exp.Expr:
        """What a query sees: times are cut at the grain, parts extracted."""
        member = self.member(ref)
        dimension = member.dimension
        if dimension is None or dimension.type is not DimensionType.TIME:
            self._refuse_grain(ref, member)
            return self.raw(member)
        column = self.time_column(member)
        if ref.date_part is not None:
            check_grain(ref, PART_GRAINS[ref.date_part], dimension)
            return nodes.TimePart(this=column.local(), part=ref.date_part)
        if ref.grain in self.graph.custom_grains:
            return self._custom_grain(ref, column, dimension)
        grain = self.standard_grain(ref) or self.default_grain(ref, dimension)
        check_grain(ref, grain, dimension)
        return column.truncated(grain)

    def time_column(self, member: Member) -> TimeColumn:
        dimension = member.dimension
        assert dimension is not None
        assert dimension.grain is not None
        if self.own_time is not None and self.is_own_time(member):
            return self.own_time
        return self._stored(dimension, self.raw(member))

    def stored_time(self) -> TimeColumn:
        """The facts' own time as it is stored, whatever steps replace it by."""
        assert self.metric_time is not None
        return self._stored(self.metric_time, qualified(self.metric_time.expr, self.alias))

    def _stored(self, dimension: DimensionInfo, expr: exp.Expr) -> TimeColumn:
        assert dimension.grain is not None
        zone, data_type = dimension.zone, dimension.spec.data_type
        return TimeColumn(expr, dimension.grain, zone, data_type, self.query_zone)

    def _custom_grain(self, ref: FieldRef, time: TimeColumn, dimension: DimensionInfo) -> exp.Expr:
        """The column of the spine that keeps the grain, found by the day."""
        custom = self.graph.custom_grains[ref.grain or ""]
        check_grain(ref, custom.spine.grain, dimension)
        if not any(isinstance(n, Source) and n.alias == ref.column for n, _, _ in self.late):
            self.late.append(custom_join(time, custom, ref.column))
        return nodes.column(custom.column, ref.column)

    def default_grain(self, ref: FieldRef, dimension: DimensionInfo) -> Grain:
        """What a time name without a grain means: metric_time follows the query's metrics, any
        other time is shown as finely as it is kept."""
        assert dimension.grain is not None
        if ref.name != METRIC_TIME:
            return dimension.grain
        return self.metric_time_grain or default_grain(dimension)

    def whole_grain(self, ref: FieldRef) -> Grain | None:
        """The standard grain a condition on the facts' own time compares at; None when it is
        another one or a part of a date."""
        if ref.date_part is not None or ref.grain in self.graph.custom_grains:
            return None
        dimension = self.member(ref).dimension
        if ref.grain is None and ref.from_object and dimension is not None:
            return self.default_grain(ref, dimension)
        return self.standard_grain(ref)

    def is_own_time(self, member: Member) -> bool:
        """Whether it is the facts' own metric_time, under that name or its own."""
        own = self.metric_time is not None and member.dimension is self.metric_time
        return own and not member.hops

    def is_time(self, ref: object) -> TypeGuard[FieldRef]:
        """Whether a name of a condition is the facts' own metric_time."""
        return isinstance(ref, FieldRef) and self.is_own_time(self.member(ref))

    def standard_grain(self, ref: FieldRef) -> Grain | None:
        if ref.grain is None:
            return None
        try:
            return Grain(ref.grain)
        except ValueError:
            raise QueryError(
                f"'{ref.grain[:40]}' is not a grain: use one of {', '.join(Grain)}.",
                code="UNKNOWN_GRAIN",
                path=ref.path,
            ) from None

    def _refuse_grain(self, ref: FieldRef, member: Member) -> None:
        if ref.grain is not None or ref.date_part is not None:
            raise QueryError(
                f"'{member.name}' is not a time dimension: it has no grain or date part.",
                code="NOT_A_TIME_DIMENSION",
                path=ref.path,
            )

    # ------------------------------------------------------------ joins

    @property
    def looks_up_history(self) -> bool:
        """Whether a join so far depends on the time the facts count at."""
        return any(hop.model.validity is not None for hop, _ in self.joins.values())

    def _join(self, hops: tuple[Hop, ...]) -> str:
        """The alias the last hop's table goes by; every join on the way is noted once."""
        alias = self.alias
        path: list[str] = []
        for hop in hops:
            path.append(hop.entity.address)
            alias = self._alias_of("__".join(path), hop, alias)
        return alias

    def _alias_of(self, name: str, hop: Hop, before: str) -> str:
        """The alias of one join: its path, told apart from the facts' own alias and from another
        model that owns the same key."""
        while name == self.alias or (
            name in self.joins
            and (self.joins[name][0].model, self.joins[name][1]) != (hop.model, before)
        ):
            name = f"{name}__{hop.model.name}"
        self.joins.setdefault(name, (hop, before))
        return name

    def _condition(self, hop: Hop, alias: str, before: str) -> exp.Expr:
        parts: list[exp.Expr] = [
            exp.EQ(
                this=qualified(hop.entity.expr, before), expression=qualified(hop.key.expr, alias)
            )
        ]
        parts += self._partition_conditions(hop, alias, before)
        parts += self._validity_conditions(hop, alias)
        if self.join_kind != "full":
            parts += row_filter(hop.model, alias, self.binder)
        return conjunction(parts)

    def _partition_conditions(self, hop: Hop, alias: str, before: str) -> list[exp.Expr]:
        """Equal partitions with the nearest table on the way that has one of the same name."""
        conditions: list[exp.Expr] = []
        for partition in hop.model.partitions:
            for left, model in self._way_back(before):
                own = next((p for p in model.partitions if p.name == partition.name), None)
                if own is not None:
                    value = qualified(partition.expr, alias)
                    conditions.append(exp.EQ(this=qualified(own.expr, left), expression=value))
                    break
        return conditions

    def _way_back(self, alias: str) -> Iterator[tuple[str, ModelInfo]]:
        """The tables from one join back to the facts."""
        while alias in self.joins:
            hop, before = self.joins[alias]
            yield alias, hop.model
            alias = before
        yield self.alias, self.model

    def _validity_conditions(self, hop: Hop, alias: str) -> list[exp.Expr]:
        """A table that keeps history matches by the time the fact counts at (its own, or where a
        window or offset takes it): start included, end not, null end open. Members alone have no
        time: each meets every version there ever was."""
        if hop.model.validity is None or self.join_kind == "full":
            return []
        if self.metric_time is None:
            raise QueryError(
                f"{hop.model.name} keeps history, and measures of {self.model.name} have no time "
                f"to look "
                "it up by.",
                code="NO_METRIC_TIME",
            )
        start, end = hop.model.validity
        moved = self.own_time
        moment = moved.local() if moved else qualified(self.metric_time.expr, self.alias)
        after = exp.GTE(this=moment, expression=qualified(start.expr, alias))
        before_end = exp.LT(this=moment.copy(), expression=qualified(end.expr, alias))
        is_open = exp.Is(this=qualified(end.expr, alias), expression=exp.Null())
        return [after, exp.Paren(this=exp.Or(this=before_end, expression=is_open))]

    def own_rows(self) -> Node:
        """The facts alone, as far as the caller may see them."""
        rules = row_filter(self.model, self.alias, self.binder)
        return _filtered(Source(self.model.table, self.alias), rules)

    def source(self) -> Node:
        """The table with its joins and conditions. Ask for all names first."""
        outer = self.join_kind == "full"
        own_rows: list[exp.Expr] = []
        node = self.base
        if node is None:
            own_rows = row_filter(self.model, self.alias, self.binder)
            node = Source(self.model.table, self.alias)
        if outer:
            node = _filtered(node, own_rows)
        for right, kind, on in self.early:
            node = Join(node, right, kind, on)
        for alias, (hop, before) in self.joins.items():
            right = Source(hop.model.table, alias)
            if outer:
                right = _filtered(right, row_filter(hop.model, alias, self.binder))
            node = Join(node, right, self.join_kind, self._condition(hop, alias, before))
        for right, kind, on in self.late:
            node = Join(node, right, kind, on)
        return _filtered(node, self.where if outer else own_rows + self.where)


def _filtered(node: Node, conditions: list[exp.Expr]) -> Node:
    return Filter(node, conjunction(conditions)) if conditions else node


def custom_join(time: TimeColumn, custom: CustomGrain, alias: str) -> tuple[Node, str, exp.Expr]:
    """The left join with the spine table of a custom grain, on the start of its own period."""
    spine = custom.spine
    match = exp.EQ(this=time.truncated(spine.grain), expression=nodes.column(spine.column, alias))
    return Source(spine.relation.parts, alias), "left", match


def row_filter(model: ModelInfo, alias: str, binder: Binder) -> list[exp.Expr]:
    """The caller's row rule of a model: its other rows do not exist, in facts and joined tables
    alike."""
    if model.row_filter is None:
        return []
    predicate = model.row_filter
    tree = predicate.tree.copy()
    holder = exp.Paren(this=tree)
    for column in list(tree.find_all(exp.Column)):
        ref = predicate.refs[ref_number(column)]
        assert isinstance(ref, FieldRef)
        name = ref.name.rpartition("__")[2]
        element = model.element(name)
        assert element is not None  # checked when the rule was bound to the caller
        column.replace(qualified(element.expr, alias))
    return [binder.bound(holder)]


def default_grain(dimension: DimensionInfo) -> Grain:
    """The grain of metric_time when nothing else says it: the coarser of day and its own."""
    assert dimension.grain is not None
    return max(Grain.DAY, dimension.grain, key=lambda g: g.rank)


def check_grain(ref: FieldRef, grain: Grain, dimension: DimensionInfo) -> None:
    """Refuse what is finer than the stored data."""
    own = dimension.grain
    if own is not None and grain.rank < own.rank:
        raise QueryError(
            f"'{ref.column}' is finer than the data: {dimension.name} is kept by {own}.",
            code="GRAIN_TOO_FINE",
            path=ref.path,
            suggestions=[f"{ref.name}__{own}"],
        )

"""Records to semantic models: dbt's legacy form, its model properties, and the flat form alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from semantic_layer.compiler.reading.aggregates import aggregate_of
from semantic_layer.compiler.reading.checks import check_expression
from semantic_layer.compiler.reading.model_checks import Written, check_model, members
from semantic_layer.compiler.reading.nodes import truth
from semantic_layer.compiler.reading.pieces import (
    MAX_MODEL_NAME,
    RESERVED_NAMES,
    check_member_name,
    check_name,
    described,
    relation_of,
)
from semantic_layer.compiler.reading.reader import Record
from semantic_layer.compiler.spec import (
    CustomGranularity,
    Defaults,
    Dimension,
    DimensionType,
    Entity,
    EntityType,
    Grain,
    Measure,
    Relation,
    SemanticModel,
    TimeSpine,
)

_MODEL_FIELDS = frozenset(("tags", "time_zone", "access"))
_GRAIN_KEYS = ("time_granularity", "granularity")
_DIMENSION_FIELDS = frozenset(("time_zone", "data_type"))


@dataclass(frozen=True)
class _Column:
    """What a column of dbt's model properties gives the entity or dimension written in it."""

    name: str
    description: str | None = None
    data_type: str | None = None
    grain: str | None = None


def model_of(record: Record) -> SemanticModel | None:
    """A semantic model written as such; None when it is switched off."""
    said = described(record, _MODEL_FIELDS)
    if not said.enabled:
        return None
    check_model_name(record)
    relation = _relation(record)
    defaults: Record | None = record.get("defaults")
    written = Written(
        record,
        [(entity_of(r), r) for r in record.get("entities", ())],
        [(dimension_of(r), r) for r in record.get("dimensions", ())],
        [(measure_of(r), r) for r in record.get("measures", ())],
        default_time=defaults,
        whole=all(record.all_read(key) for key in ("entities", "dimensions", "measures")),
    )
    check_model(written)
    return SemanticModel(
        name=record.get("name"),
        relation=relation,
        entities=members(written.entities),
        dimensions=members(written.dimensions),
        measures=members(written.measures),
        defaults=_defaults(defaults),
        primary_entity=record.get("primary_entity"),
        time_zone=said.time_zone,
        label=said.label,
        description=said.description,
        tags=said.tags,
        access=said.access,
        meta=said.meta,
        at=record.at,
    )


def dbt_model_of(record: Record) -> SemanticModel | None:
    """The semantic model inside dbt's properties of a model; None when there is none."""
    settings: Record | None = record.get("semantic_model")
    if settings is None:
        switch = record.node.get("semantic_model")
        if switch is None or truth(switch) is not False:
            _check_no_semantics(record)
        return None
    said = described(settings, _MODEL_FIELDS)
    if not said.enabled or settings.get("enabled") is False:
        return None
    named = settings if settings.get("name") else record
    check_model_name(named)
    written = _written_in_columns(record)
    check_model(written)
    return SemanticModel(
        name=named.get("name"),
        relation=Relation((record.get("name"),), f"ref('{record.get('name')}')", record.at),
        entities=members(written.entities),
        dimensions=members(written.dimensions),
        defaults=Defaults(record.get("agg_time_dimension")),
        primary_entity=record.get("primary_entity"),
        time_zone=said.time_zone,
        label=said.label,
        description=said.description or record.get("description"),
        tags=said.tags,
        access=said.access,
        meta=said.meta,
        at=record.at,
    )


def _written_in_columns(record: Record) -> Written:
    """The members of dbt's form: inside columns, and derived ones beside them."""
    entities, dimensions = [], []
    for place, column in _columns(record.get("columns", ())):
        if place.get("entity") is not None:
            entities.append((entity_of(place.get("entity"), column), place.get("entity")))
        if place.get("dimension") is not None:
            dimensions.append(
                (dimension_of(place.get("dimension"), column), place.get("dimension"))
            )
    derived: Record | None = record.get("derived_semantics")
    if derived is not None:
        entities += [(entity_of(r), r) for r in derived.get("entities", ())]
        dimensions += [(dimension_of(r), r) for r in derived.get("dimensions", ())]
    whole = record.all_read("columns") and all(
        part.all_read(key) for part, key in _parts(record, derived)
    )
    return Written(record, entities, dimensions, [], default_time=record, whole=whole)


def dbt_time_spine_of(record: Record) -> TimeSpine | None:
    """The time spine that dbt's properties of a model declare."""
    spine: Record | None = record.get("time_spine")
    if spine is None:
        return None
    column = spine.get("standard_granularity_column")
    grains = {c.get("name"): c.get("granularity") for c in record.get("columns", ())}
    grain = grains.get(column)
    if grain is None:
        message = f"Column '{column}' of the time spine needs a 'granularity' under 'columns'."
        spine.issue("standard_granularity_column", "MISSING_KEY", message)
        return None
    custom = tuple(custom_granularity_of(r) for r in spine.get("custom_granularities", ()))
    return TimeSpine(Relation((record.get("name"),)), column, Grain(grain), custom, spine.at)


def custom_granularity_of(record: Record) -> CustomGranularity:
    check_member_name(record, "custom granularity")
    return CustomGranularity(record.get("name"), record.get("column_name"))


def check_model_name(record: Record) -> None:
    """A model's name is its id in the API, so the words of its paths are taken."""
    name = record.get("name")
    if name in RESERVED_NAMES:
        message = f"'{name}' is reserved: choose another name for the model, as in '{name}_model'."
        record.issue("name", "RESERVED_NAME", message)
    check_name(record, "model", limit=MAX_MODEL_NAME)


def entity_of(record: Record, column: _Column | None = None) -> Entity:
    _check_named(record, "entity", column)
    check_expression(record)
    said = described(record)
    name = record.get("name") or (column.name if column else "")
    return Entity(
        name=name,
        type=EntityType(record.get("type")),
        expr=_expr(record, name, column),
        role=record.get("role"),
        label=said.label,
        description=said.description or (column.description if column else None),
        meta=said.meta,
        at=record.at,
    )


def dimension_of(record: Record, column: _Column | None = None) -> Dimension:
    _check_named(record, "dimension", column)
    check_expression(record)
    said = described(record, _DIMENSION_FIELDS)
    params: Record | None = record.get("type_params")
    name = record.get("name") or (column.name if column else "")
    validity: Record | None = record.get("validity_params")
    if params is not None and params.get("validity_params") is not None:
        validity = params.get("validity_params")
    grain = _grain(record, params, column)
    return Dimension(
        name=name,
        type=DimensionType(record.get("type")),
        expr=_expr(record, name, column),
        grain=grain,
        is_partition=record.get("is_partition", False),
        validity_start=validity is not None and validity.get("is_start", False),
        validity_end=validity is not None and validity.get("is_end", False),
        time_zone=said.time_zone,
        data_type=said.data_type or (column.data_type if column else None),
        datatype=record.get("datatype"),
        label=said.label,
        description=said.description or (column.description if column else None),
        meta=said.meta,
        at=record.at,
    )


def measure_of(record: Record) -> Measure:
    check_member_name(record, "measure")
    said = described(record)
    return aggregate_of(
        record,
        record.get("name"),
        create_metric=record.get("create_metric", False),
        label=said.label,
        description=said.description,
        meta=said.meta,
    )


def _relation(record: Record) -> Relation:
    """The model's table; a stand-in when it is missing, since the model is left out then."""
    given = [key for key in ("model", "node_relation") if record.get(key) is not None]
    if not given:
        message = "'model' is missing (semantic model): write ref('name') or catalog.schema.table."
        record.log.add(record.node, record.path_of("model"), "MISSING_KEY", message)
    found = [relation_of(record.get(key)) for key in given]
    relations = [relation for relation in found if relation is not None]
    if len(relations) == 2 and relations[0] != relations[1]:
        message = "'model' and 'node_relation' name different tables: keep one."
        record.issue("node_relation", "CONFLICT", message)
    return relations[0] if relations else Relation(())


def _defaults(record: Record | None) -> Defaults:
    return Defaults(record.get("agg_time_dimension"), record.at) if record else Defaults()


def _check_named(record: Record, what: str, column: _Column | None) -> None:
    if record.get("name") is not None:
        check_member_name(record, what)
    elif column is not None:
        check_member_name(Record(record.node, record.path, {"name": column.name}, record.log), what)


def _expr(record: Record, name: str, column: _Column | None) -> str | None:
    """The expression; a dbt column that goes by another name is its own expression."""
    expr: str | None = record.get("expr")
    if expr is None and column is not None and column.name != name:
        return column.name
    return None if expr == name else expr


def _grain(record: Record, params: Record | None, column: _Column | None) -> Grain | None:
    places = [source for source in (params, record) if source is not None]
    given = [
        (source, key, source.get(key))
        for source in places
        for key in _GRAIN_KEYS
        if source.get(key) is not None
    ]
    if len({word for _, _, word in given}) > 1:
        source, key, _ = given[-1]
        source.issue(key, "CONFLICT", f"'{key}' is written twice with different values: keep one.")
    word = given[0][2] if given else (column.grain if column else None)
    is_time = record.get("type") == DimensionType.TIME
    if (
        is_time
        and word is None
        and not any(place.spoilt(key) for place in places for key in _GRAIN_KEYS)
    ):
        message = (
            "A time dimension needs its grain: write 'granularity' beside the column's name."
            if column
            else "A time dimension needs its grain: write type_params: {time_granularity: day}."
        )
        key = "granularity" if column else "type_params.time_granularity"
        record.log.add(record.node, record.path_of(key), "MISSING_KEY", message)
    if given and not is_time:
        source, key, _ = given[0]
        source.issue(key, "MISPLACED_KEY", "Only time dimensions have a grain: use 'type: time'.")
    return Grain(word) if word is not None and is_time else None


def _columns(records: Iterable[Record]) -> list[tuple[Record, _Column]]:
    return [
        (
            r,
            _Column(r.get("name"), r.get("description"), r.get("data_type"), r.get("granularity")),
        )
        for r in records
    ]


def _parts(record: Record, derived: Record | None) -> list[tuple[Record, str]]:
    """Every place of dbt's form where an entity or dimension may stand."""
    columns = [(c, key) for c in record.get("columns", ()) for key in ("entity", "dimension")]
    if derived is not None:
        columns += [(derived, "entities"), (derived, "dimensions")]
    return columns


def _check_no_semantics(record: Record) -> None:
    """Metrics and entities of a model without `semantic_model: true` would be lost: say so."""
    columns = record.get("columns", ())
    lost = [key for key in ("metrics", "derived_semantics") if record.get(key)]
    lost += ["columns" for c in columns if c.get("entity") or c.get("dimension")][:1]
    if lost:
        message = f"'{lost[0]}' needs 'semantic_model: true' in the model, or it has no effect."
        record.issue(lost[0], "MISSING_KEY", message)

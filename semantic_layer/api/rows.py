"""Rows read and written by SQL that is made once, for the two statements of every request.

The ORM takes longer to write such a statement anew than PostgreSQL to run it. Everything else goes
through the ORM.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import connection, models, transaction

Row = TypeVar("Row", bound=models.Model)


def insert(row: models.Model) -> None:
    """INSERT a row whose key is set; what `save(force_insert=True)` does, without signals.

    Raises what `save` raises.
    """
    statement, fields = _insertion(type(row))
    values = [field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields]
    with transaction.mark_for_rollback_on_error(), connection.cursor() as cursor:
        cursor.execute(statement, values)
    row._state.adding, row._state.db = False, connection.alias


def columns_of(model: type[models.Model]) -> list[str]:
    """The columns of a model as written in SQL, in the order that `instance` takes them.

    Only for models whose values come from the driver as the model has them.
    """
    table = connection.ops.quote_name(model._meta.db_table)
    fields = model._meta.concrete_fields
    converted = [field.name for field in fields if field.get_db_converters(connection)]
    if converted:
        raise TypeError(f"{model.__name__}.{converted[0]} is not read as the driver gives it.")
    return [f"{table}.{connection.ops.quote_name(str(field.column))}" for field in fields]


def instance(model: type[Row], values: Sequence[Any]) -> Row:
    """The row of these values of `columns_of(model)`, as if the ORM had read it."""
    return model.from_db(connection.alias, _names(model), values)


@cache
def _names(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


@cache
def _insertion(model: type[models.Model]) -> tuple[str, list[models.Field[Any, Any]]]:
    fields = list(model._meta.concrete_fields)
    quoted = connection.ops.quote_name
    columns = ", ".join(quoted(str(field.column)) for field in fields)
    table, marks = quoted(model._meta.db_table), ", ".join(["%s"] * len(fields))
    return f"INSERT INTO {table} ({columns}) VALUES ({marks})", fields  # noqa: S608

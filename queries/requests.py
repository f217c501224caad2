"""What callers ask of the query services, as frozen values."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from queries.models import ExportFormat

DEFAULT_CATEGORY = "production"
JSON_FORMAT = "json"
DEFAULT_VALUES = 100

_NOT_OF_THE_QUERY = frozenset({"category", "async", "export_format", "refresh"})


@dataclass(frozen=True)
class SqlRequest:
    """A statement as sent, with the rows wanted at most (None: the default)."""

    sql: str
    limit: int | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    warehouse_id: str | None = None
    in_background: bool = False
    export_format: str = JSON_FORMAT
    refresh: bool = False

    @property
    def wants_file(self) -> bool:
        """JSON is the answer itself."""
        return self.export_format != JSON_FORMAT

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> SqlRequest:
        return cls(
            sql=body["query"],
            limit=body.get("limit"),
            parameters=body.get("parameters") or {},
            warehouse_id=body.get("warehouse_id"),
            in_background=body.get("async", False),
            export_format=body.get("export_format") or JSON_FORMAT,
            refresh=body.get("refresh", False),
        )


@dataclass(frozen=True)
class MetricRequest:
    """A metric query (`query` holds the compiler's keys, those left out or null omitted) and where
    it is asked.
    """

    query: Mapping[str, Any]
    category: str = DEFAULT_CATEGORY
    in_background: bool = False
    export_format: str = JSON_FORMAT
    refresh: bool = False

    @property
    def wants_file(self) -> bool:
        """JSON is the answer itself."""
        return self.export_format != JSON_FORMAT

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> MetricRequest:
        return cls(
            query={
                key: value
                for key, value in body.items()
                if key not in _NOT_OF_THE_QUERY and value is not None
            },
            category=body.get("category", DEFAULT_CATEGORY),
            in_background=body.get("async", False),
            export_format=body.get("export_format") or JSON_FORMAT,
            refresh=body.get("refresh", False),
        )


@dataclass(frozen=True)
class ExportRequest:
    """A statement whose rows become a file, or the finished run whose rows do."""

    export_format: ExportFormat
    sql: SqlRequest | None = None
    query_id: uuid.UUID | None = None

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> ExportRequest:
        return cls(
            export_format=ExportFormat(body["export_format"]),
            sql=SqlRequest.of(body) if "query" in body else None,
            query_id=body.get("query_id"),
        )


@dataclass(frozen=True)
class ValuesRequest:
    """Distinct values of a dimension, those that hold `search`, at most `limit` of them."""

    dimension: str
    search: str = ""
    metrics: tuple[str, ...] = ()
    limit: int = DEFAULT_VALUES
    category: str = DEFAULT_CATEGORY
    refresh: bool = False

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> ValuesRequest:
        return cls(
            dimension=body["dimension"],
            search=body.get("search") or "",
            metrics=tuple(body.get("metrics") or ()),
            limit=body["limit"],
            category=body["category"],
            refresh=body.get("refresh", False),
        )

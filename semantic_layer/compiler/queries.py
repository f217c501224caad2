"""A query as JSON -> MetricQuery. Shape and names are checked here; what they mean is
`planner.py`'s business."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from semantic_layer.compiler.building import is_zone
from semantic_layer.compiler.filters import parse_filter
from semantic_layer.compiler.names import field_ref, parse_object
from semantic_layer.compiler.query_spec import (
    Compare,
    MetricQuery,
    MetricRef,
    OrderItem,
    Predicate,
    TimeRange,
)
from semantic_layer.compiler.spec import STANDARD_GRAINS, Grain
from semantic_layer.compiler.times import parse_moment
from semantic_layer.errors import Malformed, QueryError, did_you_mean

KEYS = (
    "metrics",
    "group_by",
    "where",
    "order_by",
    "limit",
    "time_range",
    "time_zone",
    "min_max_only",
    "totals",
    "compare",
    "explain",
)
TRANSPORT_KEYS = frozenset(
    {"category", "saved_query", "async", "export_format", "refresh", "warehouse_id", "dialect"}
)


def parse_query(body: Mapping[str, Any]) -> MetricQuery:
    """The query of a request body; keys that only concern its transport are passed over.

    Raises Malformed for a wrong shape, QueryError (with `path`) for a name or filter that cannot
    be read.
    """
    if not isinstance(body, Mapping):
        raise Malformed("A metric query is an object with 'metrics' and 'group_by'.")
    for key in body:
        if key not in KEYS and key not in TRANSPORT_KEYS:
            near = did_you_mean(str(key), KEYS)
            hint = f" Did you mean {near[0]}?" if near else f" Known: {', '.join(KEYS)}."
            raise Malformed(f"Unknown key '{key}' in the query.{hint}")
    return MetricQuery(
        metrics=tuple(_texts(body, "metrics")),
        group_by=tuple(
            field_ref(item, f"group_by[{n}]") for n, item in enumerate(_list(body, "group_by"))
        ),
        where=_where(body.get("where")),
        order_by=tuple(_order(i, f"order_by[{n}]") for n, i in enumerate(_list(body, "order_by"))),
        limit=_limit(body.get("limit")),
        time_range=_time_range(body.get("time_range")),
        time_zone=_time_zone(body.get("time_zone")),
        min_max_only=_flag(body, "min_max_only"),
        totals=_flag(body, "totals"),
        compare=_compare(body.get("compare")),
        explain=_flag(body, "explain"),
    )


def _list(body: Mapping[str, Any], key: str) -> list[Any]:
    value = body.get(key)
    if value is None:
        return []
    if not isinstance(value, (list, tuple)):
        raise Malformed(f"'{key}' must be a list.")
    return list(value)


def _texts(body: Mapping[str, Any], key: str) -> list[str]:
    items = _list(body, key)
    for n, item in enumerate(items):
        if not isinstance(item, str):
            raise Malformed(f"{key}[{n}] must be a name, not {item!r}.")
    return items


def _flag(body: Mapping[str, Any], key: str) -> bool:
    value = body.get(key)
    if value is not None and not isinstance(value, bool):
        raise Malformed(f"'{key}' must be true or false.")
    return bool(value)


def _where(value: Any) -> tuple[Predicate, ...]:
    if value is None or value == "":
        return ()
    items = list(value) if isinstance(value, (list, tuple)) else [value]
    return tuple(parse_filter(item, f"where[{n}]") for n, item in enumerate(items))


def _order(item: Any, path: str) -> OrderItem:
    if isinstance(item, Mapping):
        return _order_mapping(item, path)
    if not isinstance(item, str) or not item.strip():
        raise Malformed(f"{path} must be a name such as '-revenue'.")
    text = item.strip()
    if "(" in text:
        found = parse_object(text.removeprefix("-"), path)
        name = found.ref.name if isinstance(found.ref, MetricRef) else found.ref.column
        return OrderItem(name, found.descending or text.startswith("-"), path=path)
    return OrderItem(text.removeprefix("-"), text.startswith("-"), path=path)


def _order_mapping(item: Mapping[str, Any], path: str) -> OrderItem:
    unknown = sorted(set(item) - {"name", "descending", "nulls"})
    if unknown or not isinstance(item.get("name"), str):
        raise Malformed(
            f"{path} must look like {{'name': 'revenue', 'descending': true, 'nulls': 'first'}}."
        )
    nulls = item.get("nulls", "last")
    if nulls not in ("first", "last"):
        raise Malformed(f"{path}.nulls must be 'first' or 'last'.")
    return OrderItem(item["name"], _flag(item, "descending"), nulls == "first", path)


def _limit(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Malformed("'limit' must be a whole number, 0 or more.")
    return value


def _time_zone(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not is_zone(value):
        raise QueryError(
            f"{value!r} is not a time zone: write one such as Europe/Paris.",
            code="UNKNOWN_TIME_ZONE",
            path="time_zone",
        )
    return value


def _time_range(value: Any) -> TimeRange | None:
    if value is None:
        return None
    if not isinstance(value, Mapping) or not value:
        raise Malformed(
            "'time_range' must be {'start', 'end'}, {'last': 90, 'grain': 'day'} or "
            "{'this': 'quarter'}."
        )
    keys = set(value)
    if keys <= {"start", "end"}:
        return TimeRange(_moment(value.get("start"), "start"), _moment(value.get("end"), "end"))
    if keys == {"this"}:
        return TimeRange(this=_grain(value["this"], "this"))
    if keys <= {"last", "grain"} and "last" in keys:
        count = value["last"]
        if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= 100_000:
            raise Malformed("'time_range.last' must be a whole number from 1 to 100000.")
        return TimeRange(last=count, grain=_grain(value.get("grain", Grain.DAY), "grain"))
    raise Malformed(f"'time_range' cannot combine {', '.join(sorted(map(str, keys)))}.")


def _moment(value: Any, key: str) -> date | datetime | None:
    if value is None or isinstance(value, date):
        return value
    if not isinstance(value, str):
        raise Malformed(f"'time_range.{key}' must be a date such as 2024-01-31.")
    return parse_moment(value, f"time_range.{key}")


def _grain(value: Any, key: str) -> str:
    if not isinstance(value, str) or value not in STANDARD_GRAINS:
        raise Malformed(f"'time_range.{key}' must be a grain: {', '.join(Grain)}.")
    return str(value)


def _compare(value: Any) -> Compare | None:
    if value is None:
        return None
    if not isinstance(value, Mapping) or set(value) != {"offset"}:
        raise Malformed("'compare' must look like {'offset': '1 year'}.")
    return Compare(str(value["offset"]))

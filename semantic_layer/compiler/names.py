"""Names as people write them: `listing__country`, `metric_time__month`,
`TimeDimension('metric_time', 'month')`.

The object calls are read with Python's own expression grammar and walked node by node: no Jinja
engine, nothing is evaluated, and only the calls listed here mean anything.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from semantic_layer.compiler.query_spec import FieldRef, MetricRef
from semantic_layer.compiler.spec import STANDARD_GRAINS, DatePart
from semantic_layer.errors import QueryError, did_you_mean

METRIC_TIME = "metric_time"
SEPARATOR = "__"
MAX_NAME = 512

_PLAIN = re.compile(r"[A-Za-z0-9_]+\Z")
_EXTRACT = "extract_"
_CALL = re.compile(r"\s*(Dimension|TimeDimension|Entity|Metric)\s*\(")
_OBJECTS = ("Dimension", "TimeDimension", "Entity", "Metric")
_PARAMETERS: dict[str, tuple[str, ...]] = {
    "Dimension": ("name", "entity_path"),
    "TimeDimension": ("name", "grain", "entity_path", "descending", "date_part"),
    "Entity": ("name", "entity_path"),
    "Metric": ("name", "group_by"),
}
_SYNONYMS = {
    "time_granularity_name": "grain",
    "time_granularity": "grain",
    "date_part_name": "date_part",
    "entity_name": "name",
    "dimension_name": "name",
    "time_dimension_name": "name",
    "metric_name": "name",
}


@dataclass(frozen=True)
class NamedObject:
    """One object call: what it names, and whether an order_by wants it descending."""

    ref: FieldRef | MetricRef
    descending: bool = False


def field_ref(item: str | Mapping[str, Any], path: str) -> FieldRef:
    """A group-by item in any of its forms. Raises QueryError."""
    if isinstance(item, Mapping):
        return _from_mapping(item, path)
    if not isinstance(item, str):
        raise QueryError(
            f"{path} must be a name such as 'metric_time__month', not {item!r}.", path=path
        )
    if _CALL.match(item):
        found = parse_object(item, path)
        if isinstance(found.ref, MetricRef):
            raise QueryError("A metric cannot be grouped by.", path=path)
        return found.ref
    return plain_ref(item, path)


def _from_mapping(item: Mapping[str, Any], path: str) -> FieldRef:
    unknown = sorted(set(item) - {"name", "grain", "date_part"})
    if unknown or not isinstance(item.get("name"), str):
        raise QueryError(
            f"{path} must look like {{'name': 'metric_time', 'grain': 'month'}}"
            + (f"; unknown: {', '.join(unknown)}." if unknown else "."),
            path=path,
        )
    ref = field_ref(item["name"], path)
    return _with(ref, item.get("grain"), item.get("date_part"), path)


def plain_ref(text: str, path: str) -> FieldRef:
    """`a__b__month` -> name `a__b`, grain month. A custom grain stays in the name until the graph
    is known."""
    name = text.strip()
    if not _PLAIN.match(name) or len(name) > MAX_NAME:
        raise QueryError(f"'{text[:80]}' is not a name.", path=path)
    head, _, tail = name.rpartition(SEPARATOR)
    if not head:
        return FieldRef(name, path=path)
    if tail.startswith(_EXTRACT):
        return FieldRef(head, date_part=_date_part(tail.removeprefix(_EXTRACT), path), path=path)
    if tail in STANDARD_GRAINS:
        return FieldRef(head, grain=tail, path=path)
    return FieldRef(name, path=path)


def _date_part(name: Any, path: str) -> DatePart:
    try:
        return DatePart(str(name).lower())
    except ValueError:
        raise QueryError(
            f"'{name}' is not a date part.",
            path=path,
            suggestions=did_you_mean(str(name), DatePart) or list(DatePart),
        ) from None


def _with(ref: FieldRef, grain: Any, part: Any, path: str) -> FieldRef:
    """The name with a grain or date part added; asking twice for different ones is an error."""
    if grain is not None and not isinstance(grain, str):
        raise QueryError(f"A grain must be a word such as 'month', not {grain!r}.", path=path)
    if grain and ref.grain and ref.grain != grain.lower():
        raise QueryError(f"'{ref.name}' has two grains: {ref.grain} and {grain}.", path=path)
    found_grain = grain.lower() if grain else ref.grain
    found_part = _date_part(part, path) if part is not None else ref.date_part
    if found_grain and found_part:
        raise QueryError(f"'{ref.name}' has both a grain and a date part: choose one.", path=path)
    return FieldRef(ref.name, found_grain, found_part, path)


# ---------------------------------------------------------------- object calls


def parse_object(text: str, path: str) -> NamedObject:
    """`Dimension('a__b').grain('week')` and its kin. Raises QueryError for anything else."""
    source = text.strip()
    if len(source) > MAX_NAME * 2:
        raise QueryError("The object call is too long.", path=path)
    try:
        tree = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _not_understood(source, path) from None
    return _object(tree, source, path)


def _not_understood(source: str, path: str) -> QueryError:
    return QueryError(
        f"'{source[:80]}' is not understood: write Dimension('entity__name'), "
        "TimeDimension('metric_time', 'month'), Entity('entity') or Metric('name', "
        "group_by=['entity']).",
        path=path,
        code="INVALID_FILTER",
    )


def _object(node: ast.expr, source: str, path: str) -> NamedObject:
    if not isinstance(node, ast.Call):
        raise _not_understood(source, path)
    if isinstance(node.func, ast.Attribute):
        return _method(node, node.func, source, path)
    if not isinstance(node.func, ast.Name) or node.func.id not in _OBJECTS:
        raise _not_understood(source, path)
    arguments = _arguments(node, node.func.id, source, path)
    name = arguments.pop("name", None)
    if not isinstance(name, str):
        raise _not_understood(source, path)
    if node.func.id == "Metric":
        return _metric(name, arguments, source, path)
    descending = arguments.pop("descending", False) is True
    entity_path = _strings(arguments.pop("entity_path", ()), source, path)
    ref = plain_ref(SEPARATOR.join((*entity_path, name)), path)
    return NamedObject(
        _with(ref, arguments.get("grain"), arguments.get("date_part"), path), descending
    )


def _metric(name: str, arguments: dict[str, Any], source: str, path: str) -> NamedObject:
    group_by = _strings(arguments.get("group_by", ()), source, path)
    return NamedObject(MetricRef(name, group_by, path))


def _strings(value: Any, source: str, path: str) -> tuple[str, ...]:
    items = (value,) if isinstance(value, str) else tuple(value or ())
    if not all(isinstance(item, str) for item in items):
        raise _not_understood(source, path)
    return items


def _method(call: ast.Call, func: ast.Attribute, source: str, path: str) -> NamedObject:
    inner = _object(func.value, source, path)
    if len(call.args) != 1 or call.keywords or not isinstance(call.args[0], ast.Constant):
        raise _not_understood(source, path)
    value = call.args[0].value
    if func.attr == "descending" and isinstance(value, bool):
        return NamedObject(inner.ref, value)
    if isinstance(inner.ref, FieldRef) and func.attr == "grain":
        return NamedObject(_with(inner.ref, value, None, path), inner.descending)
    if isinstance(inner.ref, FieldRef) and func.attr == "date_part":
        return NamedObject(_with(inner.ref, None, value, path), inner.descending)
    raise _not_understood(source, path)


def _arguments(call: ast.Call, kind: str, source: str, path: str) -> dict[str, Any]:
    allowed = _PARAMETERS[kind]
    if len(call.args) > len(allowed):
        raise _not_understood(source, path)
    found = {key: _literal(arg, source, path) for key, arg in zip(allowed, call.args, strict=False)}
    for keyword in call.keywords:
        key = _SYNONYMS.get(keyword.arg or "", keyword.arg or "")
        if key not in allowed or key in found:
            raise _not_understood(source, path)
        found[key] = _literal(keyword.value, source, path)
    return found


def _literal(node: ast.expr, source: str, path: str) -> Any:
    if isinstance(node, ast.Constant) and (
        node.value is None or isinstance(node.value, (str, bool))
    ):
        return node.value
    if isinstance(node, (ast.List, ast.Tuple)):
        return tuple(_literal(item, source, path) for item in node.elts)
    if isinstance(
        node, ast.Call
    ):  # group_by=[Entity('listing')] says the same as group_by=['listing']
        inner = _object(node, source, path).ref
        if isinstance(inner, FieldRef):
            return inner.column
    raise _not_understood(source, path)

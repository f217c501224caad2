"""Both filter forms -> one typed tree (Predicate).

String form: SQL with `{{ Dimension('a__b') }}` objects, or output column names. Structured form:
`{"field", "op", "value"}` leaves under `and`, `or`, `not`. Neither form can reach anything but
fields of the semantic layer: every bare column must be a name it knows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from sqlglot import exp

from semantic_layer.compiler import nodes
from semantic_layer.compiler.expressions import ExpressionError, parse_expression
from semantic_layer.compiler.names import field_ref, parse_object, plain_ref
from semantic_layer.compiler.nodes import conjunction, disjunction
from semantic_layer.compiler.places import place
from semantic_layer.compiler.query_spec import FieldRef, MetricRef, Predicate
from semantic_layer.errors import QueryError, did_you_mean

MAX_DEPTH = 20
MAX_VALUES = 5_000
LARGEST_INTEGER = 2**63 - 1

_OBJECT = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_BRACES = re.compile(r"\{\{|\{%|\}\}")
_REF = re.compile(r"__ref([0-9]+)__\Z")
_PLACE = re.compile(r"[. ]*Line \d+, Col: \d+")
_RESERVED = re.compile(r"__ref[0-9]+__")

Ref = FieldRef | MetricRef


def parse_filter(source: str | Mapping[str, Any], path: str) -> Predicate:
    """One condition in either form. Raises QueryError with code INVALID_FILTER."""
    if isinstance(source, str):
        try:
            return _parse_text(source, path)
        except QueryError as error:
            place(error, source)
            raise
    if isinstance(source, Mapping):
        refs: list[Ref] = []
        tree = _structured(source, path, refs, 0)
        return Predicate(json.dumps(source, sort_keys=True, default=str), tree, tuple(refs), path)
    raise _invalid(f"A filter is a text or an object, not {type(source).__name__}.", path)


def ref_column(number: int) -> exp.Column:
    """The column that stands for `refs[number]` in a predicate's tree."""
    return nodes.column(f"__ref{number}__")


def ref_number(column: exp.Column) -> int:
    """The inverse of `ref_column`."""
    found = _REF.match(column.name)
    if found is None:
        raise ValueError(f"{column.name} is no reference")
    return int(found.group(1))


def conjuncts(tree: exp.Expr) -> list[exp.Expr]:
    """The parts of a condition that must all hold, brackets removed."""
    inner = tree.unnest() if isinstance(tree, exp.Paren) else tree
    if isinstance(inner, exp.And):
        return conjuncts(inner.this) + conjuncts(inner.expression)
    return [inner]


def _invalid(message: str, path: str, **extra: Any) -> QueryError:
    return QueryError(message, code="INVALID_FILTER", path=path, **extra)


# ---------------------------------------------------------------- the string form


@lru_cache(maxsize=4096)
def _parse_text(text: str, path: str) -> Predicate:
    refs: list[Ref] = []

    def take(match: re.Match[str]) -> str:
        found = parse_object(match.group(1), path).ref
        refs.append(replace(found, from_object=True) if isinstance(found, FieldRef) else found)
        # As long as what it stands for, so that places in one text are places in the other.
        return f" __ref{len(refs) - 1}__".ljust(len(match[0]))

    if _RESERVED.search(text):
        raise _invalid("Names like '__ref0__' are reserved.", path)
    plain = _OBJECT.sub(take, text)
    unfinished = _BRACES.search(plain)
    if unfinished is not None:
        invalid = _invalid(f"Unfinished {{{{ ... }}}} in the filter: {text[:80]!r}.", path)
        place(invalid, text, unfinished.start())
        raise invalid
    objects = len(refs)
    try:
        tree = parse_expression(plain).copy()
    except ExpressionError as error:
        reason = _RESERVED.sub("{{ ... }}", _PLACE.sub("", str(error)))
        invalid = _invalid(f"{reason} The filter is not understood: {text[:120]!r}.", path)
        if error.offset is not None:
            place(invalid, text, error.offset + len(plain) - len(plain.lstrip()))
        raise invalid from None
    used = _bind_names(tree, refs, path)
    if not used.issuperset(range(objects)):
        raise _invalid("An object call stands inside a string: write it outside the quotes.", path)
    if isinstance(tree, exp.Column):
        tree = ref_column(0)
    return Predicate(text, tree, tuple(refs), path, is_text=True)


def _bind_names(tree: exp.Expr, refs: list[Ref], path: str) -> set[int]:
    """Turn every bare column into a reference too; which references the tree holds."""
    used: set[int] = set()
    for column in list(tree.find_all(exp.Column)):
        if column.args.get("table"):
            raise _invalid(
                f"'{column.sql()}' is not a field: write entity__name, without a table.", path
            )
        found = _REF.match(column.name)
        if found is None:
            refs.append(plain_ref(column.name, path))
            column.set("this", exp.Identifier(this=f"__ref{len(refs) - 1}__", quoted=True))
            used.add(len(refs) - 1)
        else:
            used.add(int(found.group(1)))
    if not refs:
        raise _invalid("The filter names no field.", path)
    return used


# ---------------------------------------------------------------- the structured form


def _structured(node: Any, path: str, refs: list[Ref], depth: int) -> exp.Expr:
    if depth > MAX_DEPTH:
        raise _invalid(f"The filter is nested deeper than {MAX_DEPTH}.", path)
    if not isinstance(node, Mapping):
        raise _invalid("A filter is an object: {'field': ..., 'op': ..., 'value': ...}.", path)
    for word in ("and", "or"):
        if word in node:
            return _connected(node, word, path, refs, depth)
    if "not" in node:
        _only(node, {"not"}, path)
        inner = _structured(node["not"], f"{path}.not", refs, depth + 1)
        return exp.Not(this=exp.Paren(this=inner))
    return _leaf(node, path, refs)


def _connected(
    node: Mapping[str, Any], word: str, path: str, refs: list[Ref], depth: int
) -> exp.Expr:
    _only(node, {word}, path)
    items = node[word]
    if not isinstance(items, (list, tuple)) or not items:
        raise _invalid(f"'{word}' needs a list of filters.", path)
    parts = [
        _structured(item, f"{path}.{word}[{n}]", refs, depth + 1) for n, item in enumerate(items)
    ]
    return conjunction(parts) if word == "and" else disjunction(parts)


def _only(node: Mapping[str, Any], allowed: set[str], path: str) -> None:
    unknown = sorted(str(key) for key in node if key not in allowed)
    if unknown:
        raise _invalid(
            f"Unknown in this filter: {', '.join(unknown)}; expected {', '.join(sorted(allowed))}.",
            path,
            suggestions=did_you_mean(unknown[0], allowed),
        )


def _leaf(node: Mapping[str, Any], path: str, refs: list[Ref]) -> exp.Expr:
    _only(node, {"field", "op", "value", "grain", "date_part"}, path)
    if "field" not in node or "op" not in node:
        raise _invalid("A filter needs 'field' and 'op': {'field': 'a__b', 'op': '='}.", path)
    op = node["op"]
    build = _OPS.get(op) if isinstance(op, str) else None
    if build is None:
        raise _invalid(
            f"Unknown operator {str(op)[:40]!r}: use one of {', '.join(_OPS)}.",
            f"{path}.op",
            suggestions=did_you_mean(str(op), _OPS),
        )
    refs.append(_leaf_ref(node, path))
    column = ref_column(len(refs) - 1)
    if op in ("is_null", "not_null"):
        if node.get("value") is not None:
            raise _invalid(f"'{op}' takes no value.", f"{path}.value")
    elif "value" not in node or node["value"] is None:
        raise _invalid(f"'{op}' needs a value; for nulls use 'is_null' or 'not_null'.", path)
    return build(column, node.get("value"), f"{path}.value")


def _leaf_ref(node: Mapping[str, Any], path: str) -> Ref:
    where = f"{path}.field"
    written = node["field"]
    if isinstance(written, str) and written.lstrip().startswith("Metric("):
        return parse_object(written, where).ref
    extra = {key: node[key] for key in ("grain", "date_part") if node.get(key) is not None}
    if extra and isinstance(written, str):
        return field_ref({"name": written, **extra}, where)
    return field_ref(written, where)


def literal(value: Any, path: str) -> exp.Expr:
    """A JSON scalar as a tree; it is bound as a parameter later."""
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            raise _invalid("The number has more digits than an integer can: use 64 bits.", path)
        return exp.Neg(this=exp.Literal.number(-value)) if value < 0 else exp.Literal.number(value)
    if isinstance(value, float) and value == value and abs(value) != float("inf"):
        text = repr(abs(value))
        return exp.Neg(this=exp.Literal.number(text)) if value < 0 else exp.Literal.number(text)
    if isinstance(value, str):
        return exp.Literal.string(value)
    raise _invalid(f"A value must be a text, a finite number or true/false, not {value!r}.", path)


def _compare(cls: type[exp.Expr]) -> Callable[[exp.Expr, Any, str], exp.Expr]:
    return lambda column, value, path: cls(this=column, expression=literal(value, path))


def _values(value: Any, path: str) -> list[exp.Expr]:
    if not isinstance(value, (list, tuple)) or not value:
        raise _invalid("'in' and 'not_in' need a list with at least one value.", path)
    if len(value) > MAX_VALUES:
        raise _invalid(f"At most {MAX_VALUES} values are allowed in one list.", path)
    return [literal(item, f"{path}[{n}]") for n, item in enumerate(value)]


def _in(column: exp.Expr, value: Any, path: str) -> exp.Expr:
    return exp.In(this=column, expressions=_values(value, path))


def _between(column: exp.Expr, value: Any, path: str) -> exp.Expr:
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise _invalid("'between' needs two values: [low, high], both included.", path)
    low, high = literal(value[0], f"{path}[0]"), literal(value[1], f"{path}[1]")
    return exp.Between(this=column, low=low, high=high)


def _like(case_sensitive: bool) -> Callable[[exp.Expr, Any, str], exp.Expr]:
    def build(column: exp.Expr, value: Any, path: str) -> exp.Expr:
        pattern = _text(value, path)
        return nodes.LikeMatch(
            this=column,
            expression=exp.Literal.string(pattern),
            case_sensitive=case_sensitive,
            has_backslash="\\" in pattern,
        )

    return build


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise _invalid(f"This operator needs a text, not {value!r}.", path)
    return value


def _text_function(cls: type[exp.Expr]) -> Callable[[exp.Expr, Any, str], exp.Expr]:
    return lambda column, value, path: cls(
        this=column, expression=exp.Literal.string(_text(value, path))
    )


_OPS: dict[str, Callable[[exp.Expr, Any, str], exp.Expr]] = {
    "=": _compare(exp.EQ),
    "!=": _compare(exp.NEQ),
    "<": _compare(exp.LT),
    "<=": _compare(exp.LTE),
    ">": _compare(exp.GT),
    ">=": _compare(exp.GTE),
    "in": _in,
    "not_in": lambda column, value, path: exp.Not(this=_in(column, value, path)),
    "between": _between,
    "like": _like(True),
    "ilike": _like(False),
    "is_null": lambda column, value, path: exp.Is(this=column, expression=exp.Null()),
    "not_null": lambda column, value, path: exp.Not(
        this=exp.Is(this=column, expression=exp.Null())
    ),
    "starts_with": _text_function(exp.StartsWith),
    "contains": _text_function(exp.Contains),
}
FILTER_OPERATORS = tuple(_OPS)

"""Values of a query -> bound parameters p0, p1, ...: no value ever becomes SQL text."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlglot import exp

_UNBOUND_PARENTS = (exp.Interval, exp.DataType, exp.DataTypeParam)


class Binder:
    """Hands out placeholders in order of first use; an equal value of the same type is bound
    once."""

    def __init__(self) -> None:
        self._names: dict[tuple[type, Any], str] = {}

    def value(self, value: str | int | float | bool | date | datetime) -> exp.Placeholder:
        """The placeholder of one value."""
        key = (type(value), value)
        name = self._names.setdefault(key, f"p{len(self._names)}")
        return exp.Placeholder(this=name)

    def bound(self, tree: exp.Expr) -> exp.Expr:
        """The tree (used up) with every literal replaced by a placeholder."""
        if isinstance(tree, exp.Literal):
            return self.literal(tree)
        for found in list(tree.find_all(exp.Literal)):
            if not isinstance(found.parent, _UNBOUND_PARENTS):
                found.replace(self.literal(found))
        return tree

    def literal(self, node: exp.Literal) -> exp.Placeholder:
        """The placeholder of a literal as written: text, whole number or float."""
        if node.is_string:
            return self.value(node.name)
        try:
            return self.value(int(node.name))
        except ValueError:
            return self.value(float(node.name))

    @property
    def parameters(self) -> dict[str, Any]:
        """Name -> value, in order of first use."""
        return {name: value for (_, value), name in self._names.items()}

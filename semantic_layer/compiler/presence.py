"""Rows of a metric's own: where none of its inputs has a row it is null, whatever its expression
makes of nulls.

Otherwise `coalesce(a, 0)` would be 0 in groups that only another metric of the query has, and a
value would depend on what else is asked. Arithmetic over nulls is null by itself and needs no test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from semantic_layer.compiler import nodes
from semantic_layer.compiler.nodes import column, disjunction

# A column of a branch that is true in each of its rows, also where keys and values are null. No
# measure's column can be called so: those begin with an underscore and a letter.
PRESENT = "__present"


def own(tree: exp.Expr) -> exp.Expr:
    """The value of a metric, to be null in groups where no leaf in it has rows."""
    return tree if is_null_over_nulls(tree) else nodes.OwnRows(this=tree)


def is_null_over_nulls(tree: exp.Expr) -> bool:
    """Whether the expression is surely null once all columns in it are."""
    rule = _RULES.get(type(tree))
    return rule is not None and rule(tree)


def settle(
    tree: exp.Expr, others: Callable[[exp.Expr], bool], owner: Mapping[str, str]
) -> set[str]:
    """Write each OwnRows and WithRowsOf under `tree` out, in place; the branches whose rows must
    show themselves.

    `others` says whether a group may exist without any row of the columns under an expression;
    `owner` is column name -> branch.
    """
    tested: set[str] = set()
    for node in list(tree.find_all(nodes.OwnRows)):
        value = node.this
        if not others(value):
            node.replace(value)
            continue
        names = sorted({owner[c.name] for c in value.find_all(exp.Column) if c.name in owner})
        tested.update(names)
        test = disjunction([column(PRESENT, name) for name in names])
        node.replace(exp.Case(ifs=[exp.If(this=test, true=value)]))
    for found in list(tree.find_all(nodes.WithRowsOf)):
        found.replace(found.this)
    return tested


# ---------------------------------------------------------------- null over nulls


def _first(tree: exp.Expr) -> bool:
    return is_null_over_nulls(tree.this)


def _either(tree: exp.Expr) -> bool:
    return is_null_over_nulls(tree.this) or is_null_over_nulls(tree.expression)


def _both(tree: exp.Expr) -> bool:
    return is_null_over_nulls(tree.this) and is_null_over_nulls(tree.expression)


def _every(tree: exp.Expr) -> bool:
    """Of COALESCE, GREATEST and LEAST, which skip nulls."""
    return is_null_over_nulls(tree.this) and all(map(is_null_over_nulls, tree.expressions))


def _whatever_holds(tree: exp.Expr) -> bool:
    """Of CASE: null from whichever way it takes."""
    default = tree.args.get("default")
    ways = [way.args["true"] for way in tree.args["ifs"]]
    return all(map(is_null_over_nulls, ways)) and (default is None or is_null_over_nulls(default))


def _always(_tree: exp.Expr) -> bool:
    return True


_RULES: dict[type[exp.Expr], Callable[[exp.Expr], bool]] = {
    **dict.fromkeys((exp.Column, exp.Null, nodes.OwnRows), _always),
    **dict.fromkeys((exp.Paren, exp.Neg, exp.Not, exp.Cast, exp.Nullif), _first),
    nodes.WithRowsOf: _first,
    **dict.fromkeys((exp.Abs, exp.Ceil, exp.Floor, exp.Round, exp.Sign), _first),
    **dict.fromkeys((exp.Sqrt, exp.Exp, exp.Ln), _first),
    **dict.fromkeys((exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Pow), _either),
    **dict.fromkeys((nodes.Ratio, nodes.Remainder), _either),
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE), _either),
    **dict.fromkeys((exp.And, exp.Or), _both),
    **dict.fromkeys((exp.Coalesce, exp.Greatest, exp.Least), _every),
    exp.Case: _whatever_holds,
}

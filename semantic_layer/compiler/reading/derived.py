"""The expression of a derived metric against its inputs: each used, each known."""

from __future__ import annotations

from collections.abc import Sequence

from semantic_layer.compiler.expressions import columns_of
from semantic_layer.compiler.reading.checks import check_expression
from semantic_layer.compiler.reading.nodes import Scalar
from semantic_layer.compiler.reading.reader import Record
from semantic_layer.compiler.spec import MetricInput
from semantic_layer.errors import did_you_mean


def check_derived(record: Record, written: Sequence[Record], inputs: Sequence[MetricInput]) -> None:
    """Note inputs that share a name or are not used, and names that are no input.

    `record` holds the `expr`; `written` are the records of `inputs`, in the same order.
    """
    names: dict[str, Record] = {}
    for place, given in zip(written, inputs, strict=True):
        name = given.alias or given.name
        if names.setdefault(name, place) is not place:
            key = "alias" if given.alias else "name"
            message = f"Two inputs are called '{name}': give one an alias of its own."
            place.issue(key, "DUPLICATE_NAME", message)
    tree = check_expression(record)
    if tree is None or not inputs:
        return
    used = columns_of(tree)
    for name in used:
        if name not in names:
            near = did_you_mean(name, names, 1)
            hint = f"Did you mean '{near[0]}'?" if near else f"Its inputs: {', '.join(names)}."
            _at_word(record, name, f"'{name}' is no input of this metric. {hint}")
    for name, place in names.items():
        if name not in used:
            key = "alias" if place.get("alias") else "name"
            message = f"The input '{name}' is not used in 'expr': use it or remove it."
            place.issue(key, "UNUSED_INPUT", message)


def _at_word(record: Record, word: str, message: str) -> None:
    """Note a problem at a word of the expression, where its column is known."""
    node = record.node_of("expr")
    line, column = node.line, node.column
    if isinstance(node, Scalar) and node.content_column is not None:
        offset = node.text.find(word)
        column = node.content_column + max(offset, 0)
    record.log.add_at(line, column, record.path_of("expr"), "UNKNOWN_INPUT", message)

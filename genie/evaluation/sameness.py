"""Whether a change of models leaves everything as it was that a question can name or mean."""

from __future__ import annotations

from collections.abc import Sequence

from genie.catalogs import catalogs
from semantic_layer.compiler import SemanticGraph


def says_the_same(before: SemanticGraph, after: SemanticGraph, models: Sequence[str]) -> bool:
    """Whether the changed models have the same names, words, joins, values and access as before.

    Then only questions about their own metrics can be answered otherwise: a new name may be near
    another model's, and new values may be what a word of another question is taken for.
    """
    one, other = catalogs.of(before), catalogs.of(after)
    if (one.metrics, one.members, one.exact, one.nouns) != (
        other.metrics, other.members, other.exact, other.nouns,
    ):  # fmt: skip
        return False
    return all(_means_the_same(before, after, name) for name in models)


def _means_the_same(before: SemanticGraph, after: SemanticGraph, name: str) -> bool:
    one, other = before.models.get(name), after.models.get(name)
    if one is None or other is None:
        return one is other
    return (
        one.table == other.table
        and one.spec.entities == other.spec.entities
        and one.spec.dimensions == other.spec.dimensions
        and one.spec.access == other.spec.access
    )

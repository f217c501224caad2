"""A word behind a dot: a column of what the path names, or the next step of a path."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.completion.cursor import Expect
from catalog.completion.matching import Matcher
from catalog.completion.names import folded
from catalog.completion.relations import Path, Relation
from catalog.completion.suggestion import ANOTHER_CATALOG, Candidate, Suggestion


def dotted_candidates(matcher: Matcher) -> Iterator[Candidate]:
    """In FROM the steps of a path; elsewhere columns first, and steps where the path names no
    table.
    """
    columns = [] if matcher.cursor.expect is Expect.TABLE else list(_columns(matcher))
    yield from columns or _next_steps(matcher)


def _columns(matcher: Matcher) -> Iterator[Candidate]:
    path = matcher.cursor.path
    for relation in matcher.cursor.relations:
        if _is_named(relation, path):
            # The first is the innermost: it hides an outer one of the same name.
            return matcher.columns_of(relation, 0.0)
    return matcher.columns_of(Relation(path[-1], tables=(path,)), 0.0)


def _is_named(relation: Relation, path: Path) -> bool:
    if len(path) == 1:
        return relation.is_called(path[0])
    ending = [folded(name) for name in path]
    return any(
        [folded(name) for name in table[-len(path) :]] == ending for table in relation.tables
    )


def _next_steps(matcher: Matcher) -> Iterator[Candidate]:
    path = [folded(name) for name in matcher.cursor.path]
    if len(path) == 1:
        for schema in matcher.known.inventory.schemas:
            if folded(schema.catalog) == path[0]:
                yield from _step(matcher, matcher.render.schema(schema, behind_path=True))
        yield from _tables(matcher, None, path[0])
    elif len(path) == 2:
        yield from _tables(matcher, path[0], path[1])


def _tables(matcher: Matcher, catalog: str | None, schema: str) -> Iterator[Candidate]:
    """A two-part name means the default catalog; tables of other catalogs come after its own."""
    for table in matcher.known.inventory.tables_in(catalog, schema):
        home = catalog is not None or table.catalog == matcher.known.default_catalog
        suggestion = matcher.render.table(table, behind_path=True)
        yield from _step(matcher, suggestion, 0.0 if home else ANOTHER_CATALOG)


def _step(matcher: Matcher, suggestion: Suggestion, weight: float = 0.0) -> Iterator[Candidate]:
    tier = matcher.tier(suggestion.value)
    if tier is not None:
        yield matcher.candidate(tier + weight, suggestion)

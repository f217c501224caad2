"""A word by itself: everything that may stand at the cursor, what is in scope first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from catalog.completion.cursor import Expect
from catalog.completion.matching import Matcher
from catalog.completion.names import NameIndex, Tier, folded
from catalog.completion.relations import Relation
from catalog.completion.suggestion import (
    ALIAS,
    CTE,
    IN_SCOPE,
    OUT_OF_SCOPE,
    PHRASE,
    QUOTABLE,
    WEIGHTS,
    Candidate,
    Kind,
    Suggestion,
)

# More than are shown, so that weights can reorder what the indexes find.
_SEARCHED = 40
_ENOUGH_WITHOUT_FUZZY = 5
_WORDS_BEFORE = re.compile(r"(?:[\w-]+ +)+")

Weights = Mapping[Kind, float]


def plain_candidates(matcher: Matcher) -> Iterator[Candidate]:
    """Everything that matches; near misses only where little else does."""
    weights = _weights(matcher)
    found = list(_in_scope(matcher, weights))
    if Kind.COLUMN in weights and _knows_scope(matcher):
        # Relations nobody knows (a misspelled table) are no reason to push all other columns back.
        weights = {**weights, Kind.COLUMN: weights[Kind.COLUMN] + OUT_OF_SCOPE}
    lookups = [one for one in _lookups(matcher) if weights.keys() & one.kinds]
    for lookup in lookups:
        found.extend(_weighed(matcher, weights, lookup.matches(matcher.word)))
    found.extend(_phrases(matcher, weights))
    for listed in (_schemas(matcher), _catalogs(matcher)):
        found.extend(_weighed(matcher, weights, listed))
    yield from found
    if len(found) < _ENOUGH_WITHOUT_FUZZY:
        for lookup in lookups:
            yield from _weighed(matcher, weights, lookup.near_misses(matcher.word))


def _weights(matcher: Matcher) -> Weights:
    """What belongs at the cursor; inside quotes, of that only what can be quoted."""
    weights = WEIGHTS[matcher.cursor.expect]
    if not matcher.cursor.quoted:
        return weights
    return {kind: weight for kind, weight in weights.items() if kind in QUOTABLE}


def _knows_scope(matcher: Matcher) -> bool:
    """Whether the columns of anything in FROM are known."""
    return any(one.columns or matcher.tables_of(one) for one in matcher.cursor.relations)


def _weighed(
    matcher: Matcher, weights: Weights, found: Iterable[tuple[Tier, Suggestion]]
) -> Iterator[Candidate]:
    for tier, suggestion in found:
        if suggestion.type in weights:
            yield matcher.candidate(tier + weights[suggestion.type], suggestion)


# ---------------------------------------------------------------- in scope


def _in_scope(matcher: Matcher, weights: Weights) -> Iterator[Candidate]:
    """What the SQL before the cursor brings."""
    if matcher.cursor.expect is Expect.TABLE:
        yield from _ctes(matcher)
    else:
        yield from _scope_columns(matcher, weights[Kind.COLUMN] + IN_SCOPE)
        yield from _aliases(matcher)


def _ctes(matcher: Matcher) -> Iterator[Candidate]:
    for cte in matcher.cursor.ctes:
        tier = matcher.tier(cte.name) if cte.name else None
        if cte.name and tier is not None:
            yield matcher.candidate(tier + CTE, matcher.render.cte(cte.name))


def _aliases(matcher: Matcher) -> Iterator[Candidate]:
    for relation in matcher.cursor.relations:
        tier = matcher.tier(relation.name) if relation.name else None
        if relation.name and tier is not None:
            suggestion = matcher.render.relation(relation, relation.name)
            yield matcher.candidate(tier + ALIAS, suggestion)


def _scope_columns(matcher: Matcher, weight: float) -> Iterator[Candidate]:
    """Columns of what FROM names; a name that several have is inserted behind each one's alias."""
    owners: dict[str, list[tuple[Relation, Candidate]]] = {}
    for relation in matcher.cursor.relations:
        for candidate in matcher.columns_of(relation, weight):
            owners.setdefault(candidate.text, []).append((relation, candidate))
    for found in owners.values():
        ambiguous = len({id(relation) for relation, _ in found}) > 1
        for relation, candidate in found:
            qualify = ambiguous and relation.name is not None
            yield _behind_alias(matcher, candidate, relation.name or "") if qualify else candidate


def _behind_alias(matcher: Matcher, candidate: Candidate, alias: str) -> Candidate:
    text = matcher.render.inserted(alias, candidate.suggestion.value)
    return replace(candidate, suggestion=replace(candidate.suggestion, insert_text=text))


# ---------------------------------------------------------------- everything


@dataclass(frozen=True)
class _Lookup:
    """An index, the kinds it finds, and how a name found is shown."""

    kinds: frozenset[Kind]
    index: NameIndex
    show: Callable[[int], Iterable[Suggestion]]

    def matches(self, word: str) -> Iterator[tuple[Tier, Suggestion]]:
        for tier, identifier in self.index.search(word, _SEARCHED):
            for suggestion in self.show(identifier):
                yield tier, suggestion

    def near_misses(self, word: str) -> Iterator[tuple[Tier, Suggestion]]:
        for identifier in self.index.search_fuzzy(word, _SEARCHED):
            for suggestion in self.show(identifier):
                yield Tier.FUZZY, suggestion


def _lookups(matcher: Matcher) -> list[_Lookup]:
    render, inventory = matcher.render, matcher.known.inventory
    vocabulary, registry = matcher.known.vocabulary, matcher.known.registry

    def columns(identifier: int) -> Iterable[Suggestion]:
        numbers = inventory.columns_named(identifier)
        return [render.column(inventory.column(numbers[0]), shared_by=len(numbers))]

    def tables(identifier: int) -> Iterable[Suggestion]:
        named = inventory.tables_named(identifier)[:_SEARCHED]
        return [render.table(table, behind_path=False) for table in named]

    def keywords(identifier: int) -> Iterable[Suggestion]:
        return [render.keyword(vocabulary.keywords[identifier])]

    def functions(identifier: int) -> Iterable[Suggestion]:
        return [render.function(vocabulary.functions[identifier])]

    def metrics(identifier: int) -> Iterable[Suggestion]:
        return [render.metric(summary) for summary in registry.named(identifier)]

    return [
        _Lookup(frozenset({Kind.COLUMN}), inventory.column_names, columns),
        _Lookup(frozenset({Kind.TABLE}), inventory.table_names, tables),
        _Lookup(frozenset({Kind.KEYWORD}), vocabulary.keyword_index, keywords),
        _Lookup(frozenset({Kind.FUNCTION}), vocabulary.function_index, functions),
        _Lookup(frozenset({Kind.METRIC, Kind.DIMENSION}), registry.index, metrics),
    ]


def _phrases(matcher: Matcher, weights: Weights) -> Iterator[Candidate]:
    """`group b` finds GROUP BY, `on time` a metric's label, `order d` a column "Order Date"."""
    stem = matcher.cursor.stem
    if not _WORDS_BEFORE.fullmatch(stem):
        return
    raised = dict.fromkeys(weights, PHRASE)
    phrase = " ".join(folded(stem + matcher.cursor.word).split())
    for lookup in _lookups(matcher):
        whole = (
            (tier, replace(one, insert_text=one.insert_text.removeprefix(stem)))
            for tier, one in lookup.matches(phrase)
        )
        yield from _weighed(matcher, raised, whole)


def _schemas(matcher: Matcher) -> Iterator[tuple[Tier, Suggestion]]:
    for schema in matcher.known.inventory.schemas:
        tier = matcher.tier(schema.name)
        if tier is not None:
            yield tier, matcher.render.schema(schema, behind_path=False)


def _catalogs(matcher: Matcher) -> Iterator[tuple[Tier, Suggestion]]:
    for catalog in matcher.known.inventory.catalogs:
        tier = matcher.tier(catalog.name)
        if tier is not None:
            yield tier, matcher.render.catalog(catalog.name, catalog.comment)

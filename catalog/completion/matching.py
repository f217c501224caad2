"""Weighing what one typed word matches; shared by plain and dotted words."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.completion.cursor import Cursor
from catalog.completion.knowledge import Knowledge
from catalog.completion.names import Tier, folded, tier_of
from catalog.completion.relations import Relation
from catalog.completion.rendering import Renderer
from catalog.completion.suggestion import Candidate, Kind, Suggestion

# A bare table name may mean many tables; the first few stand for all.
_NAMESAKES = 3


class Matcher:
    """The word at the cursor against names that are few enough to be looked at one by one."""

    def __init__(self, cursor: Cursor, knowledge: Knowledge) -> None:
        self.cursor = cursor
        self.word = folded(cursor.word)
        self.known = knowledge
        self.render = Renderer(cursor, knowledge)

    def tier(self, name: str) -> Tier | None:
        """How the word matches the name; before a letter is typed everything matches."""
        return tier_of(self.word, folded(name)) if self.word else Tier.PREFIX

    def candidate(self, score: float, suggestion: Suggestion, order: int = 0) -> Candidate:
        """Before a letter is typed, the order of columns says more than their length; keywords have
        ranks.
        """
        length = len(suggestion.value) if self.word else 0
        if suggestion.type is Kind.KEYWORD:
            length = self.known.vocabulary.keyword_ranks[suggestion.value]
        return Candidate(score, length, order, folded(suggestion.value), suggestion)

    def tables_of(self, relation: Relation) -> list[int]:
        """Numbers of the known tables whose columns the relation has."""
        inventory, default = self.known.inventory, self.known.default_catalog
        return [
            number
            for path in relation.tables
            for number in inventory.tables_at(path, default)[:_NAMESAKES]
        ]

    def columns_of(self, relation: Relation, weight: float) -> Iterator[Candidate]:
        """The relation's columns that the word matches."""
        for order, name in enumerate(relation.columns):
            tier = self.tier(name)
            if tier is not None:
                suggestion = self.render.named_column(name, relation)
                yield self.candidate(tier + weight, suggestion, order)
        inventory = self.known.inventory
        for table in self.tables_of(relation):
            for order, number in enumerate(inventory.columns_of(table)):
                tier = self.tier(inventory.column_name(number))
                if tier is not None:
                    suggestion = self.render.column(inventory.column(number))
                    yield self.candidate(tier + weight, suggestion, order)

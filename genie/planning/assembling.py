"""Mentions and cues in their order -> a reading: what each name is there for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from genie.language.words import Token
from genie.planning.accounting import account
from genie.planning.catalog import Catalog
from genie.planning.cues import Cue, CueKind
from genie.planning.draft import Draft
from genie.planning.filtering import FilterBuilder
from genie.planning.frame import Frame, Reading
from genie.planning.mentions import Mention
from genie.planning.placing_cues import place_cue
from genie.planning.placing_members import place_member, place_value
from genie.planning.placing_metrics import doubt_name, place_metric
from genie.planning.placing_times import place_time
from genie.planning.ranking import ranked
from genie.planning.selecting import Selection
from genie.planning.settling import check_reach, said, settle
from genie.planning.values import ValueIndex
from genie.planning.walk import Walk

MAX_METRICS = 5


@dataclass(frozen=True)
class Assembler:
    """Walks through selections of one question."""

    tokens: Sequence[Token]
    catalog: Catalog
    index: ValueIndex
    cues: Sequence[Cue]
    context: Frame | None = None

    def assemble(self, selection: Selection) -> tuple[Draft, Reading]:
        """The reading of these mentions; what the question lacks is in `missing`."""
        draft = Draft(self.tokens, self.catalog, self.index, score=selection.score)
        draft.used = set(selection.used)
        filters = FilterBuilder(draft, selection.mentions, self.cues, self.context)
        walk = Walk(draft, filters, selection.mentions, self.cues, self.context)
        filters.thresholds()
        for element in self._elements(selection, filters):
            if isinstance(element, Cue):
                place_cue(walk, element)
            else:
                _place(walk, element)
        _doubt_loose_ends(walk)
        settle(draft, self.context)
        missing = ranked(draft, self.context)
        draft.score -= 1.0 if missing else 0.0
        return draft, self._reading(draft, selection, missing)

    def _elements(self, selection: Selection, filters: FilterBuilder) -> list[Cue | Mention]:
        """Mentions and the cues between them. A superlative counts even inside a metric's name
        (`which carrier has the longest delay`), and `not on` before `on Mondays`.
        """
        cues: list[Cue | Mention] = [
            cue
            for cue in self.cues
            if cue.kind is CueKind.SUPER or selection.used.isdisjoint(_own_tokens(cue))
        ]
        mentions = [item for item in selection.mentions if item not in filters.targets]
        return sorted([*cues, *mentions], key=lambda item: (item.first, isinstance(item, Mention)))

    def _reading(self, draft: Draft, selection: Selection, missing: str) -> Reading:
        draft.metrics = draft.metrics[:MAX_METRICS]
        check_reach(draft, self.context)
        unknown = account(draft, selection, self.context)
        frame = Frame(
            metrics=tuple(term.name for term in draft.metrics),
            groups=tuple(draft.groups),
            filters=tuple(draft.filters),
            thresholds=tuple(draft.thresholds),
            days=draft.days,
            order=tuple(draft.orders),
            limit=draft.limit,
        )
        return Reading(
            frame, draft.score, tuple(draft.doubts), unknown, tuple(draft.notes), missing,
            tuple(draft.names),
        )  # fmt: skip


def _own_tokens(cue: Cue) -> range:
    return range(cue.first, cue.first + 1 if cue.kind is CueKind.NOT else cue.after)


def _place(walk: Walk, mention: Mention) -> None:
    was_negated = walk.mode.negated
    if mention.term is not None:
        doubt_name(walk, mention, mention.term)
        walk.draft.remember(mention, mention.term.label)
        if mention.term.is_metric:
            place_metric(walk, mention, mention.term)
        else:
            place_member(walk, mention)
    elif mention.hits:
        place_value(walk, mention)
    elif mention.time is not None:
        place_time(walk, mention)
    elif walk.mode.group:
        walk.draft.doubt(0.3, f"what '{said(walk.tokens, mention)}' is to group by")
    if not mention.noun:
        walk.mode.joined = False
    walk.mode.left_out = was_negated


def _doubt_loose_ends(walk: Walk) -> None:
    """Cues that found nothing to be about."""
    draft, mode = walk.draft, walk.mode
    if mode.group and not (draft.groups or draft.ranking):
        draft.doubt(0.4, "what to group by")
    if mode.not_at is not None:
        draft.doubt(0.3, "what to leave out")
    if mode.order:
        draft.doubt(0.4, "what to sort by")
    if draft.nulls:
        draft.doubt(0.3, "what is not known")

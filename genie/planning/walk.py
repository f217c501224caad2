"""What the steps of one assembly share: the question, the draft, and what the next name is for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from genie.language.words import Token
from genie.planning.catalog import Catalog
from genie.planning.cues import Cue
from genie.planning.draft import Draft
from genie.planning.filtering import FilterBuilder
from genie.planning.frame import Frame
from genie.planning.mentions import Mention
from genie.planning.values import ValueIndex
from semantic_layer.compiler.spec import Grain

NOWHERE = -9


@dataclass
class Mode:
    """What the names that follow are for."""

    group: bool = False
    negated: bool = False
    order: bool = False
    which: int = NOWHERE
    """After `which`, at this token."""
    joined: bool = False
    not_at: Cue | None = None
    """A `not` that has found nothing yet."""
    left_out: bool = False
    """The last name was one to leave out."""
    per: bool = False
    grain: Grain | None = None
    """Of the time that is named next."""

    def settle_not(self) -> None:
        """The `not` has found what it is about."""
        self.negated, self.not_at = False, None


@dataclass
class Walk:
    """One walk through the mentions and cues of a question."""

    draft: Draft
    filters: FilterBuilder
    mentions: Sequence[Mention]
    cues: Sequence[Cue]
    context: Frame | None
    mode: Mode = field(default_factory=Mode)

    @property
    def tokens(self) -> Sequence[Token]:
        return self.draft.tokens

    @property
    def catalog(self) -> Catalog:
        return self.draft.catalog

    @property
    def index(self) -> ValueIndex:
        return self.draft.index

    def word(self, at: int) -> str:
        return self.tokens[at].word if 0 <= at < len(self.tokens) else ""

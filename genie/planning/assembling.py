"""Mentions and cues in their order -> a reading: what each name is there for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from genie.language.english import FILLER, LINKING, PAST_FORMS
from genie.language.times import Against, By, OnDays, When
from genie.language.words import Token, concept
from genie.planning.catalog import Catalog, Term, key_of
from genie.planning.cues import Cue, CueKind
from genie.planning.draft import Draft
from genie.planning.filtering import FilterBuilder, side_of
from genie.planning.frame import METRIC_TIME, Filter, Frame, Group, Reading
from genie.planning.mentions import Mention
from genie.planning.ranking import ranked
from genie.planning.selecting import Selection
from genie.planning.values import ValueIndex
from semantic_layer.compiler.spec import Aggregation

MAX_METRICS = 5


@dataclass
class _Mode:
    """What the names that follow are for."""

    group: bool = False
    negated: bool = False
    order: bool = False
    which: int = -9
    joined: bool = False
    filter: Filter | None = None
    not_at: Cue | None = None
    left_out: bool = False
    """The last name was one to leave out."""
    per: bool = False


class Assembler:
    """Walks through one selection."""

    def __init__(
        self,
        tokens: Sequence[Token],
        catalog: Catalog,
        index: ValueIndex,
        cues: Sequence[Cue],
        context: Frame | None = None,
    ) -> None:
        self._tokens = tokens
        self._catalog = catalog
        self._index = index
        self._cues = cues
        self._context = context

    def assemble(self, selection: Selection) -> tuple[Draft, Reading]:
        """The reading of these mentions; what the question lacks is in `missing`."""
        draft = Draft(self._tokens, self._catalog, self._index, score=selection.score)
        draft.used = set(selection.used)
        mode = _Mode()
        filters = FilterBuilder(draft, selection.mentions, self._cues, self._context)
        filters.thresholds()
        for element in self._elements(selection, filters):
            self._read(draft, mode, element, filters)
        if mode.group and not (draft.groups or draft.ranking):
            draft.doubt(0.4, "what to group by")
        if mode.not_at is not None:
            draft.doubt(0.3, "what to leave out")
        self._settle(draft)
        missing = ranked(draft, self._context)
        draft.score -= 1.0 if missing else 0.0
        return draft, self._reading(draft, selection, missing)

    def _read(
        self, draft: Draft, mode: _Mode, element: Cue | Mention, filters: FilterBuilder
    ) -> None:
        if isinstance(element, Cue):
            self._cue(draft, mode, element)
            return
        was_negated = mode.negated
        if element.term is not None:
            self._term(draft, mode, element, filters)
        elif element.hits:
            self._value(draft, mode, element, filters)
        elif element.time is not None:
            self._time(draft, mode, element)
        elif mode.group:
            draft.doubt(0.3, f"what '{_said(self._tokens, element)}' is to group by")
        if not element.noun:
            mode.joined = False
        mode.left_out = was_negated

    def _elements(self, selection: Selection, filters: FilterBuilder) -> list[Cue | Mention]:
        """Mentions and the cues between them. A superlative counts even inside a metric's name:
        `which carrier has the longest delay`.
        """
        cues: list[Cue | Mention] = [
            cue
            for cue in self._cues
            if cue.kind is CueKind.SUPER or selection.used.isdisjoint(range(cue.first, cue.after))
        ]
        mentions = [item for item in selection.mentions if item not in filters.targets]
        return sorted([*cues, *mentions], key=lambda item: (item.first, isinstance(item, Mention)))

    # ------------------------------------------------------------ cues

    def _cue(self, draft: Draft, mode: _Mode, cue: Cue) -> None:
        kind = cue.kind
        draft.used.update(range(cue.first, cue.after))
        if kind in (CueKind.SUPER, CueKind.DIRECTION, CueKind.LIST):
            self._order_cue(draft, cue)
        elif kind is CueKind.GROUP:
            mode.group, mode.negated, mode.order = True, False, False
            mode.per = self._tokens[cue.first].word == "per"
        elif kind is CueKind.ORDER:
            mode.order, mode.group = True, False
        elif kind is CueKind.NOT:
            mode.negated, mode.group, mode.not_at, mode.joined = True, False, cue, False
        elif kind is CueKind.WHICH:
            mode.which = cue.after
            if self._context is not None and self._word(cue.after) == "one":
                draft.asked = True
        elif kind is CueKind.AND:
            mode.joined = True
        elif kind is CueKind.WITH:
            mode.group = False

    @staticmethod
    def _order_cue(draft: Draft, cue: Cue) -> None:
        if cue.kind is CueKind.SUPER:
            draft.supers.append(cue)
        elif cue.kind is CueKind.DIRECTION:
            draft.direction = cue.descending
            draft.alphabetical = cue.descending is None
        else:
            draft.listing = True

    # ------------------------------------------------------------ names

    def _term(self, draft: Draft, mode: _Mode, mention: Mention, filters: FilterBuilder) -> None:
        term = mention.term
        assert term is not None
        self._doubt_name(draft, mention, term)
        draft.remember(mention, term.label)
        if term.is_metric:
            self._metric(draft, mode, mention, term)
        else:
            self._member(draft, mode, mention, filters)

    @staticmethod
    def _doubt_name(draft: Draft, mention: Mention, term: Term) -> None:
        if mention.how:
            draft.notes.append(f"I read {mention.how}.")
        if mention.contested:
            draft.doubts.append(
                (0.5, f"several metrics are about '{_said(draft.tokens, mention)}'")
            )
        elif mention.partial:
            # A day is easily said in passing: `per invoice` is no `by invoice date`.
            sure = 0.55 + 0.4 * mention.quality - (0.3 if term.is_time else 0.0)
            draft.doubts.append((sure, f"'{term.label}' is said in part"))
            draft.notes.append(f"I took '{_said(draft.tokens, mention)}' to mean {term.label}.")
        elif mention.quality < 0.9:
            draft.doubts.append((0.9, f"'{term.label}' is not said as it is called"))

    def _metric(self, draft: Draft, mode: _Mode, mention: Mention, term: Term) -> None:
        self._doubt_place(draft, mode, mention, term)
        if mode.order:
            draft.ordered.append(term)
            mode.order = False
            if not draft.metrics:
                draft.metrics.append(term)
            return
        if mode.group:
            if draft.metrics:
                draft.doubt(0.45, f"nothing can be grouped by {term.label}")
            elif not draft.subjects and not draft.groups:
                draft.doubt(0.35, f"what is asked by {term.label}")
            draft.ranking, mode.group = True, False
        if term not in draft.metrics and self._is_asked_too(draft, mention, term):
            draft.metrics.append(term)

    def _doubt_place(self, draft: Draft, mode: _Mode, mention: Mention, term: Term) -> None:
        if mode.negated:
            draft.doubt(0.35, f"what to leave out of {term.label}")
            mode.negated, mode.not_at = False, None
        if mode.left_out and mode.joined:
            draft.doubt(0.45, f"whether {term.label} is to be left out")
        if self._is_listed(draft, mention):
            draft.doubt(0.5, f"whether to list or count {term.label}")
        if self._is_extreme_of_average(mention, term):
            draft.doubt(0.5, f"{term.label} is an average, and not of single ones")

    def _is_asked_too(self, draft: Draft, mention: Mention, term: Term) -> bool:
        """A further metric; one that no `and` joins may only name what the first is of."""
        if not draft.metrics or self._is_joined(mention):
            return True
        named = self._counts_rows_of(term, draft.metrics[0])
        draft.doubt(0.92 if named else 0.35, f"whether {term.label} is asked for as well")
        return not named

    def _is_listed(self, draft: Draft, mention: Mention) -> bool:
        """`top 3 cities`, `list the cities` are about the cities and not about their number."""
        sup = draft.supers[-1] if draft.supers else None
        counted_off = sup is not None and sup.count is not None and mention.first == sup.after
        before = [token.word for token in self._tokens[max(mention.first - 2, 0) : mention.first]]
        return counted_off or (before[-1:] == ["list"] or before == ["list", "the"])

    def _is_extreme_of_average(self, mention: Mention, term: Term) -> bool:
        """`longest resolution time` of a mean: the longest mean is hardly meant."""
        before = self._tokens[mention.first - 1].word if mention.first else ""
        extreme = before in ("longest", "shortest", "maximum", "minimum", "max", "min")
        return extreme and term.aggregation is Aggregation.AVERAGE

    def _counts_rows_of(self, term: Term, main: Term) -> bool:
        """`order value of web orders`: the things themselves, not how many there are."""
        info = self._catalog.graph.metrics[main.name]
        counts = term.aggregation in (Aggregation.COUNT, Aggregation.COUNT_DISTINCT)
        inputs = {item.metric for item in info.inputs}
        return term.name in inputs or (counts and set(term.models) <= set(main.models))

    def _is_joined(self, mention: Mention) -> bool:
        """An `and`, comma or `vs` stands before the name."""
        at = mention.first - 1
        while at >= 0 and self._tokens[at].word in ("the", "of", "their", "its", "also", "number"):
            at -= 1
        word = self._tokens[at].word if at >= 0 else ""
        return word in ("and", ",", "vs", "versus", "&", "plus", "against", "or")

    def _member(self, draft: Draft, mode: _Mode, mention: Mention, filters: FilterBuilder) -> None:
        term = mention.term
        assert term is not None
        if mode.negated or self._index.is_boolean(term.name) and not mode.group:
            if self._index.is_boolean(term.name):
                filters.boolean(term, negated=mode.negated)
            else:
                draft.doubt(0.3, f"which {term.label} to leave out")
            mode.negated, mode.not_at = False, None
            return
        if filters.qualifies_value(mention):
            return
        if term.is_time and filters.time_follows(mention):
            draft.when_field = term
            return
        sup = draft.supers[-1] if draft.supers else None
        after_super = sup is not None and 0 <= mention.first - sup.after <= 1
        if term.is_time and not mode.group:
            # A verb such as `sold` in passing, though a time is called by it; a noun is meant.
            word = self._tokens[mention.last].word
            verb = len(mention.tokens) == 1 and (word.endswith(("ed", "ing")) or word in PAST_FORMS)
            draft.doubt(0.9 if verb else 0.35, f"what {term.label} is there for")
            return
        which = mode.which >= 0 and self._only_linking(mode.which, mention.first)
        if mode.group or which or after_super:
            self._group(draft, term, mention)
            if mode.group and mode.per and term.option and term.option.kind == "entity":
                draft.per_key.append(term)
            draft.within = draft.within or (mode.group and not after_super)
            if which or (after_super and not mode.group):
                draft.asked = True
                draft.singular = not _plural(self._tokens[mention.last])
        else:
            draft.subjects.append(mention)

    def _only_linking(self, start: int, end: int) -> bool:
        between = self._tokens[start:end]
        return end - start <= 3 and all(token.word in LINKING for token in between)

    def _counted(self, draft: Draft, mention: Mention) -> None:
        """`3 countries with the most revenue`."""
        at = mention.first - 1
        number = self._tokens[at].number if at >= 0 else None
        ranks = any(cue.kind is CueKind.SUPER for cue in self._cues)
        if number and number == int(number) and at not in draft.used and ranks:
            draft.count = int(number)
            draft.used.add(at)

    def _group(self, draft: Draft, term: Term, mention: Mention) -> None:
        name = term.name
        self._counted(draft, mention)
        if term.is_time and term.option is not None:
            name = f"{name}__{term.option.default_grain or 'day'}"
        if all(group.member != term.name for group in draft.groups):
            draft.groups.append(Group(name, term.name, term.label))

    def _value(self, draft: Draft, mode: _Mode, mention: Mention, filters: FilterBuilder) -> None:
        if mention.how:
            draft.notes.append(f"I read {mention.how}.")
        mode.filter = filters.value(mention, negated=mode.negated, joined=mode.joined)
        mode.group, mode.not_at = False, None
        if not self._continues(mention):
            mode.negated = False

    def _continues(self, mention: Mention) -> bool:
        """An `and` or comma follows: what holds for this value holds for the next."""
        at = mention.last + 1
        return at < len(self._tokens) and self._tokens[at].word in ("and", "or", ",", "nor")

    # ------------------------------------------------------------ time

    def _time(self, draft: Draft, mode: _Mode, mention: Mention) -> None:
        assert mention.time is not None
        part = mention.time.part
        if isinstance(part, When):
            if draft.when is not None or mode.negated:
                draft.doubt(0.35, "which time is meant")
            draft.when = part
        elif isinstance(part, By):
            self._by(draft, mode, mention, part)
        elif isinstance(part, OnDays):
            days = part.days
            if mode.negated:
                days = tuple(day for day in range(1, 8) if day not in days)
            draft.days = tuple(sorted({*draft.days, *days}))
            if mode.joined and len(draft.days) == 7:
                draft.doubt(0.3, "whether to set weekdays against weekends")
        elif isinstance(part, Against):
            draft.against = part
        mode.negated, mode.not_at = False, None

    def _by(self, draft: Draft, mode: _Mode, mention: Mention, part: By) -> None:
        ranked = bool(draft.supers) and draft.supers[-1].after == mention.first
        subject = not mention.partial and len(mention.tokens) == 1 and self._word(
            mention.last + 1
        ) in ("with", "where", "when", "that", "having", "which")  # fmt: skip
        if ranked or subject:
            draft.asked, draft.singular = True, not _plural(self._tokens[mention.first])
        elif mention.partial and not mode.group:
            draft.doubt(0.4, "whether to group by time")
        if part.grain is None and part.part is None:
            draft.trend = True
            return
        suffix = part.grain.value if part.grain else f"extract_{part.part}"
        label = part.grain.value if part.grain else _PART_LABELS[str(part.part)]
        name = f"{METRIC_TIME}__{suffix}"
        if all(group.field != name for group in draft.groups):
            draft.groups.append(Group(name, METRIC_TIME, label))
        draft.asked = draft.asked or part.asked
        if self._tokens[mention.first].word in ("by", "per", "each", "every"):
            mode.group = True

    # ------------------------------------------------------------ at the end

    def _settle(self, draft: Draft) -> None:
        """Give names that stood alone their place."""
        for mention in draft.subjects:
            assert mention.term is not None
            needed = draft.thresholds or draft.supers or draft.ranking or draft.ordered
            if (needed and not draft.groups) or (draft.listing and not draft.metrics):
                self._group(draft, mention.term, mention)
                draft.asked = draft.asked or bool(draft.supers)
                if mention.term.option and draft.metrics:
                    draft.per_key.append(mention.term)
                draft.singular = not _plural(self._tokens[mention.last])
            elif not draft.metrics and self._context is None and not draft.groups:
                self._group(draft, mention.term, mention)
                draft.doubt(0.7, f"what is asked about {mention.term.label}")
            else:
                self._group(draft, mention.term, mention)
                draft.doubt(0.5, f"what {mention.term.label} is there for")
                draft.score -= 0.4

    def _reading(self, draft: Draft, selection: Selection, missing: str) -> Reading:
        draft.metrics = draft.metrics[:MAX_METRICS]
        self._check_reach(draft)
        self._check_nouns(draft, selection)
        unknown = self._unknown(draft)
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

    def _check_reach(self, draft: Draft) -> None:
        names = [group.member for group in draft.groups if group.member != METRIC_TIME]
        names += [item.field for item in draft.filters]
        names += [draft.when_field.name] if draft.when_field else []
        metrics = [term.name for term in draft.metrics]
        if not metrics and self._context is not None:
            metrics = list(self._context.metrics)
        for term in draft.per_key:
            for asked in draft.metrics:
                if self._is_own_key(term, asked):
                    draft.doubt(0.5, f"whether {asked.label} per {term.label} is an average")
        for metric in metrics:
            for name in names:
                if name not in self._catalog.reachable(metric):
                    label = self._catalog.label(name)
                    draft.score -= 2.5
                    draft.doubts.append(
                        (0.1, f"{self._catalog.label(metric)} cannot be split by {label}")
                    )

    def _is_own_key(self, term: Term, metric: Term) -> bool:
        """A group for every row that is counted: `revenue per invoice` is hardly that."""
        graph = self._catalog.graph
        entities = [graph.models[name].entities.get(term.name) for name in metric.models]
        return any(entity is not None and entity.owned for entity in entities)

    def _check_nouns(self, draft: Draft, selection: Selection) -> None:
        """A noun for rows of quite another model is no filler: it was meant."""
        models = {model for term in draft.metrics for model in term.models}
        models |= {model for term in draft.metrics for model in self._touched(term)}
        members = [group.member for group in draft.groups] + [f.field for f in draft.filters]
        for name in members:
            term = self._catalog.members.get(name)
            models |= set(term.models) if term else set()
        for mention in selection.mentions:
            if mention.noun and models and not mention.noun & models:
                said = _said(self._tokens, mention)
                draft.doubt(0.5, f"what '{said}' is there for")

    def _touched(self, term: Term) -> set[str]:
        """Models of the things that the metric's rows belong to (customers of invoices)."""
        reach = self._catalog.reachable(term.name)
        found: set[str] = set()
        for name in reach:
            member = self._catalog.members.get(name)
            if member is not None and member.hops <= 1:
                found.update(member.models)
        return found

    def _unknown(self, draft: Draft) -> tuple[str, ...]:
        unknown = []
        said = {item for term in draft.metrics for item in key_of(term.description)}
        named = {
            item for term in draft.metrics for item in (*key_of(term.name), *key_of(term.label))
        }
        for at, token in enumerate(self._tokens):
            if at in draft.used or token.is_mark:
                continue
            if not token.quoted and (token.word in FILLER or token.word in LINKING):
                continue
            if draft.sided and side_of(token.word):
                continue
            if token.concept in named:
                continue
            if token.concept in said and not self._names_other(token, draft):
                draft.doubts.append((0.8, f"'{token.text}'"))
                continue
            if token.word.endswith("ed") and self._word(at + 1) == "by" and draft.filters:
                continue
            if draft.against is not None and token.concept in _CHANGE:
                continue
            unknown.append(token.text)
        draft.score -= 0.3 * len(unknown)
        return tuple(dict.fromkeys(unknown))

    def _word(self, at: int) -> str:
        return self._tokens[at].word if at < len(self._tokens) else ""

    def _names_other(self, token: Token, draft: Draft) -> bool:
        """The word is in the name of something, so it was hardly said for nothing."""
        return bool(self._catalog.by_concept.get(token.concept))


_CHANGE = frozenset(
    concept(word) for word in ("growth", "change", "increase", "decrease", "difference", "trend")
)
_PART_LABELS = {
    "dow": "day of the week", "day": "day of the month", "doy": "day of the year",
    "month": "month of the year", "quarter": "quarter of the year", "year": "year",
}  # fmt: skip


def _said(tokens: Sequence[Token], mention: Mention) -> str:
    return " ".join(tokens[at].text for at in sorted(mention.tokens))


def _plural(token: Token) -> bool:
    return token.word.endswith("s") and not token.word.endswith("ss")

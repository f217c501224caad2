"""Conditions: values of dimensions, thresholds of metrics, yes-or-no dimensions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from genie.language.english import FROM_ROLES, FROM_WORDS, LINKING, TO_ROLES, TO_WORDS
from genie.language.times import When
from genie.language.words import concept, name_words, plural, text_words
from genie.planning.catalog import NAME_LIKE, Term
from genie.planning.cues import UNITS, Cue, CueKind
from genie.planning.draft import Draft
from genie.planning.frame import Filter, Frame
from genie.planning.mentions import Mention
from genie.planning.values import Hit

_FACTORS = {("h", "min"): 60.0, ("min", "h"): 1 / 60, ("s", "min"): 1 / 60, ("min", "s"): 60.0,
            ("h", "s"): 3600.0, ("s", "h"): 1 / 3600, ("day", "h"): 24.0}  # fmt: skip
_SYMBOLS = {"$": "USD", "€": "EUR", "£": "GBP", "minutes": "min", "hours": "h", "usd": "USD",
            "eur": "EUR", "gbp": "GBP", "miles": "mi", "seconds": "s"}  # fmt: skip
_WRITTEN = 0.95
"""Quality of values that are said as they are written, in any case of letters."""
_ALL = frozenset({"all", "any", "every", "both"})
_BESIDE = frozenset(
    {"is", "=", "of", ":", "the", "are", "was", "like", "equals", "at", "in", "with"}
)
_FROM = frozenset(concept(word) for word in FROM_ROLES)
_TO = frozenset(concept(word) for word in TO_ROLES)


def side_of(word: str) -> str:
    """`from` or `to` for words that say where things start or end."""
    if word in FROM_WORDS:
        return "from"
    return "to" if word in TO_WORDS else ""


def side_of_member(name: str) -> str:
    """The side that the path of a member is on: `origin__name` is where things start."""
    said = {concept(word) for part in name.split("__") for word in name_words(part)}
    if said & _FROM:
        return "from"
    return "to" if said & _TO else ""


class FilterBuilder:
    """Adds conditions to a draft; `targets` are mentions that thresholds have taken."""

    def __init__(
        self,
        draft: Draft,
        mentions: Sequence[Mention],
        cues: Sequence[Cue],
        context: Frame | None,
    ) -> None:
        self._draft = draft
        self._mentions = mentions
        self._cues = cues
        self._context = context
        self.targets: list[Mention] = []

    # ------------------------------------------------------------ thresholds

    def thresholds(self) -> None:
        """Every comparison with a number, with what it compares."""
        used = self._draft.used
        for cue in self._cues:
            if cue.kind is not CueKind.COMPARE:
                continue
            inner = range(cue.first, cue.after - (1 if cue.unit else 0))
            if not used.isdisjoint(inner):
                continue
            target = self._after(cue) or self._before(cue)
            if target is None or target.term is None:
                self._draft.doubt(0.2, "what the number is compared with")
                continue
            used.update(range(cue.first, cue.after))
            if target.partial:
                vague = target.contested or _is_average(target.term)
                sure = 0.5 if vague else 0.5 + 0.4 * target.quality
                self._draft.doubt(sure, f"'{target.term.label}' is said in part")
            self._threshold(cue, target.term)
            self.targets.append(target)
            self._draft.remember(target, target.term.label)

    def _after(self, cue: Cue) -> Mention | None:
        at = cue.after - 1 if cue.unit else cue.after
        while at < len(self._draft.tokens) and (
            self._draft.tokens[at].word in LINKING or at < cue.after
        ):
            if any(at in m.tokens for m in self._mentions):
                break
            at += 1
        found = next((m for m in self._comparable() if at in m.tokens), None)
        if found is None and any(at in m.tokens and (m.term or m.noun) for m in self._mentions):
            self._draft.doubt(0.3, f"'{self._draft.tokens[at].text}' after the number")
        return found

    def _before(self, cue: Cue) -> Mention | None:
        near = [m for m in self._comparable() if m.last < cue.first and cue.first - m.last <= 3]
        return near[-1] if near else None

    def _comparable(self) -> Iterator[Mention]:
        for mention in self._mentions:
            term = mention.term
            if term and (term.is_metric or self._is_amount(term)):
                yield mention

    def _is_amount(self, term: Term) -> bool:
        """A dimension of numbers; the number of a key is no amount."""
        named = term.option is not None and term.option.kind == "categorical"
        return named and self._draft.index.is_numeric(term.name)

    def _threshold(self, cue: Cue, term: Term) -> None:
        numbers = [self._in_unit(cue, number, term) for number in cue.numbers]
        pairs = [(">=", numbers[0]), ("<=", numbers[-1])] if cue.op == "between" else [
            (cue.op, numbers[0])
        ]  # fmt: skip
        goal = self._draft.thresholds if term.is_metric else self._draft.filters
        for op, number in pairs:
            value = int(number) if number == int(number) else number
            goal.append(Filter(term.name, term.label, (value,), op=op))

    def _in_unit(self, cue: Cue, number: float, term: Term) -> float:
        """The number as the metric counts: 5 % of a rate is 0.05, 2 hours are 120 minutes."""
        if cue.percent or (term.percent and number > 1):
            if not term.percent:
                self._draft.doubt(0.4, f"what percent of {term.label} means")
            return number / 100
        own = _SYMBOLS.get(term.unit.lower(), term.unit)
        if not cue.unit or cue.unit == own:
            return number
        factor = _FACTORS.get((cue.unit, own))
        if factor is None:
            known = UNITS.get(own.lower(), own)
            self._draft.doubt(0.8 if not known else 0.2, f"the unit of {term.label}")
            return number
        return round(number * factor, 6)

    # ------------------------------------------------------------ members

    def boolean(self, term: Term, *, negated: bool) -> None:
        self._add(Filter(term.name, term.label, (not negated,)))

    def unknown(self, mention: Mention, *, negated: bool) -> bool:
        """`insurer is unknown`, `missing doctor`, and `without a doctor` where some have none."""
        term = mention.term
        assert term is not None
        cue = next(
            (c for c in self._cues if c.kind is CueKind.NULL and self._beside(c, mention)), None
        )
        nulls = self._draft.index.has_nulls(term.name)
        if cue is None and not (negated and nulls):
            return False
        if cue is not None:
            self._draft.used.update(range(cue.first, cue.after))
            self._draft.nulls += 1
            between = self._draft.tokens[mention.last + 1 : cue.first]
            negated = negated or any(token.word == "not" for token in between)
        else:
            self._draft.doubts.append((0.8, f"whether '{term.label}' is left empty"))
        if not nulls:
            self._draft.doubt(0.5, f"whether {term.label} is ever left empty")
        self._add(Filter(term.name, term.label, (), negated and cue is not None, op="is_null"))
        return True

    def _beside(self, cue: Cue, mention: Mention) -> bool:
        if cue.after == mention.first:
            return True
        between = self._draft.tokens[mention.last + 1 : cue.first]
        return (
            cue.first > mention.last
            and len(between) <= 2
            and all(token.word in _BESIDE or token.word in ("not",) for token in between)
        )

    def qualifies_value(self, mention: Mention) -> bool:
        """The member stands beside one of its values: `plan Basic`, `Basic plan`."""
        term = mention.term
        assert term is not None
        for other in self._mentions:
            if not other.hits or not self._adjacent(mention, other):
                continue
            member = other.hits[0].member
            if term.name in (member, _root(member)) or _root(term.name) == member:
                self._draft.score += 0.3 if member == term.name else 0.1
                return True
        return False

    def _adjacent(self, one: Mention, other: Mention) -> bool:
        first, second = (one, other) if one.first < other.first else (other, one)
        between = range(first.last + 1, second.first)
        words = [self._draft.tokens[at].word for at in between]
        return len(words) <= 2 and all(word in _BESIDE for word in words)

    def time_follows(self, mention: Mention) -> bool:
        """`signed up in 2023`: the range is of this time."""
        return any(
            other.time is not None
            and isinstance(other.time.part, When)
            and 0 < other.first - mention.last <= 2
            for other in self._mentions
        )

    def value(self, mention: Mention, *, negated: bool, joined: bool) -> Filter:
        """The condition that the value is meant for."""
        hit = mention.hits[0]
        self._quality(mention, hit)
        side, asked = side_of_member(hit.member), self._side(mention.first)
        if asked:
            self._draft.sided = True
            if side:
                self._draft.score += 0.25 if side == asked else -0.45
            if side and side != asked:
                self._draft.doubts.append((0.6, f"'{asked}' says little of {hit.member}"))
        elif side == "to":
            # The same place at both ends is asked about; another thing that is so called, less.
            self._draft.score -= 0.1 if hit.quality >= 0.95 else 0.15
        self._draft.score -= 0.12 * hit.member.count("__")
        if joined and self._draft.filters:
            self._draft.score += 0.2 if self._draft.filters[-1].field == hit.member else -0.1
        if hit.quality < 0.95 and hit.member.rpartition("__")[2] in NAME_LIKE:
            self._draft.score += 0.1
        label = self._draft.catalog.label(hit.member)
        said = " ".join(self._draft.tokens[at].text for at in sorted(mention.tokens))
        self._draft.remember(mention, f"{label} {said}")
        return self._add(Filter(hit.member, label, hit.values, negated))

    def _quality(self, mention: Mention, hit: Hit) -> None:
        said = " ".join(self._draft.tokens[at].text for at in sorted(mention.tokens))
        if len(hit.values) > 1:
            shown = ", ".join(str(value) for value in hit.values)
            self._draft.notes.append(f"'{said}' stands for {shown}.")
            all_of_them = hit.quality >= _WRITTEN or self._means_all(mention, hit)
            self._draft.doubts.append((0.85 if all_of_them else 0.5, f"which '{said}' is meant"))
            self._draft.choices.append((hit.member, tuple((value,) for value in hit.values)))
        elif hit.quality < 0.8:
            self._draft.doubts.append((0.72, f"'{said}'"))
        elif hit.quality < 0.95:
            self._draft.doubts.append((0.93, f"'{said}'"))
        if hit.also and plural(self._word_after(mention)):
            self._draft.doubts.append((0.5, f"whether '{said}' is only {hit.values[0]}"))
            self._draft.choices.append((hit.member, ((*hit.values, *hit.also),)))
        elif hit.also:
            self._draft.notes.append(f"There is also {', '.join(hit.also)}; ask for it by name.")

    def _means_all(self, mention: Mention, hit: Hit) -> bool:
        """`postgraduates`, `all calculus courses`, and `to Chicago` where a place has several: more
        than one of them is asked for."""
        side = side_of_member(hit.member)
        if side and side == self._side(mention.first):
            return True
        written = {word for value in hit.values for word in text_words(str(value))}
        before = [token.word for token in self._draft.tokens[: mention.first][-2:]]
        many = any(
            plural(self._draft.tokens[at].word) and self._draft.tokens[at].word not in written
            for at in mention.tokens
        )
        return many or bool(_ALL & set(before))

    def _word_after(self, mention: Mention) -> str:
        following = self._draft.tokens[mention.last + 1 : mention.last + 2]
        return following[0].word if following else ""

    def _side(self, first: int) -> str:
        """The side that the words before a value say; a list has one side."""
        tokens = self._draft.tokens
        for at in range(first - 1, max(first - 5, -1), -1):
            word = tokens[at].word
            if side_of(word) and word != "of":
                return side_of(word)
            listed = any(at in m.tokens and m.hits for m in self._mentions)
            if not listed and word not in LINKING and word != ",":
                return ""
        return ""

    def _add(self, item: Filter) -> Filter:
        """With what is already asked of the same member: one list of values."""
        kept = self._draft.filters
        for place, known in enumerate(kept):
            same = known.field == item.field and known.negated is item.negated
            if same and known.op == item.op == "in":
                values = tuple(dict.fromkeys((*known.values, *item.values)))
                kept[place] = Filter(item.field, item.label, values, item.negated)
                return kept[place]
        kept.append(item)
        return item


def _is_average(term: Term) -> bool:
    """Half its name may mean the sum of what it is an average of."""
    return term.is_metric and term.aggregation is None and not term.percent


def _root(name: str) -> str:
    return name.rpartition("__")[0] or name

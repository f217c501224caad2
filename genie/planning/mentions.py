"""Everything that the words of a question may name, each with how well it is said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from genie.language.calendar import grain_of
from genie.language.english import FILLER, LINKING
from genie.language.short_forms import can_be_short, shortness
from genie.language.times import TimeMention
from genie.language.vocabulary import is_english, may_be_typo
from genie.language.words import Token, concept, kin
from genie.planning.catalog import GENERIC, Catalog, Naming, Term, key_of, weight_of
from genie.planning.values import Hit, ValueIndex, typing_errors
from genie.planning.wording import is_other_form, is_written_so

_WINDOW = 9
_MAX_VALUE_WORDS = 6
_PARTIAL_LIMIT = 5
_SHORT_FORM = 0.95
_OTHER_FORM = 0.8
"""What the name `billings` is worth for `bills`, where something else is called bills."""
_SKIPPED = frozenset(
    {
        "most", "least", "fewest", "best", "worst", "top", "bottom", "more", "less", "than",
        "highest", "lowest", "largest", "biggest",
    }
)  # fmt: skip
_BEFORE_NUMBERS = frozenset({"over", "under", "above", "below", "at", "exceeding"})
"""What may stand inside a name without being part of it: `cancels the most flights`."""
_AGGREGATES = frozenset({"count", "total"})
AGGREGATIONS = frozenset({"average", "count", "total", "rate", "maximum", "minimum", "median"})
"""Never mistyped names of something else."""
_GENERAL = frozenset(GENERIC)
_BARRIERS = frozenset({"by", "versus", "excluding", "except", "without", "not", "where", "whose"})


@dataclass(frozen=True)
class Mention:
    """Tokens that say something; exactly one of term, hits, noun and time is set.

    `quality` 1 is said in full; `how` tells the person where it is not.
    """

    tokens: frozenset[int]
    quality: float
    term: Term | None = None
    hits: tuple[Hit, ...] = ()
    noun: frozenset[str] = frozenset()
    time: TimeMention | None = None
    how: str = ""
    partial: bool = False
    contested: bool = False
    """Several metrics hold these words."""
    lacking: bool = False
    """The part left out says which thing is meant: `time` for `average operation time`."""
    unsaid: frozenset[str] = frozenset()
    """What the name is about, where the part does not say it: `cut` for `power` of `power cuts`."""

    @property
    def first(self) -> int:
        return min(self.tokens)

    @property
    def last(self) -> int:
        return max(self.tokens)


class MentionFinder:
    """Finds the names of a catalog in tokens; `timed` are tokens that can only be time."""

    def __init__(self, tokens: Sequence[Token], catalog: Catalog, timed: frozenset[int]) -> None:
        self._tokens = tokens
        self._catalog = catalog
        self._timed = timed
        self._readings = [self._concepts(token) for token in tokens]
        self.nouns = list(self._nouns())
        self._noun_tokens = {at for mention in self.nouns for at in mention.tokens}

    # ------------------------------------------------------------ concepts of one token

    def _concepts(self, token: Token) -> list[tuple[str, float, str]]:
        """Concepts the token may stand for, with quality and remark; the sure one alone if the
        catalog knows it."""
        if token.is_mark or token.quoted:
            return []
        known = self._catalog.concepts
        found = [(token.concept, 1.0, "")]
        found += [
            (other, 0.88, f"'{token.text}' as '{other}'")
            for other in sorted(kin(token.concept) & known)
        ]
        if len(found) == 1 and token.concept not in known and token.word not in FILLER:
            found += self._corrected(token)
        return found if len(found) > 1 else [*found, *self._short(token)]

    def _short(self, token: Token) -> list[tuple[str, float, str]]:
        """The short form of the word that names are written with, or the word that it is short
        for; nothing where several are as plain."""
        if token.word in LINKING or token.number is not None or not token.word.isalpha():
            return []
        said = token.word.removesuffix("s")
        found = [(shortness(short, said), short) for short in self._catalog.short_forms]
        if can_be_short(token.word) and token.concept not in self._catalog.concepts:
            found += self._lengthened(token.word)
        plain = sorted((far, word) for far, word in found if far is not None)
        if not plain or len(plain) > 1 and plain[1][0] == plain[0][0]:
            return []
        word = plain[0][1]
        return [(concept(word), _SHORT_FORM, f"'{token.text}' as '{word}'")]

    def _lengthened(self, word: str) -> list[tuple[float | None, str]]:
        """Words of names that this one is short for, each once."""
        if word in FILLER or is_english(word):
            return []
        found: dict[str, tuple[float | None, str]] = {}
        for name in sorted(self._catalog.words):
            far = shortness(word, name)
            if far is not None:
                found.setdefault(concept(name), (far, name))
        return list(found.values())

    def _corrected(self, token: Token) -> list[tuple[str, float, str]]:
        allowed = typing_errors(token.word)
        if not allowed or token.word in LINKING or token.concept in AGGREGATIONS:
            return []
        near = process.extract(
            token.word,
            sorted(self._catalog.words),
            scorer=DamerauLevenshtein.distance,
            score_cutoff=allowed,
            limit=3,
        )
        best = [
            word
            for word, distance, _ in near
            if distance == near[0][1] and may_be_typo(token.word, word)
        ]
        if len({concept(word) for word in best}) != 1:
            return []
        return [(concept(best[0]), 0.85, f"'{token.text}' as '{best[0]}'")]

    # ------------------------------------------------------------ terms

    def terms(self) -> list[Mention]:
        """Metrics and members said in full, then in part where nothing says the words in full."""
        found: dict[tuple[frozenset[int], str], Mention] = {}
        for mention in self._exact():
            key = (mention.tokens, mention.term.name if mention.term else "")
            if key not in found or found[key].quality < mention.quality:
                found[key] = mention
        full = list(found.values())
        return [*full, *self._partial(full)]

    def _exact(self) -> Iterator[Mention]:
        for window in self._windows():
            for chosen in self._choices(window):
                yield from self._said(chosen)

    def _windows(self) -> Iterator[tuple[int, ...]]:
        """Runs of tokens that may be one name; barriers and marks end them."""
        for start in range(len(self._tokens)):
            if not self._can_be_named(start):
                continue
            window: list[int] = []
            for at in range(start, min(start + _WINDOW, len(self._tokens))):
                token = self._tokens[at]
                if token.is_mark or token.quoted or token.word in _BARRIERS:
                    break
                if at in self._timed and at != start:
                    break
                if token.word in LINKING:
                    continue
                window.append(at)
                if self._can_be_named(at):
                    yield tuple(window)

    def _can_be_named(self, at: int) -> bool:
        known = self._catalog.concepts
        return any(item in known for item, _, _ in self._readings[at])

    def _choices(self, window: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        """The window's tokens, and without those that may stand inside a name."""
        inner = window[1:-1]
        optional = [at for at in inner if self._may_be_skipped(at)]
        fillers = [at for at in optional if self._tokens[at].word in FILLER]
        skips: list[set[int]] = [set(), set(fillers), set(optional)]
        kept = [at for at in optional if at not in self._noun_tokens]
        skips += [set(kept), {at for at in kept if self._tokens[at].concept not in _AGGREGATES}]
        # `flights that were diverted`: the noun may stand at an end as well.
        ends = [at for at in (window[0], window[-1]) if at in self._noun_tokens]
        skips += [set(fillers) | {at} for at in ends if len(window) > 2]
        for skip in {frozenset(item) for item in skips}:
            chosen = tuple(at for at in window if at not in skip)
            if chosen:
                yield chosen

    def _may_be_skipped(self, at: int) -> bool:
        token = self._tokens[at]
        return (
            token.word in FILLER
            or token.word in _SKIPPED
            or (token.word in _BEFORE_NUMBERS and self._number_after(at))
            or token.concept in _AGGREGATES
            or token.number is not None
            or at in self._noun_tokens
        )

    def _number_after(self, at: int) -> bool:
        return any(token.number is not None for token in self._tokens[at + 1 : at + 3])

    def _said(self, chosen: tuple[int, ...]) -> Iterator[Mention]:
        for concepts, quality, how in self._combined(chosen):
            words = [self._tokens[at].word for at in chosen]
            namings = self._catalog.exact.get(frozenset(concepts), ())
            written = any(is_written_so(words, item.words) for item in namings)
            for naming in namings:
                if naming.head and not self._in_order(chosen, concepts, naming):
                    continue
                if not naming.term.is_metric and not self._is_close(chosen):
                    continue
                if not naming.joins and self._crosses_and(chosen):
                    continue
                if naming.term.is_metric and is_other_form(words, naming.words):
                    continue
                weight = naming.weight
                if written and naming.term.is_metric and not is_written_so(words, naming.words):
                    weight *= _OTHER_FORM
                yield Mention(frozenset(chosen), quality * weight, term=naming.term, how=how)

    def _combined(self, chosen: tuple[int, ...]) -> Iterator[tuple[list[str], float, str]]:
        """The concepts of the tokens; at most one of them through a word of similar meaning."""
        sure = [self._readings[at][0] for at in chosen]
        fixed = [
            self._readings[at][1] if self._is_typo(at) else first
            for at, first in zip(chosen, sure, strict=True)
        ]
        how = "; ".join(remark for _, _, remark in fixed if remark)
        quality = min(q for _, q, _ in fixed)
        yield [item for item, _, _ in fixed], quality, how
        for place, at in enumerate(chosen):
            if self._is_typo(at):
                continue
            for other, weaker, remark in self._readings[at][1:]:
                concepts = [item for item, _, _ in fixed]
                concepts[place] = other
                yield concepts, min(weaker, quality), "; ".join(filter(None, (how, remark)))

    def _crosses_and(self, chosen: tuple[int, ...]) -> bool:
        """`orders and refund rate` are two names."""
        inside = self._tokens[chosen[0] : chosen[-1]]
        return any(token.word in ("and", "or", "&") for token in inside)

    def _is_close(self, chosen: tuple[int, ...]) -> bool:
        """Only small words stand between: dimensions are named in one go."""
        between = set(range(chosen[0], chosen[-1])) - set(chosen)
        return all(self._tokens[at].word in LINKING for at in between)

    def _is_typo(self, at: int) -> bool:
        readings = self._readings[at]
        return len(readings) == 2 and readings[0][0] not in self._catalog.concepts

    def _in_order(self, chosen: tuple[int, ...], concepts: list[str], naming: Naming) -> bool:
        words = [self._tokens[at].word for at in chosen]
        if "per" not in words:
            return True
        before = frozenset(concepts[: words.index("per")])
        return before == naming.head

    # ------------------------------------------------------------ part of a name

    def _partial(self, full: Sequence[Mention]) -> list[Mention]:
        """Names of which the question says only a part: `delay` for `average departure delay`."""
        covered = {
            at
            for mention in full
            if mention.term and mention.term.is_metric
            for at in mention.tokens
        }
        found: list[Mention] = []
        for window in self._runs():
            named = all(at in covered for at in window)
            for concepts, quality, how in self._combined(window):
                held = self._holding(window, frozenset(concepts), quality, how)
                # What a metric is called in full is no part of another metric's name.
                found += [m for m in held if not (named and m.term and m.term.is_metric)]
        return found

    def _runs(self) -> Iterator[tuple[int, ...]]:
        """Runs of one to three tokens."""
        tokens = [
            at
            for at in range(len(self._tokens))
            if self._can_be_named(at)
            and self._tokens[at].word not in LINKING
            and self._tokens[at].word not in FILLER
            and not grain_of(self._tokens[at].word)
        ]
        for size in (1, 2, 3):
            for start in range(len(tokens) - size + 1):
                run = tuple(tokens[start : start + size])
                near = all(later - at <= 3 for at, later in pairwise(run))
                if near:
                    yield run

    def _holding(
        self, run: tuple[int, ...], said: frozenset[str], quality: float, how: str
    ) -> list[Mention]:
        pools = [self._catalog.by_concept.get(item, ()) for item in said]
        if not all(pools):
            return []
        best: dict[str, tuple[float, Naming]] = {}
        for naming in min(pools, key=len):
            if not said < naming.key or _only_the_way(naming.term, said):
                continue
            if len(run) > 1 and is_other_form([self._tokens[at].word for at in run], naming.words):
                continue
            share = weight_of(said) / weight_of(naming.key) * naming.weight
            known = best.get(naming.term.name)
            if known is None or known[0] < share:
                best[naming.term.name] = (share, naming)
        ranked = sorted(
            best.values(), key=lambda item: (-item[0], item[1].term.hops, item[1].term.name)
        )
        contested = self._metrics_about(said - _GENERAL) > 1
        return [
            Mention(
                frozenset(run), share * quality * 0.95, term=naming.term, how=how, partial=True,
                contested=contested and naming.term.is_metric,
                lacking=bool(naming.key - said - _GENERAL),
                unsaid=naming.core - said,
            )
            for share, naming in _of_each_kind(ranked)
            if share >= 0.3 and not (naming.term.is_metric and said <= _GENERAL)
        ]  # fmt: skip

    def _metrics_about(self, said: frozenset[str]) -> int:
        """How many metrics have all of these concepts in one of their names."""
        pools = [self._catalog.by_concept.get(item, ()) for item in said]
        names = {
            naming.term.name
            for naming in (min(pools, key=len) if pools else ())
            if naming.term.is_metric and said <= naming.key
        }
        return len(names)

    # ------------------------------------------------------------ nouns and values

    def _nouns(self) -> Iterator[Mention]:
        """What rows are called: it asks for nothing by itself."""
        for at in range(len(self._tokens)):
            if self._tokens[at].is_mark or not self._readings[at]:
                continue
            for size in (2, 1):
                run = tuple(range(at, min(at + size, len(self._tokens))))
                if len(run) < size or any(not self._readings[i] for i in run):
                    continue
                key = frozenset(self._readings[i][0][0] for i in run)
                models = self._catalog.nouns.get(key)
                if models:
                    yield Mention(frozenset(run), 0.6, noun=models)
                    break

    def values(self, index: ValueIndex) -> list[Mention]:
        """Values of dimensions; near ones only for words that nothing else explains."""
        found: list[Mention] = []
        for start in range(len(self._tokens)):
            for size in range(1, _MAX_VALUE_WORDS + 1):
                if start + size > len(self._tokens):
                    break
                run = range(start, start + size)
                tokens = [self._tokens[at] for at in run]
                if tokens[-1].is_mark and not tokens[-1].quoted:
                    break
                if not _may_be_value(tokens):
                    continue
                hits = index.find(tokens)
                if hits:
                    found.append(_value_mention(run, hits))
        return found

    def near_values(self, index: ValueIndex, explained: frozenset[int]) -> list[Mention]:
        """Values that are nearly said by words with no other explanation."""
        found = []
        for at, token in enumerate(self._tokens):
            if at in explained or token.is_mark or token.word in FILLER or token.word in LINKING:
                continue
            if token.concept in self._catalog.concepts or token.concept in AGGREGATIONS:
                continue
            hits = index.near(token)
            if hits:
                found.append(_value_mention(range(at, at + 1), hits, token.text))
            found += self._near_runs(at, index)
        return found

    def _near_runs(self, at: int, index: ValueIndex) -> Iterator[Mention]:
        """Values of several words, one of them the mistyped word."""
        if not typing_errors(self._tokens[at].word):
            return
        for size in (2, 3):
            for start in range(max(at - size + 1, 0), min(at, len(self._tokens) - size) + 1):
                run = range(start, start + size)
                tokens = [self._tokens[i] for i in run]
                hits = index.near_run(tokens)
                if hits:
                    yield _value_mention(run, hits, " ".join(token.text for token in tokens))


def _only_the_way(term: Term, said: frozenset[str]) -> bool:
    """The words name what the member belongs to, and not the member: `products` is not whether
    they are organic."""
    path = term.name.split("__")[:-1]
    return not term.is_metric and any(said <= key_of(part) for part in path)


Partial = tuple[float, Naming]


def _of_each_kind(ranked: Sequence[Partial]) -> list[Partial]:
    metrics = [item for item in ranked if item[1].term.is_metric][:_PARTIAL_LIMIT]
    members = [item for item in ranked if not item[1].term.is_metric][:_PARTIAL_LIMIT]
    return [*metrics, *members]


def _may_be_value(tokens: Sequence[Token]) -> bool:
    """Not made of small words only, and neither starting nor ending with one."""
    if len(tokens) == 1:
        token = tokens[0]
        common = token.word in FILLER or token.word in LINKING
        return token.quoted or (not common) or (token.is_code and len(token.text) > 1)
    return not (tokens[0].is_mark or tokens[-1].word in LINKING or tokens[0].word in ("the", "by"))


def _value_mention(run: range, hits: Sequence[Hit], said: str = "") -> Mention:
    ranked = sorted(hits, key=lambda hit: -hit.quality)
    how = f"'{said}' as '{ranked[0].values[0]}'" if said else ""
    return Mention(frozenset(run), ranked[0].quality, hits=tuple(ranked), how=how)

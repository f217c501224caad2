"""The names of a semantic graph as people may say them: metrics, what they are grouped by, and the
nouns that models are called by.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

from genie.language.english import FILLER, LINKING, LOWER_IS_BETTER
from genie.language.short_forms import can_be_short
from genie.language.vocabulary import is_english
from genie.language.words import concept, name_words
from genie.planning.described import unshared
from genie.planning.wording import core_of
from semantic_layer.compiler import GroupByOption, MetricInfo, SemanticGraph, group_by_options
from semantic_layer.compiler.spec import Aggregation, MetricType

Key = frozenset[str]

GENERIC = {"average": 0.3, "count": 0.2, "total": 0.2, "rate": 0.6, "name": 0.3, "date": 0.4,
           "id": 0.3}  # fmt: skip
"""Concepts that say little of which thing is meant; every other counts 1."""
_SAYS = {
    Aggregation.SUM: ("total", "count"),
    Aggregation.SUM_BOOLEAN: ("total", "count"),
    Aggregation.COUNT: ("count", "total"),
    Aggregation.COUNT_DISTINCT: ("count", "total"),
    Aggregation.AVERAGE: ("average",),
    Aggregation.MEDIAN: ("median",),
    Aggregation.MAX: ("maximum",),
    Aggregation.MIN: ("minimum",),
}
_LOWER = LOWER_IS_BETTER | {concept(word) for word in LOWER_IS_BETTER}
COUNTING = frozenset({Aggregation.COUNT, Aggregation.COUNT_DISTINCT, Aggregation.SUM_BOOLEAN})
_DESCRIBED = 0.86
_BARE = frozenset({"name", "titl", "label", "type", "code", "id", "status"})
NAME_LIKE = frozenset({"name", "title", "label", "full_name", "display_name"})
_NAME_WORDS = frozenset({"name", "nm", "title", "label"})


@dataclass(frozen=True)
class Term:
    """A metric, or a member that metrics are grouped by (`option` is set then)."""

    name: str
    label: str
    models: tuple[str, ...]
    description: str = ""
    option: GroupByOption | None = None
    unit: str = ""
    percent: bool = False
    lower_is_better: bool = False
    certified: bool = False
    aggregation: Aggregation | None = None

    @property
    def is_metric(self) -> bool:
        return self.option is None

    @property
    def is_time(self) -> bool:
        return self.option is not None and self.option.kind == "time"

    @property
    def is_key(self) -> bool:
        return self.option is not None and self.option.kind == "entity"

    @property
    def hops(self) -> int:
        return self.name.count("__")


@dataclass(frozen=True)
class Naming:
    """One way to say a term. `head` are the concepts before `per`, where the order matters."""

    term: Term
    key: Key
    weight: float = 1.0
    head: Key = frozenset()
    joins: bool = False
    """The name itself has an `and`."""
    words: tuple[str, ...] = ()
    core: Key = frozenset()
    """What the name is about: `delay` of `average departure delay`."""
    text: str = ""
    """As the author wrote it; empty where a word was added."""


@dataclass(frozen=True)
class Catalog:
    """Everything that can be named. Built once for a graph as a caller sees it."""

    graph: SemanticGraph = field(repr=False)
    metrics: Mapping[str, Term] = field(repr=False)
    members: Mapping[str, Term] = field(repr=False)
    exact: Mapping[Key, tuple[Naming, ...]] = field(repr=False)
    by_concept: Mapping[str, tuple[Naming, ...]] = field(repr=False)
    nouns: Mapping[Key, frozenset[str]] = field(repr=False)
    words: frozenset[str] = field(repr=False)
    short_words: frozenset[str] = field(repr=False)
    """Words of names that may be short for others."""
    described: frozenset[str] = field(repr=False)
    """Concepts that stand in descriptions for a thing and in no name."""
    _reachable: dict[str, frozenset[str]] = field(default_factory=dict, repr=False)
    _phrases: dict[str, str] = field(default_factory=dict, repr=False)

    def reachable(self, metric: str) -> frozenset[str]:
        """Names of all that the metric can be grouped by."""
        found = self._reachable.get(metric)
        if found is None:
            options = group_by_options(self.graph, (metric,))
            found = self._reachable[metric] = frozenset(option.name for option in options)
        return found

    def term(self, name: str) -> Term | None:
        return self.metrics.get(name) or self.members.get(name)

    def label(self, name: str) -> str:
        found = self.term(name)
        return found.label if found else name

    def is_row_key(self, name: str, models: Iterable[str]) -> bool:
        """Whether each row of one of the models has a value of its own there."""
        infos = (self.graph.models[model].entities.get(name) for model in models)
        return any(info is not None and info.owned for info in infos)

    def phrase(self, name: str) -> str:
        """Words that mean the term and no other, as far as there are any: to ask for it again."""
        found = self._phrases.get(name)
        if found is None:
            found = self._phrases[name] = self._phrase(name)
        return found

    def _phrase(self, name: str) -> str:
        written = [naming.text.replace("_", " ") for naming in self.namings_of(name) if naming.text]
        label = self.label(name).replace("(", "").replace(")", "")
        shared = []
        for text in dict.fromkeys((label, *sorted(written, key=len))):
            namings = self.exact.get(key_of(text), ())
            best = max((item.weight for item in namings), default=0.0)
            meant = [item.term.name for item in namings if item.weight == best]
            if meant == [name]:
                return text
            shared += [text] if name in meant else []
        return shared[0] if shared else label

    def namings_of(self, name: str) -> tuple[Naming, ...]:
        """All ways to say the term."""
        return self._namings.get(name, ())

    @cached_property
    def _namings(self) -> Mapping[str, tuple[Naming, ...]]:
        found: defaultdict[str, list[Naming]] = defaultdict(list)
        for namings in self.exact.values():
            for naming in namings:
                found[naming.term.name].append(naming)
        return {name: tuple(namings) for name, namings in found.items()}

    @cached_property
    def short_forms(self) -> tuple[str, ...]:
        """Words of names that are no English, and short for what people say."""
        return tuple(sorted(word for word in self.short_words if not is_english(word)))

    @cached_property
    def concepts(self) -> frozenset[str]:
        in_nouns = {item for key in self.nouns for item in key}
        return frozenset(self.by_concept) | in_nouns | self.described


@lru_cache(maxsize=65_536)
def key_of(text: str) -> Key:
    """The concepts of a name, without the words that only link."""
    words = name_words(text)
    kept = [word for word in words if word not in LINKING]
    return frozenset(concept(word) for word in kept or words)


def is_name(field: str) -> bool:
    """Whether the field is what something is called: `plan__plan_name`."""
    words = name_words(field.rpartition("__")[2])
    return bool(words) and words[-1] in _NAME_WORDS


def weight_of(key: Iterable[str]) -> float:
    return sum(GENERIC.get(item, 1.0) for item in key)


def build_catalog(graph: SemanticGraph) -> Catalog:
    """Index every name, label and synonym. The graph is what the caller may see: nothing else gets
    in."""
    metrics = told_apart(
        {
            info.name: _metric_term(info)
            for info in graph.metrics.values()
            if not info.spec.hidden and info.type is not MetricType.SQL
        },
        {},
    )
    members = told_apart(_member_terms(group_by_options(graph, ())), metrics)
    exact: defaultdict[Key, dict[str, Naming]] = defaultdict(dict)
    words: set[str] = set()
    for naming, said in _namings(graph, metrics, members):
        words.update(said)
        known = exact[naming.key].get(naming.term.name)
        if known is None or known.weight < naming.weight:
            exact[naming.key][naming.term.name] = naming
    by_concept: defaultdict[str, list[Naming]] = defaultdict(list)
    for namings in exact.values():
        for naming in namings.values():
            for item in naming.key:
                by_concept[item].append(naming)
    nouns = _nouns(graph, words)
    described = _described(metrics, by_concept)
    described += _described({n: t for n, t in members.items() if t.hops < 2}, by_concept)
    for naming in described:
        exact[naming.key].setdefault(naming.term.name, naming)
    return Catalog(
        graph,
        metrics,
        members,
        {key: tuple(found.values()) for key, found in exact.items()},
        {item: tuple(found) for item, found in by_concept.items()},
        nouns,
        frozenset(word for word in words if len(word) > 3 and word not in FILLER),
        _short_words(words, metrics),
        frozenset(item for naming in described for item in naming.key),
    )


# ---------------------------------------------------------------- terms


def _metric_term(info: MetricInfo) -> Term:
    meta = info.spec.meta
    form = str(meta.get("format") or "")
    label = info.label or info.name.replace("_", " ").capitalize()
    said = {*key_of(info.name), *key_of(label)}
    direction = str(meta.get("direction") or meta.get("better") or "").lower()
    lower = direction == "lower" if direction else bool(said & _LOWER)
    return Term(
        info.name,
        label,
        info.models,
        info.description or "",
        unit=str(meta.get("unit") or ""),
        percent="%" in form,
        lower_is_better=lower,
        certified=bool(meta.get("certified")),
        aggregation=info.aggregation,
    )


def _member_terms(options: Iterable[GroupByOption]) -> dict[str, Term]:
    """Members by name; those that share a label are told apart by their path."""
    listed = list(options)
    used = Counter(_plain_label(option) for option in listed if option.name.count("__") < 2)
    return {option.name: _member_term(option, used) for option in listed}


def _plain_label(option: GroupByOption) -> str:
    return option.label or option.name.split("__")[-1].replace("_", " ").capitalize()


def _member_term(option: GroupByOption, used: Mapping[str, int]) -> Term:
    *path, _ = option.name.split("__")
    label = _plain_label(option)
    said = key_of(label)
    if len(path) > 1:
        label = f"{label} ({' of '.join(part.replace('_', ' ') for part in reversed(path))})"
    elif path and (used[label] > 1 or said <= _BARE) and not said >= key_of(path[0]):
        label = f"{path[0].replace('_', ' ').capitalize()} {label[:1].lower()}{label[1:]}"
    return Term(option.name, label, (option.model or "",), option.description or "", option)


def told_apart(terms: Mapping[str, Term], others: Mapping[str, Term]) -> dict[str, Term]:
    """The terms with labels that no two share, nor one of them with the others: what a query is
    about has to be plain from its words."""
    shared = Counter(_folded(term) for term in (*terms.values(), *others.values()))
    plain = Counter(
        _folded(term) for term in (*terms.values(), *others.values()) if not term.is_key
    )
    found: dict[str, Term] = {}
    taken = {_folded(term) for term in others.values()}
    for name, term in terms.items():
        label = term.label
        alone = not term.is_key and plain[_folded(term)] == 1
        if _folded(term) in taken or (shared[_folded(term)] > 1 and not alone):
            said = "key" if term.is_key else name.split("__")[-1].replace("_", " ")
            texts = (f"{label} ({said})", f"{label} ({name})")
            label = next(text for text in texts if text.casefold() not in taken)
        taken.add(label.casefold())
        found[name] = replace(term, label=label)
    return found


def _folded(term: Term) -> str:
    return term.label.casefold()


# ---------------------------------------------------------------- namings


def _namings(
    graph: SemanticGraph, metrics: Mapping[str, Term], members: Mapping[str, Term]
) -> Iterator[tuple[Naming, tuple[str, ...]]]:
    for term in metrics.values():
        info = graph.metrics[term.name]
        for text, weight in _metric_texts(info):
            yield from _metric_namings(term, info, text, weight)
    for term in members.values():
        for text, weight in _member_texts(graph, term):
            key = key_of(text)
            if key:
                words = name_words(text)
                yield Naming(term, key, weight, joins="and" in words, text=text), words


def _metric_texts(info: MetricInfo) -> Iterator[tuple[str, float]]:
    yield info.name, 1.0
    if info.label:
        yield info.label, 1.0
    for synonym in _synonyms(info.spec.meta):
        yield synonym, 0.99
    measure = info.inputs[0].measure if info.type is MetricType.SIMPLE and info.inputs else None
    if measure is not None and not info.filters and not info.inputs[0].filters:
        if measure.spec.label:
            yield measure.spec.label, 0.9
        for synonym in _synonyms(measure.spec.meta):
            yield synonym, 0.9


def _metric_namings(
    term: Term, info: MetricInfo, text: str, weight: float
) -> Iterator[tuple[Naming, tuple[str, ...]]]:
    words = name_words(text)
    key = key_of(text)
    head = _head(words)
    if not key:
        return
    core = core_of(words)
    yield Naming(term, key, weight, head, "and" in words, words, core, text), words
    if "count" in key and len(key) > 1 and info.aggregation in COUNTING:
        # `late shipments` is what `late_shipment_count` counts.
        yield Naming(term, key - {"count"}, weight * 0.97, words=words, core=core), ()
    for extra in _aggregation_words(info, term):
        if extra not in key:
            yield Naming(term, key | {extra}, weight * 0.99, head, words=words, core=core), ()


def _described(
    terms: Mapping[str, Term], by_concept: Mapping[str, Sequence[Naming]]
) -> list[Naming]:
    """Other words for things out of their descriptions; names come first."""
    descriptions = {name: term.description for name, term in terms.items() if term.description}
    named = {item: [naming.key for naming in found] for item, found in by_concept.items()}
    return [
        Naming(terms[name], key, _DESCRIBED * 0.9 ** terms[name].hops)
        for name, key in unshared(descriptions, named)
    ]


def _short_words(words: Iterable[str], metrics: Mapping[str, Term]) -> frozenset[str]:
    """Words that may be short forms; `ctr` of `Click-through rate` stands for several words."""
    initials = {"".join(word[0] for word in name_words(term.label)) for term in metrics.values()}
    return frozenset(word for word in words if can_be_short(word) and word not in initials)


def _aggregation_words(info: MetricInfo, term: Term) -> tuple[str, ...]:
    if info.aggregation is not None:
        return _SAYS.get(info.aggregation, ())
    if term.percent:
        return ("rate",)
    return ("average",) if info.type is MetricType.RATIO else ()


def _head(words: tuple[str, ...]) -> Key:
    if "per" not in words:
        return frozenset()
    before = words[: words.index("per")]
    return frozenset(concept(word) for word in before if word not in LINKING)


def _member_texts(graph: SemanticGraph, term: Term) -> Iterator[tuple[str, float]]:
    """Own words, then own words behind the path; each further join makes it less likely."""
    option = term.option
    assert option is not None
    *path, last = term.name.split("__")
    joins = len(path) if option.kind == "entity" else len(path) - 1
    far = 0.9 ** max(joins, 0)
    said = [last, *([option.label] if option.label else [])]
    meta, owner_texts = _member_meta(graph, option, path, last)
    said += _synonyms(meta)
    if option.kind == "entity":
        said.append(f"{last} id")
    for text in said:
        yield text, far
        for start in range(len(path)):
            yield " ".join((*path[start:], text)), far
    for text in owner_texts:
        yield text, 0.93 * far
    if path and last in NAME_LIKE:
        yield path[-1], 0.8 * far


def _member_meta(
    graph: SemanticGraph, option: GroupByOption, path: list[str], last: str
) -> tuple[Mapping[str, Any], list[str]]:
    """The author's meta of the member; for a key, what the model it leads to is called."""
    model = graph.models.get(option.model or "")
    if model is None:
        return {}, []
    element = model.dimensions.get(last)
    if element is not None:
        return element.spec.meta, []
    entity = model.entities.get(last)
    if entity is None:
        return {}, []
    if entity.spec.role:
        return entity.spec.meta, []
    texts: list[str] = []
    for owner in graph.owners.get(entity.key, ()):
        if owner.prefixes[:1] == (entity.key,):
            texts += [owner.name, *([owner.spec.label] if owner.spec.label else [])]
            texts += _synonyms(owner.spec.meta)
    return entity.spec.meta, texts


def _synonyms(meta: Mapping[str, Any]) -> list[str]:
    found = meta.get("synonyms") or ()
    return [str(item) for item in ([found] if isinstance(found, str) else found)]


def _nouns(graph: SemanticGraph, words: set[str]) -> dict[Key, frozenset[str]]:
    """What the rows of a model are called -> the models: `flights` in `delay of flights`."""
    found: defaultdict[Key, set[str]] = defaultdict(set)
    for model in graph.models.values():
        texts = [model.name, model.spec.label or "", *_synonyms(model.spec.meta)]
        for entity in model.entities.values():
            if entity.owned:
                texts += [entity.address, entity.spec.label or ""]
        for text in filter(None, texts):
            words.update(name_words(text))
            found[key_of(text)].add(model.name)
    return {key: frozenset(models) for key, models in found.items() if key}

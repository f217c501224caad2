"""Finding models: PostgreSQL's full text and a forgiving index, ranked as one list.

Full text knows word stems (`cancelled` finds `cancellation`) and counts; the index knows parts of
words and typing mistakes. Whatever a caller may not see is in neither: models with access rules are
searched by what is left of them for this caller.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from threading import Lock

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import Case, F, FloatField, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, Lower

from models_registry.graph_source import Snapshot, load_snapshot
from models_registry.models import Document, DocumentKind
from models_registry.search import (
    MAX_QUERY_WORDS,
    EntryWords,
    SearchIndex,
    SearchText,
    entry_words,
    words_of,
)
from models_registry.selectors import published_models
from models_registry.summaries import summary_of, tags_of, texts_in
from models_registry.visibility import policy_of, restricted_models
from semantic_layer.compiler import AccessPolicy
from semantic_layer.compiler.spec import (
    Dimension,
    Entity,
    Measure,
    Metric,
    Project,
    SemanticModel,
)
from semantic_layer.ports import Actor

# What a hit in a text is worth, by the text.
NAME, TITLE, MEMBER = 1.0, 0.95, 0.75
DESCRIPTION, MEMBER_DESCRIPTION, TAG, TABLE = 0.6, 0.5, 0.45, 0.45

FULL_TEXT_LANGUAGE = "english"  # as in migrations/0003
FULL_TEXT_WEIGHTS = [TAG, MEMBER, TITLE, NAME]  # of D, C, B, A
BEST_WITHOUT_NAME = 0.9
STRONGER, WEAKER = 0.85, 0.15
TEXT_LENGTH = 50_000
KEPT_POLICIES = 64


@dataclass(frozen=True)
class ModelCriteria:
    """What to look for. Times are half-open: `*_after` counts itself in, `*_before` does not.

    `tags` and `model_contains` (of the base table) are in any case of letters; one tag is enough.
    """

    category: str
    query: str = ""
    tags: tuple[str, ...] = ()
    has_metrics: bool | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    updated_after: datetime | None = None
    model_contains: str = ""


@dataclass(frozen=True)
class Found:
    """One model that was found; `score` is from 0 to 1."""

    document_id: int
    score: float


@dataclass(frozen=True)
class SearchResult:
    """All that was found, best first; `seen` are models that the caller sees a part of."""

    found: Sequence[Found]
    seen: Mapping[str, Project] = field(repr=False)

    def load(self, page: Sequence[Found]) -> list[tuple[Document, float]]:
        """The documents of a page, without any that was deleted meanwhile."""
        rows = Document.objects.select_related("published").defer(
            "published__yaml", "published__definition"
        )
        by_id = rows.filter(published__isnull=False).in_bulk([hit.document_id for hit in page])
        return [(by_id[h.document_id], h.score) for h in page if h.document_id in by_id]


def search_models(*, actor: Actor, criteria: ModelCriteria) -> SearchResult:
    """Models that fit words and filters, best first and names in order; all of them without words.

    A model whose name is the query comes first, with 1.0.
    """
    catalog = model_catalog(criteria.category)
    seen = catalog.seen_by(actor)
    rows = _filtered(criteria, seen)
    if not criteria.query:
        return SearchResult(
            [Found(pk, 1.0) for pk in rows.values_list("pk", flat=True)], seen.parts
        )
    likeness = catalog.likeness(criteria.query, seen)
    words = words_of(criteria.query)[:MAX_QUERY_WORDS]
    ranked = []
    for pk, name, rank in _with_rank(rows, words, likeness, seen):
        score = _relevance(likeness.get(name, 0.0), rank)
        ranked.append((-score, name, Found(pk, score)))
    return SearchResult([found for _, _, found in sorted(ranked, key=lambda r: r[:2])], seen.parts)


# ---------------------------------------------------------------- rows


def _filtered(criteria: ModelCriteria, seen: Seen) -> QuerySet[Document]:
    rows = published_models(criteria.category).exclude(name__in=seen.hidden)
    if criteria.tags:
        tags = Cast(Lower(Cast("published__tags", TextField())), ArrayField(TextField()))
        rows = rows.alias(lower_tags=tags).filter(
            lower_tags__overlap=[tag.lower() for tag in criteria.tags]
        )
    if criteria.model_contains:
        rows = rows.filter(published__relation__icontains=criteria.model_contains)
    if criteria.has_metrics is not None:
        rows = rows.filter(_has_metrics(seen) if criteria.has_metrics else ~_has_metrics(seen))
    times = {
        "created_at__gte": criteria.created_after,
        "created_at__lt": criteria.created_before,
        "updated_at__gte": criteria.updated_after,
    }
    return rows.filter(**{key: time for key, time in times.items() if time is not None})


def _has_metrics(seen: Seen) -> Q:
    """Models with metrics that the caller may see."""
    with_some = [name for name, part in seen.parts.items() if part.metrics]
    open_to_all = Q(published__metric_count__gt=0) & ~Q(name__in=list(seen.parts))
    return open_to_all | Q(name__in=with_some)


def _with_rank(
    rows: QuerySet[Document], words: Sequence[str], likeness: Mapping[str, float], seen: Seen
) -> Iterable[tuple[int, str, float]]:
    """Id, name and full-text rank of rows that have all the words or are like the query."""
    if not words:
        return ()
    every, some = (_full_text(words, sign) for sign in (" & ", " | "))
    # The stored words of a model with access rules are not all for this caller.
    matches = Q(search_entry__vector=every) & ~Q(name__in=list(seen.parts))
    rank = SearchRank(F("search_entry__vector"), some, weights=FULL_TEXT_WEIGHTS)
    return (
        rows.annotate(rank=Case(When(matches, then=rank), default=Value(0.0, FloatField())))
        .filter(matches | Q(name__in=list(likeness)))
        .values_list("pk", "name", "rank")
    )


def _full_text(words: Iterable[str], sign: str) -> SearchQuery:
    """Words have letters and digits only, so nothing in them means something to PostgreSQL."""
    text = sign.join(f"{word}:*" for word in words)
    return SearchQuery(text, config=FULL_TEXT_LANGUAGE, search_type="raw")


def _relevance(likeness: float, rank: float) -> float:
    """One score of both; what the index calls a title stays above everything else."""
    if likeness > BEST_WITHOUT_NAME:
        return likeness
    rank = BEST_WITHOUT_NAME * min(rank, 1.0)
    return round(STRONGER * max(likeness, rank) + WEAKER * min(likeness, rank), 4)


# ---------------------------------------------------------------- the index


@dataclass(frozen=True)
class Seen:
    """Models with access rules, as one caller sees them: not at all, or a part."""

    hidden: Sequence[str]
    parts: Mapping[str, Project]
    index: SearchIndex[str] = field(repr=False)


class ModelCatalog:
    """The models of one snapshot and their search index, built at first use, with what `before`
    knew of models that stayed.
    """

    def __init__(self, snapshot: Snapshot, before: ModelCatalog | None = None) -> None:
        self.snapshot = snapshot
        self._words: Mapping[str, tuple[Project, EntryWords]] = before._words if before else {}
        self._seen: dict[AccessPolicy | None, Seen] = {}

    @cached_property
    def index(self) -> SearchIndex[str]:
        self._words = {
            name: self._words_of(name, stored.project)
            for (kind, name), stored in self.snapshot.documents.items()
            if kind == DocumentKind.SEMANTIC_MODEL
        }
        return SearchIndex((name, words) for name, (_, words) in self._words.items())

    def _words_of(self, name: str, project: Project) -> tuple[Project, EntryWords]:
        kept = self._words.get(name)
        if kept is not None and kept[0] is project:
            return kept
        return project, entry_words(_texts(project))

    def likeness(self, query: str, seen: Seen) -> dict[str, float]:
        """Name -> how well a model fits the query, for those that do."""
        found = {hit.key: hit.score for hit in self.index.search(query)}
        if seen.hidden or seen.parts:
            for name in (*seen.hidden, *seen.parts):
                found.pop(name, None)
            found.update((hit.key, hit.score) for hit in seen.index.search(query))
        return found

    def seen_by(self, actor: Actor) -> Seen:
        """What access rules leave this caller; kept per rule-relevant facts about callers."""
        policy = None if actor.may("write") else policy_of(actor)
        found = self._seen.get(policy)
        if found is None:
            models = restricted_models(self.snapshot.category, actor)
            parts = {name: part for name, part in models.items() if part is not None}
            hidden = [name for name, part in models.items() if part is None]
            index = SearchIndex((name, _texts(part)) for name, part in parts.items())
            found = Seen(hidden, parts, index)
            if len(self._seen) >= KEPT_POLICIES:
                self._seen.clear()
            self._seen[policy] = found
        return found


_catalogs: dict[str, ModelCatalog] = {}
_building = Lock()


def model_catalog(category: str) -> ModelCatalog:
    """The category's models as they are now; built once per version and process."""
    snapshot = load_snapshot(category)
    with _building:
        found = _catalogs.get(category)
        if found is None or found.snapshot.key != snapshot.key:
            found = _catalogs[category] = ModelCatalog(snapshot, found)
        return found


def _texts(project: Project) -> tuple[SearchText, ...]:
    """Everything a model is found by; the same as in migrations/0003."""
    return tuple(_each_text(project.models[0], project))


def _each_text(model: SemanticModel, project: Project) -> Iterator[SearchText]:
    yield SearchText(model.name, NAME, is_title=True)
    for title in (model.label or "", *texts_in(model.meta, "synonyms")):
        yield SearchText(title, TITLE, is_title=True)
    members: list[Entity | Dimension | Measure | Metric] = [*model.entities]
    members += [*model.dimensions, *model.measures, *project.metrics]
    for member in members:
        for name in (member.name, member.label or "", *texts_in(member.meta, "synonyms")):
            yield SearchText(name, MEMBER)
        yield SearchText((member.description or "")[:TEXT_LENGTH], MEMBER_DESCRIPTION)
    yield SearchText((model.description or "")[:TEXT_LENGTH], DESCRIPTION)
    yield SearchText(str(summary_of(project)["relation"]), TABLE)
    for tag in _tags(model, project):
        yield SearchText(tag, TAG)


def _tags(model: SemanticModel, project: Project) -> Iterator[str]:
    yield from tags_of(model.tags, model.meta)
    for metric in project.metrics:
        yield from tags_of(metric.tags, metric.meta)

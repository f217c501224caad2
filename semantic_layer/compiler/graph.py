"""Project -> SemanticGraph: every name settled once, every problem listed, broken parts left out.

Built with a previous graph it keeps what did not change, so that editing one model of a thousand
costs the time of one. Nothing here knows a query; `paths.py` searches the graph and caches in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType

from semantic_layer.compiler.building import (
    IssueList,
    Lookup,
    build_measure,
    build_metric,
    build_model,
)
from semantic_layer.compiler.infos import (
    OWNING,
    CustomGrain,
    Hop,
    MeasureInfo,
    Member,
    MetricInfo,
    ModelInfo,
)
from semantic_layer.compiler.query_spec import AccessPolicy
from semantic_layer.compiler.rebuilding import names_mean_the_same, unaffected_metrics
from semantic_layer.compiler.spec import (
    Grain,
    InputKind,
    Metric,
    Project,
    SavedQuery,
    SemanticModel,
    TimeSpine,
)
from semantic_layer.compiler.validation import check_references
from semantic_layer.errors import Issue

MAX_NESTING = 50

BuiltModel = tuple[ModelInfo | None, tuple[Issue, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class BuiltMetric:
    """A metric as it was built; `uses` are the names of its inputs."""

    spec: Metric
    info: MetricInfo | None
    issues: tuple[Issue, ...]
    uses: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class SemanticGraph:
    """All usable models and metrics of a category. Immutable but for its caches of searches."""

    models: Mapping[str, ModelInfo]
    metrics: Mapping[str, MetricInfo]
    measures: Mapping[str, MeasureInfo]
    saved_queries: Mapping[str, SavedQuery]
    spines: Mapping[Grain, TimeSpine]
    custom_grains: Mapping[str, CustomGrain]
    owners: Mapping[str, tuple[ModelInfo, ...]]
    holders: Mapping[str, tuple[ModelInfo, ...]]
    role_keys: Mapping[str, str] = field(default_factory=dict)
    issues: tuple[Issue, ...] = ()
    project: Project = field(default_factory=Project, repr=False)
    path_cache: dict[tuple[str, str], tuple[Member, ...]] = field(default_factory=dict, repr=False)
    hop_cache: dict[str, tuple[Hop, ...]] = field(default_factory=dict, repr=False)
    home_cache: dict[str, list[ModelInfo]] = field(default_factory=dict, repr=False)
    restricted_cache: dict[AccessPolicy, SemanticGraph] = field(default_factory=dict, repr=False)
    built_models: Mapping[str, BuiltModel] = field(default_factory=dict, repr=False)
    built_metrics: Mapping[str, BuiltMetric] = field(default_factory=dict, repr=False)

    @cached_property
    def keeps_history(self) -> bool:
        """Whether any table holds versions of its rows (SCD type 2), so that joins to it need a
        time."""
        return any(model.validity is not None for model in self.models.values())


def build_graph(project: Project, previous: SemanticGraph | None = None) -> SemanticGraph:
    """The graph of a project. Never raises for content: `issues` lists all problems, the reader's
    included.

    `previous` is an earlier graph of the same category; unchanged parts are taken from it.
    """
    builder = _Builder(project, previous)
    builder.add_models()
    builder.add_metrics()
    builder.add_configuration()
    return builder.finish()


@dataclass
class _Builder:
    project: Project
    previous: SemanticGraph | None
    models: dict[str, ModelInfo] = field(default_factory=dict)
    measures: dict[str, MeasureInfo] = field(default_factory=dict)
    metrics: dict[str, MetricInfo] = field(default_factory=dict)
    specs: dict[str, Metric] = field(default_factory=dict)
    spines: dict[Grain, TimeSpine] = field(default_factory=dict)
    custom: dict[str, CustomGrain] = field(default_factory=dict)
    built_models: dict[str, BuiltModel] = field(default_factory=dict)
    built_metrics: dict[str, BuiltMetric] = field(default_factory=dict)
    unaffected: Set[str] = frozenset()
    cyclic: set[str] = field(default_factory=set)
    found: IssueList = field(default_factory=IssueList)

    # ------------------------------------------------------------ models

    def add_models(self) -> None:
        roles = _role_targets(self.project.models)
        seen: dict[str, SemanticModel] = {}
        for spec in self.project.models:
            if spec.name in seen:
                self.found.add(
                    spec.at,
                    f"semantic_models.{spec.name}",
                    "DUPLICATE_MODEL",
                    f"Another model is called '{spec.name}' already.",
                )
                continue
            seen[spec.name] = spec
            built = self._built(spec, roles)
            self.built_models[spec.name] = built
            self.found.issues += built[1]
            if built[0] is not None and self._claim_measures(built[0]):
                self.models[spec.name] = built[0]

    def _built(
        self, spec: SemanticModel, roles: Mapping[tuple[str, str], tuple[str, str]]
    ) -> BuiltModel:
        before = self.previous.built_models.get(spec.name) if self.previous else None
        if before is not None and before[0] is not None:
            known = before[0]
            same_roles = all(
                roles[e.spec.name, e.spec.role] == (e.address, e.key)
                for e in known.entities.values()
                if e.spec.role and (e.spec.name, e.spec.role) in roles
            )
            # Equal is not enough: synonyms and positions are no part of equality.
            if same_roles and known.spec is spec:
                return before
        return build_model(spec, roles)

    def _claim_measures(self, model: ModelInfo) -> bool:
        """Measure names are unique in the category: the later model is the broken one."""
        taken = [m for m in model.measures.values() if m.name in self.measures]
        for measure in taken:
            other = self.measures[measure.name].model
            self.found.add(
                measure.spec.at,
                f"semantic_models.{model.name}.measures.{measure.name}",
                "DUPLICATE_MEASURE",
                f"The measure '{measure.name}' exists already in '{other}': measure names are "
                f"unique.",
            )
        if not taken:
            self.measures.update(model.measures)
        return not taken

    # ------------------------------------------------------------ metrics

    def add_metrics(self) -> None:
        for spec in (*self.project.metrics, *self._implied_metrics()):
            if spec.name in self.specs:
                self.found.add(
                    spec.at,
                    f"metrics.{spec.name}",
                    "DUPLICATE_METRIC",
                    f"Another metric is called '{spec.name}' already.",
                )
                continue
            self.specs[spec.name] = spec
            self._add_inline_measure(spec)
        if self.previous is not None:
            self.unaffected = unaffected_metrics(self.previous, self.specs, self.measures)
        lookup = Lookup(self.measures.get, self.specs.get, self._names, self._broken_homes().get)
        for spec in self.specs.values():
            built = self._built_metric(spec, lookup)
            self.built_metrics[spec.name] = built
            if built.issues:
                self.found.issues += built.issues
        self._settle()

    def _implied_metrics(self) -> Iterable[Metric]:
        written = {metric.name for metric in self.project.metrics}
        for model in self.models.values():
            for metric in model.implied:
                if metric.name not in written:
                    yield metric

    def _add_inline_measure(self, spec: Metric) -> None:
        """The aggregation written into a simple metric is a measure of its model."""
        model = self.models.get(spec.model or "")
        if spec.aggregate is None or model is None:
            return
        info = self._known_measure(spec, model)
        if info is None:
            info = build_measure(spec.aggregate, model.spec, f"metrics.{spec.name}", self.found)
        if info is not None:
            self.measures.setdefault(info.name, info)

    def _known_measure(self, spec: Metric, model: ModelInfo) -> MeasureInfo | None:
        """The same measure of the previous graph, when neither it nor its model was edited."""
        if self.previous is None or self.previous.models.get(model.name) is not model:
            return None
        before = self.previous.built_metrics.get(spec.name)
        same = before is not None and before.spec.aggregate is spec.aggregate
        return self.previous.measures.get(spec.name) if same else None

    def _broken_homes(self) -> dict[str, str]:
        """What has a problem, for every name that exists and cannot be used for it."""
        measures = {
            measure.name: model.name
            for model in self.project.models
            if model.name not in self.models
            for measure in model.measures
        }
        homes = {**self.project.broken_measures, **measures}
        found = dict.fromkeys(self.project.broken_metrics, "it")
        return found | {name: f"its model '{home}'" for name, home in homes.items()}

    def _names(self, kind: InputKind) -> Iterable[str]:
        return self.measures if kind is InputKind.MEASURE else self.specs

    def _built_metric(self, spec: Metric, lookup: Lookup) -> BuiltMetric:
        if self.previous is not None and spec.name in self.unaffected:
            return self.previous.built_metrics[spec.name]
        info, issues = build_metric(spec, lookup)
        uses = tuple(item.spec.name for item in info.inputs) if info is not None else ()
        return BuiltMetric(spec, info, issues, uses)

    def _settle(self) -> None:
        """Order metrics so that inputs come first; leave out cycles and what hangs on something
        broken."""
        state = dict.fromkeys(self.unaffected, True)
        if self.previous is not None:
            self.metrics = {name: self.previous.metrics[name] for name in self.unaffected}
        for name in self.specs:
            if name not in state:
                self._visit(name, state, [])
        self.metrics = {n: self.metrics[n] for n in self.specs if n in self.metrics}

    def _visit(self, name: str, state: dict[str, bool], trail: list[str]) -> bool:
        """Whether the metric is usable; `state` remembers, `trail` is the way here."""
        if name in state:
            return state[name]
        if name in trail or len(trail) > MAX_NESTING:
            self._report_cycle(name, trail)
            return False
        spec, info = self.specs[name], self.built_metrics[name].info
        usable = info is not None
        for item in info.inputs if info else ():
            if item.metric is not None and not self._visit(item.metric, state, [*trail, name]):
                usable = False
                if name not in self.cyclic:
                    self._report_broken_input(spec, item.metric)
        if name not in state:
            state[name] = usable
            if usable and info is not None:
                self.metrics[name] = self._with_models(info)
        return state[name]

    def _report_cycle(self, name: str, trail: list[str]) -> None:
        spec = self.specs[name]
        if name not in trail:
            self.cyclic.update(trail)
            self.found.add(
                spec.at,
                f"metrics.{name}",
                "NESTED_TOO_DEEPLY",
                f"'{trail[0]}' is made of metrics nested more than {MAX_NESTING} deep.",
            )
            return
        cycle = [*trail[trail.index(name) :], name]
        self.cyclic.update(cycle)
        self.found.add(
            spec.at,
            f"metrics.{spec.name}",
            "METRIC_CYCLE",
            f"Metrics are made of each other in a circle: {' -> '.join(cycle)}.",
        )

    def _report_broken_input(self, spec: Metric, broken: str) -> None:
        self.found.add(
            spec.at,
            f"metrics.{spec.name}",
            "BROKEN_INPUT",
            f"'{spec.name}' is left out: its input '{broken}' has a problem of its own.",
        )

    def _with_models(self, info: MetricInfo) -> MetricInfo:
        if all(item.metric is None for item in info.inputs):
            return info
        names: dict[str, None] = {}
        for item in info.inputs:
            if item.measure is not None:
                names.setdefault(item.measure.model)
            elif item.metric is not None:
                names.update(dict.fromkeys(self.metrics[item.metric].models))
        models = tuple(names)
        return replace(info, model=info.model or next(iter(models), None), models=models)

    # ------------------------------------------------------------ the rest

    def add_configuration(self) -> None:
        for configuration in self.project.configurations:
            for spine in configuration.time_spines:
                self.spines.setdefault(spine.grain, spine)
                for item in spine.custom_granularities:
                    grain = CustomGrain(item.name, spine, item.column or item.name)
                    self.custom.setdefault(item.name, grain)

    def finish(self) -> SemanticGraph:
        graph = SemanticGraph(
            models=MappingProxyType(self.models),
            metrics=MappingProxyType(self.metrics),
            measures=MappingProxyType(self.measures),
            saved_queries=MappingProxyType({q.name: q for q in self.project.saved_queries}),
            spines=MappingProxyType(self.spines),
            custom_grains=MappingProxyType(self.custom),
            owners=index_entities(self.models.values(), owned_only=True),
            holders=index_entities(self.models.values(), owned_only=False),
            role_keys=_role_keys(self.models.values()),
            project=self.project,
            built_models=self.built_models,
            built_metrics=self.built_metrics,
        )
        if self.previous is not None and names_mean_the_same(self.previous, graph):
            usable, problems = check_references(graph, known_good=self.unaffected)
        else:
            usable, problems = check_references(graph)
        issues = (*self.project.issues, *self.found.issues, *problems)
        return replace(graph, metrics=MappingProxyType(usable), issues=tuple(dict.fromkeys(issues)))


def index_entities(
    models: Iterable[ModelInfo], *, owned_only: bool
) -> Mapping[str, tuple[ModelInfo, ...]]:
    """Entity key -> the models that have it, in a fixed order."""
    found: dict[str, list[ModelInfo]] = {}
    for model in models:
        for key in dict.fromkeys(
            e.key for e in model.entities.values() if e.owned or not owned_only
        ):
            found.setdefault(key, []).append(model)
    return {key: tuple(sorted(items, key=lambda m: m.name)) for key, items in found.items()}


def _role_keys(models: Iterable[ModelInfo]) -> dict[str, str]:
    """What queries call a role -> the key it joins on."""
    return {e.address: e.key for m in models for e in m.entities.values() if e.address != e.key}


def _role_targets(models: Iterable[SemanticModel]) -> dict[tuple[str, str], tuple[str, str]]:
    """(name, role) of an entity -> (what queries say, what models join on): the owned one of the
    two is the key."""
    specs = list(models)
    owned = {e.name for model in specs for e in model.entities if e.type in OWNING and not e.role}
    targets = {}
    for model in specs:
        for entity in model.entities:
            if not entity.role:
                continue
            if entity.name in owned:
                targets[entity.name, entity.role] = (entity.role, entity.name)
            else:
                targets[entity.name, entity.role] = (entity.name, entity.role)
    return targets

"""From what was sent or found in files to the documents of a category. Pure: no database.

A reading may hold many things; here they are parted: one document per semantic model with the
metrics that belong to it, one per saved query, one for the project configuration.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from models_registry.definitions import canonical_yaml, definition_of, hash_of
from models_registry.models import DocumentKind
from semantic_layer.compiler.spec import Metric, MetricInput, Position, Project
from semantic_layer.errors import Issue, did_you_mean

CONFIGURATION_NAME = "project_configuration"
"""A category has one configuration; whoever writes it, writes it whole."""

DocumentId = tuple[str, str]
"""Kind and name."""

_SEPARATOR = re.compile(r"^---(?=\s|$)", re.MULTILINE)


@dataclass(frozen=True)
class Content:
    """What one version of a document says. `yaml` is the author's own text when `is_authored`."""

    kind: str
    name: str
    project: Project = field(repr=False)
    definition: Mapping[str, Any] = field(repr=False)
    definition_hash: str
    yaml: str = field(repr=False)
    is_authored: bool = False

    @property
    def id(self) -> DocumentId:
        return self.kind, self.name


def content_of(project: Project, *, text: str | None = None) -> Content:
    """The document that a project of one thing is; `text` is what its author wrote, where that
    says all of it.
    """
    kind, name = id_of(project)
    return Content(
        kind=kind,
        name=name,
        project=project,
        definition=definition_of(project),
        definition_hash=hash_of(project),
        yaml=canonical_yaml(project) if text is None else text,
        is_authored=text is not None,
    )


def id_of(project: Project) -> DocumentId:
    """Kind and name of the document that a parted project is."""
    if project.models:
        return DocumentKind.SEMANTIC_MODEL.value, project.models[0].name
    if project.saved_queries:
        return DocumentKind.SAVED_QUERY.value, project.saved_queries[0].name
    return DocumentKind.PROJECT_CONFIGURATION.value, CONFIGURATION_NAME


def place_of(project: Project) -> Position | None:
    """Where the document that a parted project is begins."""
    first = next(iter(_things(project)), None)
    return first.at if first is not None else None


def parted(project: Project) -> Iterator[Project]:
    """One project per document, without metrics that belong to no model."""
    metrics: dict[str | None, list[Metric]] = {}
    for metric in project.metrics:
        metrics.setdefault(metric.model, []).append(metric)
    for model in project.models:
        yield Project(models=(model,), metrics=tuple(metrics.get(model.name, ())))
    for query in project.saved_queries:
        yield Project(saved_queries=(query,))
    if project.configurations:
        yield Project(configurations=project.configurations)


# ---------------------------------------------------------------- metrics outside models


def inputs_of(metric: Metric) -> tuple[MetricInput, ...]:
    """Measures and metrics that the metric is made of, in order of writing."""
    conversion = metric.conversion
    found = (
        metric.measure,
        metric.numerator,
        metric.denominator,
        *metric.inputs,
        conversion.base if conversion else None,
        conversion.conversion if conversion else None,
    )
    return tuple(item for item in found if item is not None)


def with_owners(project: Project, existing: Project) -> tuple[Project, list[Issue]]:
    """Give metrics written outside a model to the model that owns their first input.

    Inputs may stand in the project itself or in what exists already. A metric without an owner is
    left out of the result and told in the issues.
    """
    owners = _Owners(project, existing)
    models = {model.name for source in (project, existing) for model in source.models}
    models |= project.broken_models
    metrics, issues = [], []
    for metric in project.metrics:
        owner = metric.model or owners.of(metric)
        if owner is None:
            # The input may be a broken model's, whose measures are not known.
            if not project.broken_models:
                issues.append(_ownerless(metric, owners))
        elif owner not in models:
            issues.append(_unknown_model(metric, owner, models))
        else:
            metrics.append(metric if metric.model else replace(metric, model=owner))
    return replace(project, metrics=tuple(metrics)), issues


class _Owners:
    """Which model owns a measure or metric name; names of the new project hide existing ones."""

    def __init__(self, project: Project, existing: Project) -> None:
        self._model_of: dict[str, str] = {}
        for source in (existing, project):
            self._model_of.update((m.name, m.model) for m in source.metrics if m.model)
            for model in source.models:
                self._model_of.update((measure.name, model.name) for measure in model.measures)
        self._outside = {m.name: m for m in project.metrics if not m.model}

    def of(self, metric: Metric) -> str | None:
        """The owner of the metric's first input, through metrics that stand outside too."""
        passed: set[str] = set()
        while metric.name not in passed:
            passed.add(metric.name)
            first = next(iter(inputs_of(metric)), None)
            if first is None:
                return None
            following = self._outside.get(first.name)
            # A simple metric may carry the name of its measure: then the measure is meant.
            if following is None or following.name == metric.name:
                return self._model_of.get(first.name)
            metric = following
        return None

    def near(self, name: str) -> list[str]:
        return did_you_mean(name, [*self._model_of, *self._outside], 1)


def _ownerless(metric: Metric, owners: _Owners) -> Issue:
    first = next(iter(inputs_of(metric)), None)
    if first is None:
        message = f"Metric '{metric.name}' has no input: write it under `metrics:` of a model."
        return _issue(metric.at, f"metrics.{metric.name}", "METRIC_WITHOUT_MODEL", message)
    near = owners.near(first.name)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    message = f"Metric '{metric.name}' is made of '{first.name}', which does not exist.{hint}"
    return _issue(first.at or metric.at, f"metrics.{metric.name}", "UNKNOWN_INPUT", message)


def _unknown_model(metric: Metric, owner: str, models: Iterable[str]) -> Issue:
    near = did_you_mean(owner, models, 1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    message = f"Metric '{metric.name}' belongs to '{owner}', which does not exist.{hint}"
    return _issue(metric.at, f"metrics.{metric.name}", "UNKNOWN_MODEL", message)


def _issue(at: Position | None, path: str, code: str, message: str) -> Issue:
    if at is None:
        return Issue(path=path, code=code, message=message)
    return Issue(at.file, at.line, at.column, path, code, message)


# ---------------------------------------------------------------- the author's own text


@dataclass(frozen=True)
class _Section:
    """One YAML document of a file: its text, and which lines it covers."""

    text: str
    first_line: int
    last_line: int

    def holds(self, at: Position | None) -> bool:
        return at is not None and self.first_line <= at.line <= self.last_line


class AuthoredTexts:
    """The sources of a reading, and which part of them says exactly one document.

    `texts` are the sources by file name, `whole` is all that was read from them.
    """

    def __init__(self, whole: Project, texts: Mapping[str | None, str]) -> None:
        self._texts = texts
        self._places: dict[str | None, list[Position]] = {}
        for item in _things(whole):
            if item.at is not None:
                self._places.setdefault(item.at.file, []).append(item.at)

    def of(self, part: Project) -> str | None:
        """The text that says this part and nothing else of the whole; None where there is none."""
        places = [item.at for item in _things(part)]
        first = places[0] if places else None
        if first is None or any(at is None or at.file != first.file for at in places):
            return None
        others = set(self._places.get(first.file, ())) - set(places)
        text = self._texts.get(first.file)
        if text is None or not others:
            return text
        for section in _sections(text):
            if section.holds(first):
                is_own = all(section.holds(at) for at in places)
                return section.text if is_own and not any(map(section.holds, others)) else None
        return None


def _things(project: Project) -> tuple[Any, ...]:
    """Everything of a project that has a place of its own."""
    return (*project.models, *project.metrics, *project.saved_queries, *project.configurations)


def _sections(text: str) -> Iterable[_Section]:
    starts = [0, *(match.start() for match in _SEPARATOR.finditer(text))]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        first_line = text.count("\n", 0, start) + 1
        body = text[start:end]
        last_line = first_line + body.count("\n")
        yield _Section(_SEPARATOR.sub("", body, count=1).lstrip("\r\n"), first_line, last_line)

"""Sources to projects: which form a document is in, and what belongs to whom."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field, replace
from typing import Any

from semantic_layer.compiler.reading.document_shapes import SHAPES
from semantic_layer.compiler.reading.json_nodes import node_of
from semantic_layer.compiler.reading.metrics import metric_of
from semantic_layer.compiler.reading.model_checks import taken_by
from semantic_layer.compiler.reading.models import dbt_model_of, dbt_time_spine_of, model_of
from semantic_layer.compiler.reading.nodes import IssueLog, Mapping, Node, Scalar
from semantic_layer.compiler.reading.ownership import owner_in
from semantic_layer.compiler.reading.reader import Reader, Record, Unread
from semantic_layer.compiler.reading.settings import configuration_of, saved_query_of
from semantic_layer.compiler.reading.shapes import Part
from semantic_layer.compiler.reading.yaml_nodes import read_yaml
from semantic_layer.compiler.spec import (
    Metric,
    Project,
    ProjectConfiguration,
    SavedQuery,
    SemanticModel,
)

_FLAT_MODEL = Part("semantic model", later=True)
_DOCUMENT = Part("document")


@dataclass(frozen=True)
class Source:
    """One text to read, YAML or JSON; `file` is what issues and positions call it."""

    text: str
    file: str | None = None


def read_documents(sources: Iterable[Source]) -> Project:
    """Everything the sources hold, in order. Never raises for content: problems are in `issues`.

    Models and metrics with an error are left out and named in `broken_models` and `broken_metrics`.
    """
    project = Project()
    for source in sources:
        log = IssueLog(source.file)
        builder = _Builder(log)
        for document in read_yaml(source.text, log):
            builder.document(document)
        project += builder.project()
    return project


def read_mapping(mapping: AnyMapping[str, Any], *, check_fragments: bool = True) -> Project:
    """The same for a JSON body: issues have no line, but a path (`metrics[2].measure.name`).

    `check_fragments` False leaves the parsing of expressions and filters to the graph, which does
    it anyway: for definitions that were checked when they were stored, in nearly half the time.
    """
    log = IssueLog(None, check_fragments)
    builder = _Builder(log)
    builder.document(node_of(mapping, log))
    return builder.project()


@dataclass
class _Builder:
    """Collects what one source holds."""

    log: IssueLog
    models: list[SemanticModel] = field(default_factory=list)
    metrics: list[Metric] = field(default_factory=list)
    saved_queries: list[SavedQuery] = field(default_factory=list)
    configurations: list[ProjectConfiguration] = field(default_factory=list)
    broken_models: set[str] = field(default_factory=set)
    broken_metrics: set[str] = field(default_factory=set)
    broken_measures: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.reader = Reader(SHAPES, self.log)

    def project(self) -> Project:
        return Project(
            tuple(self.models),
            tuple(self._owned(metric) for metric in self.metrics),
            tuple(self.saved_queries),
            tuple(self.configurations),
            self.log.all(),
            frozenset(self.broken_models),
            frozenset(self.broken_metrics),
            self.broken_measures,
        )

    def _owned(self, metric: Metric) -> Metric:
        """The metric with its owner, where the source at hand tells who it is."""
        if metric.model is not None:
            return metric
        owner = owner_in(metric, self.models, self.metrics)
        return metric if owner is None else replace(metric, model=owner)

    def document(self, node: Node) -> None:
        """One document in whatever form."""
        if isinstance(node, Mapping) and "name" in node.entries:
            self._model(Unread(node, "", _FLAT_MODEL))
            return
        record = self.reader.read(node, _DOCUMENT, "")
        if not isinstance(record, Record):
            return
        if not record.values and not record.node.entries:
            self.log.add(node, "", "EMPTY_DOCUMENT", "The document is empty: remove it.", "warning")
        for part in record.get("semantic_models", ()):
            self._model(part)
        for part in record.get("models", ()):
            self._dbt_model(part)
        self._single(record)
        for part in record.get("saved_queries", ()):
            self._saved_query(part)
        if record.get("project_configuration") is not None:
            self._configuration(record.get("project_configuration"))

    def _single(self, record: Record) -> None:
        """`semantic_model:` owns the metrics beside it; all others beside a list stand outside."""
        owner = None
        if record.get("semantic_model") is not None:
            owner = self._model(record.get("semantic_model"))
        for part in record.get("metrics", ()):
            self._metric(part, owner)
        if record.get("metric") is not None:
            self._metric(record.get("metric"), owner)
        if record.get("saved_query") is not None:
            self._saved_query(record.get("saved_query"))

    def _model(self, part: Unread) -> str | None:
        """Read a model and its metrics; its name."""
        before = self.log.errors
        record = self.reader.record(part)
        model = model_of(record) if record else None
        return self._keep_model(part, record, model, before)

    def _dbt_model(self, part: Unread) -> None:
        before = self.log.errors
        record = self.reader.record(part)
        if record is None:
            self.broken_models |= _name_in(part)
            return
        spine = dbt_time_spine_of(record)
        if spine is not None:
            self.configurations.append(ProjectConfiguration((spine,), spine.at))
        model = dbt_model_of(record)
        if model is not None or record.get("semantic_model") is not None:
            self._keep_model(part, record, model, before)
        elif self.log.errors > before:
            self.broken_models |= _name_in(part)

    def _keep_model(
        self, part: Unread, record: Record | None, model: SemanticModel | None, before: int
    ) -> str | None:
        if self.log.errors > before:
            self.broken_models |= {model.name} if model else _name_in(part)
            self.broken_measures |= {m.name: model.name for m in model.measures} if model else {}
        elif model is None:
            self._left_out(part)
            return None
        else:
            self.models.append(model)
        name = model.name if model else next(iter(_name_in(part)), None)
        seen: dict[str, Record] = {}
        for metric in record.get("metrics", ()) if record else ():
            self._metric(metric, name, seen)
        return name

    def _left_out(self, part: Unread) -> None:
        message = "Switched off by 'enabled: false': left out with its metrics."
        self.log.add(part.node, part.path, "DISABLED", message, "warning")

    def _metric(
        self, part: Unread, owner: str | None, seen: dict[str, Record] | None = None
    ) -> None:
        before = self.log.errors
        record = self.reader.record(part)
        metric = metric_of(record, owner) if record else None
        if record is not None and seen is not None:
            first = seen.setdefault(record.get("name"), record)
            if first is not record:
                message = f"The metric '{record.get('name')}' {taken_by(first)}."
                record.issue("name", "DUPLICATE_NAME", message)
        if self.log.errors > before:
            self.broken_metrics |= _name_in(part)
        elif metric is None:
            message = "Switched off by 'enabled: false': left out."
            self.log.add(part.node, part.path, "DISABLED", message, "warning")
        else:
            self.metrics.append(metric)

    def _saved_query(self, part: Unread) -> None:
        before = self.log.errors
        record = self.reader.record(part)
        query = saved_query_of(record) if record else None
        if query is not None and self.log.errors == before:
            self.saved_queries.append(query)

    def _configuration(self, part: Unread) -> None:
        record = self.reader.record(part)
        if record is not None:
            self.configurations.append(configuration_of(record))


def _name_in(part: Unread) -> set[str]:
    """The name a broken part seems to have, as a set of at most one."""
    name = part.node.get("name") if isinstance(part.node, Mapping) else None
    return {name.text} if isinstance(name, Scalar) else set()

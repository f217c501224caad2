"""Random worlds and questions as MetricFlow reads them: its model files, its filters.

What its language has no words for is `Unsaid`: the world's question is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.oracle.conditions import fields_in
from tests.oracle.filters import text_of
from tests.oracle.leaves import METRIC_IN_FILTER
from tests.oracle.loading import SPINE
from tests.oracle.world import Model, World, listed

Document = dict[str, Any]
_MEASURE_SAYS = ("join_to_timespine", "fill_nulls_with")
_CUMULATIVE = ("window", "grain_to_date", "period_agg")
_CONVERSION = (
    "base_measure",
    "conversion_measure",
    "entity",
    "calculation",
    "window",
    "constant_properties",
)


class Unsaid(Exception):
    """MetricFlow has no words for it, or means another thing by them."""


def write(world: World, folder: Path) -> set[str]:
    """The world's model files; the names of the metrics that could not be said."""
    unsaid: set[str] = set()
    documents: list[Document] = [{"project_configuration": SPINE}]
    for model in world.models:
        documents.append({"semantic_model": _model(model)})
    for metric in (m for model in world.models for m in model.get("metrics", ())):
        try:
            if unsaid & set(_inputs(metric)):
                raise Unsaid(metric["name"])
            documents.append({"metric": _metric(metric)})
        except Unsaid:
            unsaid.add(metric["name"])
    (folder / "world.yml").write_text(yaml.safe_dump_all(documents, sort_keys=False))
    return unsaid


def _model(model: Model) -> Document:
    schema, alias = model["model"].split(".")
    kept = {k: v for k, v in model.items() if k not in ("model", "metrics")}
    written = {**kept, "node_relation": {"schema_name": schema, "alias": alias}}
    if not any(item["type"] == "primary" for item in model["entities"]):
        written["primary_entity"] = f"{model['name']}_version"  # a history's rows have no key
    return written


def _inputs(metric: Document) -> Iterator[str]:
    for item in (*metric.get("metrics", ()), metric.get("numerator"), metric.get("denominator")):
        if item is not None:
            yield item["name"] if isinstance(item, dict) else item
    for name in fields_in(metric.get("filter", ())):
        if found := METRIC_IN_FILTER.match(name):
            yield found[1]


def _metric(metric: Document) -> Document:
    kind = metric["type"]
    params: Document = {}
    if kind in ("simple", "cumulative"):
        params["measure"] = _measure(metric)
    if kind == "cumulative":
        params["cumulative_type_params"] = {k: metric[k] for k in _CUMULATIVE if k in metric}
    if kind == "conversion":
        params["conversion_type_params"] = {k: metric[k] for k in _CONVERSION if k in metric}
    if kind == "ratio":
        params |= {side: {"name": metric[side]} for side in ("numerator", "denominator")}
    if kind == "derived":
        params["expr"] = metric["expr"]
        params["metrics"] = [{**item, **_filtered(item)} for item in metric["metrics"]]
    written = {"name": metric["name"], "type": kind, "type_params": params, **_filtered(metric)}
    if "time_granularity" in metric:
        written["time_granularity"] = metric["time_granularity"]
    return written


def _measure(metric: Document) -> Document:
    said = metric["measure"]
    given = dict(said) if isinstance(said, dict) else {"name": said}
    return given | {key: metric[key] for key in _MEASURE_SAYS if key in metric}


def _filtered(item: Document) -> Document:
    return {"filter": [condition(c) for c in listed(item["filter"])]} if "filter" in item else {}


def question(query: Document, unsaid: set[str]) -> Document:
    """Metrics, names and conditions of a question; its range, order and comparison are left out.

    Raises Unsaid.
    """
    if unsaid & set(query.get("metrics", ())):
        raise Unsaid("a metric")
    asked: Document = {"metrics": query.get("metrics", []), "group_by": query["group_by"]}
    asked["where"] = [condition(c) for c in query.get("where", ())]
    if query.get("min_max_only"):
        asked["min_max_only"] = True
    return asked


def condition(node: Document) -> str:
    """A structured condition as text with objects. Raises Unsaid."""
    for name in fields_in(node):
        if "__" not in name and "(" not in name:
            raise Unsaid(name)  # a metric of the query, or metric_time without a grain
    text = text_of(node)
    if text is None:
        raise Unsaid("a condition")
    return text

"""What is written canonically reads back to the same values, and any input reads to a project."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from semantic_layer.compiler import build_graph
from semantic_layer.compiler.reading import (
    Source,
    as_mapping,
    definition_hash,
    metric_mapping,
    read_documents,
    read_mapping,
    to_yaml,
)
from semantic_layer.compiler.reading.document_shapes import SHAPES
from semantic_layer.compiler.spec import Metric, Project, SemanticModel
from tests.compiler.reading.broken import CASES
from tests.compiler.reading.specs import plain, written
from tests.compiler.reading.test_elements import MEASURES
from tests.compiler.reading.test_forms import FLAT, LEGACY

Written = tuple[SemanticModel, tuple[Metric, ...]]
SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""Drawing a whole model takes long on a busy machine; that is no failure."""


def whole(value: Any) -> Any:
    """All fields of a value but places, those left out of comparison included."""
    if isinstance(value, tuple | list):
        return [whole(item) for item in value]
    if is_dataclass(value):
        names = [f.name for f in fields(value) if f.name not in ("at", "written")]
        return {name: whole(getattr(value, name)) for name in names}
    if isinstance(value, dict):
        return {key: whole(item) for key, item in value.items()}
    return value


def _same(project: Project, model: SemanticModel, metrics: tuple[Metric, ...]) -> None:
    assert [i for i in project.issues if i.severity == "error"] == []
    assert whole(project.models) == whole((model,))
    by_name = sorted(project.metrics, key=lambda metric: metric.name)
    assert whole(by_name) == whole(sorted(metrics, key=lambda metric: metric.name))


@settings(SLOW, max_examples=40)
@given(written())
def test_yaml_reads_back(pair: Written) -> None:
    model, metrics = pair
    text = to_yaml(model, metrics)
    _same(read_documents([Source(text)]), model, metrics)
    assert to_yaml(model, metrics) == text


@settings(SLOW, max_examples=30)
@given(written())
def test_mapping_reads_back(pair: Written) -> None:
    model, metrics = pair
    project = read_mapping(as_mapping(model, metrics))
    _same(project, model, metrics)
    assert [m.name for m in project.metrics] == [m.name for m in metrics]
    _same(read_mapping(as_mapping(model, metrics), check_fragments=False), model, metrics)


@settings(SLOW, max_examples=60)
@given(st.dictionaries(st.from_regex("x_[a-z]{1,5}", fullmatch=True), plain, max_size=4))
def test_metadata_is_read_by_other_yaml_tools_too(meta: dict[str, Any]) -> None:
    project = read_mapping({"name": "m", "model": "a", "meta": meta})
    text = to_yaml(project.models[0])
    again = yaml.safe_load(text)["semantic_models"][0].get("config", {}).get("meta", {})

    def texts(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: texts(item) for key, item in value.items()}
        if isinstance(value, list):
            return [texts(item) for item in value]
        return value if isinstance(value, str) else None

    assert texts(again) == texts(dict(project.models[0].meta))


def test_canonical_text(tmp_path: Path) -> None:
    project = read_documents([Source(MEASURES)])
    text = to_yaml(project.models[0], project.metrics)
    assert text.startswith("semantic_models:\n  - name: visits\n    model: main.web.visits\n")
    assert 'expr: "1"' in text
    assert "sql: select 1\n" in text
    assert yaml.safe_load(text)["semantic_models"][0]["measures"][0]["create_metric"] is True


def test_long_texts_stay_readable() -> None:
    text = to_yaml(
        read_mapping(
            {"name": "m", "model": "a", "label": "on", "description": "word " * 40 + "end"}
        ).models[0]
    )
    assert 'label: "on"' in text
    assert "description: >-\n      word word" in text
    assert max(len(line) for line in text.split("\n")) <= 100


def test_hash_says_whether_the_meaning_is_the_same() -> None:
    one = read_documents([Source(LEGACY)])
    other = read_mapping(FLAT)
    changed = read_documents([Source(LEGACY.replace("= 'done'", "= 'open'"))])
    hashes = [definition_hash(p.models[0], p.metrics) for p in (one, other, changed)]
    assert hashes[0] == hashes[1] != hashes[2]
    assert len(hashes[0]) == 64


def test_metric_alone() -> None:
    metric = read_documents([Source(LEGACY)]).metrics[3]
    body = metric_mapping(metric)
    assert body["type_params"]["expr"] == "revenue - before"
    again = read_mapping({"metric": body})
    assert again.issues == ()
    assert again.metrics[0].inputs == metric.inputs


# ---------------------------------------------------------------- nothing but a project comes out

_pieces = st.sampled_from(
    [
        *(case[1].replace("§", "") for case in CASES),
        "\n",
        "  ",
        "- ",
        ": ",
        "{",
        "}",
        "[",
        "]",
        "&a ",
        "*a",
    ]
    + [
        "metrics",
        "name",
        "'",
        '"',
        "|",
        ">",
        "#",
        "---\n",
        "!!",
        "\t",
        "{{",
        "}}",
        "~",
        "\x00",
        "\ud800",
    ]
)
_documents = st.lists(_pieces | st.text(max_size=8), max_size=12).map("".join)
_keys = st.sampled_from(sorted({key for shape in SHAPES.values() for key in shape.keys}))
_values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=10)
    | st.sampled_from(("simple", "time", "primary", "sum", "7 days", "ref('a')", "derived", "a")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_keys, inner, max_size=6),
    max_leaves=40,
)


@settings(SLOW, max_examples=300)
@given(_documents)
def test_any_text_gives_a_project(text: str) -> None:
    project = read_documents([Source(text, "x")])
    assert isinstance(project, Project)
    assert all(issue.message and issue.code.isupper() for issue in project.issues)


@settings(SLOW, max_examples=200)
@given(st.dictionaries(_keys, _values, max_size=6))
def test_any_json_gives_a_project(body: dict[str, Any]) -> None:
    project = read_mapping(body)
    assert isinstance(project, Project)
    for model in project.models:
        metrics = [metric for metric in project.metrics if metric.model == model.name]
        again = read_documents([Source(to_yaml(model, metrics))])
        assert model in again.models, again.issues


def test_fragments_may_be_left_to_the_graph() -> None:
    body = {"name": "m", "model": "a", "measures": [{"name": "x", "agg": "sum", "expr": "1 +"}]}
    assert [issue.code for issue in read_mapping(body).issues] == ["INVALID_EXPRESSION"]
    project = read_mapping(body, check_fragments=False)
    assert project.issues == ()
    assert "INVALID_EXPRESSION" in {issue.code for issue in build_graph(project).issues}


def test_odd_python_values_are_issues() -> None:
    cyclic: dict[str, Any] = {"name": "m", "model": "a"}
    cyclic["meta"] = cyclic
    for body in (cyclic, {"name": object()}, {1: 2}, {"meta": {"x": float("nan")}}, {"a": 10**40}):
        assert any(issue.severity == "error" for issue in read_mapping(body).issues)

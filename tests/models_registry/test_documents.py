"""Reading parted into documents: owners of metrics, the author's own text, canonical forms."""

from __future__ import annotations

import pytest

from models_registry.definitions import canonical_yaml, definition_of, hash_of
from models_registry.diffs import diff_lines
from models_registry.documents import AuthoredTexts, content_of, parted, with_owners
from semantic_layer.compiler import Project, Source, read_documents, read_mapping

MODEL = """\
semantic_model:
  name: {name}
  model: a.b.{name}
  entities: [{{name: {name}_key, type: primary, expr: id}}]
  measures: [{{name: {name}_count, agg: count, expr: id}}]
"""
QUERY = """\
saved_query:
  name: weekly
  label: Weekly
  config: {meta: {owner: sales, zebra: 1, ant: 2}}
  query_params:
    metrics: [revenue, orders]
    group_by: ["TimeDimension('metric_time', 'week')"]
    where: ["{{ Dimension('order__channel') }} = 'web'", "{{ Entity('order') }} > 5"]
    order_by: ["-revenue"]
    limit: 10
  exports: [{name: weekly, config: {export_as: view, schema: out, alias: w}}]
  tags: [weekly]
"""
SPINES = """\
project_configuration:
  time_spines:
    - node_relation: {database: db, schema_name: s, alias: hours}
      primary_column: {name: hour, time_granularity: hour}
    - node_relation: s.days
      primary_column: {name: day, time_granularity: day}
      custom_granularities: [{name: fiscal, column_name: fiscal_col}, {name: season}]
"""


def read(*texts: str) -> Project:
    project = read_documents(Source(text, f"{n}.yml") for n, text in enumerate(texts))
    assert [issue for issue in project.issues if issue.severity == "error"] == []
    return project


@pytest.mark.parametrize("text", [QUERY, SPINES], ids=["saved query", "configuration"])
def test_definitions_read_back_to_the_same_values(text: str) -> None:
    project = read(text)

    from_mapping = read_mapping(definition_of(project))
    from_yaml = read(canonical_yaml(project))

    assert from_mapping.issues == ()
    assert hash_of(from_mapping) == hash_of(from_yaml) == hash_of(project)
    assert canonical_yaml(from_mapping) == canonical_yaml(project)
    assert from_mapping.saved_queries == project.saved_queries
    if project.saved_queries:
        assert list(from_mapping.saved_queries[0].meta) == ["owner", "zebra", "ant"]
    else:
        spines = project.configurations[0].time_spines
        assert set(from_mapping.configurations[0].time_spines) == set(spines)


def test_a_change_of_meaning_changes_the_hash_a_comment_does_not() -> None:
    assert hash_of(read(QUERY)) == hash_of(read("# hello\n" + QUERY))
    assert hash_of(read(QUERY)) != hash_of(read(QUERY.replace("limit: 10", "limit: 11")))
    assert hash_of(read(SPINES)) != hash_of(read(SPINES.replace("fiscal_col", "other")))


def owners_of(project: Project, existing: Project | None = None) -> dict[str, str | None]:
    owned, issues = with_owners(project, existing or Project())
    assert issues == []
    return {metric.name: metric.model for metric in owned.metrics}


def test_metrics_belong_to_the_model_of_their_first_input() -> None:
    metrics = (
        "metrics:\n"
        "  - {name: twice_over, type: derived, expr: b_per_a * 2, metrics: [b_per_a]}\n"
        "  - {name: b_per_a, type: ratio, numerator: b_metric, denominator: a_metric}\n"
        "  - {name: a_metric, type: simple, measure: a_count}\n"
        "  - {name: b_metric, type: simple, measure: b_count}\n"
        "  - {name: c_count, type: simple, measure: c_count}\n"
    )
    here = read(MODEL.format(name="a"), MODEL.format(name="b"), metrics)
    there = read(MODEL.format(name="c"))

    assert owners_of(here, there) == {
        "twice_over": "b", "b_per_a": "b", "a_metric": "a", "b_metric": "b", "c_count": "c",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("metrics", "code"),
    [
        ("- {name: m, type: simple, measure: a_cuont}", "UNKNOWN_INPUT"),
        ("- {name: m, type: derived, expr: n, metrics: [n]}\n"
         "  - {name: n, type: derived, expr: m, metrics: [m]}", "UNKNOWN_INPUT"),
        ("- {name: m, type: sql, sql: select 1}", "METRIC_WITHOUT_MODEL"),
    ],
)  # fmt: skip
def test_metrics_without_an_owner_are_told_at_their_line(metrics: str, code: str) -> None:
    project = read_documents(
        [Source(MODEL.format(name="a"), "a.yml"), Source(f"metrics:\n  {metrics}\n", "m.yml")]
    )
    owned, issues = with_owners(project, Project())

    assert owned.metrics == ()
    assert {(issue.file, issue.code) for issue in issues} == {("m.yml", code)}
    assert issues[0].line == 2


def texts_of(*texts: str) -> dict[str, str | None]:
    whole, _ = with_owners(read(*texts), Project())
    by_file: dict[str | None, str] = {f"{n}.yml": text for n, text in enumerate(texts)}
    authored = AuthoredTexts(whole, by_file)
    return {content_of(part).name: authored.of(part) for part in parted(whole)}


def test_a_file_of_one_document_is_its_text() -> None:
    a, b = "# a\n" + MODEL.format(name="a"), "# b\n---\n" + MODEL.format(name="b")
    assert texts_of(a, b) == {"a": a, "b": b}


def test_a_section_of_its_own_is_its_text() -> None:
    a, b = "# a\n" + MODEL.format(name="a"), "# b\n" + MODEL.format(name="b")
    assert texts_of(f"{a}---\n{b}---\n{QUERY}") == {"a": a, "b": b, "weekly": QUERY}


def test_mixed_sections_are_nobodys_text() -> None:
    models = MODEL.format(name="a").replace("semantic_model:", "semantic_models:\n  -", 1)
    both = (
        "semantic_models:\n"
        "  - {name: a, model: x.y.a, entities: [{name: a_key, type: primary, expr: id}]}\n"
        "  - {name: b, model: x.y.b, entities: [{name: b_key, type: primary, expr: id}]}\n"
    )
    assert models
    assert texts_of(both) == {"a": None, "b": None}
    apart = "metrics:\n  - {name: a_metric, type: simple, measure: a_count}\n"
    assert texts_of(MODEL.format(name="a"), apart) == {"a": None}


def test_content_without_a_text_is_written_canonically() -> None:
    (part,) = parted(read(MODEL.format(name="a")))
    content = content_of(part)
    assert not content.is_authored
    assert hash_of(read(content.yaml)) == content.definition_hash


def test_diffs() -> None:
    before = "\n".join(f"line {n}" for n in range(1, 21))
    after = before.replace("line 10", "line ten") + "\nline 21"

    lines = diff_lines(before, after, context=1)

    assert [(line.change, line.before, line.after, line.text) for line in lines] == [
        ("skipped", None, None, "8 unchanged lines"),
        ("same", 9, 9, "line 9"),
        ("removed", 10, None, "line 10"),
        ("added", None, 10, "line ten"),
        ("same", 11, 11, "line 11"),
        ("skipped", None, None, "8 unchanged lines"),
        ("same", 20, 20, "line 20"),
        ("added", None, 21, "line 21"),
    ]
    assert diff_lines(before, before) == []

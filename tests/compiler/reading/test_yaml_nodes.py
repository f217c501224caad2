"""The YAML layer: places, texts as written, and bounds that hostile documents run into."""

from __future__ import annotations

import time

import pytest

from semantic_layer.compiler.reading import Source, read_documents
from semantic_layer.compiler.reading.nodes import (
    MAX_BYTES,
    MAX_DEPTH,
    IssueLog,
    Mapping,
    Scalar,
    Sequence,
    number,
    plain_value,
    truth,
)
from semantic_layer.compiler.reading.yaml_nodes import read_yaml


def _only(text: str) -> Mapping:
    log = IssueLog("x.yml")
    (document,) = read_yaml(text, log)
    assert log.issues == []
    assert isinstance(document, Mapping)
    return document


def _scalar(text: str) -> Scalar:
    node = _only(f"key: {text}\n").entries["key"][1]
    assert isinstance(node, Scalar)
    return node


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("yes", "yes"),
        ("on", "on"),
        ("'true'", "true"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-3", -3),
        ("007", "007"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("1.5", 1.5),
        ("1.10", "1.10"),
        ("1e3", "1e3"),
        ("1e-07", 1e-07),
        ("1.0e-07", 1e-07),
        ("2024-01-01", "2024-01-01"),
        ("12:30", "12:30"),
        (".inf", ".inf"),
        ("!!str 5", "5"),
        ('"5"', "5"),
    ],
)
def test_plain_values_follow_yaml_1_2(written: str, value: object) -> None:
    found = plain_value(_scalar(written))
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("written", "value"),
    [("1e3", 1000.0), ("1.10", 1.1), ("5", 5), ("1_0", None), ("nan", None), ("'5'", None)],
)
def test_numbers_where_a_number_is_wanted(written: str, value: object) -> None:
    assert number(_scalar(written)) == value


def test_words_are_no_truth_values() -> None:
    assert [truth(_scalar(word)) for word in ("yes", "on", "'true'", "True")] == [None] * 3 + [True]


def test_every_node_knows_its_place() -> None:
    document = _only("a: 1\nb:\n  - x\n  - {c: 'd'}\n")
    key, listed = document.entries["b"]
    assert (key.line, key.column) == (2, 1)
    assert isinstance(listed, Sequence)
    assert (listed.line, listed.column) == (3, 3)
    inner = listed.items[1]
    assert isinstance(inner, Mapping)
    quoted = inner.entries["c"][1]
    assert isinstance(quoted, Scalar)
    assert (quoted.line, quoted.column, quoted.content_column) == (4, 9, 10)


@pytest.mark.parametrize(
    ("written", "offset"),
    [
        ("abc", 0),
        ("'abc'", 1),
        ('"abc"', 1),
        ("'it''s'", None),
        ('"a\\nb"', None),
        ("|\n  abc", None),
    ],
)
def test_column_inside_a_text_only_where_it_is_known(written: str, offset: int | None) -> None:
    node = _scalar(written)
    assert node.content_column == (None if offset is None else 6 + offset)


def test_a_byte_order_mark_is_passed_over() -> None:
    assert "a" in _only("\ufeffa: 1\n").entries


def test_json_with_surrogate_pairs_is_read() -> None:
    assert plain_value(_only('{"a": "\\ud83d\\ude00"}').entries["a"][1]) == "\U0001f600"  # type: ignore[arg-type]


def test_merge_keys_and_anchors() -> None:
    document = _only("base: &b {x: 1, y: 2}\nother:\n  <<: *b\n  y: 3\n")
    other = document.entries["other"][1]
    assert isinstance(other, Mapping)
    assert {k: plain_value(v) for k, (_, v) in other.entries.items()} == {"x": 1, "y": 3}  # type: ignore[arg-type]


def _bomb(levels: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, levels):
        lines.append(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]")
    return "\n".join(lines)


HOSTILE = {
    "alias bomb": (_bomb(12), "YAML_ALIAS"),
    "merge bomb": ("a: &a {x: 1}\nb:\n" + "  - <<: *a\n" * 30_000, "YAML_ALIAS"),
    "brackets": ("[" * 1_000_000, "TOO_DEEP"),
    "braces": ("{" * 1_000_000, "TOO_DEEP"),
    "dashes": ("- " * 500_000, "TOO_DEEP"),
    "questions": ("? " * 500_000, "TOO_DEEP"),
    "nested keys": ("\n".join(" " * i + "a:" for i in range(200)), "TOO_DEEP"),
    "too large": ("a" * (MAX_BYTES + 1), "TOO_LARGE"),
    "too large in bytes": ("é" * (MAX_BYTES // 2 + 1), "TOO_LARGE"),
    "surrogate": ("a: \ud800", "CONTROL_CHARACTER"),
    "null character": ("a: \0", "CONTROL_CHARACTER"),
    "escaped null character": ('a: "b\\0c"', "CONTROL_CHARACTER"),
    "escaped null character in a key": ('"a\\x00": b', "CONTROL_CHARACTER"),
    "long key": (f"metric:\n  {'k' * 300}: 1\n  name: a\n  measure: b", "INVALID_KEY"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_are_refused_quickly(name: str) -> None:
    text, code = HOSTILE[name]
    started = time.process_time()
    project = read_documents([Source(text)])
    assert time.process_time() - started < 2
    assert code in {issue.code for issue in project.issues}
    assert project.models == ()
    assert project.metrics == ()


def test_depth_is_counted_exactly() -> None:
    log = IssueLog(None)
    assert read_yaml("[" * MAX_DEPTH + "]" * MAX_DEPTH, log)
    assert log.issues == []
    assert read_yaml("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), log) == []
    assert [issue.code for issue in log.issues] == ["TOO_DEEP"]


def test_issues_are_bounded_and_say_so() -> None:
    text = "metrics:\n" + "  - {nam: x}\n" * 2000
    issues = read_documents([Source(text)]).issues
    assert len(issues) == 1001
    assert issues[-1].code == "TOO_MANY_PROBLEMS"


def test_a_large_honest_document_is_read() -> None:
    one = "  - {name: m%d, type: simple, measure: {name: revenue, fill_nulls_with: 0}}\n"
    text = "metrics:\n" + "".join(one % i for i in range(5_000))
    project = read_documents([Source(text)])
    assert project.issues == ()
    assert len(project.metrics) == 5_000

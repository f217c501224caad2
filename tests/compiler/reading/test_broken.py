"""Every mistake is found, at its place, with a code and words that help; and nothing else is."""

from __future__ import annotations

import pytest

from semantic_layer.compiler.reading import Source, read_documents
from tests.compiler.reading.broken import CASES
from tests.compiler.reading.broken_texts import MODEL, Case

MARK = "§"


def _places(marked: str) -> tuple[str, list[tuple[int, int]]]:
    """The document without its marks, and line and column of each."""
    places = []
    text = ""
    for part in marked.split(MARK)[:-1]:
        text += part
        places.append((text.count("\n") + 1, len(text) - text.rfind("\n")))
    return text + marked.split(MARK)[-1], places


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_issue_is_at_its_place(case: Case) -> None:
    _, marked, expected = case
    text, places = _places(marked)
    found = read_documents([Source(text, "orders.yml")]).issues
    assert [(i.line, i.column, i.code) for i in found] == [
        (*place, code) for place, (code, _) in zip(places, expected, strict=True)
    ], found
    for issue, (_, words) in zip(found, expected, strict=True):
        assert words in issue.message, issue.message
        assert issue.file == "orders.yml"
        assert issue.severity == "error"


def test_the_corpus_is_large_and_its_base_is_good() -> None:
    assert len(CASES) >= 60
    assert len({case[0] for case in CASES}) == len(CASES)
    project = read_documents([Source(MODEL)])
    assert project.issues == ()
    assert [model.name for model in project.models] == ["orders"]


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_what_is_broken_is_left_out_and_named(case: Case) -> None:
    """A model or metric that was not wholly understood must not answer queries."""
    text, places = _places(case[1])
    project = read_documents([Source(text)])
    good = {m.name for m in project.models} | {m.name for m in project.metrics}
    good |= {q.name for q in project.saved_queries}
    spoiled = project.broken_models | project.broken_metrics
    assert not good & spoiled
    assert not good or "later" in case[0] or places[0][0] > 1

"""Each case of cases/*.yaml: rows counted by a person, independent SQL where given, both texts.

UPDATE_GOLDEN=1 rewrites golden/; the text is a tripwire, the rows are the judge.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

from semantic_layer.compiler import DIALECTS
from tests.compiler.harness import HERE, cases, in_order, plain, world

CASES = dict(cases())
GOLDEN = HERE / "golden"


@pytest.mark.parametrize("name", CASES)
def test_rows_are_what_a_person_counted(name: str) -> None:
    case = CASES[name]
    rows = world(case["world"]).ask(**case["query"])
    counted = [tuple(plain(value) for value in row) for row in case["rows"]]
    if not case["query"].get("order_by"):
        counted = in_order(counted)
    assert rows == counted


@pytest.mark.parametrize("name", [n for n, case in CASES.items() if "columns" in case])
def test_columns_have_canonical_names_in_the_order_asked(name: str) -> None:
    case = CASES[name]
    compiled = world(case["world"]).compile(**case["query"])
    assert [column.name for column in compiled.columns] == case["columns"]


@pytest.mark.parametrize("name", [n for n, case in CASES.items() if "check" in case])
def test_rows_equal_an_independent_query(name: str) -> None:
    case = CASES[name]
    here = world(case["world"])
    assert in_order(here.ask(**case["query"])) == in_order(here.run(case["check"]))


@pytest.mark.parametrize("name", CASES)
def test_text_is_the_golden_one(name: str) -> None:
    text = _text(CASES[name])
    file = GOLDEN / f"{name}.sql"
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(text)
    assert file.exists(), f"no {file.name}: run with UPDATE_GOLDEN=1 and read the text"
    assert text == file.read_text()


def test_no_golden_is_an_orphan() -> None:
    assert {file.stem for file in GOLDEN.glob("*.sql")} == set(CASES)


def _text(case: dict[str, Any]) -> str:
    parts = []
    for dialect in DIALECTS:
        compiled = world(case["world"]).compile(dialect, **case["query"])
        parameters = "".join(f"-- {k} = {v!r}\n" for k, v in compiled.parameters.items())
        parts.append(f"-- {dialect}\n{parameters}{compiled.sql}\n")
    return "\n".join(parts)

"""Every key of both generations of dbt's spec changes what is read, or is refused at its place."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from semantic_layer.compiler.reading import Source, read_documents
from semantic_layer.compiler.spec import Project
from tests.compiler.reading.key_hosts import LEGACY, NEW
from tests.compiler.reading.key_table import (
    LEGACY_KEYS,
    NEW_KEYS,
    PASSED_OVER,
    REFUSED,
    WARNED,
    Row,
)
from tests.compiler.reading.test_round_trip import whole

KEYS = json.loads(Path(__file__).with_name("reference_keys.json").read_text())
MARK = "written here"


def _probes(rows: list[Row], host: dict[str, Any]) -> list[Any]:
    return [
        pytest.param(host, where, key, value, id=f"{kind}: {key}")
        for kind, where, keys in rows
        for key, value in keys.items()
    ]


def _written(host: dict[str, Any], where: tuple[str | int, ...], key: str, value: Any) -> str:
    """The host as text with one key set; mappings on the way that are missing are made."""
    document = copy.deepcopy(host)
    place: Any = document
    for step in where:
        place = place[step] if isinstance(step, int) else place.setdefault(step, {})
    place[key] = value
    return json.dumps(document, indent=1)


def _read(text: str) -> Project:
    return read_documents([Source(text, "keys.yml")])


@pytest.mark.parametrize("host", [LEGACY, NEW], ids=["legacy", "new"])
def test_the_documents_are_good(host: dict[str, Any]) -> None:
    assert _read(json.dumps(host)).issues == ()


def test_the_table_names_every_key_of_the_reference() -> None:
    """The names in reference_keys.json are those of the reference's own JSON schema."""
    table = {kind: sorted(keys) for kind, _, keys in LEGACY_KEYS}
    assert {kind: sorted(keys) for kind, keys in KEYS.items()} == table


@pytest.mark.parametrize(
    ("host", "where", "key", "value"),
    [*_probes(LEGACY_KEYS, LEGACY), *_probes(NEW_KEYS, NEW)],
)
def test_no_key_is_dropped(
    host: dict[str, Any], where: tuple[str | int, ...], key: str, value: Any
) -> None:
    before = whole(_read(json.dumps(host)))
    if value is PASSED_OVER:
        assert whole(_read(_written(host, where, key, MARK))) == before
        return
    told = {id(REFUSED): "error", id(WARNED): "warning"}.get(id(value))
    text = _written(host, where, key, MARK if told else value)
    after = _read(text)
    if told is None:
        assert whole(after) != before
        return
    lines = text.split("\n")
    assert [
        issue
        for issue in after.issues
        if issue.severity == told and issue.column and f'"{key}"' in lines[(issue.line or 1) - 1]
    ], after.issues

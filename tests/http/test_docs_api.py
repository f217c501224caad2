"""docs/api.md runs as it stands: every `sh` block against the server, every `json` block compared.

The `json` block behind a command is what the answer must hold: keys may be left out, `"..."` stands
for any value, and a list that ends in `"..."` may go on.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.http import server as servers
from tests.http.operations import OPERATIONS
from tests.http.server import Server

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "api.md"
BLOCK = re.compile(r"^```(sh|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = "@@@ end of block @@@"


def steps(*, review: bool) -> list[tuple[str, Any]]:
    """Each command block with the answer that is shown behind it, None where none is: those of the
    section on reviews, which needs a service of its own, or all others.
    """
    before, title, rest = DOCUMENT.read_text(encoding="utf-8").partition("\n## Review\n")
    section, next_title, after = rest.partition("\n## ")
    assert title
    assert next_title
    found: list[tuple[str, Any]] = []
    for kind, text in BLOCK.findall(section if review else before + next_title + after):
        if kind == "sh":
            found.append((text, None))
        else:
            found[-1] = (found[-1][0], json.loads(text))
    return found


def run_all(server: Server, folder: Path, commands: Sequence[str]) -> list[str]:
    """What each block printed, run in one shell, in order, as a reader would."""
    script = f"\necho '{MARK}'\n".join(commands)
    tokens = {role.upper(): token for role, token in server.tokens.items()}
    finished = subprocess.run(
        ["bash", "-eu"],
        input=script,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "URL": server.url, **tokens},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert finished.returncode == 0, f"{finished.stdout[-2000:]}\n{finished.stderr[-2000:]}"
    return finished.stdout.split(f"{MARK}\n")


def differences(shown: Any, answered: Any, path: str = "") -> list[str]:
    """Where the answer is not what the document shows."""
    if shown == "...":
        return []
    if isinstance(shown, dict) and isinstance(answered, dict):
        missing = [f"{path}.{key} is missing" for key in shown if key not in answered]
        return missing + [
            problem
            for key in shown.keys() & answered.keys()
            for problem in differences(shown[key], answered[key], f"{path}.{key}")
        ]
    if isinstance(shown, list) and isinstance(answered, list):
        if shown and shown[-1] == "...":
            shown, answered = shown[:-1], answered[: len(shown) - 1]
        if len(shown) != len(answered):
            return [f"{path} has {len(answered)} items, shown are {len(shown)}"]
        pairs = enumerate(zip(shown, answered, strict=True))
        return [p for i, (a, b) in pairs for p in differences(a, b, f"{path}[{i}]")]
    return [] if shown == answered else [f"{path} is {answered!r}, shown is {shown!r}"]


@pytest.mark.parametrize(
    ("shown", "answered", "is_same"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, True),
        ({"a": "..."}, {"a": [1]}, True),
        ({"a": 1}, {"a": 2}, False),
        ({"a": 1}, {}, False),
        ([1, "..."], [1, 2, 3], True),
        ([1], [1, 2], False),
    ],
)
def test_the_comparison_itself(shown: Any, answered: Any, is_same: bool) -> None:
    assert (differences(shown, answered) == []) is is_same


def problems_of(server: Server, folder: Path, *, review: bool) -> list[str]:
    shown = steps(review=review)
    printed = run_all(server, folder, [command for command, _ in shown])
    problems: list[str] = []
    for (command, answer), text in zip(shown, printed, strict=True):
        if answer is not None:
            place = command.strip().splitlines()[0][:80]
            problems += [f"{place}: {p}" for p in differences(answer, json.loads(text))]
    return problems


def test_every_example_answers_as_shown(server: Server, tmp_path: Path) -> None:
    assert problems_of(server, tmp_path, review=False) == []


def test_a_review_goes_as_shown(services: None, demo_warehouse: Path, tmp_path: Path) -> None:
    reviews = {"MODEL_REVIEW_CATEGORIES": "staging"}
    with servers.running(tmp_path, demo_warehouse, reviews) as server:
        assert problems_of(server, tmp_path, review=True) == []


def called(text: str) -> set[tuple[str, str]]:
    """Method and path of each curl in a command block."""
    found = set()
    for curl in re.split(r"(?=\bcurl )", text):
        path = re.search(r'"\$URL(/[^"?]*)', curl)
        if path is not None:
            method = re.search(r"-X ([A-Z]+)", curl)
            sends = re.search(r"\s-[dF] ", curl)
            found.add((method[1] if method else "POST" if sends else "GET", path[1]))
    return found


def test_every_endpoint_has_an_example() -> None:
    shown = [*steps(review=False), *steps(review=True)]
    calls = set().union(*(called(command) for command, _ in shown))
    operations = [
        (method.upper(), path)
        for path, by_method in OPERATIONS.items()
        for method in by_method
        if method in ("get", "post", "put", "patch", "delete")
    ]
    without = [
        f"{method} {path}"
        for method, path in operations
        if not any(
            method == made and re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", path), address)
            for made, address in calls
        )
    ]
    assert not without, f"docs/api.md calls none of {without}"

"""docs/api.md runs as it stands: every `sh` block against the server, every `json` block compared.

The `json` block behind a command is what the answer must hold: keys may be left out, `"..."` stands
for any value, and a list that ends in `"..."` may go on.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.http.server import Server

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "api.md"
BLOCK = re.compile(r"^```(sh|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = "@@@ end of block @@@"


def steps() -> list[tuple[str, Any]]:
    """Each command block with the answer that is shown behind it, None where none is."""
    found: list[tuple[str, Any]] = []
    for kind, text in BLOCK.findall(DOCUMENT.read_text(encoding="utf-8")):
        if kind == "sh":
            found.append((text, None))
        else:
            found[-1] = (found[-1][0], json.loads(text))
    return found


def run_all(server: Server, folder: Path) -> list[str]:
    """What each block printed, run in one shell, in order, as a reader would."""
    script = f"\necho '{MARK}'\n".join(command for command, _ in steps())
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


def test_every_example_answers_as_shown(server: Server, tmp_path: Path) -> None:
    printed = run_all(server, tmp_path)
    problems: list[str] = []
    for (command, shown), text in zip(steps(), printed, strict=True):
        if shown is not None:
            place = command.strip().splitlines()[0][:80]
            problems += [f"{place}: {p}" for p in differences(shown, json.loads(text))]
    assert not problems, "\n".join(problems)

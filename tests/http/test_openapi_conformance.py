"""schemathesis asks the running server what its OpenAPI document allows, and more.

No 5xx, no undocumented status or content type, no body that is not as documented. The seed is
fixed; schemathesis.toml says the rest.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from semantic_layer.embedded.environment import PROJECT
from tests.http.client import HttpClient
from tests.http.server import Server

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)
# The viewer is refused most: what matters is that refusals are documented.
EXAMPLES = {"admin": 12, "viewer": 4}
PHASES = {"admin": "examples,coverage,fuzzing", "viewer": "examples,fuzzing"}
CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
TIMEOUT_S = 480  # 45 s on two idle cores; a busy machine takes its time


@pytest.mark.timeout(TIMEOUT_S + 60)
@pytest.mark.parametrize("role", EXAMPLES)
def test_the_server_does_what_its_document_says(
    server: Server, clients: Mapping[str, HttpClient], role: str
) -> None:
    before = _demo_models(clients["viewer"])
    token = server.bearer(role)
    is_session = token != server.tokens[role]
    without = ["--exclude-path", "/api/auth/logout"] if is_session else []  # it would end this one
    done = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIGURATION), "run"]
        + [f"{server.url}/api/schema", "--header", f"Authorization: Bearer {token}"]
        + ["--checks", ",".join(CHECKS), "--phases", PHASES[role], "--no-color"]
        + ["--max-examples", str(EXAMPLES[role]), *without],
        cwd=PROJECT,  # where the configuration's hooks are found
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
    assert _demo_models(clients["viewer"]) == before


def _demo_models(client: HttpClient) -> dict[str, int]:
    """What schemathesis must not have touched."""
    models = client.answer("GET", "/api/models?page_size=100")["models"]
    return {model["name"]: model["version"] for model in models}

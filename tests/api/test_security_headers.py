"""Every page and answer tells browsers what it may do; nothing leads away from this host."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from semantic_layer.api.headers import DATA_POLICY, PAGE_POLICY, STEWARD_POLICY
from tests.accounts_fixtures import Api, ApiClient

pytestmark = pytest.mark.django_db

POLICIES = {
    "/api/health": DATA_POLICY,
    "/api/models": DATA_POLICY,
    "/api/schema": DATA_POLICY,
    "/no/such/page": DATA_POLICY,
    "/metrics": DATA_POLICY,
    "/docs": PAGE_POLICY,
    "/redoc": PAGE_POLICY,
    "/admin/login/": STEWARD_POLICY,
}


@pytest.mark.parametrize("path", POLICIES)
def test_every_answer_has_the_headers(path: str) -> None:
    headers = ApiClient().get(path).headers
    assert headers["Content-Security-Policy"] == POLICIES[path]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "geolocation=()" in headers["Permissions-Policy"]


@pytest.mark.parametrize("policy", [DATA_POLICY, PAGE_POLICY, STEWARD_POLICY])
def test_no_policy_lets_strangers_in(policy: str) -> None:
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["frame-ancestors"] == directives["object-src"] == "'none'"
    assert directives["base-uri"] == "'none'"
    scripts = directives.get("script-src", directives["default-src"])
    assert "'unsafe-inline'" not in scripts
    for sources in directives.values():
        for source in sources.split():
            assert source.startswith("'") or source in ("data:", "blob:"), source


def test_answers_are_kept_by_no_cache(api: Api, viewer: Any) -> None:
    assert api(viewer).get("/api/models").headers["Cache-Control"] == "no-store"


def deployed(**environment: str) -> subprocess.CompletedProcess[str]:
    """`manage.py check --deploy` with settings from this environment alone."""
    keys = {name: secrets.token_urlsafe(60) for name in ("SECRET_KEY", "JWT_SIGNING_KEY")}
    wanted = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "semantic_layer.settings",
        **keys,
        **environment,
    }
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        env=wanted, cwd=Path(settings.BASE_DIR), capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_deployment_behind_a_proxy_passes_every_check(tmp_path: Path) -> None:
    done = deployed(HTTPS="true", TRUSTED_PROXY_COUNT="1", VAR_DIR=str(tmp_path))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, "semantic_layer.W001"),
        ({"HTTPS": "true"}, "semantic_layer.E020"),
        ({"HTTPS": "true", "SECRET_KEY": ""}, "semantic_layer.E001"),
    ],
)
def test_what_is_wrong_is_told(environment: dict[str, str], told: str, tmp_path: Path) -> None:
    done = deployed(VAR_DIR=str(tmp_path), **environment)
    assert done.returncode != 0
    assert told in done.stderr

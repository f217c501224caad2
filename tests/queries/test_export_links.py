"""Whose exports are, how long they last, what opens them, what is swept."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import signing
from django.utils import timezone

from queries.exports.upkeep import sweep_exports
from queries.models import Export
from queries.results.upkeep import Swept
from semantic_layer.accounts.models import User
from tests.accounts_fixtures import Api, ApiClient
from tests.queries.conftest import execute
from tests.queries.exporting import (
    content,
    export,
    exported,
    left,
    opens,
    refusal,
)
from tests.workspace import switch


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.EXPORT_STORE_DIR = tmp_path / "exports"
    settings.RESULT_STORE_DIR = tmp_path / "results"
    return settings.EXPORT_STORE_DIR


def test_nobody_else_gets_it(
    analyst_api: ApiClient, api: Api, analyst: User, engineer: User, admin_user: User, viewer: User
) -> None:
    body = exported(analyst_api)
    for url in (body["export_url"], body["manifest_url"]):
        for other in (engineer, admin_user):
            assert refusal(api(other).get(url)) == (404, "NOT_FOUND")
        assert refusal(api(viewer).get(url)) == (403, "PERMISSION_DENIED")
        assert refusal(api(None).get(url)) == (401, "NOT_AUTHENTICATED")
    missing = body["export_url"].replace(body["export_id"], str(uuid.uuid4()))
    assert refusal(analyst_api.get(missing)) == (404, "NOT_FOUND")


def test_whoever_sees_other_data_by_now_gets_nothing(analyst_api: ApiClient, analyst: User) -> None:
    body = exported(analyst_api)
    analyst.groups = ["finance"]
    analyst.save()
    assert refusal(analyst_api.get(body["export_url"])) == (404, "NOT_FOUND")
    assert refusal(ApiClient().get(body["signed_url"])) == (404, "NOT_FOUND")


def test_a_signed_link_needs_no_session(analyst_api: ApiClient, analyst: User) -> None:
    body = exported(analyst_api)
    url = body["signed_url"]
    assert content(ApiClient().get(url)) == content(analyst_api.get(body["export_url"]))
    token = url.partition("?token=")[2]
    assert ApiClient().get(f"{body['manifest_url']}?token={token}").status_code == 200
    analyst.roles = ["viewer"]
    analyst.save()
    assert refusal(ApiClient().get(url))[0] in (403, 404)
    analyst.is_active = False
    analyst.save()
    assert refusal(ApiClient().get(url)) == (401, "INVALID_LINK")


def test_a_signed_link_opens_nothing_else(analyst_api: ApiClient) -> None:
    first, second = exported(analyst_api), exported(analyst_api)
    token = first["signed_url"].partition("?token=")[2]
    url = second["export_url"]
    assert refusal(ApiClient().get(f"{url}?token={token}")) == (401, "INVALID_LINK")
    assert refusal(ApiClient().get(f"/api/auth/me?token={token}")) == (401, "NOT_AUTHENTICATED")
    # A bad token is told, also where the header would do.
    assert refusal(analyst_api.get(f"{url}?token={token}")) == (401, "INVALID_LINK")


def tampered(token: str) -> Iterator[str]:
    yield ""
    yield token[:-1]
    yield token + "A"
    yield token[::-1]
    yield token.swapcase()
    yield "ü😀"
    yield "a:b:c"
    for index in range(0, len(token), 7):
        other = "A" if token[index] != "A" else "B"
        yield token[:index] + other + token[index + 1 :]


def test_a_token_that_was_changed_opens_nothing(analyst_api: ApiClient, settings: Any) -> None:
    body = exported(analyst_api)
    url, _, token = body["signed_url"].partition("?token=")
    for bad in tampered(token):
        assert refusal(ApiClient().get(url, {"token": bad})) == (401, "INVALID_LINK"), bad
    payload = [body["export_id"], 10**11]
    for forged in (
        signing.dumps(payload),
        signing.dumps(payload, salt="queries.exports.link", key="another key"),
    ):
        assert refusal(ApiClient().get(url, {"token": forged})) == (401, "INVALID_LINK")
    assert opens(ApiClient(), url, token=token)


def test_it_lasts_an_hour(analyst_api: ApiClient, folder: Path) -> None:
    before = timezone.now()
    body = exported(analyst_api)
    kept = Export.objects.get()
    assert timedelta(hours=1) <= kept.expires_at - before <= timedelta(hours=1, seconds=30)
    Export.objects.update(expires_at=timezone.now())
    for url in (body["export_url"], body["manifest_url"]):
        assert refusal(analyst_api.get(url)) == (404, "EXPORT_EXPIRED")
    assert sweep_exports() == Swept(expired=1, lost=0, orphans=0)
    assert left(folder) == []
    assert refusal(analyst_api.get(body["export_url"])) == (404, "EXPORT_EXPIRED")
    kept.refresh_from_db()
    assert kept.removed_at is not None
    assert sweep_exports() == Swept(0, 0, 0)


def test_an_expired_token_is_told_apart(
    analyst_api: ApiClient, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.EXPORT_TTL_S = 1
    body = exported(analyst_api)
    url = body["export_url"]
    late = signing.dumps([body["export_id"], 1], salt="queries.exports.link")
    assert refusal(ApiClient().get(url, {"token": late})) == (404, "EXPORT_EXPIRED")


def test_the_sweep_mends_what_a_crash_left(analyst_api: ApiClient, folder: Path) -> None:
    kept, lost = exported(analyst_api), exported(analyst_api)
    (folder / Export.objects.get(pk=lost["export_id"]).file).unlink()
    assert refusal(analyst_api.get(lost["export_url"])) == (404, "EXPORT_EXPIRED")
    (folder / "0a1b.csv").write_bytes(b"no row")
    (folder / "0a1b.csv.0c0d.part").write_bytes(b"half")
    (folder / "tmpabc.part").mkdir()
    (folder / "tmpabc.part" / "whole.xlsx").write_bytes(b"half")
    assert sweep_exports() == Swept(expired=0, lost=1, orphans=0)
    for path in folder.iterdir():
        os.utime(path, (0, 0))
    assert sweep_exports() == Swept(expired=0, lost=0, orphans=3)
    assert len(left(folder)) == 1
    assert opens(analyst_api, kept["export_url"])


def test_five_an_hour_whatever_the_way(api: Api, analyst: User, shop: Path, settings: Any) -> None:
    settings.RATE_LIMIT_PROFILE = "production"
    client = api(analyst)
    for left_over in (4, 3):
        response = export(client, "SELECT 1 AS a")
        assert response["X-RateLimit-Limit"] == "5"
        assert response["X-RateLimit-Remaining"] == str(left_over)
    for left_over in (2, 1):
        response = execute(client, "SELECT 1 AS a", export_format="parquet")
        assert (response.status_code, response["X-RateLimit-Remaining"]) == (200, str(left_over))
    body = exported(client, "SELECT 1 AS a")
    for refused in (export(client), execute(client, "SELECT 1 AS a", export_format="csv")):
        assert refusal(refused) == (429, "RATE_LIMITED")
        assert 0 < refused.json()["retry_after"] <= 3600
    assert execute(client, "SELECT 1 AS a").status_code == 200
    response = client.get(body["export_url"])
    assert (response["X-RateLimit-Limit"], content(response)) == ("100", b'"a"\r\n1\r\n')


SURVIVES = """
import sys, django
django.setup()
from django.test import Client
response = Client().get(sys.argv[1])
sys.stdout.write(f"{response.status_code} {len(b''.join(response.streaming_content))}")
response.close()
"""


@pytest.mark.django_db(transaction=True)
def test_links_survive_a_restart(analyst_api: ApiClient, settings: Any) -> None:
    """Another process, with nothing but the database and the folder, serves the signed link."""
    body = exported(analyst_api)
    database = settings.DATABASES["default"]
    root = Path(__file__).resolve().parents[2]
    code = SURVIVES.replace(
        "django.setup()",
        "from django.conf import settings; "
        f"settings.DATABASES['default']['NAME'] = {database['NAME']!r}; "
        f"settings.EXPORT_STORE_DIR = {str(settings.EXPORT_STORE_DIR)!r}; "
        "import pathlib; settings.EXPORT_STORE_DIR = pathlib.Path(settings.EXPORT_STORE_DIR); "
        "settings.ALLOWED_HOSTS = ['testserver']; django.setup()",
    )
    found = subprocess.run(
        [sys.executable, "-c", code, body["signed_url"]],
        cwd=root,
        env={**os.environ, **switch.environment(), "DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.stdout == f"200 {body['file_size_bytes']}", found.stderr

"""System checks of what is set for a Databricks workspace."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from semantic_layer import wiring
from semantic_layer.adapters.databricks.hosts import base_url

_VOLUME = re.compile(r"/Volumes/[^/]+/[^/]+/[^/]+(/[A-Za-z0-9_][A-Za-z0-9_.\-]*)*/?")
_LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
NEEDS_HOST = {
    "DATABRICKS_HTTP_PATH": "a SQL warehouse",
    "DATABRICKS_OAUTH_CLIENT_ID": "signing in at the workspace",
    "VOLUME_PATH": "the volume",
    "GENIE_SPACE_ID": "Genie",
    "LANGUAGE_MODEL_ENDPOINT": "a serving endpoint",
}
NEEDS_SERVICE = ("VOLUME_PATH", "LANGUAGE_MODEL_ENDPOINT", "DATABRICKS_HTTP_PATH")


@register()
def check_workspace(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """The workspace's variables fit together."""
    if not settings.DATABRICKS_HOST:
        return list(_without_host())
    return [*_host(), *_keys(), *_service(), *_parts(), *_consequences()]


def _without_host() -> Iterator[CheckMessage]:
    for name, what in NEEDS_HOST.items():
        if getattr(settings, name):
            yield Error(
                f"{name} is set without DATABRICKS_HOST.",
                hint=f"Say at which workspace {what} is: DATABRICKS_HOST=https://....",
                id="semantic_layer.E010",
            )


def _host() -> Iterator[CheckMessage]:
    parts = urlsplit(base_url(settings.DATABRICKS_HOST))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
        yield Error(
            f"DATABRICKS_HOST={settings.DATABRICKS_HOST!r} is not the address of a workspace.",
            hint="Give the address alone: https://adb-123.azuredatabricks.net",
            id="semantic_layer.E011",
        )
    elif parts.scheme == "http" and parts.hostname not in _LOCAL_HOSTS:
        yield Error(
            "DATABRICKS_HOST is not reached over HTTPS: everybody's tokens would travel in clear.",
            hint="Write https://.",
            id="semantic_layer.E011",
        )


def _keys() -> Iterator[CheckMessage]:
    hint = (
        "Make one with `python -c 'from cryptography.fernet import Fernet; "
        "print(Fernet.generate_key().decode())'` and set CREDENTIAL_KEYS or CREDENTIAL_KEYS_FILE."
    )
    if wiring.at_workspace() and not settings.CREDENTIAL_KEYS:
        yield Error("CREDENTIAL_KEYS is not set.", hint=hint, id="semantic_layer.E012")
    for number, key in enumerate(settings.CREDENTIAL_KEYS, start=1):
        try:
            Fernet(key)
        except ValueError:
            yield Error(
                f"Key {number} of CREDENTIAL_KEYS is not a Fernet key.",
                hint=hint,
                id="semantic_layer.E012",
            )


def _service() -> Iterator[CheckMessage]:
    client_id, secret = settings.DATABRICKS_CLIENT_ID, settings.DATABRICKS_CLIENT_SECRET
    if bool(client_id) != bool(secret):
        yield Error(
            "DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET are set one without the other.",
            hint="A service principal needs both; DATABRICKS_TOKEN is the other way.",
            id="semantic_layer.E013",
        )
    elif not client_id and not settings.DATABRICKS_TOKEN:
        for name in filter(lambda name: getattr(settings, name), NEEDS_SERVICE):
            yield Error(
                f"{name} needs a sign-in of the service's own.",
                hint="Set DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET (or DATABRICKS_TOKEN).",
                id="semantic_layer.E013",
            )


def _parts() -> Iterator[CheckMessage]:
    if settings.VOLUME_PATH and not _VOLUME.fullmatch(settings.VOLUME_PATH):
        yield Error(
            f"VOLUME_PATH={settings.VOLUME_PATH!r} is not in a Volume.",
            hint="Write /Volumes/catalog/schema/volume, and a folder in it if you like.",
            id="semantic_layer.E014",
        )
    if settings.LANGUAGE_MODEL_ENDPOINT and settings.LANGUAGE_MODEL_URL:
        yield Error(
            "LANGUAGE_MODEL_ENDPOINT and LANGUAGE_MODEL_URL are both set.",
            hint="Keep the one whose model shall be asked.",
            id="semantic_layer.E015",
        )


def _consequences() -> Iterator[CheckMessage]:
    if wiring.at_workspace() and not settings.ROLE_GROUPS["admin"]:
        yield Warning(
            "ROLE_GROUPS_ADMIN is not set: nobody becomes admin by signing in.",
            hint="Name the workspace groups whose members are admins, analysts and engineers.",
            id="semantic_layer.W003",
        )
    if not settings.DATABRICKS_HTTP_PATH:
        yield Warning(
            "DATABRICKS_HOST is set, but no SQL warehouse: SQL runs on DuckDB.",
            hint="Set DATABRICKS_HTTP_PATH or DATABRICKS_WAREHOUSE_ID.",
            id="semantic_layer.W004",
        )

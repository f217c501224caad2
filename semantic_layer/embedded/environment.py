"""The environment that the settings read, filled where nothing is configured.

`manage.py up` makes secrets and knows its servers' addresses before they run; other commands adopt
what the last `up` wrote down, so that `manage.py query` in a second terminal meets the running
service. What the caller has set always stays. No Django: this runs before the settings load.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import MutableMapping, Sequence
from pathlib import Path

from semantic_layer.embedded.folders import Folders
from semantic_layer.embedded.postgres import Postgres
from semantic_layer.embedded.process import StartError
from semantic_layer.embedded.secret_files import secret, write_private
from semantic_layer.embedded.valkey import Valkey

PROJECT = Path(__file__).resolve().parent.parent.parent
SETTINGS = "semantic_layer.settings"
SECRET_FILES = {
    "SECRET_KEY": "secret_key",
    "JWT_SIGNING_KEY": "jwt_signing_key",
    "CREDENTIAL_KEYS": "credential_keys",
}
SHARED = (
    "DATABASE_URL",
    "REDIS_URL",
    "CELERY_BROKER_URL",
    "DUCKDB_ATTACH",
    "RATE_LIMIT_PROFILE",
    *(f"{name}_FILE" for name in SECRET_FILES),
)

Environment = MutableMapping[str, str]


def fill(environment: Environment, arguments: Sequence[str]) -> None:
    """For manage.py: complete the environment for the command in `arguments[1]`.

    Side effects: for `up`, creates var/ and its secrets. Raises StartError where that fails.
    """
    environment.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    chosen = environment["DJANGO_SETTINGS_MODULE"] != SETTINGS
    if chosen or any(argument.startswith("--settings") for argument in arguments):
        return
    folders = folders_of(environment)
    if arguments[1:2] == ["up"] and not {"-h", "--help"} & set(arguments):
        _prepare(environment, folders)
    else:
        _adopt(environment, folders)


def folders_of(environment: Environment) -> Folders:
    """Where VAR_DIR says, or var/ in the project."""
    return Folders(Path(environment.get("VAR_DIR", "").strip() or PROJECT / "var").resolve())


def write_down(environment: Environment, folders: Folders) -> None:
    """Keep what other commands need to reach this service."""
    known = {name: environment[name] for name in SHARED if environment.get(name)}
    write_private(_notes(folders), json.dumps(known, indent=1))


def embedded_postgres(environment: Environment, folders: Folders) -> Postgres | None:
    """The server behind DATABASE_URL where it is ours to start."""
    name = "_EMBEDDED_POSTGRES_PORT"
    if name not in environment:
        return None
    return Postgres(folders, port=int(environment[name]))


def embedded_valkey(environment: Environment, folders: Folders) -> Valkey | None:
    """The server behind REDIS_URL where it is ours to start."""
    name = "_EMBEDDED_VALKEY_PORT"
    if name not in environment:
        return None
    return Valkey(folders, port=int(environment[name]))


def _prepare(environment: Environment, folders: Folders) -> None:
    try:
        folders.make()
        _make_secrets(environment, folders)
        if not environment.get("DATABASE_URL"):
            postgres = Postgres(folders)
            environment["DATABASE_URL"] = postgres.url()
            environment["_EMBEDDED_POSTGRES_PORT"] = str(postgres.port)
        if not environment.get("REDIS_URL"):
            valkey = Valkey(folders)
            environment["REDIS_URL"] = valkey.urls().cache
            environment["CELERY_BROKER_URL"] = valkey.urls().broker
            environment["_EMBEDDED_VALKEY_PORT"] = str(valkey.port)
    except OSError as error:
        raise StartError(
            f"{folders.root} cannot be written: {error.strerror}. Make room or mend its "
            "permissions, or set VAR_DIR to another folder."
        ) from error
    environment.setdefault("RATE_LIMIT_PROFILE", "development")


def _make_secrets(environment: Environment, folders: Folders) -> None:
    for name, file in SECRET_FILES.items():
        if environment.get(name) or environment.get(f"{name}_FILE"):
            continue
        path = folders.secrets / file
        if name == "CREDENTIAL_KEYS" and not path.exists():
            write_private(path, base64.urlsafe_b64encode(os.urandom(32)).decode())
        secret(path)
        environment[f"{name}_FILE"] = str(path)


def _adopt(environment: Environment, folders: Folders) -> None:
    try:
        known = json.loads(_notes(folders).read_text())
    except (OSError, ValueError):
        return
    for name, value in known.items():
        plain = name.removesuffix("_FILE")
        if not environment.get(name) and not (plain in SECRET_FILES and environment.get(plain)):
            environment[name] = value


def _notes(folders: Folders) -> Path:
    return folders.run / "environment.json"

"""Readers of environment variables for the settings: typed, with errors that name the variable.

`READ` remembers each variable that was asked for: docs/settings.md and `manage.py doctor` are made
of it. A secret is read from `NAME` or from the file that `NAME_FILE` points at. No Django settings.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True)
class Variable:
    """One variable: what kind of value it takes, and the text that stands for it where unset."""

    name: str
    kind: str
    default: str = ""


READ: dict[str, Variable] = {}


def _value(name: str, kind: str, default: str = "") -> str:
    """The variable's text, stripped; empty where it is unset."""
    READ[name] = Variable(name, kind, default)
    return os.environ.get(name, "").strip()


def env(name: str, default: str = "", *, kind: str = "text") -> str:
    """The variable's text, or the default."""
    return _value(name, kind, default) or default


def env_secret(name: str) -> str:
    """The secret from `name` or the file that `name_FILE` points at; empty where neither is set."""
    value = _value(name, "secret")
    path = os.environ.get(f"{name}_FILE", "").strip()
    if not path:
        return value
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE={path} cannot be read: {error}") from error


def env_bool(name: str, default: bool) -> bool:
    text = _value(name, "true or false", str(default).lower()).lower()
    if not text:
        return default
    if text in ("1", "true", "yes", "on"):
        return True
    if text in ("0", "false", "no", "off"):
        return False
    raise ImproperlyConfigured(f"{name}={text!r} is neither true nor false.")


def env_int(name: str, default: int, *, minimum: int = 0) -> int:
    text = _value(name, f"number, at least {minimum}", str(default))
    if not text:
        return default
    try:
        number = int(text)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}={text!r} is not a whole number.") from error
    if number < minimum:
        raise ImproperlyConfigured(f"{name}={number} is below {minimum}.")
    return number


def env_numbers(name: str, default: str) -> dict[str, int]:
    """`a=1 b=2`, with exactly the names that the default has."""
    found: dict[str, int] = {}
    for text in (default, _value(name, "named numbers", default) or default):
        pairs = [pair.partition("=") for pair in text.split()]
        wrong = [key for key, _, value in pairs if not value.isdecimal() or int(value) < 1]
        unknown = [key for key, _, _ in pairs if found and key not in found]
        if wrong or unknown:
            raise ImproperlyConfigured(f"{name}={text!r} must look like {default!r}.")
        found |= {key: int(value) for key, _, value in pairs}
    return found


def env_json_object(name: str) -> dict[str, Any]:
    try:
        value = json.loads(env(name, "{}"))
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise ImproperlyConfigured(f"{name} must be a JSON object, like {{}}.")
    return value


def env_list(name: str, default: str = "") -> list[str]:
    """Comma-separated parts, without the empty ones."""
    text = _value(name, "list, comma-separated", default) or default
    return [item.strip() for item in text.split(",") if item.strip()]


def env_networks(name: str, default: str) -> list[IPv4Network | IPv6Network]:
    """Networks as CIDR, comma-separated; `none` is none at all."""
    found = env_list(name, default)
    try:
        return [] if found == ["none"] else [ip_network(text) for text in found]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}.") from error


def env_choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    value = _value(name, f"one of {', '.join(choices)}", default) or default
    if value not in choices:
        raise ImproperlyConfigured(f"{name}={value!r} is not one of {', '.join(choices)}.")
    return value


def env_choices(name: str, choices: tuple[str, ...]) -> list[str]:
    found = [part.strip() for part in _value(name, f"of {', '.join(choices)}").split(",")]
    unknown = [value for value in found if value and value not in choices]
    if unknown:
        raise ImproperlyConfigured(f"{name}: {unknown[0]!r} is not one of {', '.join(choices)}.")
    return [value for value in found if value]


def database_from_url(url: str) -> dict[str, Any]:
    """Django's DATABASES entry for a postgresql:// URL; `?host=/folder` names a socket."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured(
            "DATABASE_URL must start with postgresql://; only PostgreSQL is supported."
        )
    options = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    host = unquote(options.pop("host", "") or parts.hostname or "")
    return {
        "ENGINE": "semantic_layer.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "semantic_layer",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or options.pop("port", "") or ""),
        "CONN_MAX_AGE": env_int("DATABASE_CONN_MAX_AGE_S", 300),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": env_int("DATABASE_CONNECT_TIMEOUT_S", 5, minimum=1),
            **{key: unquote(value) for key, value in options.items()},
        },
    }

"""System checks: wrong settings are told at start, each with an id and what to do."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register, run_checks
from django.core.exceptions import ImproperlyConfigured

from semantic_layer import celery

MINIMUM_KEY_LENGTH = 32


@register()
def check_secrets(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """SECRET_KEY and JWT_SIGNING_KEY exist, are long enough and differ."""
    found: list[CheckMessage] = []
    keys = {name: _secret(name) for name in ("SECRET_KEY", "JWT_SIGNING_KEY")}
    for number, (name, value) in enumerate(keys.items(), start=1):
        if len(value) < MINIMUM_KEY_LENGTH:
            found.append(
                Error(
                    f"{name} is not set, or shorter than {MINIMUM_KEY_LENGTH} characters.",
                    hint=f"Set {name} or {name}_FILE; `manage.py up` makes one under var/.",
                    id=f"semantic_layer.E00{number}",
                )
            )
    if not found and len(set(keys.values())) == 1:
        found.append(
            Error(
                "JWT_SIGNING_KEY equals SECRET_KEY.",
                hint="Give tokens a key of their own, so that each can be rotated alone.",
                id="semantic_layer.E003",
            )
        )
    return found


@register()
def check_background(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Queries in the background end before Celery ends them, and beat more often than they may be
    silent.
    """
    found: list[CheckMessage] = []
    limit = celery.app.conf.task_soft_time_limit
    if limit <= settings.QUERY_BACKGROUND_TIMEOUT_S:
        found.append(
            Error(
                f"QUERY_BACKGROUND_TIMEOUT_S is not below {limit}, where Celery ends a task.",
                hint=f"Set it to at most {limit - 60}: the result has to be written as well.",
                id="semantic_layer.E004",
            )
        )
    if settings.QUERY_LOST_AFTER_S < 2 * settings.QUERY_HEARTBEAT_S:
        found.append(
            Error(
                "QUERY_LOST_AFTER_S is less than two heartbeats (QUERY_HEARTBEAT_S).",
                hint="Queries that run well would be given up: make it five heartbeats or more.",
                id="semantic_layer.E005",
            )
        )
    return found


@register()
def check_language_model(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """A language model has a URL and a name, or neither."""
    url, name = settings.LANGUAGE_MODEL_URL, settings.LANGUAGE_MODEL_NAME
    found: list[CheckMessage] = []
    if url and not url.startswith(("http://", "https://")):
        found.append(
            Error(
                f"LANGUAGE_MODEL_URL={url!r} is not an http or https URL.",
                hint="Give the part before /chat/completions, e.g. https://models.example.com/v1",
                id="semantic_layer.E006",
            )
        )
    if bool(url) != bool(name):
        found.append(
            Error(
                "LANGUAGE_MODEL_URL and LANGUAGE_MODEL_NAME are set one without the other.",
                hint="Set both, or neither to work without a language model.",
                id="semantic_layer.E007",
            )
        )
    return found


def _secret(name: str) -> str:
    try:
        return str(getattr(settings, name))
    except ImproperlyConfigured:  # Django refuses to hand out an empty SECRET_KEY
        return ""


def refuse_to_start() -> None:
    """For servers that run no system checks by themselves: raise with every error and its hint."""
    errors = [message for message in run_checks() if message.is_serious()]
    if errors:
        raise ImproperlyConfigured("\n".join(str(error) for error in errors))


@register(deploy=True)
def check_transport(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Deployments answer over HTTPS and limit rates as production does."""
    found: list[CheckMessage] = []
    if not settings.HTTPS:
        found.append(
            Warning(
                "HTTPS is off: cookies travel unprotected.",
                hint="Set HTTPS=true behind a TLS-terminating proxy.",
                id="semantic_layer.W001",
            )
        )
    elif not settings.TRUSTED_PROXY_COUNT:
        found.append(
            Error(
                "HTTPS is on, but no proxy is known that could end TLS: every request would be "
                "sent to HTTPS again and again.",
                hint="Set TRUSTED_PROXY_COUNT to the number of proxies in front (usually 1); they "
                "have to set X-Forwarded-Proto and X-Forwarded-For.",
                id="semantic_layer.E020",
            )
        )
    if settings.RATE_LIMIT_PROFILE != "production":
        found.append(
            Warning(
                "RATE_LIMIT_PROFILE=development multiplies every rate limit by 100.",
                hint="Unset it in production.",
                id="semantic_layer.W002",
            )
        )
    return found

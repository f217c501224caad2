"""The product's settings over the test session's own PostgreSQL and Valkey (tests/services.py)."""

from tests.services import export_environment

export_environment()

from semantic_layer.settings import *  # noqa: E402, F403  reads the environment filled above

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

PUBLISH_GATES = []  # tests of a gate name it

STATIC_ROOT = None  # type: ignore[assignment]
WHITENOISE_AUTOREFRESH = True  # a client of a test must not scan all static files first

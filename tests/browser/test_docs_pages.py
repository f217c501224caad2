"""/docs and /redoc in a real browser: they show the API, and ask nobody else for anything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.http.server import Server

pytestmark = pytest.mark.browser


@pytest.fixture
def page(server: Server, chromium: Any) -> Iterator[Any]:
    """A page without a session; anything foreign or refused fails the test."""
    problems: list[str] = []
    context = chromium.new_context(base_url=server.url)
    page = context.new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if _bad(message) else None)
    page.on("requestfinished", lambda request: _note_foreign(request, problems))
    page.on("requestfailed", lambda request: _note_foreign(request, problems))
    yield page
    context.close()
    assert not problems, problems


def _bad(message: Any) -> bool:
    return "Content Security Policy" in message.text and "cdn.redoc.ly" not in message.text


def _note_foreign(request: Any, problems: list[str]) -> None:
    """Redoc wants a logo of its maker's; that the page's policy keeps it from asking is fine."""
    parts = urlsplit(request.url)
    here = parts.hostname in ("localhost", "127.0.0.1") or not parts.scheme.startswith("http")
    if not here and request.failure != "csp":
        problems.append(f"asked {request.url}: {request.failure}")


def test_swagger_shows_the_operations(page: Any) -> None:
    page.goto("/docs")
    page.locator("#operations-tag-api, .opblock-tag-section").first.wait_for()
    assert page.locator(".opblock").count() > 30


def test_redoc_shows_the_operations(page: Any) -> None:
    page.goto("/redoc")
    page.get_by_text("/api/queries/execute").first.wait_for(timeout=60_000)

"""A real browser over the real server: one sign-in page per person, and nothing foreign asked."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.http import server as servers
from tests.http.server import Server

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
CANDIDATES = ("chromium", "chromium-browser", "google-chrome")
REVIEWS = {"MODEL_REVIEW_CATEGORIES": "staging,production"}

SignedIn = Callable[..., Any]


@pytest.fixture(scope="package")
def server(
    services: None, demo_warehouse: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """The demo, with reviews in staging and production."""
    folder = tmp_path_factory.mktemp("browser-server")
    with servers.running(folder, demo_warehouse, REVIEWS) as running:
        yield running


@pytest.fixture(scope="package")
def chromium() -> Iterator[Any]:
    """The installed browser; CHROMIUM names another."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CANDIDATES)), None)
    if found is None:
        pytest.skip(f"no Chromium here ({', '.join(CANDIDATES)}); set CHROMIUM to its path")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def signed_in(server: Server, chromium: Any) -> Iterator[SignedIn]:
    """`signed_in("engineer", dark=True, width=390)` is a page of that person at the dashboard.

    At the end no page may have asked a foreign host, nor have had an error in its scripts.
    """
    contexts: list[Any] = []
    problems: list[str] = []
    home = urlsplit(server.url).netloc

    def watch(request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc != home:
            problems.append(f"asked {request.url}")

    def note(message: Any) -> None:
        if "Content Security Policy" in message.text:
            problems.append(message.text)

    def open_page(role: str, *, dark: bool = False, width: int = 1280) -> Any:
        context = chromium.new_context(
            base_url=server.url,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
        )
        contexts.append(context)
        page = context.new_page()
        page.on("request", watch)
        page.on("console", note)
        page.on("pageerror", lambda error: problems.append(f"script: {error}"))
        page.goto("/admin/login/")
        page.fill("input[name=token]", server.tokens[role])
        page.click("button[type=submit]")
        page.wait_for_url("**/admin/")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not problems, problems

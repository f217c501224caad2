"""What tests do on pages, and the pictures that the documentation shows."""

from __future__ import annotations

import os
import re
from typing import Any

from semantic_layer.embedded.environment import PROJECT

DOCS = PROJECT / "docs"


def picture(page: Any, name: str, *, height: int = 900) -> None:
    """Keep a picture for docs/stewards.md, when UPDATE_IMAGES=1 asks for it."""
    file = f"images/{name}.png"
    is_shown = f"({file})" in (DOCS / "stewards.md").read_text(encoding="utf-8")
    if is_shown and os.environ.get("UPDATE_IMAGES") == "1":
        width = page.viewport_size["width"]
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(250)
        page.screenshot(path=DOCS / file, animations="disabled")


def open_model(page: Any, name: str, category: str) -> None:
    page.goto(f"/admin/models_registry/document/?category__exact={category}&q={name}")
    page.get_by_role("link", name=re.compile(f"^{name}$")).first.click()
    page.wait_for_url("**/change/**")


def write(page: Any, text: str) -> None:
    """Replace the editor's text as a person who pastes does."""
    area = page.locator("#yaml")
    area.focus()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(text)


def wait_for_verdict(page: Any, text: str) -> None:
    page.locator("#verdict", has_text=re.compile(f"^{text}$")).wait_for()


def is_within_the_window(page: Any) -> bool:
    """Nothing sticks out to the side."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))

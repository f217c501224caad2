"""Pages that ask for a word begin with words that work."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import SignedIn
from tests.browser.pages import is_within_the_window, picture

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [1280, 390])
def test_a_question_to_begin_with_is_answered_by_a_press_of_enter(
    signed_in: SignedIn, width: int
) -> None:
    page = signed_in("analyst", width=width)
    page.goto("/admin/ask/")
    assert is_within_the_window(page)
    if width > 1000:
        picture(page, "ask", height=420)
    first = page.locator("button[name=query]").first
    question = first.inner_text()
    first.focus()
    page.keyboard.press("Enter")
    page.locator("#understood").wait_for()
    assert page.locator("input[name=query]").input_value() == question
    assert page.locator("tbody tr").count() > 1
    assert is_within_the_window(page)


def test_a_model_is_picked_and_drawn(signed_in: SignedIn) -> None:
    page = signed_in("viewer", dark=True, width=390)
    page.goto("/admin/lineage/")
    assert is_within_the_window(page)
    page.get_by_role("link", name="flights", exact=True).click()
    drawn(page, "model:production.flights")


def test_a_name_that_is_not_there_is_told_beside_those_that_are(signed_in: SignedIn) -> None:
    page = signed_in("viewer")
    page.goto("/admin/lineage/")
    page.fill("input[name=name]", "flihgts")
    page.get_by_role("button", name="Show").click()
    assert "flihgts" in page.locator("[role=alert]").inner_text()
    page.get_by_role("link", name="planes", exact=True).click()
    drawn(page, "model:production.planes")


def drawn(page: Any, node: str) -> None:
    page.locator(f'#picture g[data-id="{node}"]').wait_for()

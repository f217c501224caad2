"""The picture of the lineage, as a steward uses it: with the pointer and with the keyboard."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import SignedIn
from tests.browser.pages import is_within_the_window, open_model, picture

pytestmark = pytest.mark.browser

MODEL = "model:production.flights"


def box(page: Any, node: str) -> Any:
    return page.locator(f'#picture g[data-id="{node}"]')


def things(page: Any) -> int:
    return int(page.locator("#picture g.node").count())


def is_inside(page: Any, one: Any) -> bool:
    """The middle of a box's head is within the picture."""
    frame, found = page.locator("#picture").bounding_box(), one.bounding_box()
    x, y = found["x"] + found["width"] / 2, found["y"] + min(found["height"] / 2, 10)
    return (
        frame["x"] <= x <= frame["x"] + frame["width"]
        and frame["y"] <= y <= frame["y"] + frame["height"]
    )


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_model_opens_step_by_step(signed_in: SignedIn, dark: bool) -> None:
    page = signed_in("viewer", dark=dark, width=390 if dark else 1280)
    open_model(page, "flights", "production")
    page.get_by_role("link", name="Lineage", exact=True).last.click()
    box(page, MODEL).wait_for()
    assert is_within_the_window(page)
    before = things(page)
    assert box(page, "table:flights.gold.flight_details").count() == 0
    box(page, "table:flights.gold.flights").dispatch_event("click")
    box(page, "table:flights.gold.flight_details").wait_for()
    assert things(page) > before
    page.locator("#about", has_text="Used by").wait_for()


def test_the_keyboard_does_all_of_it(signed_in: SignedIn) -> None:
    page = signed_in("viewer")
    page.goto("/admin/lineage/?root=metric:production.on_time_rate")
    source = "metric:production.on_time_flights"
    box(page, source).wait_for()
    box(page, source).focus()
    page.keyboard.press("Enter")
    box(page, "model:production.flights").wait_for()
    box(page, "model:production.flights").focus()
    page.keyboard.press("Enter")
    box(page, "table:flights.gold.flights").wait_for()
    for node in ("model:production.flights", "table:flights.gold.flights"):
        box(page, node).focus()
        page.keyboard.press("c")
        page.locator(f'#picture g[data-id="{node}"] text.row').first.wait_for()
    page.locator("#picture text.row", has_text="is_on_time").wait_for()
    assert is_inside(page, box(page, "table:flights.gold.flights"))
    assert "null" not in page.locator("#about").inner_text()
    page.get_by_role("button", name="Fit").click()
    picture(page, "lineage", height=1150)
    view = page.locator("#picture svg").get_attribute("viewBox")
    page.locator("#picture svg").focus()
    page.keyboard.press("+")
    page.keyboard.press("ArrowRight")
    assert page.locator("#picture svg").get_attribute("viewBox") != view
    box(page, source).focus()
    page.keyboard.press("Backspace")
    box(page, "table:flights.gold.flights").wait_for(state="detached")


def test_what_is_not_there_is_told(signed_in: SignedIn) -> None:
    page = signed_in("viewer")
    page.goto("/admin/lineage/")
    page.select_option("select[name=kind]", "table")
    page.fill("input[name=name]", "flights.gold.airlines")
    page.get_by_role("button", name="Show").click()
    box(page, "table:flights.gold.airlines").wait_for()
    page.goto("/admin/lineage/?root=model:production.nothing")
    page.get_by_text("There is no model").wait_for()

"""The story of a change: written wrong, mended, reviewed by another person, seen in the number."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.browser.conftest import SignedIn
from tests.browser.pages import open_model, picture, wait_for_verdict, write

pytestmark = pytest.mark.browser


MEASURE = "agg: count\n      expr: airport_code\n"


def number_of_airports(page: Any) -> int:
    page.goto("/admin/explorer/?metrics=airports")
    cell = page.locator("#table td.sl-number").first
    cell.wait_for()
    return int(cell.inner_text())


def test_a_broken_model_is_mended_reviewed_and_changes_the_number(signed_in: SignedIn) -> None:
    engineer, admin = signed_in("engineer"), signed_in("admin")
    before = number_of_airports(engineer)

    open_model(engineer, "airports", "production")
    engineer.get_by_role("link", name="Edit YAML").click()
    wait_for_verdict(engineer, "Valid")
    text = engineer.locator("#yaml").input_value()
    assert text.count(MEASURE) == 1
    broken = text.replace(MEASURE, MEASURE.replace("count", "cuont"))
    line = broken[: broken.index("cuont")].count("\n") + 1
    write(engineer, broken)
    wait_for_verdict(engineer, "1 problem")

    marked = engineer.locator(".sl-editor-lines .sl-line-error")
    assert marked.inner_text() == str(line)
    place = engineer.locator("#problems button")
    assert place.inner_text().startswith(f"line {line}, column ")
    assert engineer.locator(".sl-editor-paint .sl-y-wrong").inner_text() == "cuont"
    place.click()
    assert engineer.evaluate("document.activeElement.id") == "yaml"
    picture(engineer, "editor", height=820)
    engineer.get_by_role("button", name="Save as draft").click()
    assert f"line {line}, column " in engineer.locator("[role=alert]").first.inner_text()
    assert engineer.locator("#yaml").input_value().rstrip() == broken.rstrip()

    mended = text.replace(MEASURE, "agg: sum\n      expr: '2'\n")
    write(engineer, mended)
    wait_for_verdict(engineer, "Valid")
    engineer.fill("input[name=message]", "Count every airport twice.")
    engineer.get_by_role("button", name="Dry run").click()
    assert "would become version" in engineer.locator("[role=status]").first.inner_text()
    engineer.get_by_role("button", name="Save as draft").click()
    engineer.wait_for_url("**/change/")
    assert number_of_airports(engineer) == before

    open_model(engineer, "airports", "production")
    engineer.get_by_role("link", name="Submit for review").click()
    engineer.get_by_role("button", name="Submit for review").click()
    engineer.wait_for_url("**/change/")
    assert engineer.get_by_role("link", name="Approve").count() == 0

    admin.goto("/admin/reviews/")
    admin.get_by_role("link", name="airports").click()
    admin.get_by_role("link", name="Approve").click()
    admin.get_by_role("button", name="Dry run, with numbers").click()
    row = admin.locator("#numbers tr", has_text=re.compile(r"^\s*airports"))
    row.wait_for()
    assert [str(before), str(2 * before)] == row.locator("td.sl-number").all_inner_texts()[:2]
    picture(admin, "approval", height=1150)
    assert number_of_airports(engineer) == before
    admin.get_by_role("button", name="Approve and publish").click()
    admin.wait_for_url("**/change/")
    assert number_of_airports(engineer) == 2 * before

    picture(admin, "model", height=900)


def test_two_editors_cannot_overwrite_each_other(signed_in: SignedIn) -> None:
    first, second = signed_in("engineer"), signed_in("admin")
    for page in (first, second):
        open_model(page, "planes", "production")
        page.get_by_role("link", name="Edit YAML").click()
        wait_for_verdict(page, "Valid")
    text = first.locator("#yaml").input_value()
    write(first, text + "# first\n")
    first.get_by_role("button", name="Save as draft").click()
    first.wait_for_url("**/change/")
    write(second, text + "# second\n")
    second.get_by_role("button", name="Save as draft").click()

    conflict = second.locator("#conflict")
    assert "engineer@demo.example saved version" in conflict.inner_text()
    assert "# first" in conflict.inner_text()
    assert second.locator("#yaml").input_value().endswith("# second\n")
    second.get_by_role("button", name=re.compile("I have seen it")).click()
    assert second.locator("#conflict").count() == 0
    second.get_by_role("button", name="Save as draft").click()
    second.wait_for_url("**/change/")
    open_model(second, "planes", "production")
    second.get_by_role("link", name="Edit YAML").click()
    assert second.locator("#yaml").input_value().endswith("# second\n")


def test_the_keyboard_gets_into_the_text_and_out_again(signed_in: SignedIn) -> None:
    page = signed_in("engineer")
    page.goto("/admin/models/new/")
    area = page.locator("#yaml")
    area.focus()
    page.keyboard.press("Control+Home")
    page.keyboard.press("Tab")
    assert area.input_value().startswith("  semantic_model:")
    page.keyboard.press("Shift+Tab")
    assert area.input_value().startswith("semantic_model:")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") != "yaml"

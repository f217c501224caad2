"""The rest of a model's life in the browser: a zip, promotion, rejection, deprecation, the end."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from tests.browser.conftest import SignedIn
from tests.browser.pages import open_model

pytestmark = pytest.mark.browser

CITIES = """
semantic_model:
  name: cities
  model: flights.gold.airports
  entities: [{name: city, type: primary, expr: airport_code}]
  measures: [{name: city_count, agg: count, expr: airport_code, create_metric: true}]
"""
TOWNS = CITIES.replace("cities", "towns").replace("city", "town")


def zipped(**files: str) -> dict[str, Any]:
    """What a file field of Playwright takes."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"{name}.yml", text)
    return {"name": "models.zip", "mimeType": "application/zip", "buffer": data.getvalue()}


def upload(page: Any, button: str, **files: str) -> Any:
    """What the page says of a zip of these files."""
    page.goto("/admin/models/upload/")
    page.locator("input[name=file]").set_input_files([zipped(**files)])
    page.select_option("select[name=category]", "development")
    page.get_by_role("button", name=button).click()
    return page.locator("[role=status], [role=alert]").first


def press(page: Any, role: str, name: str) -> None:
    """As somebody does who has no mouse."""
    page.get_by_role(role, name=name, exact=True).focus()
    page.keyboard.press("Enter")


def is_there(page: Any, name: str, category: str) -> bool:
    page.goto(f"/admin/models_registry/document/?category__exact={category}&q={name}")
    return bool(page.get_by_role("link", name=name, exact=True).count())


def test_a_zip_is_tried_refused_whole_and_brought_in(signed_in: SignedIn) -> None:
    page = signed_in("engineer")
    assert "Dry run" in upload(page, "Dry run", cities=CITIES, towns=TOWNS).inner_text()
    assert not is_there(page, "cities", "development")

    broken = TOWNS.replace("primary", "primry")
    said = upload(page, "Upload", cities=CITIES, towns=broken).inner_text()
    assert "towns.yml" in said
    assert "Did you mean 'primary'?" in said
    assert not is_there(page, "cities", "development")

    assert "Written" in upload(page, "Upload", cities=CITIES, towns=TOWNS).inner_text()
    assert is_there(page, "cities", "development")
    assert is_there(page, "towns", "development")


def test_promoted_rejected_deprecated_and_retired_without_a_mouse(signed_in: SignedIn) -> None:
    engineer, admin = signed_in("engineer"), signed_in("admin")
    villages = CITIES.replace("cities", "villages").replace("city", "village")
    assert "Written" in upload(engineer, "Upload", villages=villages).inner_text()

    open_model(engineer, "villages", "development")
    press(engineer, "link", "Promote to staging")
    engineer.locator("input[name=message]").focus()
    engineer.keyboard.type("Villages for all.")
    press(engineer, "button", "Promote")
    engineer.wait_for_url("**/change/**")
    assert is_there(engineer, "villages", "staging")
    open_model(engineer, "villages", "staging")
    press(engineer, "link", "Submit for review")
    press(engineer, "button", "Submit for review")
    engineer.wait_for_url("**/change/**")

    open_model(admin, "villages", "staging")
    press(admin, "link", "Reject")
    press(admin, "button", "Reject")  # the browser keeps it: a reason is needed
    assert admin.url.endswith("/move/reject/")
    admin.locator("textarea[name=reason]").focus()
    admin.keyboard.type("Whose villages?")
    press(admin, "button", "Reject")
    admin.wait_for_url("**/change/**")
    assert "Whose villages?" in admin.content()

    open_model(engineer, "villages", "development")
    press(engineer, "link", "Deprecate")
    engineer.locator("textarea[name=reason]").focus()
    engineer.keyboard.type("Towns say it better.")
    press(engineer, "button", "Deprecate")
    engineer.wait_for_url("**/change/**")
    assert "Towns say it better." in engineer.content()

    open_model(admin, "villages", "development")
    press(admin, "link", "Retire")
    admin.locator("textarea[name=reason]").focus()
    admin.keyboard.type("Nobody asks for villages.")
    press(admin, "button", "Dry run")
    assert "would be retired" in admin.locator("[role=status]").first.inner_text()
    press(admin, "button", "Retire")
    admin.wait_for_url("**/change/**")
    assert "Nobody asks for villages." in admin.content()

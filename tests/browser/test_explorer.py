"""The explorer: picked by hand, shared by its address, and its errors in the API's words."""

from __future__ import annotations

import pytest

from tests.browser.conftest import SignedIn
from tests.browser.pages import is_within_the_window, picture

pytestmark = pytest.mark.browser

MONTHS = (
    "/admin/explorer/?metrics=on_time_rate&by=metric_time__month,carrier__name"
    "&where=carrier__name in Delta Air Lines Inc.,JetBlue Airways,United Air Lines Inc."
    "&order=metric_time__month"
)


def test_picking_makes_table_chart_sql_and_a_link(signed_in: SignedIn) -> None:
    page = signed_in("analyst")
    page.goto("/admin/explorer/")
    page.fill("input[name=metric_search]", "cancelled")
    page.locator('#metric-list input[value="cancelled_flights"]').check()
    page.locator('#dimension-list input[value="metric_time"]').check()
    page.get_by_label("Grain of metric_time").select_option("quarter")
    page.get_by_role("button", name="Add a condition").click()
    page.get_by_label("Field of condition 1").select_option("carrier__name")
    page.get_by_label("Value of condition 1").fill("JetBlue Airways")
    page.get_by_role("button", name="Run", exact=True).click()
    page.locator("#table td").first.wait_for()

    rows = page.locator("#table tbody tr")
    assert rows.count() == 4
    assert page.locator("#chart svg circle").count() == 4
    page.locator("#sql-card summary").click()
    assert "DATE_TRUNC('QUARTER'" in page.locator("#sql").inner_text()
    told = rows.all_inner_texts()

    other = signed_in("engineer")
    other.goto(page.url)
    other.locator("#table td").first.wait_for()
    assert sorted(other.locator("#table tbody tr").all_inner_texts()) == sorted(told)


def test_errors_are_told_as_the_api_tells_them(signed_in: SignedIn) -> None:
    page = signed_in("analyst")
    page.goto("/admin/explorer/?metrics=on_time_rate&by=carrier__nam")
    alert = page.locator("#problem [role=alert]")
    alert.wait_for()
    assert "UNKNOWN_FIELD" in alert.inner_text()
    assert "carrier__name" in alert.inner_text()


def test_a_viewer_sees_sql_and_no_rows(signed_in: SignedIn) -> None:
    page = signed_in("viewer")
    page.goto("/admin/explorer/?metrics=flights")
    page.locator("#sql-card").wait_for()
    assert "SELECT" in page.locator("#sql").inner_text()
    assert page.get_by_role("button", name="Run", exact=True).is_disabled()
    assert page.locator("#table td").count() == 0


@pytest.mark.parametrize(("dark", "width"), [(False, 1280), (True, 1280), (True, 390)])
def test_pages_fit_wide_narrow_light_and_dark(signed_in: SignedIn, dark: bool, width: int) -> None:
    page = signed_in("admin", dark=dark, width=width)
    kind = f"{'dark' if dark else 'light'}-{'narrow' if width < 500 else 'wide'}"
    assert is_within_the_window(page)
    picture(page, f"dashboard-{kind}", height=760)
    page.goto(MONTHS)
    page.locator("#chart svg").wait_for()
    assert is_within_the_window(page)
    if kind == "dark-wide":
        page.locator("#chart-card").scroll_into_view_if_needed()
    picture(page, f"explorer-{kind}", height=1150)
    for path in (
        "/admin/models/new/", "/admin/models/upload/", "/admin/reviews/", "/admin/metrics/",
    ):  # fmt: skip
        page.goto(path)
        assert is_within_the_window(page), path
    page.goto("/admin/metrics/production/on_time_rate/")
    page.locator("#recent svg").wait_for()
    assert is_within_the_window(page)
    picture(page, f"metric-{kind}", height=1000)
    background = page.evaluate("getComputedStyle(document.querySelector('#main')).backgroundColor")
    assert (background == "rgb(255, 255, 255)") is not dark

"""Models whose words are an attack: nothing of them runs on any page."""

from __future__ import annotations

import pytest

from tests.browser.conftest import SignedIn
from tests.browser.pages import open_model, wait_for_verdict, write

pytestmark = pytest.mark.browser

EVIL = (
    "</script></textarea></pre><img src=x onerror=window.hacked=1><script>window.hacked=1</script>"
)
MODEL = f"""\
# {EVIL}
semantic_model:
  name: hostile
  label: "{EVIL}"
  description: "{EVIL}"
  model: flights.gold.airports
  config: {{meta: {{owner: "{EVIL}", tags: ["{EVIL}"], synonyms: ["{EVIL}"]}}}}
  entities:
    - {{name: hostile_key, type: primary, expr: airport_code, description: "{EVIL}"}}
  dimensions:
    - {{name: zone, type: categorical, expr: "'{EVIL}'", label: "{EVIL}", description: "{EVIL}"}}
  measures:
    - {{name: hostile_count, agg: count, expr: airport_code}}
metrics:
  - name: hostiles
    label: "{EVIL}"
    description: "{EVIL}"
    type: simple
    type_params: {{measure: hostile_count}}
    config: {{meta: {{synonyms: ["{EVIL}"]}}}}
"""


def test_words_of_models_are_only_words(signed_in: SignedIn) -> None:
    page = signed_in("engineer")

    def is_clean() -> None:
        page.wait_for_load_state("networkidle")
        assert page.evaluate("window.hacked") is None, page.url
        assert page.locator("img[src=x]").count() == 0, page.url

    page.goto("/admin/models/new/?category=development")
    write(page, MODEL)
    wait_for_verdict(page, "Valid")
    is_clean()
    page.fill("input[name=message]", EVIL)
    page.get_by_role("button", name="Dry run").click()
    is_clean()
    page.get_by_role("button", name="Save and publish").click()
    page.wait_for_url("**/change/")
    is_clean()
    for tab in ("metrics", "yaml", "versions"):
        page.goto(f"{page.url.split('#')[0]}#{tab}")
        is_clean()
    for link in ("Edit YAML", "Promote to staging", "Deprecate"):
        open_model(page, "hostile", "development")
        page.get_by_role("link", name=link).click()
        is_clean()
    for path in (
        "/admin/metrics/?category=development&search=hostiles",
        "/admin/metrics/development/hostiles/",
        "/admin/lineage/?root=metric:development.hostiles",
        "/admin/explorer/?category=development&metrics=hostiles&by=hostile_key__zone",
        "/admin/reviews/",
        "/admin/",
    ):
        page.goto(path)
        is_clean()
    page.goto("/admin/explorer/?category=development&metrics=hostiles&by=hostile_key__zone")
    page.locator("#table td").first.wait_for()
    assert "<img src=x" in page.locator("#table td").first.inner_text()
    is_clean()

"""The site of static pages: complete, searchable, replaced as a whole."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from models_registry import services as registry
from models_registry import tasks
from models_registry.audit import SYSTEM
from models_registry.documentation import site
from semantic_layer.errors import Conflict
from tests.documentation.test_documentation import HOSTILE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("models")]


def test_every_page_is_there_and_hidden_models_are_not(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    with pytest.raises(CommandError, match="1 models"):
        call_command("build_docs", "--output", str(folder))
    names = {file.name for file in folder.iterdir()}
    assert names == {
        "index.html", "orders.html", "orders.pdf", "customers.html", "customers.pdf",
        "search.json", "search.js", "style.css", "built.json",
    }  # fmt: skip
    everything = "".join(file.read_text() for file in folder.iterdir() if file.suffix != ".pdf")
    assert "secret" not in everything
    for page in folder.glob("*.html"):
        for link in re.findall(r'(?:href|src)="([^"#]+)', page.read_text()):
            assert (folder / link).exists(), (page.name, link)


def test_the_search_knows_metrics_by_name_and_where_they_are(tmp_path: Path) -> None:
    built = site.build_site(actor=SYSTEM, category="production", folder=tmp_path / "site")
    assert built.models == ("customers", "orders")
    entries = json.loads((built.folder / "search.json").read_text())
    found = {(entry["kind"], entry["name"]): entry["url"] for entry in entries}
    assert found["metric", "revenue"] == "orders.html#metric-revenue"
    assert found["model", "customers"] == "customers.html"
    assert 'id="metric-revenue"' in (built.folder / "orders.html").read_text()


def test_a_person_gets_what_they_may_see(tmp_path: Path, admin_user: Any) -> None:
    folder = tmp_path / "site"
    arguments = ("--output", str(folder), "--as", admin_user.email, "--no-pdf")
    call_command("build_docs", *arguments, "--model", "secrets")
    assert "secret_total" in (folder / "secrets.html").read_text()
    assert not list(folder.glob("*.pdf"))


def test_a_build_that_dies_leaves_the_old_site(tmp_path: Path, monkeypatch: Any) -> None:
    folder = tmp_path / "site"
    site.build_site(actor=SYSTEM, category="production", folder=folder)
    (folder / "mark").touch()

    def dies(*args: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(site, "_write_index", dies)
    with pytest.raises(KeyboardInterrupt):
        site.build_site(actor=SYSTEM, category="production", folder=folder)
    assert (folder / "mark").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == [".site.lock", "site"]


def test_a_worker_builds_it_too(tmp_path: Path, settings: Any) -> None:
    settings.DOCUMENTATION_FOLDER = tmp_path
    tasks.build_docs()
    assert (tmp_path / "production" / "index.html").exists()


def test_it_is_built_when_it_is_due(tmp_path: Path, settings: Any) -> None:
    settings.DOCUMENTATION_FOLDER = tmp_path
    tasks.build_due_docs()
    assert not list(tmp_path.iterdir())
    settings.DOCUMENTATION_SITES = ["production"]

    def built() -> bool:
        """Whether the task builds it: a mark in the folder is gone then."""
        mark = tmp_path / "production" / "mark"
        mark.parent.mkdir(exist_ok=True)
        mark.touch()
        tasks.build_due_docs()
        return not mark.exists()

    assert built()
    assert not built()
    registry.update_model(
        actor=SYSTEM, category="production", name="orders", payload={"description": "Other."}
    )
    assert built()
    record = tmp_path / "production" / site.BUILT
    told = json.loads(record.read_text())
    record.write_text(json.dumps({**told, "built_at": "2020-01-01T00:00:00+00:00"}))
    assert built()
    record.write_text("no JSON")
    assert built()


def test_one_at_a_time_builds_it(tmp_path: Path, settings: Any) -> None:
    settings.DOCUMENTATION_FOLDER = tmp_path
    with site._alone(tmp_path / "production"):
        with pytest.raises(Conflict, match="Somebody else"):
            site.build_site(actor=SYSTEM, category="production", folder=tmp_path / "production")
        tasks.build_docs()
    assert not (tmp_path / "production").exists()


def test_hostile_words_do_not_leave_the_search(tmp_path: Path) -> None:
    registry.create_model(actor=SYSTEM, category="production", payload={"yaml": HOSTILE})
    built = site.build_site(actor=SYSTEM, category="production", folder=tmp_path / "site")
    for page in built.folder.glob("*.html"):
        text = page.read_text()
        assert "<img" not in text
        assert text.count("</script>") == text.count("<script")
        assert not re.findall(r'(?:href|src)="(?:https?:)?//', text)

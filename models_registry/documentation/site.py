"""The documentation of a category as a site of static pages, searched without a server."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone

from models_registry.documentation.contents import Contents, gather
from models_registry.documentation.rendering import context_of, render
from models_registry.documentation.wording import as_plain
from models_registry.graph_source import load_snapshot
from models_registry.models import DocumentationFormat
from models_registry.selectors import published_models
from models_registry.visibility import restricted_models
from semantic_layer.errors import Conflict, SemanticLayerError
from semantic_layer.ports import Actor

PER_MODEL_S = 10.0
BUILT = "built.json"
"""What a site was built of, and when."""


@dataclass(frozen=True)
class Wanted:
    """Which models (none named: all), with PDFs or not; `for_everybody`: as who has no role sees
    them, else as the actor.
    """

    names: tuple[str, ...] = ()
    with_pdf: bool = True
    for_everybody: bool = True


@dataclass(frozen=True)
class Built:
    """Where the site is, and which models could not be described."""

    folder: Path
    models: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...] = ()


def build_site(*, actor: Actor, category: str, folder: Path, wanted: Wanted | None = None) -> Built:
    """Write index, a page (and a PDF) per model, and the search's index.

    Examples show the actor's data.

    The folder is replaced as a whole when all is written: readers see the old site or the new one.
    Raises Conflict while somebody else builds it.
    """
    wanted = wanted or Wanted()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        work = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            key = load_snapshot(category).key
            contents, skipped = _gathered(actor, category, wanted)
            for one in contents:
                _write_page(work, one, wanted.with_pdf)
            _write_index(work, category, contents, key)
            work.chmod(0o755)
            _swap(work, folder)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return Built(folder, tuple(one.name for one in contents), tuple(skipped))


def is_due(category: str, folder: Path, *, after: timedelta) -> bool:
    """Whether the site is missing, tells of other models than are published, or is older than
    `after`: its examples show data of then."""
    try:
        built = json.loads((folder / BUILT).read_text(encoding="utf-8"))
        at = datetime.fromisoformat(built["built_at"])
        return bool(built["key"] != load_snapshot(category).key or timezone.now() - at > after)
    except (OSError, ValueError, KeyError, TypeError):
        return True


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """The only one who builds the site; the lock ends with the process."""
    with (folder.parent / f".{folder.name}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict(f"Somebody else is building {folder} now.") from error
        yield


def _names(actor: Actor, category: str) -> list[str]:
    hidden = [name for name, part in restricted_models(category, actor).items() if part is None]
    found = published_models(category).exclude(name__in=hidden)
    return list(found.values_list("name", flat=True))


def _gathered(
    actor: Actor, category: str, wanted: Wanted
) -> tuple[list[Contents], list[tuple[str, str]]]:
    contents: list[Contents] = []
    skipped: list[tuple[str, str]] = []
    for name in wanted.names or _names(actor, category):
        try:
            contents.append(
                gather(
                    actor=actor,
                    category=category,
                    name=name,
                    seconds=PER_MODEL_S,
                    for_everybody=wanted.for_everybody,
                )
            )
        except SemanticLayerError as error:
            skipped.append((name, error.message))
    return contents, skipped


def _write_page(folder: Path, contents: Contents, with_pdf: bool) -> None:
    page = render_to_string(
        "documentation/site/model.html", {**context_of(contents), "has_pdf": with_pdf}
    )
    (folder / f"{contents.name}.html").write_text(page, encoding="utf-8")
    if with_pdf:
        written = render(contents, DocumentationFormat.PDF)
        (folder / f"{contents.name}.pdf").write_bytes(written)


def _write_index(folder: Path, category: str, contents: Sequence[Contents], key: str) -> None:
    entries = [entry for one in contents for entry in _entries(one)]
    now = timezone.now()
    built = {"category": category, "key": key, "built_at": now.astimezone(UTC).isoformat()}
    (folder / BUILT).write_text(json.dumps(built), encoding="utf-8")
    context = {
        "category": category,
        "models": contents,
        "entries": entries,
        "generated_at": now,
    }
    index = render_to_string("documentation/site/index.html", context)
    (folder / "index.html").write_text(index, encoding="utf-8")
    written = json.dumps(entries, ensure_ascii=False, separators=(",", ":"))
    (folder / "search.json").write_text(written, encoding="utf-8")
    script = render_to_string("documentation/site/search.js")
    (folder / "search.js").write_text(script, encoding="utf-8")
    style = render_to_string("documentation/style.css")
    (folder / "style.css").write_text(style, encoding="utf-8")


def _entries(contents: Contents) -> Iterator[dict[str, Any]]:
    """What the search finds: models, metrics and their members, by their words."""
    page = f"{contents.name}.html"
    yield _entry("model", contents.label, page, contents.name, contents.description, contents.tags)
    for metric in contents.metrics:
        words = (metric.name, *metric.synonyms, *metric.tags)
        where = f"{page}#metric-{metric.name}"
        yield _entry("metric", metric.label, where, metric.name, metric.description, words)
    for member in (*contents.dimensions, *contents.measures, *contents.entities):
        title = member.label or member.name
        yield _entry(member.type, title, page, member.name, member.description, ())


def _entry(
    kind: str, title: str, url: str, name: str, description: str, words: Sequence[str]
) -> dict[str, Any]:
    return {
        "kind": kind,
        "title": title,
        "name": name,
        "url": url,
        "text": as_plain(description)[:300],
        "words": " ".join(words),
    }


def _swap(work: Path, folder: Path) -> None:
    """The new folder in place of the old, which goes only when the new one stands."""
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
    try:
        if folder.exists():
            os.rename(folder, old / "site")
        os.rename(work, folder)
    finally:
        shutil.rmtree(old, ignore_errors=True)

"""A registry of 1,000 models and 10,000 metrics: loading, editing, searching, listing.

    python -m bench.search

Real PostgreSQL and Valkey in a folder of their own; requests pass through the whole service except
for the socket. Every query differs from the others, and each is asked twice: the first time nobody
has typed it before.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

from tests import services  # noqa: E402  sets the environment that the settings read

services.export_environment()

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.test import Client, override_settings  # noqa: E402

from bench.measuring import fact, heading, milliseconds, report, timed  # noqa: E402
from bench.registry_world import SYNONYMS, import_world, model_yaml, subjects  # noqa: E402
from models_registry import services as registry  # noqa: E402
from models_registry.audit import SYSTEM  # noqa: E402
from models_registry.graph_source import forget_snapshots, load_snapshot  # noqa: E402
from semantic_layer.accounts import sessions, tokens  # noqa: E402
from semantic_layer.accounts.models import User  # noqa: E402
from semantic_layer.compiler import build_graph  # noqa: E402

MODELS = 1_000
SEARCH, METRIC_SEARCH, LIST = (
    "/api/models/search", "/api/metrics-explorer/search", "/api/models",
)  # fmt: skip
ENDINGS = ("count", "amount", "late rate", "margin", "unit cost", "duration")
FILTERS = (
    {"tags": "gold"},
    {"tags": "finance,beta", "has_metrics": "true"},
    {"model_contains": "customer", "created_after": "2020-01-01"},
    {"updated_after": "2020-01-01", "page_size": "100"},
    {"has_metrics": "true", "page": "2"},
)

Asked = Mapping[str, str]


def misspelled(word: str, dice: random.Random) -> str:
    """Two letters swapped, one left out, or one doubled."""
    at = dice.randrange(1, len(word) - 2)
    return dice.choice(
        (
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
        )
    )


def queries(dice: random.Random) -> dict[str, list[Asked]]:
    """Two hundred ways to look for something, by kind."""
    names = [subject.name for subject in dice.sample(subjects(MODELS), 200)]
    words = [word for name in names for word in name.split("_")]
    asked = {
        "exact name": names[:40],
        "part of a name": [
            f"{name[: 4 + number % 12]}" for number, name in enumerate(names[40:80])
        ],
        "typing mistake": [misspelled(name, dice) for name in names[80:120]],
        "several words": [
            f"{dice.choice(words)} {dice.choice(ENDINGS)} {dice.choice(words)}" for _ in range(35)
        ],
        "synonym": [
            f"{word} {dice.choice(words)}" for found in SYNONYMS.values() for word in found
        ],
        "nothing to find": [f"{word}{dice.randrange(10**6)}zq" for word in words[:10]],
    }
    filtered = [
        {"query": dice.choice(words)[: 3 + number % 6], **dict(FILTERS[number % len(FILTERS)])}
        for number in range(30)
    ]
    found = {kind: [{"query": text} for text in texts] for kind, texts in asked.items()}
    return {**found, "with filters": filtered}


def requests(client: Client, path: str, every: list[Asked]) -> Iterator[Callable[[], Any]]:
    def call(asked: Asked) -> None:
        response = client.get(path, asked)
        if response.status_code != 200:
            raise SystemExit(f"{path} {dict(asked)}: {response.status_code} {response.content!r}")

    return (lambda asked=asked: call(asked) for asked in every)


def bench_registry() -> None:
    started = time.perf_counter()
    import_world(MODELS)
    fact(f"import of {MODELS:,} files in one transaction", time.perf_counter() - started, "s")
    forget_snapshots()
    fact("first load in a process: rows, definitions, graph", _seconds_to_load(), "s")
    project = load_snapshot("production").project_with({})
    times = timed([lambda: build_graph(project)] * 3)
    fact("graph of all models, from nothing", min(times), "ms", target="<= 3,000")


def _seconds_to_load() -> float:
    return milliseconds(lambda: load_snapshot("production")) / 1000


def bench_edits(client: Client) -> None:
    """One model edited: checked only, and written."""
    dice = random.Random(5)
    every = subjects(MODELS)
    edited = dice.sample(every, 24)

    def text(number: int) -> str:
        subject = edited[number]
        return model_yaml(subject, [], dice).replace("One row per", f"Edit {number}, one row per")

    def check(number: int) -> None:
        checked = registry.validate_model(
            snapshot=load_snapshot("production"), payload={"yaml": text(number)}
        )
        assert checked.valid, checked.errors[:3]

    def write(number: int) -> None:
        name = edited[number].name
        registry.update_model(
            actor=SYSTEM, category="production", name=name, payload={"yaml": text(number)}
        )

    report(
        "edit of one model, validated in its category",
        timed(lambda n=n: check(n) for n in range(12)),
        target="<= 100",
    )
    report("edit of one model, written", timed(lambda n=n: write(n) for n in range(12, 24)))
    for path, what in ((SEARCH, "model"), (METRIC_SEARCH, "metric")):
        [first] = timed(requests(client, path, [{"query": "customer"}]))
        fact(f"first {what} search after a write", first, "ms")


def bench_searches(client: Client, path: str, title: str) -> None:
    by_kind = queries(random.Random(3))
    if path == METRIC_SEARCH:
        by_kind["with filters"] = [
            {"query": asked["query"], "type": "simple"} for asked in by_kind["with filters"]
        ]
    fresh = {kind: timed(requests(client, path, asked)) for kind, asked in by_kind.items()}
    for kind, times in fresh.items():
        report(f"{title}: {kind}", times)
    every = [time for times in fresh.values() for time in times]
    report(f"{title}: ALL", every, target="p95 < 50")
    again = [asked for found in by_kind.values() for asked in found]
    report(f"{title}: all, asked again", timed(requests(client, path, again)))


def bench_lists(client: Client) -> None:
    pages: list[Asked] = [{"page": str(page), "page_size": "50"} for page in range(1, 21)]
    report("models list: 50 a page", timed(requests(client, LIST, pages * 2)))
    whole: list[Asked] = [{**page, "expand": "true"} for page in pages]
    report("models list: 50 a page, expanded", timed(requests(client, LIST, whole)))


def signed_in() -> Client:
    user = User.objects.create_user("bench@example.com", ["analyst"])
    session = sessions.open_session(user=user, credential="bench")
    bearer = {"Authorization": f"Bearer {tokens.issue(session).access}"}
    return Client(headers=bearer, SERVER_NAME="localhost")


def main() -> None:
    unlimited = {"models": (10**9, 60), "metadata": (10**9, 60)}
    with services.running(), override_settings(RATE_LIMITS=unlimited):
        call_command("migrate", verbosity=0)
        heading(f"{MODELS:,} models, {MODELS * 10:,} metrics")
        bench_registry()
        client = signed_in()
        for path, what in ((SEARCH, "model"), (METRIC_SEARCH, "metric")):
            [first] = timed(requests(client, path, [{"query": "warm up"}]))
            fact(f"first {what} search in a process: builds the index", first, "ms")
        bench_edits(client)
        bench_searches(client, SEARCH, "model search")
        bench_searches(client, METRIC_SEARCH, "metric search")
        bench_lists(client)


if __name__ == "__main__":
    main()

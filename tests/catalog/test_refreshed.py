"""Values rebuilt in the background: once, by one thread, and not lost when it fails."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from catalog import refreshed
from catalog.refreshed import Refreshed
from tests.waiting import wait_for


def store(capacity: int = 1000) -> Refreshed[str]:
    return Refreshed(capacity=capacity, weigh=len)


def test_the_first_call_builds_and_the_next_do_not() -> None:
    built: list[int] = []
    values = store()

    def build() -> str:
        built.append(1)
        return "one"

    assert [values.get("k", "v1", build) for _ in range(3)] == ["one"] * 3
    assert built == [1]


def test_many_first_calls_build_once() -> None:
    built: list[int] = []
    values = store()

    def build() -> str:
        built.append(1)
        time.sleep(0.05)
        return "one"

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: values.get("k", "v1", build), range(8)))
    assert (found, built) == (["one"] * 8, [1])


def test_a_new_version_is_built_behind_the_old_one_by_one_thread() -> None:
    values = store()
    release = threading.Event()
    built: list[int] = []

    def build() -> str:
        built.append(1)
        assert release.wait(90)
        return "two"

    values.get("k", "v1", lambda: "one")
    assert [values.get("k", "v2", build) for _ in range(5)] == ["one"] * 5
    release.set()
    wait_for(lambda: values.get("k", "v2", build) == "two")
    assert built == [1]


def test_a_failed_rebuild_keeps_the_value_and_is_not_tried_at_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    values = store()
    tried: list[int] = []

    def build() -> str:
        tried.append(1)
        raise ValueError("the source is down")

    values.get("k", "v1", lambda: "one")
    with caplog.at_level(logging.ERROR, logger="catalog.refreshed"):
        values.get("k", "v2", build)
        wait_for(lambda: "refresh failed" in caplog.text)
    assert [values.get("k", "v2", build) for _ in range(5)] == ["one"] * 5
    assert tried == [1]


def test_a_failed_rebuild_is_tried_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refreshed, "RETRY_AFTER_S", 0.0)
    values = store()
    tried: list[int] = []

    def build() -> str:
        tried.append(1)
        if len(tried) == 1:
            raise ValueError("the source is down")
        return "two"

    values.get("k", "v1", lambda: "one")
    wait_for(lambda: values.get("k", "v2", build) == "two")
    assert tried == [1, 1]


def test_a_failed_first_build_is_the_callers_and_tried_again() -> None:
    values = store()

    def fail() -> str:
        raise ValueError("down")

    with pytest.raises(ValueError, match="down"):
        values.get("k", "v1", fail)
    assert values.get("k", "v1", lambda: "one") == "one"


def test_keys_are_apart_and_the_longest_unused_goes_first() -> None:
    values = store(capacity=5)
    assert values.get("a", "v", lambda: "aa") == "aa"
    assert values.get("b", "v", lambda: "bb") == "bb"
    values.get("a", "v", lambda: "never")
    values.get("c", "v", lambda: "cc")
    assert values.get("a", "v", lambda: "again") == "aa"
    assert values.get("b", "v", lambda: "again") == "again"


def test_a_value_past_all_capacity_is_kept_alone() -> None:
    values = store(capacity=1)
    assert values.get("a", "v", lambda: "heavy") == "heavy"
    assert values.get("a", "v", lambda: "never") == "heavy"


def test_a_makeshift_is_served_until_the_value_is_built() -> None:
    values = store()
    release = threading.Event()

    def build() -> str:
        assert release.wait(60)
        return "whole"

    def get() -> str:
        return values.get("k", "v1", build, first=lambda: "makeshift")

    assert [get(), get()] == ["makeshift"] * 2
    release.set()
    wait_for(lambda: get() == "whole")


def test_a_makeshift_stays_where_building_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refreshed, "RETRY_AFTER_S", 0.0)
    values = store()
    outcomes = iter(["fail", "whole"])

    def build() -> str:
        outcome = next(outcomes)
        if outcome == "fail":
            raise OSError("the source is down")
        return outcome

    def get() -> str:
        return values.get("k", "v1", build, first=lambda: "makeshift")

    assert get() == "makeshift"
    wait_for(lambda: get() == "whole")

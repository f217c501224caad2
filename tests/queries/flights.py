"""Questions through the result cache without a warehouse: what runs is a function of the test.

PROGRAM (arguments: key, count, seconds) asks from a process of its own.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa

from queries.cacheability import CacheUse
from queries.execution import Fetched, Statement
from queries.result_cache import through_cache
from semantic_layer.api.counters import counter_key, counters
from semantic_layer.ports import ResultColumn
from tests.waiting import PATIENCE_S

TIMEOUT_S = 120.0


def statement(key: str, *, timeout_s: float = TIMEOUT_S, refresh: bool = False) -> Statement:
    use = CacheUse(key=key, refresh=refresh)
    return Statement("SELECT 1", row_limit=10, timeout_s=timeout_s, cache=use)


def result(value: object = 1) -> Fetched:
    batch = pa.RecordBatch.from_pydict({"n": [value]})
    return Fetched(
        columns=(ResultColumn("n", "INTEGER"),),
        batches=(batch,),
        row_count=1,
        byte_count=batch.nbytes,
        truncated=False,
        statement_id=f"statement of {os.getpid()}",
        engine_ms=5.0,
    )


def runs_key(key: str) -> str:
    return counter_key("test", "runs", key)


def counted(key: str, seconds: float) -> Callable[[Statement], Fetched]:
    """A run that takes a while; how often it ran is counted for all processes."""

    def run(asked: Statement) -> Fetched:
        counters().incr(runs_key(key))
        time.sleep(seconds)
        return result()

    return run


def counted_until(key: str, end: threading.Event) -> Callable[[Statement], Fetched]:
    """A run that goes on until the test ends it."""

    def run(asked: Statement) -> Fetched:
        counters().incr(runs_key(key))
        assert end.wait(PATIENCE_S)
        return result()

    return run


def runs(key: str) -> int:
    return int(counters().get(runs_key(key)) or 0)


def ask_at_once(key: str, count: int, seconds: float) -> list[Fetched]:
    with ThreadPoolExecutor(count) as pool:
        asked = [
            pool.submit(through_cache, statement(key), counted(key, seconds)) for _ in range(count)
        ]
        return [found.result(timeout=PATIENCE_S) for found in asked]


PROGRAM = """
import sys, django
django.setup()
from tests.queries.flights import ask_at_once
answers = ask_at_once(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
print(sum(answer.cache.is_hit for answer in answers))
"""

"""Several at once against one database."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from semantic_layer.errors import SemanticLayerError


def at_once(*calls: Callable[[], object]) -> list[object]:
    """Run each call in a thread of its own, all released together; their results or errors."""
    barrier = threading.Barrier(len(calls))
    outcomes: list[object] = [None] * len(calls)

    def run(position: int, call: Callable[[], object]) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=10)
            outcomes[position] = call()
        except SemanticLayerError as error:
            outcomes[position] = error
        finally:
            connection.close()

    threads = [
        threading.Thread(target=run, args=(position, call)) for position, call in enumerate(calls)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return outcomes


def wait_until_somebody_waits_for_a_lock() -> None:
    with connection.cursor() as cursor:
        for _ in range(200):
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            if cursor.fetchone()[0]:
                return
            cursor.execute("SELECT pg_sleep(0.05), pg_stat_clear_snapshot()")
    pytest.fail("nobody waited for the lock")

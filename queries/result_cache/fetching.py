"""Look for a kept answer, wait for the one who is finding it, or find and keep it."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from django.conf import settings
from django.utils import timezone
from redis.exceptions import RedisError

from queries.cacheability import CacheNote, CacheState, CacheUse
from queries.execution import Fetched, Statement, timed_out
from queries.fingerprints import MAX_ROWS, digest_of
from queries.leases import keeper
from queries.result_cache import shared
from queries.result_cache.entries import Entry, opened, sealed
from queries.watching import look
from semantic_layer.errors import StatementTimeout

log = logging.getLogger(__name__)

Run = Callable[[Statement], Fetched]

_FIRST_PAUSE_S = 0.004
_LONGEST_PAUSE_S = 0.05
_UNREACHABLE = "The cache cannot be reached."
_TOO_LARGE = "The result is too large to be kept."
_NEW = "Nobody asked this before, or the answer expired."
_ASKED_ANEW = "A fresh answer was asked for."
_FORGED = "The answer that was kept was not this service's own."
_CHANGED = "The warehouse changed while the rows were read."


@dataclass(frozen=True)
class _Turn:
    """What to do with a question: give the kept answer, or run it; `leads` where others wait."""

    entry: Entry | None = None
    leads: bool = False
    generation: bytes | None = None
    reason: str = _NEW


def through_cache(statement: Statement, run: Run) -> Fetched:
    """The rows of the statement, kept or read by `run`; `cache` of the result tells which.

    Raises what `run` raises, and StatementTimeout where another's run takes longer than this
    statement may. Without Valkey the statement is run.
    """
    use, key = statement.cache, statement.cache.key
    if key is None:
        return _read(statement, run, CacheState.OFF, use.reason)
    if use.refresh:
        return _renewed(key, statement, run)
    token = secrets.token_hex(8)
    started = time.monotonic()
    turn = _turn(key, token, started + statement.timeout_s, statement)
    if turn.entry is not None:
        return _kept(turn.entry)
    left = replace(statement, timeout_s=statement.timeout_s - (time.monotonic() - started))
    if not turn.leads or turn.generation is None:
        with _told_in_all(statement):
            return _read(left, run, CacheState.MISS, turn.reason)
    with keeper.keeping(lambda: shared.renew(key, token)):
        try:
            with _told_in_all(statement):
                fetched = _read(left, run, CacheState.MISS, turn.reason)
        except BaseException:
            _give_up(key, token)
            raise
        return _keep(use, token, turn.generation, fetched)


@contextmanager
def _told_in_all(statement: Statement) -> Iterator[None]:
    """Who ran out of what was left of their time is told all that they had."""
    try:
        yield
    except StatementTimeout as error:
        raise timed_out(statement.timeout_s) from error


def _turn(key: str, token: str, deadline: float, statement: Statement) -> _Turn:
    pause_s = _FIRST_PAUSE_S
    try:
        while True:
            found = shared.look(key, token)
            if found.entry is not None:
                entry = opened(key, found.entry)
                if entry is not None:
                    return _Turn(entry=entry)
                log.warning("a kept result was not sealed by this service: discarded")
                shared.discard(key)
                return _Turn(reason=_FORGED)
            if found.holder == token.encode():
                return _Turn(leads=True, generation=found.generation)
            if found.holder == shared.ALONE:
                return _Turn(reason=_TOO_LARGE)
            if time.monotonic() + pause_s > deadline:
                raise timed_out(statement.timeout_s)
            look()
            time.sleep(pause_s)
            pause_s = min(pause_s * 1.5, _LONGEST_PAUSE_S)
    except RedisError:
        log.warning("results are not kept: the cache cannot be reached")
        return _Turn(reason=_UNREACHABLE)


def _renewed(key: str, statement: Statement, run: Run) -> Fetched:
    """Run whatever is kept or under way, and keep the new answer."""
    try:
        generation = shared.generation()
    except RedisError:
        return _read(statement, run, CacheState.MISS, _UNREACHABLE)
    fetched = _read(statement, run, CacheState.REFRESHED, _ASKED_ANEW)
    return _keep(statement.cache, "", generation, fetched)


def _read(statement: Statement, run: Run, state: CacheState, reason: str | None) -> Fetched:
    read_at = timezone.now()
    fetched = run(statement)
    few = fetched.holds_rows and fetched.row_count <= MAX_ROWS
    digest = digest_of(fetched.rows) if few else None
    return replace(fetched, digest=digest, cache=CacheNote(state, reason, read_at))


def _kept(entry: Entry) -> Fetched:
    note = CacheNote(CacheState.HIT, None, entry.read_at)
    return replace(entry.fetched, digest=entry.digest, engine_ms=0.0, cache=note)


def _keep(use: CacheUse, token: str, generation: bytes, fetched: Fetched) -> Fetched:
    """Keep the answer and let those who wait have it; the same result, saying why where not."""
    key = use.key or ""
    try:
        problem = _problem(use, fetched)
        if problem is None:
            data = sealed(key, Entry(fetched, fetched.digest, fetched.cache.data_read_at))
            small = len(data) <= settings.QUERY_CACHE_MAX_BYTES
            if small and shared.keep(key, token, generation, data):
                return fetched
            problem = _TOO_LARGE
        shared.let_all_run(key, token)
    except RedisError:
        log.warning("a result is not kept: the cache cannot be reached")
        problem = _UNREACHABLE
    return replace(fetched, cache=replace(fetched.cache, reason=problem))


def _problem(use: CacheUse, fetched: Fetched) -> str | None:
    """Why the answer cannot be kept at all, found without writing it out."""
    if not fetched.holds_rows or fetched.byte_count > most_bytes():
        return _TOO_LARGE
    return None if use.unchanged() else _CHANGED


def most_bytes() -> int:
    """Rows of more bytes in Arrow's form are not kept: however well they are written, they would
    be too large.
    """
    return 8 * int(settings.QUERY_CACHE_MAX_BYTES)


def _give_up(key: str, token: str) -> None:
    try:
        shared.give_up(key, token)
    except RedisError:
        log.warning("a lock is not given back: it ends with its lease")

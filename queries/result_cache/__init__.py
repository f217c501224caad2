"""Results kept in Valkey for those who may see the same data, and one run for equal questions.

    keys.py      which question it is, and why an answer must not be kept
    scopes.py    who may share an answer
    volatile.py  statements that answer differently each time
    entries.py   a result as sealed bytes
    at_hand.py   those that this process opened before
    shared.py    the round trips to Valkey

    fetching.py  look, wait for another's run, or run and keep

Valkey may be down, slow or hostile: then the warehouse is asked, and nothing else changes.
"""

from queries.result_cache.fetching import most_bytes, through_cache
from queries.result_cache.keys import Question, cache_use
from queries.result_cache.shared import forget_results

__all__ = [
    "Question",
    "cache_use",
    "forget_results",
    "most_bytes",
    "through_cache",
]

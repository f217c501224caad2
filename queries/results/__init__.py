"""The result store: what runs keep for later, behind a few functions."""

from queries.results.store import (
    OpenResult,
    WrittenResult,
    delete_result,
    discard_result,
    open_result,
    reading,
    register_result,
    write_result,
)
from queries.results.upkeep import Swept, sweep_results

__all__ = [
    "OpenResult",
    "Swept",
    "WrittenResult",
    "delete_result",
    "discard_result",
    "open_result",
    "reading",
    "register_result",
    "sweep_results",
    "write_result",
]

"""Whether a statement's rows may come from the result cache, and whether they did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.utils import timezone


@dataclass(frozen=True)
class CacheUse:
    """How a statement uses the cache. Without a key it never does, and `reason` says why.

    `data_version` is what the warehouse held when the question was read; `unchanged` tells, after
    the rows were read, whether it still does.
    """

    key: str | None = None
    reason: str | None = None
    refresh: bool = False
    data_version: str | None = None
    unchanged: Callable[[], bool] = lambda: True


def uncached(reason: str, data_version: str | None = None) -> CacheUse:
    """Run, and keep nothing."""
    return CacheUse(reason=reason, data_version=data_version)


class CacheState(StrEnum):
    """HIT: a kept answer. MISS: read now, kept unless a reason says otherwise. REFRESHED: read now
    because that was asked for. OFF: such a query is never kept.
    """

    HIT = "hit"
    MISS = "miss"
    REFRESHED = "refreshed"
    OFF = "off"


@dataclass(frozen=True)
class CacheNote:
    """Whether an answer was kept, why not, and when (UTC) its rows were read. `is_stored`: it was
    given once, and is read again from where it is stored.
    """

    state: CacheState = CacheState.OFF
    reason: str | None = "Rows that go to a file are always read."
    data_read_at: datetime = field(default_factory=timezone.now)
    is_stored: bool = False

    @classmethod
    def stored(cls, body: Mapping[str, Any]) -> CacheNote:
        """The note of a stored answer, of the body that its receipt has."""
        read_at = datetime.fromisoformat(body["data_read_at"])
        return cls(CacheState(body["state"]), body["reason"], read_at, is_stored=True)

    @property
    def is_hit(self) -> bool:
        return self.state is CacheState.HIT

    def body(self) -> dict[str, Any]:
        aged = self.is_hit or self.is_stored
        age_s = max(0.0, (timezone.now() - self.data_read_at).total_seconds()) if aged else 0
        return {
            "state": self.state.value,
            "reason": self.reason,
            "data_read_at": self.data_read_at.isoformat().replace("+00:00", "Z"),
            "data_age_s": round(age_s, 3),
        }

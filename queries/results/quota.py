"""How much may be kept: per person and in all, for results and exports alike."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection
from django.db.models import QuerySet, Sum

from queries.models import KeptFile
from queries.results.folder import ByteLimit
from semantic_layer.errors import InvalidInput, SemanticLayerError, Unavailable

_MB = 1024 * 1024
_RETRY_AFTER_S = 600


@dataclass(frozen=True)
class Quota:
    """Bytes that `rows`, the files of one kind that are still there, may have: each person's, and
    all together. `lock` names the kind in PostgreSQL's advisory locks.
    """

    rows: QuerySet[KeptFile]
    user_bytes: int
    total_bytes: int
    lock: int

    def limit(self, actor_id: str) -> ByteLimit:
        """What one more file of this person may have; raises where there is no room at all."""
        users = self.user_bytes - _bytes_of(self.rows.filter(actor_id=actor_id))
        all_ = self.total_bytes - _bytes_of(self.rows)
        if users <= all_:
            limit = ByteLimit(users, self._user_refusal)
        else:
            limit = ByteLimit(all_, self._total_refusal)
        if limit.most <= 0:
            raise limit.refusal()
        return limit

    def claim(self, actor_id: str, size: int) -> None:
        """Hold the quota until the transaction ends and make sure that the file still fits: others
        may have written meanwhile. Raises like `limit`.
        """
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [self.lock])
        limit = self.limit(actor_id)
        if size > limit.most:
            raise limit.refusal()

    def _user_refusal(self) -> SemanticLayerError:
        return InvalidInput(
            f"You may keep {self.user_bytes // _MB} MB in results and this one does not fit: ask "
            "for fewer rows or columns, or wait until older ones expire.",
            code="STORAGE_QUOTA_EXCEEDED",
            quota_bytes=self.user_bytes,
        )

    def _total_refusal(self) -> SemanticLayerError:
        return Unavailable(
            "The store of results is full: try again when older ones have expired.",
            code="STORAGE_FULL",
            retry_after_s=_RETRY_AFTER_S,
        )


def _bytes_of(rows: QuerySet[KeptFile]) -> int:
    return int(rows.aggregate(total=Sum("byte_count"))["total"] or 0)

"""A result as bytes and back: a JSON head and Arrow's IPC stream, sealed.

Nothing is unpickled. The seal (a keyed hash over key and content, with a key derived from
SECRET_KEY) is checked before anything is read: who can write to Valkey alone can neither forge an
answer nor give one question the answer of another.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
import pyarrow as pa
from django.conf import settings
from django.utils.crypto import salted_hmac

from queries.execution import Fetched
from queries.fingerprints import ResultDigest
from queries.result_cache.at_hand import AtHand
from semantic_layer.ports import ResultColumn

_SEAL_BYTES = 16
_LENGTH_BYTES = 4
_COMPRESSED_FROM = 16_384


@dataclass(frozen=True)
class Entry:
    """A kept result, and when (UTC) its rows were read."""

    fetched: Fetched
    digest: ResultDigest | None
    read_at: datetime


_at_hand: AtHand[Entry] = AtHand()


def sealed(key: str, entry: Entry) -> bytes:
    """The entry as bytes that only the same key opens."""
    fetched = entry.fetched
    head = orjson.dumps(
        {
            "columns": [[column.name, column.type] for column in fetched.columns],
            "row_count": fetched.row_count,
            "byte_count": fetched.byte_count,
            "truncated": fetched.truncated,
            "statement_id": fetched.statement_id,
            "engine_ms": fetched.engine_ms,
            "digest": None if entry.digest is None else entry.digest.body(),
            "read_at": entry.read_at.isoformat(),
        }
    )
    content = len(head).to_bytes(_LENGTH_BYTES, "big") + head + _stream(fetched)
    return _seal(key, content) + content


def opened(key: str, data: bytes) -> Entry | None:
    """The entry; None for bytes that were not sealed by this service for this key."""
    seal, content = data[:_SEAL_BYTES], data[_SEAL_BYTES:]
    if not hmac.compare_digest(seal, _seal(key, content)):
        return None
    # Arrow's form and JSON's, which is some times larger.
    return _at_hand.get(seal, 4 * len(content), lambda: _decoded(content))


def _decoded(content: bytes) -> Entry:
    end = _LENGTH_BYTES + int.from_bytes(content[:_LENGTH_BYTES], "big")
    head: dict[str, Any] = orjson.loads(content[_LENGTH_BYTES:end])
    digest = head["digest"]
    return Entry(
        fetched=Fetched(
            columns=tuple(ResultColumn(name, kind) for name, kind in head["columns"]),
            batches=_batches(content[end:]),
            row_count=head["row_count"],
            byte_count=head["byte_count"],
            truncated=head["truncated"],
            statement_id=head["statement_id"],
            engine_ms=head["engine_ms"],
        ),
        digest=None if digest is None else ResultDigest(**digest),
        read_at=datetime.fromisoformat(head["read_at"]),
    )


def _stream(fetched: Fetched) -> bytes:
    if not fetched.batches:
        return b""
    sink = pa.BufferOutputStream()
    compression = "lz4" if fetched.byte_count > _COMPRESSED_FROM else None
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with pa.ipc.new_stream(sink, fetched.batches[0].schema, options=options) as writer:
        for batch in fetched.batches:
            writer.write_batch(batch)
    found: bytes = sink.getvalue().to_pybytes()
    return found


def _batches(data: bytes) -> tuple[pa.RecordBatch, ...]:
    if not data:
        return ()
    with pa.ipc.open_stream(data) as reader:
        return tuple(reader)


def _seal(key: str, content: bytes) -> bytes:
    seal = hashlib.blake2b(key=_sealing_key(settings.SECRET_KEY), digest_size=_SEAL_BYTES)
    seal.update(key.encode())
    seal.update(content)
    return seal.digest()


@lru_cache(maxsize=4)
def _sealing_key(secret: str) -> bytes:
    return salted_hmac("queries.result_cache", "", secret=secret, algorithm="sha256").digest()

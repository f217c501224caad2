"""Rows of answers: the same as values and as the bytes that are sent, also out of the cache."""

from __future__ import annotations

import orjson
import pyarrow as pa
import pytest

from queries.result_cache.at_hand import AtHand
from queries.rows import JsonRows, Written
from semantic_layer.api.rendering import dumps
from semantic_layer.ports import ResultColumn

COLUMNS = (ResultColumn("n", "HUGEINT"), ResultColumn("text", "VARCHAR"))
VALUES = [{"n": 1, "text": "a"}, {"n": 2**60, "text": "é"}, {"n": None, "text": None}]
WRITTEN = [{"n": 1, "text": "a"}, {"n": str(2**60), "text": "é"}, {"n": None, "text": None}]


def rows_of(written: Written) -> JsonRows:
    batch = pa.RecordBatch.from_pylist(VALUES)
    return JsonRows(COLUMNS, (batch.slice(0, 2), batch.slice(2)), written)


def test_rows_are_a_list_of_values() -> None:
    rows = rows_of(Written())
    assert rows == WRITTEN
    assert (len(rows), rows[1], rows[1:], list(rows)) == (3, WRITTEN[1], WRITTEN[1:], WRITTEN)


def test_a_body_with_rows_is_written_as_one_with_their_values() -> None:
    body = {"rows": rows_of(Written()), "truncated": False}
    assert dumps(body) == dumps({"rows": WRITTEN, "truncated": False})


def test_bytes_that_were_written_before_are_sent_again() -> None:
    written = Written()
    first = dumps(rows_of(written))
    again = JsonRows(COLUMNS, (), written)  # without batches, values could not be read
    assert dumps({"rows": again}) == b'{"rows":' + first + b"}"


def test_rows_beside_something_untame_are_not_touched() -> None:
    body = orjson.loads(dumps({"rows": rows_of(Written()), "text": "\ud800"}))
    assert body["rows"] == WRITTEN


class TestAtHand:
    def test_what_is_at_hand_is_not_made_again(self) -> None:
        hand: AtHand[object] = AtHand(100)
        made = hand.get(b"seal", 10, object)
        assert hand.get(b"seal", 10, object) is made
        assert hand.get(b"other seal", 10, object) is not made

    def test_what_was_used_least_recently_goes_first(self) -> None:
        hand: AtHand[str] = AtHand(100)
        for seal in (b"a", b"b"):
            hand.get(seal, 50, seal.decode)
        hand.get(b"a", 50, pytest.fail)
        hand.get(b"c", 50, lambda: "c")
        assert hand.get(b"a", 50, pytest.fail) == "a"
        assert hand.get(b"b", 50, lambda: "made anew") == "made anew"

    def test_what_is_too_large_is_not_kept(self) -> None:
        hand: AtHand[str] = AtHand(100)
        hand.get(b"small", 50, lambda: "small")
        assert hand.get(b"large", 101, lambda: "large") == "large"
        assert hand.get(b"large", 101, lambda: "made anew") == "made anew"
        assert hand.get(b"small", 50, pytest.fail) == "small"

"""Metadata is remembered, and never for somebody else."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from unittest.mock import Mock

import pytest
from django.core.cache import cache
from django.test import override_settings

from catalog import services
from catalog.metadata_cache import LIFETIME_S, CachedMetadata, cache_key
from semantic_layer import wiring
from semantic_layer.api.counters import counters
from semantic_layer.errors import NotFound
from semantic_layer.ports import Actor, Credential, TableInfo, TableType
from tests.fakes import StaticMetadata

ALICE = Actor(
    user_id="1",
    email="alice@example.com",
    display_name="Alice",
    roles=frozenset({"viewer"}),
    permissions=frozenset({"read"}),
    groups=(),
    data_scope="alice",
    credential=Credential("alice"),
)
BOB = replace(ALICE, user_id="2", data_scope="bob", credential=Credential("bob"))
ALICE_AGAIN = replace(ALICE, user_id="3", credential=Credential("alice again"))


def seen_by(table: str) -> StaticMetadata:
    return StaticMetadata({"c": {"s": {table: ["id"]}}}, missing=frozenset({"none"}))


@pytest.fixture
def sources(services: None, monkeypatch: pytest.MonkeyPatch) -> dict[str, StaticMetadata]:
    """What each principal may see: the port, faked where wiring hands it out."""
    found = {
        "alice": seen_by("hers"),
        "bob": seen_by("his"),
        "alice again": StaticMetadata({}),
    }
    monkeypatch.setattr(wiring, "metadata_source", lambda credential: found[credential.principal])
    return found


def tables(actor: Actor) -> list[str]:
    return [one.name for one in services.list_tables(actor=actor, catalog="c", schema="s")]


def test_another_data_scope_is_never_answered_from_the_cache(
    sources: dict[str, StaticMetadata],
) -> None:
    """Same fingerprint, same question: only the scope tells the two apart."""
    assert tables(ALICE) == ["hers"]
    assert tables(BOB) == ["his"]
    assert tables(ALICE) == ["hers"]


def test_within_a_scope_the_source_is_asked_once(sources: dict[str, StaticMetadata]) -> None:
    """The third actor's own source knows nothing and would raise if it were asked."""
    assert [tables(ALICE), tables(ALICE), tables(ALICE_AGAIN)] == [["hers"]] * 3
    assert sources["alice"].calls == ["tables c.s"]


def test_every_list_is_remembered_by_itself(sources: dict[str, StaticMetadata]) -> None:
    for _ in range(2):
        assert [one.name for one in services.list_catalogs(actor=ALICE)] == ["c"]
        assert [one.name for one in services.list_schemas(actor=ALICE, catalog="c")] == ["s"]
        columns = services.list_columns(actor=ALICE, catalog="c", schema="s", table="hers")
        assert [one.name for one in columns] == ["id"]
    assert sources["alice"].calls == ["catalogs", "schemas c", "columns c.s.hers"]


def test_a_changed_source_is_asked_again(sources: dict[str, StaticMetadata]) -> None:
    tables(ALICE)
    sources["alice"].version = "2"
    sources["alice"].contents = {"c": {"s": {"new": ["id"]}}}
    assert tables(ALICE) == ["new"]


def test_what_is_missing_is_not_remembered(sources: dict[str, StaticMetadata]) -> None:
    for _ in range(2):
        with pytest.raises(NotFound):
            services.list_schemas(actor=ALICE, catalog="none")
    assert sources["alice"].calls == ["schemas none"] * 2


def test_an_empty_list_is_remembered(sources: dict[str, StaticMetadata]) -> None:
    sources["alice"].contents = {"c": {"s": {}}}
    assert [tables(ALICE), tables(ALICE)] == [[], []]
    assert len(sources["alice"].calls) == 1


def test_answers_expire_after_five_minutes(sources: dict[str, StaticMetadata]) -> None:
    tables(ALICE)
    left = cache.ttl(cache_key("alice", "1", "tables", "c", "s"))
    assert LIFETIME_S == 300
    assert 290 < left <= 300


@pytest.mark.parametrize(
    "other",
    [
        ("bob", "1", "tables", "c", "s"),
        ("alice", "2", "tables", "c", "s"),
        ("alice", "1", "columns", "c", "s"),
        ("alice", "1", "tables", "c.s", ""),
        ("alice", "1", "tables", "c", "s", ""),
        ("alice", "1", "tables", "c', 's"),
    ],
)
def test_keys_differ_in_every_part(other: tuple[str, ...]) -> None:
    assert cache_key(*other) != cache_key("alice", "1", "tables", "c", "s")


def test_without_the_cache_the_source_answers() -> None:
    source = seen_by("hers")
    nobody = {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
            "OPTIONS": {"SOCKET_CONNECT_TIMEOUT": 0.2},
        }
    }
    with override_settings(CACHES=nobody):
        cached = CachedMetadata(source, data_scope="alice")
        assert [one.name for one in cached.tables("c", "s")] == ["hers"]


def test_what_is_remembered_is_plain_json_and_comes_back_as_it_was(
    services: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = TableInfo(
        "t", "c", "s", "VIEW", row_count=7, tags=("gold", "é"),
        created_at=datetime(2024, 2, 29, 12, 30, 1, 5123, tzinfo=UTC),
    )  # fmt: skip
    source = seen_by("t")
    monkeypatch.setattr(source, "tables", Mock(return_value=[table], __name__="tables"))
    remembering = CachedMetadata(source, data_scope="d")
    assert [list(remembering.tables("c", "s")) for _ in range(2)] == [[table]] * 2
    assert source.tables.call_count == 1
    (key,) = counters().scan_iter(match="*metadata:*")
    assert json.loads(counters().get(key))[0]["tags"] == ["gold", "é"]


@pytest.mark.parametrize("stored", ["text", [1], [{"nme": "c"}], {"name": "c"}, 7])
def test_what_nobody_here_has_stored_is_not_believed(
    sources: dict[str, StaticMetadata], stored: object
) -> None:
    source = sources["alice"]
    key = cache_key("alice", source.fingerprint(), "tables", "c", "s")
    cache.set(key, stored)
    assert tables(ALICE) == ["hers"]


def test_the_kind_of_a_remembered_table_is_more_than_a_word(
    sources: dict[str, StaticMetadata],
) -> None:
    """A plain text equals it, and fails whoever asks it for `value`."""
    for _ in range(2):
        (table,) = services.list_tables(actor=ALICE, catalog="c", schema="s")
        assert type(table.table_type) is TableType

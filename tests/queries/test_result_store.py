"""The result store: whole files or none, exact values, pages, owners, quotas, expiry, sweeping."""

from __future__ import annotations

import errno
import os
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from django.db import transaction
from django.utils import timezone

from queries.models import QueryKind, QueryRun, StoredResult
from queries.results import (
    discard_result,
    open_result,
    register_result,
    sweep_results,
    upkeep,
    write_result,
)
from queries.results.folder import FileFolder
from queries.states import QueryState
from queries.values import json_rows
from semantic_layer.accounts.actor import actor_of
from semantic_layer.accounts.models import User
from semantic_layer.errors import InvalidInput, NotFound, SemanticLayerError, Unavailable
from semantic_layer.ports import Actor, ResultColumn
from tests.queries.test_values import CASES

pytestmark = pytest.mark.django_db

COLUMNS = (ResultColumn("n", "BIGINT"),)
LONG_AGO = 0.0


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.RESULT_STORE_DIR = tmp_path / "results"
    return settings.RESULT_STORE_DIR


@pytest.fixture
def actor(analyst: User) -> Actor:
    return actor_of(analyst)


def numbers(*sizes: int) -> Iterator[pa.RecordBatch]:
    start = 0
    for size in sizes:
        yield pa.record_batch({"n": pa.array(range(start, start + size), pa.int64())})
        start += size


def new_run(actor: Actor, state: QueryState = QueryState.COMPLETED) -> QueryRun:
    return QueryRun.objects.create(
        kind=QueryKind.SQL,
        state=state,
        actor_id=actor.user_id,
        actor_email=actor.email,
        data_scope=actor.data_scope,
        submitted_at=timezone.now(),
    )


def keep(actor: Actor, *sizes: int) -> QueryRun:
    run = new_run(actor)
    register_result(
        run=run, written=write_result(run=run, columns=COLUMNS, batches=numbers(*sizes))
    )
    return run


def aged(folder: Path) -> None:
    for file in folder.iterdir():
        os.utime(file, (LONG_AGO, LONG_AGO))


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case[0].type))
def test_every_type_comes_back_as_it_was(actor: Actor, case: tuple[pa.Array, list[Any]]) -> None:
    array, expected = case
    run = new_run(actor)
    columns = (ResultColumn("v", "AS THE ENGINE SAYS(1,2)"),)
    batch = pa.RecordBatch.from_arrays([array], ["v"])
    register_result(run=run, written=write_result(run=run, columns=columns, batches=[batch]))
    with open_result(actor=actor, query_id=run.id) as result:
        assert result.columns == columns
        assert result.rows(0, 100) == json_rows(columns, [batch])
        assert [row["v"] for row in result.rows(0, 100)] == expected


@pytest.mark.parametrize(
    ("sizes", "offset", "limit", "expected"),
    [
        ((5,), 0, 3, [0, 1, 2]),
        ((5,), 3, 50, [3, 4]),
        ((5,), 5, 1, []),
        ((5,), 99, 1, []),
        ((0,), 0, 1, []),
        ((), 0, 1, []),
        ((0, 3, 0, 3), 2, 2, [2, 3]),
        ((20_000, 1, 9_000), 8_190, 4, [8_190, 8_191, 8_192, 8_193]),
        ((20_000, 1, 9_000), 19_999, 3, [19_999, 20_000, 20_001]),
        ((20_000, 1, 9_000), 29_000, 9, [29_000]),
    ],
)
def test_pages_are_any_range_of_rows(
    actor: Actor, sizes: tuple[int, ...], offset: int, limit: int, expected: list[int]
) -> None:
    run = keep(actor, *sizes)
    with open_result(actor=actor, query_id=run.id) as result:
        assert result.row_count == sum(sizes)
        assert [row["n"] for row in result.rows(offset, limit)] == expected
        assert sum(batch.num_rows for batch in result.batches()) == sum(sizes)


def test_what_is_recorded_of_it(actor: Actor, folder: Path, settings: Any) -> None:
    settings.RESULT_TTL_S = 100
    before = timezone.now()
    stored = keep(actor, 3).stored_result
    file = folder / stored.file
    assert (stored.actor_id, stored.data_scope) == (actor.user_id, actor.data_scope)
    assert stored.columns == [["n", "BIGINT"]]
    assert (stored.row_count, stored.byte_count) == (3, file.stat().st_size)
    assert (
        before + timedelta(seconds=100)
        <= stored.expires_at
        <= timezone.now() + timedelta(seconds=100)
    )
    assert file.stat().st_mode & 0o077 == 0 or folder.stat().st_mode & 0o077 == 0


def test_nobody_else_and_no_other_data_scope_reads_it(
    actor: Actor, engineer: User, analyst: User
) -> None:
    run = keep(actor, 3)
    analyst.groups = ["finance"]
    for other in (actor_of(engineer), actor_of(analyst)):
        with pytest.raises(NotFound), open_result(actor=other, query_id=run.id):
            pass
    with pytest.raises(NotFound), open_result(actor=actor, query_id=uuid.uuid4()):
        pass


def test_a_failure_midway_leaves_no_file(actor: Actor, folder: Path) -> None:
    def breaking() -> Iterator[pa.RecordBatch]:
        yield from numbers(10)
        raise Unavailable("gone")

    with pytest.raises(Unavailable, match="gone"):
        write_result(run=new_run(actor), columns=COLUMNS, batches=breaking())
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, "STORAGE_FULL"), (errno.EIO, "STORAGE_UNAVAILABLE")]
)
@pytest.mark.parametrize("call", ["fsync", "rename"])
def test_a_disk_that_fails_leaves_no_file(
    actor: Actor, folder: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int, code: str
) -> None:
    def fail(*args: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(*((os, "fsync") if call == "fsync" else (Path, "rename")), fail)
    with pytest.raises(Unavailable) as caught:
        write_result(run=new_run(actor), columns=COLUMNS, batches=numbers(10))
    assert caught.value.code == code
    assert list(folder.iterdir()) == []


def test_a_disk_that_fills_up_while_writing(folder: Path) -> None:
    """/dev/full answers every write with ENOSPC, as a full disk does."""

    def write() -> None:
        with FileFolder(folder).writing("a.arrow") as file, open("/dev/full", "wb", 0) as full:
            file._file = full
            file.write(b"x")

    with pytest.raises(Unavailable) as caught:
        write()
    assert caught.value.code == "STORAGE_FULL"
    assert list(folder.iterdir()) == []


def test_a_quota_of_one_person_and_of_all(
    actor: Actor, engineer: User, folder: Path, settings: Any
) -> None:
    settings.RESULT_USER_BYTES = keep(actor, 3).stored_result.byte_count + 10
    with pytest.raises(InvalidInput) as caught:
        keep(actor, 3)
    assert caught.value.code == "STORAGE_QUOTA_EXCEEDED"
    other = actor_of(engineer)
    assert keep(other, 3).stored_result.row_count == 3
    settings.RESULT_USER_BYTES = 10**9
    settings.RESULT_TOTAL_BYTES = sum(StoredResult.objects.values_list("byte_count", flat=True))
    with pytest.raises(Unavailable) as full:
        keep(other, 1)
    assert full.value.code == "STORAGE_FULL"
    assert len(list(folder.iterdir())) == 2


def test_a_quota_used_up_meanwhile_is_seen_when_registering(
    actor: Actor, folder: Path, settings: Any
) -> None:
    run = new_run(actor)
    written = write_result(run=run, columns=COLUMNS, batches=numbers(3))
    keep(actor, 3)
    settings.RESULT_USER_BYTES = written.byte_count + 10
    with pytest.raises(SemanticLayerError) as caught:
        register_result(run=run, written=written)
    assert caught.value.code == "STORAGE_QUOTA_EXCEEDED"
    discard_result(written)
    assert len(list(folder.iterdir())) == 1


def test_two_writers_of_one_run_end_with_one_result(actor: Actor) -> None:
    run = new_run(actor)
    first = write_result(run=run, columns=COLUMNS, batches=numbers(3))
    second = write_result(run=run, columns=COLUMNS, batches=numbers(3))
    register_result(run=run, written=first)
    with pytest.raises(Exception, match="duplicate key"), transaction.atomic():
        register_result(run=run, written=second)
    discard_result(second)
    with open_result(actor=actor, query_id=run.id) as result:
        assert result.row_count == 3


def test_expired_results_end_with_their_runs(actor: Actor, folder: Path) -> None:
    run, other = keep(actor, 3), keep(actor, 4)
    StoredResult.objects.filter(pk=run.pk).update(expires_at=timezone.now())
    with pytest.raises(NotFound), open_result(actor=actor, query_id=run.id):
        pass
    assert sweep_results() == upkeep.Swept(expired=1, lost=0, orphans=0)
    run.refresh_from_db()
    other.refresh_from_db()
    assert (run.state, other.state) == ("expired", "completed")
    assert [file.name for file in folder.iterdir()] == [other.stored_result.file]
    assert sweep_results() == upkeep.Swept(0, 0, 0)


def test_a_reader_is_not_disturbed_by_the_sweep(actor: Actor) -> None:
    run = keep(actor, 20_000)
    with open_result(actor=actor, query_id=run.id) as result:
        StoredResult.objects.update(expires_at=timezone.now())
        assert sweep_results().expired == 1
        assert len(result.rows(0, 20_000)) == 20_000


def test_files_without_a_row_go_after_an_hour(actor: Actor, folder: Path) -> None:
    kept = keep(actor, 3).stored_result.file
    write_result(run=new_run(actor), columns=COLUMNS, batches=numbers(3))
    (folder / "dead.arrow.0a1b2c3d.part").write_bytes(b"half")
    assert sweep_results().orphans == 0
    aged(folder)
    assert sweep_results().orphans == 2
    assert [file.name for file in folder.iterdir()] == [kept]


def test_a_row_without_its_file_ends_the_run(actor: Actor, folder: Path) -> None:
    run = keep(actor, 3)
    (folder / run.stored_result.file).unlink()
    with pytest.raises(NotFound), open_result(actor=actor, query_id=run.id):
        pass
    assert sweep_results() == upkeep.Swept(expired=0, lost=1, orphans=0)
    assert not StoredResult.objects.exists()
    run.refresh_from_db()
    assert run.state == "expired"

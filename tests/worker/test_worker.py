"""The fixture that other tests trust: a real worker that runs tasks, dies and comes back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from semantic_layer.accounts.models import LoginSession, User
from semantic_layer.accounts.tasks import forget_old_sessions
from tests.waiting import wait_for
from tests.worker_fixture import CeleryWorker


@pytest.fixture
def old_session(celery_worker: CeleryWorker) -> Callable[[], LoginSession]:
    """A session so old that the task deletes it: what shows that the task ran."""

    def make() -> LoginSession:
        user, _ = User.objects.get_or_create(email="old@example.com")
        session = LoginSession.objects.create(
            user=user, credential_digest="-", expires_at=timezone.now() + timedelta(hours=1)
        )
        long_ago = timezone.now() - timedelta(days=400)
        LoginSession.objects.filter(pk=session.pk).update(
            created_at=long_ago, expires_at=long_ago + timedelta(hours=1)
        )
        return session

    return make


def _lives(session: LoginSession) -> bool:
    return LoginSession.objects.filter(pk=session.pk).exists()


def _wait_until_gone(session: LoginSession, worker: CeleryWorker) -> None:
    try:
        wait_for(lambda: not _lives(session), what="the task")
    except AssertionError as error:
        raise AssertionError(worker.said()) from error


def test_it_runs_tasks_on_the_test_database(
    celery_worker: CeleryWorker, old_session: Callable[[], LoginSession]
) -> None:
    session = old_session()
    forget_old_sessions.delay()
    _wait_until_gone(session, celery_worker)


@pytest.mark.slow
def test_it_comes_back_after_kill_9(
    celery_worker: CeleryWorker, old_session: Callable[[], LoginSession]
) -> None:
    celery_worker.kill()
    celery_worker.wait_until_forgotten()
    session = old_session()
    forget_old_sessions.delay()
    assert _lives(session)
    celery_worker.start()
    _wait_until_gone(session, celery_worker)


@pytest.mark.slow
def test_it_takes_the_environment_of_a_test(celery_worker: CeleryWorker) -> None:
    before = celery_worker.process
    assert celery_worker.use(QUERY_TIMEOUT_S="7").process is not before
    same = celery_worker.process
    assert celery_worker.use(QUERY_TIMEOUT_S="7").process is same
    celery_worker.use()


@pytest.mark.parametrize("whole", [False, True])
def test_it_dies_where_it_is_told_to_and_the_task_is_delivered_again(
    celery_worker: CeleryWorker, old_session: Callable[[], LoginSession], whole: bool
) -> None:
    session = old_session()
    celery_worker.crash_at("semantic_layer.accounts.sessions.forget_old", whole=whole)
    forget_old_sessions.delay()
    if whole:
        celery_worker.wait_until_dead()
        assert celery_worker.has_crashed
        assert LoginSession.objects.filter(pk=session.pk).exists()
        return
    # Only a child died: the worker puts the task back and starts another one.
    _wait_until_gone(session, celery_worker)
    assert celery_worker.has_crashed
    assert "SIGKILL" in celery_worker.said()

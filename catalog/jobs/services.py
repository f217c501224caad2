"""Asking for models of many tables, following them, and making them one after the other."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from catalog.analysis import TableName
from catalog.generation import GenerationRequest, body_of, generate_model
from catalog.jobs import transitions
from catalog.jobs.heartbeat import alive
from catalog.models import Generation, GenerationJob, GenerationState
from semantic_layer.accounts.actor import actor_by_id
from semantic_layer.api.context import request_id
from semantic_layer.celery import app
from semantic_layer.errors import InternalError, NotFound, RateLimited, SemanticLayerError
from semantic_layer.ports import Actor

GENERATE_NEXT = "catalog.generate_next"
MOST_TABLES = 200
MOST_WAITING = 500
_USEFUL_FOR_S = 60
_RETRY_AFTER_S = 60
_MOST_WOKEN = 4

log = logging.getLogger(__name__)


def submit_generation(
    *, actor: Actor, tables: Sequence[TableName], options: Mapping[str, Any]
) -> GenerationJob:
    """Queue the generation of a model for each table; each table once.

    Raises RateLimited where too much of the person waits. Side effect: workers are told once this
    is committed.
    """
    actor.require("write")
    actor.require("execute")
    wanted = list(dict.fromkeys(tables))
    waiting = Generation.objects.filter(
        job__actor_id=actor.user_id, state=GenerationState.QUEUED
    ).count()
    if waiting + len(wanted) > MOST_WAITING:
        raise RateLimited(
            f"{waiting} tables of yours wait already: cancel some, or try again later.",
            retry_after_s=_RETRY_AFTER_S,
        )
    with transaction.atomic():
        job = GenerationJob.objects.create(
            actor_id=actor.user_id,
            actor_email=actor.email,
            request_id=request_id.get(),
            options=dict(options),
            created_at=timezone.now(),
        )
        Generation.objects.bulk_create(
            Generation(
                job=job,
                position=position,
                catalog=table.catalog,
                schema=table.schema,
                table=table.table,
                state=GenerationState.QUEUED,
            )
            for position, table in enumerate(wanted, 1)
        )
        transaction.on_commit(wake, robust=True)
    return job


def wake() -> None:
    """Tell one worker. A message that gets lost is sent again by the schedule."""
    try:
        app.send_task(GENERATE_NEXT, expires=_USEFUL_FOR_S)
    except (BrokerError, OSError):
        log.warning("the broker cannot be reached: generations wait for the schedule")


def jobs_of(actor: Actor) -> QuerySet[GenerationJob]:
    """The person's jobs, newest first, with their tables."""
    found = GenerationJob.objects.filter(actor_id=actor.user_id)
    return found.prefetch_related("generations")


def job_of(actor: Actor, job_id: uuid.UUID) -> GenerationJob:
    """Raises NotFound for a job that is not the person's."""
    found = jobs_of(actor).filter(pk=job_id).first()
    if found is None:
        raise NotFound("You have no generation job of this id.")
    return found


def cancel_job(*, actor: Actor, job_id: uuid.UUID) -> GenerationJob:
    """End what waits of the job; the table that is being worked on is finished."""
    transitions.cancel_waiting(job_of(actor, job_id).pk)
    return job_of(actor, job_id)


def run_next() -> bool:
    """Make the model that is due; False where none is.

    Raises nothing that the table is to blame for: that is in its record. Side effect: a worker is
    told where more waits.
    """
    generation = transitions.claim_next()
    if generation is None:
        return False
    token = request_id.set(generation.job.request_id)
    try:
        with alive(generation):
            _make(generation)
    finally:
        request_id.reset(token)
    if transitions.waiting():
        wake()
    return True


def resume_generations() -> int:
    """Queue what lost its worker, and tell workers of what waits; how many were queued again."""
    requeued, failed = transitions.end_lost()
    if requeued or failed:
        log.warning("%s generations lost their worker, %s for good", requeued + failed, failed)
    for _ in range(min(transitions.waiting(), _MOST_WOKEN)):
        wake()
    return requeued


def _make(generation: Generation) -> None:
    """As the person who asked, with their rights of now."""
    try:
        actor = actor_by_id(generation.job.actor_id)
        body = body_of(generate_model(actor=actor, request=_request(generation)))
    except (OperationalError, InterfaceError):
        raise  # not the table's fault: the heartbeat stops, and it is queued again
    except SemanticLayerError as error:
        _fail(generation, error.code, error.message)
    except Exception:
        log.exception("generation %s failed", generation.pk)
        _fail(generation, InternalError.code, "Something failed on our side; it has been logged.")
    else:
        transitions.finish(generation, GenerationState.COMPLETED, draft=body)


def _fail(generation: Generation, code: str, message: str) -> None:
    transitions.finish(
        generation, GenerationState.FAILED, error_code=code, error_message=message[:4000]
    )


def _request(generation: Generation) -> GenerationRequest:
    options = generation.job.options
    return GenerationRequest(
        table=TableName(generation.catalog, generation.schema, generation.table),
        model_name=options.get("model_name"),
        description=options.get("description"),
        customizations=options.get("customizations") or {},
        analysis=options.get("analysis"),
        save=bool(options.get("save")),
    )

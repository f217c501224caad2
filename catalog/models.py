"""What the catalog keeps: suggestions people did not want, and generations in the background."""

from __future__ import annotations

import uuid

from django.db import models


class RejectedSuggestion(models.Model):
    """A suggestion for a table that a person does not want to see again.

    `suggestion` is its key, which stays the same however the suggestion is called, or its name.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    actor_id = models.CharField(max_length=64)
    actor_email = models.CharField(max_length=254)
    catalog = models.CharField(max_length=255)
    schema = models.CharField(max_length=255)
    table = models.CharField(max_length=255)
    suggestion = models.CharField(max_length=512)
    reason = models.CharField(max_length=2000, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("-created_at",)
        constraints = (
            # What one person rejected of one table; also how it is looked up.
            models.UniqueConstraint(
                fields=["actor_id", "catalog", "schema", "table", "suggestion"],
                name="rejected_suggestion_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.suggestion} of {self.catalog}.{self.schema}.{self.table}"


class GenerationState(models.TextChoices):
    """Where the generation for one table is. The last three are terminal."""

    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    COMPLETED = "completed", "Completed"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


OPEN_GENERATIONS = (GenerationState.QUEUED, GenerationState.RUNNING)


class GenerationJob(models.Model):
    """Models for many tables, made by workers; `options` are those of the request."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    actor_id = models.CharField(max_length=64)
    actor_email = models.CharField(max_length=254)
    request_id = models.CharField(max_length=128, blank=True)
    options = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("-created_at",)
        indexes = (
            # A person's own jobs, newest first.
            models.Index(fields=["actor_id", "-created_at"], name="generation_job_of_actor"),
        )

    def __str__(self) -> str:
        return f"generation {self.id}"


class Generation(models.Model):
    """The generation for one table of a job. `attempt` counts the claims: only who holds the newest
    may say how it ended.
    """

    job = models.ForeignKey(GenerationJob, on_delete=models.CASCADE, related_name="generations")
    position = models.PositiveIntegerField()
    catalog = models.CharField(max_length=255)
    schema = models.CharField(max_length=255)
    table = models.CharField(max_length=255)
    state = models.CharField(max_length=16, choices=GenerationState.choices)
    attempt = models.PositiveIntegerField(default=0)
    heartbeat_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    draft = models.JSONField(null=True, help_text="The answer, as for one table.")
    error_code = models.CharField(max_length=64, blank=True)
    error_message = models.TextField(blank=True)

    class Meta:
        ordering = ("job", "position")
        constraints = (
            models.UniqueConstraint(fields=["job", "position"], name="generation_position"),
        )
        indexes = (
            # What waits or runs: few rows of many.
            models.Index(
                fields=["state", "id"],
                condition=models.Q(state__in=OPEN_GENERATIONS),
                name="generation_open",
            ),
        )

    def __str__(self) -> str:
        return f"{self.catalog}.{self.schema}.{self.table}"

"""The record of every query that was asked, also of those that were refused."""

from __future__ import annotations

import uuid

from django.db import models

from queries.states import QueryState


class QueryKind(models.TextChoices):
    """What was asked for."""

    SQL = "sql", "SQL"
    METRIC = "metric", "Metric query"
    VALUES = "dimension_values", "Dimension values"


class QueryRun(models.Model):
    """One query, who asked it, what ran for it and how it ended.

    The person is kept as text and not as a foreign key: the record outlives the account. Results
    are never stored here; parameter values are, since replaying a query needs them. Times are UTC.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=16, choices=QueryKind.choices)
    state = models.CharField(max_length=16, choices=QueryState.choices)
    actor_id = models.CharField(max_length=64)
    actor_email = models.CharField(max_length=254)
    data_scope = models.CharField(max_length=128)
    request_id = models.CharField(max_length=128, blank=True)

    sql = models.TextField(blank=True, help_text="The statement as it was sent or compiled.")
    parameters = models.JSONField(default=dict)
    request = models.JSONField(null=True, help_text="The metric query as it was asked.")
    category = models.CharField(max_length=16, blank=True)
    model_versions = models.JSONField(default=dict)
    row_limit = models.PositiveIntegerField(null=True)

    warehouse = models.CharField(max_length=128, blank=True)
    statement_id = models.CharField(max_length=128, blank=True)
    cached = models.BooleanField(default=False)
    row_count = models.BigIntegerField(null=True)
    byte_count = models.BigIntegerField(null=True, help_text="Of the result in Arrow's form.")
    truncated = models.BooleanField(default=False)
    engine_ms = models.FloatField(null=True, help_text="Time in the warehouse.")
    total_ms = models.FloatField(
        null=True, help_text="Time in the service, the warehouse's included."
    )
    error_code = models.CharField(max_length=64, blank=True)
    error_message = models.TextField(blank=True)
    receipt = models.JSONField(null=True)

    submitted_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-submitted_at",)
        verbose_name = "query run"
        indexes = [
            # A person's own history, newest first.
            models.Index(fields=["actor_id", "-submitted_at"], name="query_run_of_actor"),
            # The admin's list, newest first.
            models.Index(fields=["-submitted_at"], name="query_run_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.id}"

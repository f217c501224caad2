"""The record of every query that was asked, also of those that were refused."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from queries.states import OPEN, QueryState


class QueryKind(models.TextChoices):
    """What was asked for."""

    SQL = "sql", "SQL"
    METRIC = "metric", "Metric query"
    VALUES = "dimension_values", "Dimension values"


class ExportFormat(models.TextChoices):
    """What files rows are written as."""

    JSON = "json", "JSON"
    CSV = "csv", "CSV"
    EXCEL = "excel", "Excel"
    PARQUET = "parquet", "Parquet"


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
    export_format = models.CharField(
        max_length=16,
        blank=True,
        choices=ExportFormat.choices,
        help_text="Where it ran for a file, and not for an answer.",
    )
    model_versions = models.JSONField(default=dict)
    tables = ArrayField(models.TextField(), default=list, blank=True)
    row_limit = models.PositiveIntegerField(null=True)
    refresh = models.BooleanField(default=False, help_text="A fresh answer was asked for.")

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
    error_details = models.JSONField(null=True)
    receipt = models.JSONField(null=True)

    background = models.BooleanField(default=False, help_text="A worker runs it.")
    attempt = models.PositiveIntegerField(
        default=0,
        help_text="Counts the claims. Only who holds the newest one may say how the run ended.",
    )
    losses = models.PositiveSmallIntegerField(
        default=0, help_text="How often who ran it vanished without a word."
    )
    heartbeat_at = models.DateTimeField(
        null=True, help_text="When who runs it last said so; null where nobody needs to know."
    )
    progress = models.FloatField(null=True, help_text="0 to 1, where the warehouse tells.")
    cancel_requested_at = models.DateTimeField(null=True)

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
            # What is to be run, looked after or cut off: few rows of many.
            models.Index(
                fields=["state", "submitted_at"],
                condition=models.Q(state__in=OPEN),
                name="query_run_open",
            ),
            # Whose turn it is: when a person's last background run began.
            models.Index(
                fields=["actor_id", "-started_at"],
                condition=models.Q(background=True),
                name="query_run_turn",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.id}"


class KeptFile(models.Model):
    """A file of rows kept for one person for some time; the file is in its kind's folder.

    `data_scope` is the person's when the rows were read: whoever may see other data by now gets
    nothing of it.
    """

    actor_id = models.CharField(max_length=64)
    data_scope = models.CharField(max_length=128)
    file = models.CharField(max_length=96)
    columns = models.JSONField(help_text="[name, type as the engine wrote it] of each.")
    row_count = models.BigIntegerField()
    byte_count = models.BigIntegerField(help_text="Of the file.")
    sha256 = models.CharField(max_length=64, help_text="Of the file.")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        abstract = True


class StoredResult(KeptFile):
    """The rows of a run, to be paged through until they expire."""

    run = models.OneToOneField(
        QueryRun, primary_key=True, on_delete=models.CASCADE, related_name="stored_result"
    )
    batch_rows = models.JSONField(help_text="Rows of each batch of the Arrow file, in order.")

    class Meta:
        verbose_name = "stored result"
        # What one person has stored, for the quota.
        indexes = (models.Index(fields=["actor_id"], name="stored_result_of_actor"),)

    def __str__(self) -> str:
        return f"{self.row_count} rows of {self.run_id}"


class Export(KeptFile):
    """A file for download and the manifest's facts; the row outlives the file, for the audit.

    `source_id` is the run that was asked to be exported, where its rows were no longer kept: they
    were read again, by `run`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(QueryRun, on_delete=models.CASCADE, related_name="exports")
    source_id = models.UUIDField(null=True)
    format = models.CharField(max_length=16, choices=ExportFormat.choices)
    file_name = models.CharField(max_length=128, help_text="As it is offered for download.")
    truncated = models.BooleanField(default=False)
    notes = models.JSONField(default=list, help_text="What the format cannot hold as it was.")
    removed_at = models.DateTimeField(null=True, help_text="When the file was deleted.")

    class Meta:
        ordering = ("-created_at",)
        # What one person has stored, for the quota.
        indexes = (models.Index(fields=["actor_id"], name="export_of_actor"),)

    def __str__(self) -> str:
        return self.file_name


class Sharing(models.TextChoices):
    """Who sees a saved query besides its owner."""

    PRIVATE = "private", "Private"
    ROLES = "roles", "People with one of some roles"
    EVERYONE = "everyone", "Everyone"


class SavedQuery(models.Model):
    """A query that a person keeps under a name, and may share; whoever runs it does so with their
    own rights.

    Not to be confused with the saved queries of the registry, which are written in YAML, reviewed
    and versioned. `terms` are the names its metric query uses, to be
    found by.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_queries"
    )
    name = models.CharField(max_length=128)
    description = models.TextField(blank=True)
    tags = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    sharing = models.CharField(max_length=16, choices=Sharing.choices, default=Sharing.PRIVATE)
    shared_roles = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    kind = models.CharField(max_length=16, choices=QueryKind.choices)
    sql = models.TextField(blank=True)
    parameters = models.JSONField(default=dict, blank=True)
    request = models.JSONField(null=True, blank=True, help_text="The metric query.")
    category = models.CharField(max_length=16, blank=True)
    terms = ArrayField(models.CharField(max_length=256), default=list, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ("name", "created_at")
        verbose_name_plural = "saved queries"
        constraints = (
            models.UniqueConstraint(fields=["owner", "name"], name="saved_query_name_of_owner"),
        )

    def __str__(self) -> str:
        return self.name

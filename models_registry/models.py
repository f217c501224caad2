"""The registry's tables: documents of a category, their immutable versions, and the audit trail.

What makes a category is a set of documents: semantic models with their metrics, saved queries, and
one project configuration (time spines, custom granularities). Each has versions that are never
changed or deleted; migrations/0002 lets PostgreSQL itself refuse it.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from models_registry.fields import OrderedJsonField


class Category(models.TextChoices):
    """Where a document lives; each category is validated and queried by itself."""

    PRODUCTION = "production", "Production"
    STAGING = "staging", "Staging"
    DEVELOPMENT = "development", "Development"


class DocumentKind(models.TextChoices):
    SEMANTIC_MODEL = "semantic_model", "Semantic model"
    SAVED_QUERY = "saved_query", "Saved query"
    PROJECT_CONFIGURATION = "project_configuration", "Project configuration"


class VersionState(models.TextChoices):
    """Life of a version. Without review every valid write is published at once."""

    DRAFT = "draft", "Draft"
    IN_REVIEW = "in_review", "In review"
    PUBLISHED = "published", "Published"
    DEPRECATED = "deprecated", "Deprecated"
    RETIRED = "retired", "Retired"


class AuditOutcome(models.TextChoices):
    DONE = "done", "Done"
    REFUSED = "refused", "Refused"


class SyncState(models.TextChoices):
    """Whether the volume has what the registry has; failing is pending after a failed try."""

    SYNCED = "synced", "Synced"
    PENDING = "pending", "Pending"
    FAILING = "failing", "Failing"


class CategoryState(models.Model):
    """One row per category: the lock that its writers take, and the counter that its readers
    cache by.

    `version` grows in the transaction of every write, so a changed category is seen by every
    process at its next read. `stamp` is new with every write too: after a restored backup the same
    number may come again with other content, the same stamp does not.
    """

    category = models.CharField(max_length=16, choices=Category.choices, primary_key=True)
    version = models.BigIntegerField(default=0)
    stamp = models.UUIDField(default=uuid.uuid4)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "category"
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return f"{self.category} at {self.version}"


class Document(models.Model):
    """A named thing of a category, and the pointer to the version that answers queries.

    Deleting sets `deleted_at` and nothing else: versions stay as backup. A name used again
    continues the numbers of the old versions, so that a version number names one content for ever.
    """

    kind = models.CharField(max_length=24, choices=DocumentKind.choices)
    category = models.CharField(max_length=16, choices=Category.choices)
    name = models.CharField(max_length=250)
    published = models.ForeignKey(
        "DocumentVersion", on_delete=models.PROTECT, null=True, related_name="+", editable=False
    )
    latest_number = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "model"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["category", "kind", "name"], name="document_name_is_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(category__in=Category.values), name="document_category_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.category})"


class DocumentVersion(models.Model):
    """One content of a document, for ever. Only `state` may change after the insert.

    `yaml` is the author's own text when `is_authored`, else written by us from `definition`, the
    canonical JSON form. `replaces` is the name that the document had before, for a rename. The
    columns after `definition_hash` repeat parts of the definition that lists show.
    """

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(
        max_length=16, choices=VersionState.choices, default=VersionState.PUBLISHED
    )
    yaml = models.TextField()
    is_authored = models.BooleanField(default=False)
    definition = OrderedJsonField()
    definition_hash = models.CharField(max_length=64)
    label = models.TextField(default="", blank=True)
    description = models.TextField(default="", blank=True)
    relation = models.TextField(default="", blank=True)
    owner = models.TextField(default="", blank=True)
    tags = ArrayField(models.TextField(), default=list, blank=True)
    entity_count = models.PositiveIntegerField(default=0)
    dimension_count = models.PositiveIntegerField(default=0)
    measure_count = models.PositiveIntegerField(default=0)
    metric_count = models.PositiveIntegerField(default=0)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    author_email = models.CharField(max_length=254)
    message = models.TextField(default="", blank=True)
    request_id = models.CharField(max_length=128, default="", blank=True)
    replaces = models.CharField(max_length=250, default="", blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = "version"
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["document", "number"], name="version_number_is_unique"),
        ]
        indexes: ClassVar = [
            # Reviews that wait, and the draft that an edit goes on from.
            models.Index(
                fields=["state", "document"],
                condition=models.Q(state__in=["draft", "in_review"]),
                name="version_open",
            ),
        ]

    def __str__(self) -> str:
        return f"version {self.number}"


class SearchEntry(models.Model):
    """The words that full-text search finds a published model by.

    PostgreSQL keeps it (migrations/0003): a trigger follows `Document.published`, whoever moves it.
    Weights: A the name, B label and synonyms, C names of members, D descriptions, tags, base table.
    """

    document = models.OneToOneField(
        Document, on_delete=models.CASCADE, primary_key=True, related_name="search_entry"
    )
    vector = SearchVectorField()

    class Meta:
        verbose_name = "search entry"
        verbose_name_plural = "search entries"
        indexes: ClassVar = [GinIndex(fields=["vector"], name="search_entry_by_word")]

    def __str__(self) -> str:
        return f"Search entry of document {self.document_id}"


class AuditEntry(models.Model):
    """Who did, or was refused, what; appended only. Names are kept as text so that nothing else
    must live on.
    """

    at = models.DateTimeField(db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    actor_email = models.CharField(max_length=254)
    action = models.CharField(max_length=32)
    outcome = models.CharField(max_length=8, choices=AuditOutcome.choices)
    category = models.CharField(max_length=16, choices=Category.choices)
    kind = models.CharField(max_length=24, choices=DocumentKind.choices)
    name = models.CharField(max_length=250)
    before_version = models.PositiveIntegerField(null=True)
    after_version = models.PositiveIntegerField(null=True)
    reason = models.TextField(default="", blank=True)
    request_id = models.CharField(max_length=128, default="", blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            # The history of one document, newest first.
            models.Index(fields=["category", "kind", "name", "-id"], name="audit_by_document"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.name}: {self.outcome}"


class OutboxEntry(models.Model):
    """What the volume has yet to be told: that a document changed, and which version is new.

    Written in the transaction of the change, deleted when the volume has it. `version` is None
    where the document left the category.
    """

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="outbox")
    version = models.ForeignKey(
        DocumentVersion, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = "outbox entry"
        verbose_name_plural = "outbox"

    def __str__(self) -> str:
        return f"Outbox entry of document {self.document_id}"


class MirrorState(models.Model):
    """What the volume's file of a document was last made to hold, and how the last try ended.

    No version: there is no file. Only who drains the outbox writes it, holding the row's lock.
    """

    document = models.OneToOneField(
        Document, on_delete=models.PROTECT, primary_key=True, related_name="mirror"
    )
    version = models.ForeignKey(
        DocumentVersion, on_delete=models.PROTECT, null=True, related_name="+"
    )
    sha256 = models.CharField(max_length=64, default="", blank=True)
    size = models.PositiveIntegerField(default=0)
    synced_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    reason = models.TextField(default="", blank=True)

    class Meta:
        verbose_name = "mirror state"

    def __str__(self) -> str:
        return f"Mirror of document {self.document_id}"


class ManifestState(models.Model):
    """The manifest of a category as it was last written to the volume."""

    category = models.CharField(max_length=16, choices=Category.choices, primary_key=True)
    sha256 = models.CharField(max_length=64, default="", blank=True)
    written_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    reason = models.TextField(default="", blank=True)

    class Meta:
        verbose_name = "manifest state"

    def __str__(self) -> str:
        return f"Manifest of {self.category}"


class DocumentationFormat(models.TextChoices):
    MARKDOWN = "markdown", "Markdown"
    HTML = "html", "HTML"
    PDF = "pdf", "PDF"


class DocumentationState(models.TextChoices):
    """How far the writing of a documentation is."""

    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    COMPLETED = "completed", "Completed"
    FAILED = "failed", "Failed"


class Documentation(models.Model):
    """A model described for people, as it was at one version; written once.

    `data_scope` is its author's: it may show what others do not see, so only who sees the same may
    read it, unless `is_shared`, which is set where it shows nothing that rules keep from anybody.
    `definition_hash` is empty until it is written.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="documentation")
    version = models.PositiveIntegerField(null=True)
    definition_hash = models.CharField(max_length=64, default="", blank=True)
    format = models.CharField(max_length=8, choices=DocumentationFormat.choices)
    template = models.CharField(max_length=64)
    include_lineage = models.BooleanField(default=True)
    state = models.CharField(max_length=9, choices=DocumentationState.choices)
    error = models.TextField(default="", blank=True)
    content = models.BinaryField(default=b"")
    is_shared = models.BooleanField(default=False)
    data_scope = models.CharField(max_length=128)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    author_email = models.CharField(max_length=254)
    created_at = models.DateTimeField()
    generated_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "documentation"
        indexes: ClassVar = [
            # The newest of a document.
            models.Index(fields=["document", "-created_at"], name="documentation_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.format} documentation of document {self.document_id}"

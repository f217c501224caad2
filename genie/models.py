"""Conversations: what a person asked in words, and what was understood."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

MAX_QUESTION = 1_000


class Conversation(models.Model):
    """Questions of one person that build on each other; nobody else sees it.

    `genie_conversation` is the workspace's own id of it, once Genie was asked.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="conversations"
    )
    category = models.CharField(max_length=16)
    genie_conversation = models.CharField(max_length=128, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ("-updated_at",)
        indexes = (models.Index(fields=["owner", "-updated_at"], name="conversation_of_owner"),)

    def __str__(self) -> str:
        return str(self.id)


class Turn(models.Model):
    """One question with its outcome. `frame` is what the next question builds on, unsettled where
    this one was asked back; null where nothing was understood.
    """

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="turns")
    question = models.CharField(max_length=MAX_QUESTION)
    outcome = models.CharField(max_length=16)
    source = models.CharField(max_length=16)
    frame = models.JSONField(null=True)
    metric_query = models.JSONField(null=True)
    explanation = models.TextField()
    confidence = models.FloatField()
    query_id = models.UUIDField(null=True)
    asked_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        indexes = (models.Index(fields=["conversation", "id"], name="turn_of_conversation"),)

    def __str__(self) -> str:
        return self.question

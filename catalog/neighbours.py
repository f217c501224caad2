"""The apps above, found by their dotted paths in settings."""

from __future__ import annotations

from django.conf import settings

from semantic_layer.ports import MetricRunner, ModelDrafts, SqlRunner
from semantic_layer.wiring import load


def sql_runner() -> SqlRunner:
    """Who runs statements for people."""
    runner: SqlRunner = load(settings.SQL_RUNNER)()
    return runner


def metric_runner() -> MetricRunner:
    """Who answers metric queries."""
    runner: MetricRunner = load(settings.METRIC_RUNNER)()
    return runner


def model_drafts() -> ModelDrafts:
    """The registry, for drafts of models."""
    drafts: ModelDrafts = load(settings.MODEL_DRAFTS)()
    return drafts

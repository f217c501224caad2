"""The dashboard and the alert rules ask for figures that exist, with labels that exist."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.test import Client
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

DEPLOY = Path(settings.BASE_DIR) / "deploy"
DASHBOARD = DEPLOY / "grafana" / "semantic-layer.json"
ALERTS = DEPLOY / "prometheus" / "alerts.yml"
SUFFIX = re.compile(r"_(bucket|count|sum|total|created)$")
OUTCOMES = re.compile(r'outcome=~"([^"]+)"')


def expressions() -> Iterator[str]:
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel["targets"]:
            yield target["expr"]
    for group in yaml.safe_load(ALERTS.read_text())["groups"]:
        for rule in group["rules"]:
            yield rule["expr"]


@pytest.mark.django_db
def test_every_figure_that_is_asked_for_exists() -> None:
    asked = {name for text in expressions() for name in re.findall(r"semantic_layer_\w+", text)}
    standing = text_string_to_metric_families(Client().get("/metrics").content.decode())
    known = {family.name for family in standing} | {family.name for family in REGISTRY.collect()}
    assert {SUFFIX.sub("", name) for name in asked} <= known
    assert len(asked) > 15


def test_the_alerts_name_error_codes_that_exist() -> None:
    codes = set(re.findall(r'code = "([A-Z_]+)"', _source("semantic_layer/errors.py")))
    for found in OUTCOMES.findall(ALERTS.read_text()):
        for pattern in found.split("|"):
            assert any(re.fullmatch(pattern, code) for code in codes), pattern


def test_every_alert_says_what_to_do() -> None:
    for group in yaml.safe_load(ALERTS.read_text())["groups"]:
        for rule in group["rules"]:
            assert rule["labels"]["severity"] in ("page", "ticket")
            assert len(rule["annotations"]["summary"]) > 20


def _source(path: str) -> str:
    return (Path(settings.BASE_DIR) / path).read_text()

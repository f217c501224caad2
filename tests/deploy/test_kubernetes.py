"""The manifests: restricted pods, settings that exist, one beat."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from semantic_layer.env import READ

FILE = Path(settings.BASE_DIR) / "deploy" / "kubernetes" / "semantic-layer.yaml"
WORKLOADS = ("migrate", "web", "worker", "beat")


@pytest.fixture(scope="module")
def manifests() -> dict[str, Any]:
    found = yaml.safe_load_all(FILE.read_text())
    return {f"{one['kind']}/{one['metadata']['name']}": one for one in found}


def pod(manifests: dict[str, Any], name: str) -> dict[str, Any]:
    workload = manifests.get(f"Deployment/{name}") or manifests[f"Job/{name}"]
    found: dict[str, Any] = workload["spec"]["template"]["spec"]
    return found


@pytest.mark.parametrize("name", WORKLOADS)
def test_pods_are_restricted(manifests: dict[str, Any], name: str) -> None:
    spec = pod(manifests, name)
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    for container in spec["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


def test_settings_are_ones_that_exist(manifests: dict[str, Any]) -> None:
    for name in manifests["ConfigMap/settings"]["data"]:
        assert name in READ, name
    for name in WORKLOADS:
        for variable in pod(manifests, name)["containers"][0].get("env", []):
            assert variable["name"] in READ


def test_there_is_one_beat_and_never_two(manifests: dict[str, Any]) -> None:
    spec = manifests["Deployment/beat"]["spec"]
    assert (spec["replicas"], spec["strategy"]["type"]) == (1, "Recreate")


def test_volumes_that_are_mounted_exist(manifests: dict[str, Any]) -> None:
    for name in WORKLOADS:
        spec = pod(manifests, name)
        there = {volume["name"] for volume in spec["volumes"]}
        assert {mount["name"] for mount in spec["containers"][0]["volumeMounts"]} <= there

"""`manage.py move_model`: the same transitions from the operator's shell."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from models_registry.models import AuditEntry, DocumentVersion
from semantic_layer.accounts.models import User
from tests.models_registry.conftest import write_customers

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("move_model", *arguments, "--category", "production", stdout=out, stderr=out)
    return out.getvalue()


def test_a_draft_becomes_an_answer(settings: Any, admin_user: User) -> None:
    settings.MODEL_REVIEW_CATEGORIES = ["production"]
    write_customers()

    run("customers", "submit")
    with pytest.raises(CommandError, match="another person has to approve"):
        run("customers", "approve")
    said = run("customers", "approve", "--as", "ADMIN@example.com", "--reason", "Checked.")

    assert said == ("customers: version 1 was in_review, is published; queries use version 1.\n")
    entry = AuditEntry.objects.get(action="approve", outcome="done")
    assert (entry.actor_id, entry.reason) == (admin_user.pk, "Checked.")
    assert AuditEntry.objects.get(outcome="refused").actor_email == "system"


def test_refusals_are_told(viewer: User) -> None:
    write_customers()
    for arguments, words in (
        (["nobody", "submit"], "There is no model 'nobody'"),
        (["customers", "submit"], "is published; 'submit' takes"),
        (["customers", "deprecate"], "needs a reason"),
        (["customers", "deprecate", "--reason", "x", "--model-version", "7"], "no version 7"),
        (["customers", "deprecate", "--reason", "x", "--as", "viewer@example.com"], "permission"),
        (["customers", "deprecate", "--reason", "x", "--as", "no@example.com"], "no active user"),
    ):
        with pytest.raises(CommandError, match=words):
            run(*arguments)
    assert DocumentVersion.objects.get().state == "published"

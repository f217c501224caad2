"""The bare addresses lead to the documentation."""

from __future__ import annotations

import pytest
from django.test import Client


@pytest.mark.parametrize("path", ["/", "/api", "/api/"])
def test_the_bare_address_leads_to_the_docs(path: str) -> None:
    answer = Client().get(path)
    assert (answer.status_code, answer["Location"]) == (302, "/docs")

"""Keys are changed without signing anybody out, and a key that is gone opens nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from semantic_layer.accounts import services
from tests.accounts_fixtures import Api

pytestmark = pytest.mark.django_db

NEW = "a-new-key-that-is-long-enough-for-anybody"


def rotate(settings: Any, *, previous: str) -> None:
    settings.SIMPLE_JWT = {**settings.SIMPLE_JWT, "SIGNING_KEY": NEW}
    settings.JWT_PREVIOUS_SIGNING_KEY = previous


def test_a_token_of_the_former_key_counts_while_it_is_named(
    api: Api, viewer: Any, settings: Any
) -> None:
    client = api(viewer)
    rotate(settings, previous=settings.SIMPLE_JWT["SIGNING_KEY"])
    assert client.get("/api/auth/me").status_code == 200
    fresh = client.post("/api/auth/refresh").json()["access_token"]
    settings.JWT_PREVIOUS_SIGNING_KEY = ""
    assert client.get("/api/auth/me").status_code == 401
    renewed = Client(headers={"Authorization": f"Bearer {fresh}"})
    assert renewed.get("/api/auth/me").status_code == 200


@pytest.mark.parametrize("previous", ["", "another-key-that-never-signed-anything-here"])
def test_a_key_that_is_gone_opens_nothing(
    api: Api, viewer: Any, settings: Any, previous: str
) -> None:
    client = api(viewer)
    rotate(settings, previous=previous)
    assert client.get("/api/auth/me").status_code == 401


def test_a_steward_stays_signed_in_over_a_new_secret_key(settings: Any) -> None:
    secret = services.create_local_token(email="steward@example.com", roles=["engineer"]).secret
    browser = Client()
    assert browser.post("/admin/login/", {"token": secret}).status_code == 302
    former = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [former]
    assert browser.get("/admin/").status_code == 200

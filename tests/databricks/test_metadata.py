"""Metadata and autocomplete over HTTP are the same on Unity Catalog."""

import pytest

from tests.http.test_metadata import *  # noqa: F403

pytestmark = pytest.mark.slow

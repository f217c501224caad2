"""SQL over HTTP is the same on Databricks, its own type names apart."""

import pytest

from tests.http.test_sql import *  # noqa: F403

pytestmark = pytest.mark.slow

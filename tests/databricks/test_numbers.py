"""The answers are the same on Databricks: SQL by hand over DuckDB against the service on Spark."""

import pytest

from tests.http.test_numbers import *  # noqa: F403

pytestmark = pytest.mark.slow

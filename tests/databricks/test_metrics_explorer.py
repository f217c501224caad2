"""Metric queries over HTTP are the same on Databricks."""

import pytest

from tests.http.test_metrics_explorer import *  # noqa: F403

pytestmark = pytest.mark.slow

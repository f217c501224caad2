"""The shop of the lineage's tests: its models are what is described."""

from tests.lineage.conftest import (  # noqa: F401  fixtures
    _generous_rate_limits,
    as_admin,
    as_analyst,
    as_viewer,
    models,
    shop,
    shop_file,
)

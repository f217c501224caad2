"""The contract of all warehouses on a real workspace, where one is named in the environment.

DATABRICKS_TEST_HOST, DATABRICKS_TEST_HTTP_PATH and DATABRICKS_TEST_TOKEN; see docs/databricks.md.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from semantic_layer.adapters.databricks.options import DatabricksOptions
from semantic_layer.adapters.databricks.warehouse import DatabricksWarehouse
from semantic_layer.ports import Credential, Warehouse
from tests.adapters.contract import WarehouseContract
from tests.adapters.databricks.texts import TEXTS
from tests.adapters.running import rows

PREFIX = "DATABRICKS_TEST_"
GIVEN = {name: os.environ.get(f"{PREFIX}{name}", "") for name in ("HOST", "HTTP_PATH", "TOKEN")}


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    made = DatabricksWarehouse(DatabricksOptions(GIVEN["HOST"], GIVEN["HTTP_PATH"]))
    yield made.for_credential(Credential("contract", GIVEN["TOKEN"]))
    made.close()


if all(GIVEN.values()):  # nothing to skip elsewhere: there is no such test

    class TestRealWorkspace(WarehouseContract):
        texts = TEXTS

    def test_who_asks_is_who_the_token_belongs_to(warehouse: Warehouse) -> None:
        (row,) = rows(warehouse, "SELECT current_user() AS who")
        assert row["who"]

    def test_explain_finds_what_is_not_there(warehouse: Warehouse) -> None:
        warehouse.explain_check("SELECT 1 AS a WHERE :p0 IS NULL")
        with pytest.raises(Exception, match="cannot be found"):
            warehouse.explain_check("SELECT * FROM no_such_catalog.no_such_schema.no_such_table")

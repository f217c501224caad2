"""What the workspace's REST API tells of its SQL warehouse."""

from __future__ import annotations

from tests.workspace.rest_http import Asked, Reply, Routes

WAREHOUSE_ID = "0123456789abcdef"
ROUTES = Routes()


@ROUTES.on("GET", rf"/api/2\.0/sql/warehouses/{WAREHOUSE_ID}")
def warehouse(asked: Asked) -> Reply:
    return Reply({"id": WAREHOUSE_ID, "state": asked.world.warehouse_state})

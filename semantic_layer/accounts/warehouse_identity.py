"""Asking the SQL warehouse too whose token it is."""

from __future__ import annotations

import logging
import time

from django.conf import settings

from semantic_layer import wiring
from semantic_layer.errors import SemanticLayerError, Unauthenticated, WarehouseUnavailable
from semantic_layer.ports import Credential, Identity, Limits, RunState, Warehouse

log = logging.getLogger(__name__)

WITHIN_S = 3.0
"""Signing in does not wait for a warehouse that has to be started."""
STATEMENT = "SELECT current_user()"


def confirm_in_warehouse(identity: Identity, token: str) -> None:
    """Raise Unauthenticated where the warehouse knows the token as somebody else's, or refuses it.

    Asks nobody where WORKSPACE_SIGN_IN_QUERY is off, since a statement starts a stopped warehouse.
    One that does not answer at once, or does not let them in, keeps nobody from signing in: it will
    say so when it is asked for something.
    """
    if not settings.WORKSPACE_SIGN_IN_QUERY or not wiring.has_sql_warehouse():
        return
    if identity.user_name is None:
        return
    try:
        told = _current_user(wiring.warehouse(Credential(identity.email, token)))
    except Unauthenticated:
        raise
    except SemanticLayerError as error:
        log.info("the warehouse did not confirm a sign-in: %s", error.code)
        return
    if told.casefold() != identity.user_name.casefold():
        log.error("SCIM and the warehouse take a token for two people's: sign-in refused")
        raise Unauthenticated("This token is unknown, expired or revoked.")


def _current_user(warehouse: Warehouse) -> str:
    ends = time.monotonic() + WITHIN_S
    limits = Limits(max_rows=1, timeout_s=WITHIN_S)
    handle = warehouse.submit(STATEMENT, {}, limits=limits, tags={"feature": "sign-in"})
    try:
        while (left_s := ends - time.monotonic()) > 0:
            status = warehouse.poll(handle, wait_s=left_s)
            if status.error is not None:
                raise status.error
            if status.state is RunState.SUCCEEDED:
                rows = [row for batch in warehouse.batches(handle) for row in batch.to_pylist()]
                return str(next(iter(rows[0].values())))
            if status.state is not RunState.RUNNING:
                break
        raise WarehouseUnavailable("The warehouse does not answer yet.")
    finally:
        warehouse.cancel(handle)

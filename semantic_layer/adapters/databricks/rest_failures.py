"""What the REST API and its client raise -> our errors. Their texts are logged, never shown: they
hold configuration, and may tell what the caller must not know.
"""

from __future__ import annotations

import logging
import re
from typing import Any

from semantic_layer.errors import (
    Forbidden,
    InvalidInput,
    NotFound,
    SemanticLayerError,
    Unauthenticated,
    Unavailable,
)

log = logging.getLogger(__name__)

MAX_RETRY_AFTER_S = 3600
_REFUSED_TOKEN = re.compile(
    r"invalid (access )?token|token (is |has )?(expired|been revoked)", re.I
)


class WorkspaceDown(Unavailable):
    """No answer, or that of a proxy or of an overloaded workspace: what a circuit breaker counts.
    A single call that fails over there (500) is no sign of that.
    """

    code = "WORKSPACE_UNAVAILABLE"


class GaveUp(Exception):
    """Waiting longer would be past the caller's budget; `__context__` is why it had to wait."""


def failure_of(error: BaseException, *, service: bool) -> SemanticLayerError | None:
    """Our error for theirs; None where it is none of theirs. `service`: the service's own call."""
    cause = _root(error)
    if isinstance(cause, SemanticLayerError) or not _is_theirs(cause):
        return None
    ours = _ours(cause, service)
    if isinstance(ours, Unavailable):
        log.warning("the workspace failed", exc_info=cause)
    else:
        log.info("the workspace refused: %s", type(cause).__name__)
    return ours


def is_broken_off(error: BaseException) -> bool:
    """Whether the answer began and did not end, or was not what it said it is."""
    import requests

    return isinstance(
        error, requests.exceptions.ChunkedEncodingError | requests.exceptions.JSONDecodeError
    )


def _root(error: BaseException) -> BaseException:
    """What lies behind a wait that was ended, by us or by the SDK's own budget."""
    if isinstance(error, GaveUp) and error.__context__ is not None:
        return error.__context__
    if isinstance(error, TimeoutError) and error.__cause__ is not None:
        return _root(error.__cause__)
    return error


def _is_theirs(cause: BaseException) -> bool:
    import requests
    from databricks.sdk.errors.base import DatabricksError

    # DatabricksError and RequestException are both an OSError, as are errors of our own files:
    # only these two and a bare timeout come from there.
    return isinstance(cause, DatabricksError | requests.RequestException | TimeoutError)


def _ours(cause: BaseException, service: bool) -> SemanticLayerError:
    from databricks.sdk import errors as sdk

    if isinstance(cause, sdk.PermissionDenied) and not _REFUSED_TOKEN.search(str(cause)):
        return Forbidden(
            "The workspace does not allow you this.", code="WORKSPACE_PERMISSION_DENIED"
        )
    if isinstance(cause, sdk.Unauthenticated | sdk.PermissionDenied):
        return _refused_token(service)
    if isinstance(cause, sdk.NotFound):
        return NotFound("There is no such thing in the workspace, or none that you may see.")
    if isinstance(cause, sdk.BadRequest | sdk.ResourceConflict):
        return InvalidInput("The workspace refuses this as invalid.", code="WORKSPACE_REFUSED")
    return _unavailable(cause)


def _refused_token(service: bool) -> SemanticLayerError:
    if service:
        return Unavailable(
            "The workspace refuses the service's own sign-in; an operator has to renew it.",
            code="WORKSPACE_SERVICE_REFUSED",
            retry_after_s=60,
        )
    return Unauthenticated(
        "Your workspace token has expired or was revoked; sign in again.",
        code="WORKSPACE_TOKEN_EXPIRED",
    )


def _unavailable(cause: Any) -> Unavailable:
    from databricks.sdk import errors as sdk

    wait_s = getattr(cause, "retry_after_secs", None)
    retry_after_s = min(MAX_RETRY_AFTER_S, max(1, int(wait_s))) if wait_s else 5
    if isinstance(cause, sdk.TooManyRequests):
        return Unavailable(
            "The workspace is asked too often at the moment.",
            code="WORKSPACE_RATE_LIMITED",
            retry_after_s=retry_after_s,
        )
    failed_by_itself = (sdk.InternalError, sdk.NotImplemented)
    kind = Unavailable if isinstance(cause, failed_by_itself) else WorkspaceDown
    return kind(
        "The workspace cannot be reached at the moment, or fails by itself.",
        code="WORKSPACE_UNAVAILABLE",
        retry_after_s=retry_after_s,
    )

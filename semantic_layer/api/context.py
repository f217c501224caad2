"""The id of the request being answered, for logs, error bodies and warehouse tags."""

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")

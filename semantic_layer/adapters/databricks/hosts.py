"""How a workspace's address is written."""

from __future__ import annotations


def base_url(host: str) -> str:
    """The host as people set it (with or without scheme and slash) -> `https://host`."""
    host = host.strip().rstrip("/")
    return host if "://" in host else f"https://{host}"

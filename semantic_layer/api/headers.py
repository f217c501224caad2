"""What browsers are told about every page: whose scripts may run, who may frame it, what to keep.

Three policies. An answer of the API is data, and nothing in it runs. Documentation and the
stewards' pages load from this host only; unfold's Alpine evaluates the expressions of its own
templates, so pages of the admin site, and no others, allow that.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

GetResponse = Callable[[HttpRequest], HttpResponse]

_NO_FRAMES = "frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"
_OWN = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    f"font-src 'self' data:; {_NO_FRAMES}"
)
DATA_POLICY = f"default-src 'none'; {_NO_FRAMES}"
PAGE_POLICY = f"{_OWN}; worker-src 'self' blob:"
STEWARD_POLICY = f"{_OWN}; script-src 'self' 'unsafe-eval'"
_PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


class SecurityHeadersMiddleware:
    """Adds the headers that a response does not have yet."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", _policy(request, response))
        response.headers.setdefault("Permissions-Policy", _PERMISSIONS)
        if request.path_info.startswith("/api/"):
            # Answers are one person's: no shared cache, no copy in the browser's.
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def _policy(request: HttpRequest, response: HttpResponse) -> str:
    if not response.headers.get("Content-Type", "").startswith("text/html"):
        return DATA_POLICY
    return STEWARD_POLICY if request.path_info.startswith("/admin/") else PAGE_POLICY

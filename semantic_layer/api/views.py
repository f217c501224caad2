"""The base of every endpoint: permission, rate limit and actor, declared as class attributes."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from semantic_layer.api.parameters import refuse_unknown
from semantic_layer.api.permissions import HasViewPermission, PerMethod, for_method
from semantic_layer.api.rendering import IgnoreAccept
from semantic_layer.api.throttles import RateLimitState, hit
from semantic_layer.ports import Actor


class ApiView(APIView):
    """One operation per method: input -> service -> output.

    `permission` and `category` (of rate limits) are a name, None, or a mapping by method
    (`{"GET": "read"}`).
    """

    permission: ClassVar[str | None | PerMethod] = "read"
    category: ClassVar[str | None | PerMethod] = "metadata"
    permission_classes = (HasViewPermission,)
    content_negotiation_class = IgnoreAccept

    rate_limit: RateLimitState | None = None

    takes_any_parameter: ClassVar[bool] = False
    """Whether query parameters that the operation does not declare are ignored."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.query_params and not self.takes_any_parameter:
            refuse_unknown(self, list(request.query_params))

    @property
    def needed_permission(self) -> str | None:
        """What HasViewPermission asks of the caller, for this method."""
        return self._of_method(self.permission)

    @property
    def actor(self) -> Actor:
        """The authenticated caller; only views that need a permission have one."""
        actor = self.request.auth
        assert isinstance(actor, Actor)
        return actor

    def check_throttles(self, request: Request) -> None:
        """Count the request before it does any work; the state goes into the response's headers."""
        category = self._of_method(self.category)
        if category is not None:
            self.count_as(category)

    def count_as(self, category: str) -> None:
        """Count the request in a category, for a view also in one that its body calls for; the
        headers tell of the last. Raises RateLimited.
        """
        self.rate_limit, refusal = hit(category, self._caller(self.request, category))
        if refusal is not None:
            raise refusal

    def finalize_response(
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> Response:
        final: Response = super().finalize_response(request, response, *args, **kwargs)
        if self.rate_limit is not None:
            for name, value in self.rate_limit.headers().items():
                final[name] = value
        if final.status_code == 202 and "status_url" in (final.data or {}):
            final["Location"] = final.data["status_url"]
        return final

    def _of_method(self, value: str | None | PerMethod) -> str | None:
        return for_method(value, self.request.method or "")

    def _caller(self, request: Request, category: str) -> str:
        if category == "health":
            return "all"
        if isinstance(request.auth, Actor):
            return f"user:{request.auth.user_id}"
        return f"ip:{client_address(request)}"


def authenticate_again(request: Request) -> None:
    """Raise Unauthenticated where the sign-in that a long answer began with is over by now."""
    for authenticator in request.authenticators or ():
        authenticator.authenticate(request)


def client_address(request: Request | HttpRequest) -> str:
    """The caller's address: the last one that TRUSTED_PROXY_COUNT proxies of ours vouch for."""
    sent = str(request.META.get("HTTP_X_FORWARDED_FOR", ""))
    chain = [part.strip() for part in sent.split(",")]
    count = settings.TRUSTED_PROXY_COUNT
    if count and len(chain) >= count and chain[-count]:
        return chain[-count]
    return str(request.META.get("REMOTE_ADDR", ""))

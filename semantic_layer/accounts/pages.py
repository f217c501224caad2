"""What pages of the admin site that are no ModelAdmin have in common: session, rights, refusals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, ClassVar, cast

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views import View

from semantic_layer.accounts.actor import actor_of
from semantic_layer.accounts.models import User
from semantic_layer.api.exceptions import describe
from semantic_layer.api.rendering import JsonRenderer
from semantic_layer.errors import SemanticLayerError
from semantic_layer.ports import Actor

PageView = Callable[..., HttpResponseBase]


def actor_in(request: HttpRequest) -> Actor:
    """Who is signed in to the admin site."""
    return actor_of(cast(User, request.user))


class StewardPage(View):
    """A page for who is signed in and holds `permission`; others are told why not."""

    permission: ClassVar[str] = "read"
    template_name: ClassVar[str] = ""
    title: ClassVar[str] = ""

    @classmethod
    def on_site(cls) -> PageView:
        """The view behind the admin site's own check of the session."""
        return admin.site.admin_view(cls.as_view())

    @cached_property
    def actor(self) -> Actor:
        return actor_in(self.request)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            self.actor.require(self.permission)
            return super().dispatch(request, *args, **kwargs)
        except SemanticLayerError as error:
            return self.refused(error)

    def refused(self, error: Exception) -> HttpResponseBase:
        body, headers = describe(error)
        context = {"error": body, "title": "That did not work"}
        return self.show(context, "stewards/refused.html", body["status_code"], headers)

    def show(
        self,
        context: Mapping[str, Any],
        template: str = "",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> HttpResponse:
        """The template inside the site's frame."""
        frame = {**admin.site.each_context(self.request), "title": self.title, "subtitle": None}
        found = render(
            self.request, template or self.template_name, {**frame, **context}, status=status
        )
        for name, value in (headers or {}).items():
            found[name] = value
        return found


class StewardData(StewardPage):
    """JSON for the scripts of a page; they show failures, so these have the API's body."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return super().dispatch(request, *args, **kwargs)
        except Exception as error:  # noqa: BLE001  `describe` logs what is our own fault
            return self.refused(error)

    def refused(self, error: Exception) -> HttpResponseBase:
        body, headers = describe(error)
        answer = self.json(body, body["status_code"])
        for name, value in headers.items():
            answer[name] = value
        return answer

    def json(self, body: Mapping[str, Any], status: int = 200) -> HttpResponse:
        """Dates, decimals and infinities as the API writes them."""
        text = JsonRenderer().render(body)
        return HttpResponse(text, content_type="application/json", status=status)

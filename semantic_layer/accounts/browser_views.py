"""/api/auth/oauth: signing in on the workspace's own page."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponseRedirect
from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from semantic_layer.accounts import browser_sign_in
from semantic_layer.accounts.admin_site import enter
from semantic_layer.accounts.serializers import TokensOutput, tokens_body
from semantic_layer.api.schema import error_response
from semantic_layer.api.serializers import StrictSerializer, read_body, read_query
from semantic_layer.api.views import ApiView

COOKIE = "sign_in_"
STATE_CHARACTERS = 43

_CHALLENGE = r"^[A-Za-z0-9_-]{43}$"
_VERIFIER = r"^[A-Za-z0-9._~-]{43,128}$"
_STATE = rf"^[A-Za-z0-9_-]{{{STATE_CHARACTERS}}}$"


class StartInput(StrictSerializer):
    return_to = serializers.CharField(
        max_length=1000,
        help_text="Where the browser goes on afterwards: the frontend, or a page of /admin/.",
    )
    code_challenge = serializers.RegexField(
        _CHALLENGE,
        required=False,
        help_text="S256 of a verifier that the frontend keeps; without it only for /admin/.",
    )


class CallbackInput(serializers.Serializer[Any]):
    """The workspace may add what it likes."""

    state = serializers.RegexField(_STATE)
    code = serializers.CharField(max_length=4096, required=False)
    error = serializers.CharField(max_length=200, required=False)


class ExchangeInput(StrictSerializer):
    code = serializers.CharField(max_length=4096)
    code_verifier = serializers.RegexField(_VERIFIER)


class StartView(ApiView):
    """Off to the workspace's page."""

    authentication_classes = ()
    permission = None

    @extend_schema(
        operation_id="oauth_start",
        summary="Begin to sign in on the workspace's page",
        parameters=[StartInput],
        responses={
            302: OpenApiResponse(description="To the workspace's page."),
            422: error_response("Not set up here, or return_to is no address of ours."),
        },
    )
    def get(self, request: Request) -> HttpResponseRedirect:
        given = read_query(StartInput, request)
        started = browser_sign_in.start(
            return_to=given["return_to"],
            challenge=given.get("code_challenge"),
            callback=_callback(request),
        )
        response = HttpResponseRedirect(started.url)
        response.set_cookie(
            COOKIE + started.state[:8],
            started.cookie,
            max_age=browser_sign_in.STARTED_FOR_S,
            path=reverse("oauth-callback"),
            secure=settings.HTTPS,
            httponly=True,
            samesite="Lax",
        )
        return response


class CallbackView(ApiView):
    """Back from the workspace's page, in the browser that went there."""

    authentication_classes = ()
    permission = None
    takes_any_parameter = True

    @extend_schema(
        operation_id="oauth_callback",
        summary="Where the workspace sends the browser back to",
        parameters=[CallbackInput],
        responses={
            302: OpenApiResponse(
                description="To return_to, with `#code=` to be exchanged, or `#error=`."
            ),
            401: error_response("The sign-in was not begun in this browser."),
        },
    )
    def get(self, request: Request) -> HttpResponseRedirect:
        given = read_query(CallbackInput, request)
        name = COOKIE + given["state"][:8]
        try:
            returned = browser_sign_in.finish(
                state=given["state"],
                code=given.get("code"),
                error=given.get("error"),
                cookie=request.COOKIES.get(name),
                callback=_callback(request),
            )
        except browser_sign_in.Refused as refused:
            response = _on_to(refused.return_to, error=refused.reason)
        else:
            if returned.code is None:
                enter(request._request, returned.session)
                response = HttpResponseRedirect(returned.return_to)
            else:
                response = _on_to(returned.return_to, code=returned.code)
        response.delete_cookie(name, path=reverse("oauth-callback"))
        return response


class ExchangeView(ApiView):
    """The frontend's last step."""

    authentication_classes = ()
    permission = None

    @extend_schema(
        operation_id="oauth_exchange",
        summary="Get tokens for the code that came with the browser",
        request=ExchangeInput,
        responses={200: TokensOutput, 401: error_response("The code is not good (any more).")},
    )
    def post(self, request: Request) -> Response:
        given = read_body(ExchangeInput, request)
        signed_in = browser_sign_in.exchange(code=given["code"], verifier=given["code_verifier"])
        return Response(tokens_body(signed_in))


def _callback(request: Request) -> str:
    """The address that is registered with the application."""
    return request.build_absolute_uri(reverse("oauth-callback"))


def _on_to(place: str, **told: str) -> HttpResponseRedirect:
    """In the fragment, which no server sees or logs. The admin site's pages are told nothing."""
    if browser_sign_in.is_admin_site(place):
        return HttpResponseRedirect(place)
    return HttpResponseRedirect(f"{place.partition('#')[0]}#{urlencode(told)}")

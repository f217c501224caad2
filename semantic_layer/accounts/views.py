"""/api/auth and the administration of roles."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from semantic_layer.accounts import serializers, services
from semantic_layer.accounts.authentication import bearer_token
from semantic_layer.accounts.models import User
from semantic_layer.api.schema import error_response
from semantic_layer.api.serializers import read_body
from semantic_layer.api.views import ApiView, client_address

REFUSED = error_response("The token is not accepted.")


class LoginView(ApiView):
    """Token in, session out."""

    authentication_classes = ()
    permission = None

    @extend_schema(
        operation_id="login",
        summary="Sign in with a Databricks or local token",
        request=serializers.LoginInput,
        responses={
            200: serializers.TokensOutput,
            401: REFUSED,
            503: error_response("The workspace cannot be reached."),
        },
    )
    def post(self, request: Request) -> Response:
        given = read_body(serializers.LoginInput, request)
        signed_in = services.login(token=given["databricks_token"], address=client_address(request))
        return Response(serializers.tokens_body(signed_in))


class RefreshView(ApiView):
    """New tokens of the same session. The header is read here: it may hold an expired token."""

    authentication_classes = ()
    permission = None
    accepts_bearer = True

    @extend_schema(
        operation_id="refresh",
        summary="Get new tokens for a refresh token, or for a still valid access token",
        request=serializers.RefreshInput,
        responses={200: serializers.TokensOutput, 401: REFUSED},
    )
    def post(self, request: Request) -> Response:
        given = read_body(serializers.RefreshInput, request)
        signed_in = services.refresh(
            refresh_token=given.get("refresh_token"), access_token=bearer_token(request)
        )
        return Response(serializers.tokens_body(signed_in))


class LogoutView(ApiView):
    """End the session, by either of its tokens: the access token may have expired meanwhile."""

    authentication_classes = ()
    permission = None
    accepts_bearer = True

    @extend_schema(
        operation_id="logout",
        summary="End the session: all its tokens stop working at once",
        request=serializers.RefreshInput,
        responses={200: serializers.MessageOutput, 401: REFUSED},
    )
    def post(self, request: Request) -> Response:
        given = read_body(serializers.RefreshInput, request)
        services.logout(
            refresh_token=given.get("refresh_token"), access_token=bearer_token(request)
        )
        return Response({"message": "Signed out."})


class MeView(ApiView):
    """Who the caller is."""

    @extend_schema(
        operation_id="me", summary="The signed-in user", responses=serializers.UserOutput
    )
    def get(self, request: Request) -> Response:
        return Response(serializers.user_body(_user(request)))


class PermissionsView(ApiView):
    """What the caller may do."""

    @extend_schema(
        operation_id="permissions",
        summary="Roles, permissions and groups of the signed-in user",
        responses=serializers.PermissionsOutput,
    )
    def get(self, request: Request) -> Response:
        user = _user(request)
        return Response(
            {
                "user_id": user.pk,
                **serializers.rights_body(user),
                "groups": list(self.actor.groups),
            }
        )


class UserRolesView(ApiView):
    """Roles of any user, for administrators."""

    permission = "admin"

    @extend_schema(
        operation_id="user_roles",
        summary="Roles of a user",
        responses={200: serializers.UserRolesOutput, 404: error_response("No such user.")},
    )
    def get(self, request: Request, user_id: uuid.UUID) -> Response:
        return _roles_response(services.get_user(actor=self.actor, user_id=str(user_id)))

    @extend_schema(
        operation_id="set_user_roles",
        summary="Give a user exactly these roles, at once",
        request=serializers.RolesInput,
        responses={
            200: serializers.UserRolesOutput,
            404: error_response("No such user."),
            409: error_response("It would remove the last active admin."),
        },
    )
    def put(self, request: Request, user_id: uuid.UUID) -> Response:
        given = read_body(serializers.RolesInput, request)
        user = services.set_roles(actor=self.actor, user_id=str(user_id), roles=given["roles"])
        return _roles_response(user)


def _user(request: Request) -> User:
    user = request.user
    assert isinstance(user, User)
    return user


def _roles_response(user: User) -> Response:
    return Response({"user_id": user.pk, "email": user.email, **serializers.rights_body(user)})

"""Shapes of /api/auth and of user administration."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from semantic_layer.accounts.models import User
from semantic_layer.accounts.roles import PERMISSIONS, Role, in_order, permissions_in_order
from semantic_layer.accounts.services import SignedIn
from semantic_layer.api.serializers import StrictSerializer

TOKEN_MAX_CHARACTERS = 4096


class LoginInput(StrictSerializer):
    databricks_token = serializers.CharField(
        max_length=TOKEN_MAX_CHARACTERS,
        help_text="A Databricks token; in local mode one from `manage.py create_local_token`.",
    )


class RefreshInput(StrictSerializer):
    refresh_token = serializers.CharField(
        max_length=TOKEN_MAX_CHARACTERS,
        required=False,
        allow_null=True,
        help_text="Without it, the still valid access token of the header counts.",
    )


class RolesInput(StrictSerializer):
    roles = serializers.ListField(
        child=serializers.ChoiceField(Role.choices), allow_empty=False, max_length=len(Role)
    )


class UserOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    email = serializers.EmailField()
    display_name = serializers.CharField()
    roles = serializers.ListField(child=serializers.ChoiceField(Role.choices))
    permissions = serializers.ListField(child=serializers.ChoiceField(PERMISSIONS))


class TokensOutput(serializers.Serializer[Any]):
    access_token = serializers.CharField()
    refresh_token = serializers.CharField()
    token_type = serializers.ChoiceField(["bearer"])
    expires_in = serializers.IntegerField(help_text="Seconds that the access token lasts.")
    user = UserOutput()


class PermissionsOutput(serializers.Serializer[Any]):
    user_id = serializers.UUIDField()
    roles = serializers.ListField(child=serializers.ChoiceField(Role.choices))
    permissions = serializers.ListField(child=serializers.ChoiceField(PERMISSIONS))
    groups = serializers.ListField(child=serializers.CharField())


class UserRolesOutput(serializers.Serializer[Any]):
    user_id = serializers.UUIDField()
    email = serializers.EmailField()
    roles = serializers.ListField(child=serializers.ChoiceField(Role.choices))
    permissions = serializers.ListField(child=serializers.ChoiceField(PERMISSIONS))


class MessageOutput(serializers.Serializer[Any]):
    message = serializers.CharField()


def tokens_body(signed_in: SignedIn) -> dict[str, Any]:
    """TokensOutput of a sign-in or refresh."""
    return {
        "access_token": signed_in.tokens.access,
        "refresh_token": signed_in.tokens.refresh,
        "token_type": "bearer",
        "expires_in": signed_in.tokens.expires_in_s,
        "user": user_body(signed_in.session.user),
    }


def user_body(user: User) -> dict[str, Any]:
    """UserOutput of a user."""
    return {
        "id": user.pk,
        "email": user.email,
        "display_name": user.display_name,
        **rights_body(user),
    }


def rights_body(user: User) -> dict[str, Any]:
    """Roles and permissions, each in the order of the documented table."""
    return {"roles": in_order(user.roles), "permissions": permissions_in_order(user.permissions)}

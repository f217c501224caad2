"""Admin screens for users, their local tokens (never the secret) and login sessions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.admin import ModelAdmin

from semantic_layer.accounts import services
from semantic_layer.accounts.actor import actor_of
from semantic_layer.accounts.models import LocalToken, LoginSession, User
from semantic_layer.accounts.roles import Role
from semantic_layer.errors import UserError
from semantic_layer.ports import Actor

# Rights come with roles; Django's groups would only look as if they gave any.
admin.site.unregister(Group)


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[misc]  # unfold is untyped
    """Shows rows; what changes them is an action that calls a service."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_manage_permission(self, request: HttpRequest) -> bool:
        """Who may use the actions (`permissions=["manage"]`)."""
        return isinstance(request.user, User) and request.user.is_superuser


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    """People. They come by signing in, or from `manage.py create_local_token`."""

    list_display = ("email", "display_name", "roles_given", "is_active", "last_login")
    list_filter = ("is_active",)
    search_fields = ("email", "display_name")
    fields = (
        "email", "display_name", "roles_given", "roles_pinned", "groups", "subject", "is_active",
        "created_at", "last_login",
    )  # fmt: skip
    actions = ("make_viewer", "make_analyst", "make_engineer", "make_admin", "shut_out", "let_in")

    @admin.display(description="Roles")
    def roles_given(self, user: User) -> str:
        return ", ".join(user.roles)

    @admin.action(description="Give the role viewer only", permissions=["manage"])
    def make_viewer(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self._set_role(request, users, Role.VIEWER)

    @admin.action(description="Give the role analyst only", permissions=["manage"])
    def make_analyst(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self._set_role(request, users, Role.ANALYST)

    @admin.action(description="Give the role engineer only", permissions=["manage"])
    def make_engineer(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self._set_role(request, users, Role.ENGINEER)

    @admin.action(description="Give the role admin only", permissions=["manage"])
    def make_admin(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self._set_role(request, users, Role.ADMIN)

    @admin.action(description="Shut out: deactivate, end all sessions", permissions=["manage"])
    def shut_out(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self._set_active(request, users, False)

    @admin.action(description="Let in again", permissions=["manage"])
    def let_in(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self._set_active(request, users, True)

    def _set_role(self, request: HttpRequest, users: QuerySet[User], role: Role) -> None:
        actor = _actor(request)
        self._each(
            request,
            users,
            lambda user: services.set_roles(actor=actor, user_id=str(user.pk), roles=[role]),
        )

    def _set_active(self, request: HttpRequest, users: QuerySet[User], active: bool) -> None:
        actor = _actor(request)
        self._each(
            request,
            users,
            lambda user: services.set_active(actor=actor, user_id=str(user.pk), active=active),
        )

    def _each(
        self, request: HttpRequest, users: Iterable[User], change: Callable[[User], User]
    ) -> None:
        for user in users:
            try:
                change(user)
            except UserError as error:
                self.message_user(request, f"{user.email}: {error.message}", messages.ERROR)
            else:
                self.message_user(request, f"{user.email}: done.", messages.SUCCESS)


@admin.register(LocalToken)
class LocalTokenAdmin(ReadOnlyAdmin):
    """Local tokens; only their beginning is known after they were made."""

    list_display = ("name", "prefix", "user", "state", "created_at", "expires_at", "last_used_at")
    list_select_related = ("user",)
    search_fields = ("name", "prefix", "user__email")
    fields = (
        "name", "prefix", "user", "state", "created_at", "expires_at", "last_used_at", "revoked_at",
    )  # fmt: skip
    actions = ("revoke",)

    @admin.display(description="State")
    def state(self, token: LocalToken) -> str:
        if token.revoked_at is not None:
            return "revoked"
        return "good" if token.is_good(timezone.now()) else "expired"

    @admin.action(description="Revoke, and end the sessions opened with it", permissions=["manage"])
    def revoke(self, request: HttpRequest, chosen: QuerySet[LocalToken]) -> None:
        ids = [str(pk) for pk in chosen.values_list("pk", flat=True)]
        count = services.revoke_local_tokens(actor=_actor(request), token_ids=ids)
        self.message_user(request, f"{count} revoked.", messages.SUCCESS)


@admin.register(LoginSession)
class LoginSessionAdmin(ReadOnlyAdmin):
    """Who is signed in, where, until when."""

    list_display = ("user", "kind", "state", "created_at", "refreshed_at", "expires_at")
    list_select_related = ("user",)
    list_filter = ("kind",)
    search_fields = ("user__email",)
    fields = (
        "user", "kind", "state", "created_at", "refreshed_at", "expires_at", "revoked_at",
        "revoked_because",
    )  # fmt: skip
    actions = ("end",)

    @admin.display(description="State")
    def state(self, session: LoginSession) -> str:
        if session.revoked_at is not None:
            return f"ended: {session.revoked_because}"
        return "open" if session.is_live else "expired"

    @admin.action(description="End: its tokens stop working at once", permissions=["manage"])
    def end(self, request: HttpRequest, chosen: QuerySet[LoginSession]) -> None:
        ids = [str(pk) for pk in chosen.values_list("pk", flat=True)]
        count = services.end_sessions(actor=_actor(request), session_ids=ids)
        self.message_user(request, f"{count} ended.", messages.SUCCESS)


def _actor(request: HttpRequest) -> Actor:
    user = request.user
    assert isinstance(user, User)
    return actor_of(user)

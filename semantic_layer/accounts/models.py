"""Users, the local tokens that sign them in, and their login sessions."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone

from semantic_layer.accounts.roles import Role, in_order, needed_in_admin, permissions_of


class UserManager(BaseUserManager["User"]):
    """Creates users; an e-mail address is the same user in whatever case it is written."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=canonical_email(username or ""))

    def create_user(self, email: str, roles: Iterable[str] = (Role.VIEWER,), **fields: Any) -> User:
        """A saved user with these roles; raises IntegrityError where the address is taken."""
        fields.setdefault("display_name", email.partition("@")[0])
        return self.create(email=canonical_email(email), roles=in_order(roles), **fields)

    def create_superuser(self, email: str, **fields: Any) -> User:
        """For `manage.py createsuperuser`: an admin, who still signs in by token."""
        fields.pop("password", None)
        return self.create_user(email, [Role.ADMIN], **fields)


def canonical_email(email: str) -> str:
    """The one spelling that is stored and looked up."""
    return email.strip().lower()


def default_roles() -> list[str]:
    return [Role.VIEWER.value]


class User(AbstractBaseUser):
    """A person as the identity provider knows them; there are no passwords, only tokens.

    Rights come from `roles` alone, in the API and in the admin site alike.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    password = None  # type: ignore[assignment]  # signing in is the identity provider's business
    email = models.EmailField(max_length=254, unique=True)
    display_name = models.CharField(max_length=200, blank=True)
    roles = ArrayField(models.CharField(max_length=20, choices=Role.choices), default=default_roles)
    roles_pinned = models.BooleanField(
        default=False,
        help_text="An administrator set the roles: signing in no longer changes them.",
    )
    groups = ArrayField(models.CharField(max_length=255), default=list, blank=True)
    subject = models.CharField(
        max_length=255,
        unique=True,
        null=True,
        blank=True,
        help_text="Who this is to the identity provider; empty until the first sign-in.",
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    current_session: LoginSession | None = None
    """The session of the request that is being answered; None for a local token sent directly."""

    class Meta:
        ordering = ("email",)
        constraints = (
            models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_lower_case"),
            models.CheckConstraint(
                condition=Q(roles__contained_by=Role.values), name="user_roles_known"
            ),
        )

    def __str__(self) -> str:
        return self.email

    @property
    def permissions(self) -> frozenset[str]:
        return permissions_of(self.roles)

    @property
    def is_staff(self) -> bool:
        """Every role may look at the admin site; what it shows depends on the role."""
        return self.is_active and "read" in self.permissions

    @property
    def is_superuser(self) -> bool:
        return self.is_active and "admin" in self.permissions

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Answer the admin site's `app_label.action_model` by role."""
        app_label, _, codename = perm.partition(".")
        action = codename.partition("_")[0]
        return self.is_active and needed_in_admin(app_label, action) in self.permissions

    def has_perms(self, perm_list: Iterable[str], obj: object = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and needed_in_admin(app_label, "view") in self.permissions

    def has_usable_password(self) -> bool:
        return False

    def check_password(self, raw_password: str | None) -> bool:
        return False

    def get_session_auth_hash(self) -> str:
        """Constant: a cookie ends with the LoginSession behind it (middleware.py)."""
        return str(self.pk)


class LocalToken(models.Model):
    """A token of ours that signs a user in where no workspace does. Only its hash is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="local_tokens")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=16, help_text="How it begins, to recognise it by.")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def is_good(self, now: datetime) -> bool:
        """Neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


class LoginSession(models.Model):
    """One sign-in and all tokens issued from it: the family that is revoked together.

    `refresh_id` is the id of the one refresh token that may still be used, `spent_id` of the one
    before it.
    """

    class Kind(models.TextChoices):
        API = "api", "API"
        ADMIN = "admin", "Admin site"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="login_sessions")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.API)
    credential_digest = models.CharField(
        max_length=64,
        db_index=True,
        editable=False,
        help_text="Hash of the token that opened it, so that revoking the token ends the session.",
    )
    refresh_id = models.UUIDField(default=uuid.uuid4, editable=False)
    spent_id = models.UUIDField(null=True, editable=False)
    refreshed_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_because = models.CharField(max_length=100, blank=True, editable=False)

    class Meta:
        ordering = ("-created_at",)
        constraints = (
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="session_ends_after_it_begins"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} session of {self.user_id}"

    @property
    def is_live(self) -> bool:
        return self.revoked_at is None and self.expires_at > timezone.now()


class StoredCredentialQuerySet(models.QuerySet["StoredCredential"]):
    def usable_by(self, user: User) -> StoredCredentialQuerySet:
        """Of the user's live sessions, the newest sign-in first; none that was refused."""
        return (
            self.select_related("session__user", "session__stored_credential")
            .filter(
                session__user=user,
                session__revoked_at=None,
                session__expires_at__gt=timezone.now(),
                refused_at=None,
            )
            .order_by("-session__created_at")
        )


class StoredCredential(models.Model):
    """The workspace token of a login session, encrypted (vault.py); deleted with the session's end.

    Shown nowhere. `sealed` is empty once the workspace refused it.
    """

    session = models.OneToOneField(
        LoginSession, on_delete=models.CASCADE, primary_key=True, related_name="stored_credential"
    )
    sealed = models.TextField(blank=True, editable=False)
    renewable = models.BooleanField(default=False, editable=False)
    expires_at = models.DateTimeField(null=True, editable=False)
    checked_at = models.DateTimeField(null=True, editable=False)
    refused_at = models.DateTimeField(null=True, editable=False)

    objects = StoredCredentialQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Workspace token of session {self.session_id}"

"""The identity provider where no workspace is configured: our own users and tokens."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from semantic_layer.accounts.models import LocalToken
from semantic_layer.accounts.sessions import digest_of
from semantic_layer.errors import Unauthenticated
from semantic_layer.ports import Identity

TOKEN_PREFIX = "slt_"  # noqa: S105
USE_IS_NOTED_EVERY = timedelta(minutes=1)


class LocalIdentity:
    """IdentityProvider over LocalToken."""

    def authenticate(self, token: str) -> Identity:
        """Whom the token belongs to; one refusal for unknown, expired and revoked tokens alike."""
        now = timezone.now()
        found = (
            LocalToken.objects.select_related("user").filter(digest=digest_of(token)).first()
            if token.startswith(TOKEN_PREFIX)
            else None
        )
        if found is None or not found.is_good(now) or not found.user.is_active:
            raise Unauthenticated("This token is unknown, expired or revoked.")
        unnoted = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_IS_NOTED_EVERY)
        LocalToken.objects.filter(unnoted, pk=found.pk).update(last_used_at=now)
        user = found.user
        return Identity(
            subject=user.subject or local_subject(str(user.pk)),
            email=user.email,
            display_name=user.display_name,
            groups=tuple(user.groups),
            roles=tuple(user.roles),
            expires_at=found.expires_at,
        )


def local_subject(user_id: str) -> str:
    """What `User.subject` holds for a user of ours."""
    return f"local:{user_id}"

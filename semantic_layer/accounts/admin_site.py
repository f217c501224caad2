"""The admin site: signed in to with the same token as the API, for at most as long."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.contrib.auth import login as start_django_session
from django.contrib.auth.views import LoginView
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.sites import UnfoldAdminSite
from unfold.widgets import BASE_INPUT_CLASSES

from semantic_layer import wiring
from semantic_layer.accounts import services, sessions
from semantic_layer.accounts.models import LoginSession, User
from semantic_layer.accounts.workspace_access import require_access
from semantic_layer.api.views import client_address
from semantic_layer.errors import Conflict, RateLimited, Unauthenticated, Unavailable

SESSION_KEY = "login_session"


class TokenForm(forms.Form):
    """One field: the token."""

    token = forms.CharField(
        max_length=4096,
        help_text="The token you call the API with.",
        widget=forms.PasswordInput(
            attrs={
                "autocomplete": "current-password",
                "autofocus": True,
                "class": " ".join(BASE_INPUT_CLASSES),
            }
        ),
    )

    def __init__(self, request: HttpRequest | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class TokenLoginView(LoginView):
    """Opens a login session and a cookie that ends with it."""

    authentication_form = TokenForm  # type: ignore[assignment]  # Django's asks for a password
    template_name = "accounts/admin_login.html"

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            session = services.open_session(
                token=form.cleaned_data["token"],
                address=client_address(self.request),
                kind=LoginSession.Kind.ADMIN,
            )
        except (Unauthenticated, RateLimited, Unavailable, Conflict) as error:
            form.add_error(None, error.message)
            return self._refused(form, error)
        enter(self.request, session)
        return HttpResponseRedirect(self.get_success_url())

    def _refused(self, form: Any, error: Exception) -> HttpResponse:
        response = self.form_invalid(form)
        if isinstance(error, RateLimited | Unavailable):
            response.status_code = 429 if isinstance(error, RateLimited) else 503
            response["Retry-After"] = str(error.retry_after_s)
        return response


def enter(request: HttpRequest, session: LoginSession) -> None:
    """Give the browser a cookie that ends with the login session."""
    start_django_session(request, session.user)
    request.session[SESSION_KEY] = session.pk.hex
    request.session.set_expiry(session.expires_at)


class TokenAdminSite(UnfoldAdminSite):  # type: ignore[misc]  # unfold is untyped
    """Every page asks whether the login session still lives, so ending it shuts the browser out."""

    site_title = site_header = "Semantic layer"
    index_title = "Dashboard"
    index_template = "stewards/dashboard.html"

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(super().has_permission(request)) and _session_lives(request)

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        """Nothing for people who are not signed in: screens may then count on a User."""
        if not self.has_permission(request):
            return []
        return cast(list[dict[str, Any]], super().get_app_list(request, app_label))

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        index = reverse("admin:index", current_app=self.name)
        if request.method == "GET" and self.has_permission(request):
            return HttpResponseRedirect(index)
        context = {
            **self.each_context(request),
            "title": "Sign in",
            "subtitle": None,
            "app_path": request.get_full_path(),
            "workspace_sign_in": _workspace_sign_in(index),
            **(extra_context or {}),
        }
        view = TokenLoginView.as_view(next_page=index, extra_context=context)
        return cast(HttpResponse, view(request))

    def logout(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "POST":
            sessions.end(_session_of(request), because="signed out")
        return cast(HttpResponse, super().logout(request, extra_context))

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        raise Http404("There are no passwords here, only tokens.")


def _workspace_sign_in(index: str) -> str | None:
    """Where signing in on the workspace's page begins; None where that is not set up."""
    if wiring.workspace_sign_in() is None:
        return None
    return f"{reverse('oauth-start')}?{urlencode({'return_to': index})}"


def _session_of(request: HttpRequest) -> QuerySet[LoginSession]:
    key = request.session.get(SESSION_KEY)
    if key is None:
        return LoginSession.objects.none()
    return LoginSession.objects.filter(pk=str(key), kind=LoginSession.Kind.ADMIN)


def _session_lives(request: HttpRequest) -> bool:
    """Whether it may go on; then it is the user's `current_session`, whose rights are used."""
    user = request.user
    session = _session_of(request).select_related("user", "stored_credential").first()
    if session is None or not session.is_live or session.user_id != user.pk:
        return False
    try:
        require_access(session)
    except Unauthenticated:
        return False
    except Unavailable:
        pass  # pages that need the workspace say so themselves
    assert isinstance(user, User)
    user.current_session = session
    return True

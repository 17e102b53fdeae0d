"""Pages of the application: the log-in, and the page that carries it."""

from typing import Any

from django.conf import settings
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.generic import TemplateView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from riskgw.web.session import session_of

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "connect-src 'self' ws: wss:",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    )
)


class StrictPolicy:
    """Nothing but our own scripts runs in the page."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]  # a mix-in
        response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        return response


class LogIn(StrictPolicy, LoginView):
    """The log-in page, in both languages."""

    template_name = "app/login.html"
    redirect_authenticated_user = True
    extra_context = {"languages": settings.LANGUAGES}


@method_decorator([never_cache, ensure_csrf_cookie], name="dispatch")
class Application(StrictPolicy, LoginRequiredMixin, TemplateView):
    """The page the Vue application lives in; addresses below it are the application's own."""

    template_name = "app/index.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        assert isinstance(self.request.user, User)
        return super().get_context_data(session=session_of(self.request.user), **kwargs)


class ApiSchema(SpectacularAPIView):
    """OpenAPI of every row of the HTTP table."""


class ApiPages(StrictPolicy, LoginRequiredMixin, SpectacularSwaggerSplitView):
    """The API to read and to try."""

    url_name = "api-schema"

"""Who opens a socket: a token in header or query, else the session of a page of ours."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs, urlparse

from channels.security.websocket import OriginValidator, WebsocketDenier
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import User
from django.http import HttpRequest, parse_cookie
from django.utils.module_loading import import_string
from rest_framework.authtoken.models import Token

_SCHEME, _KEY_SCHEME = "token ", "api-key "


class ForeignOrigin(Exception):
    """A page of another site opens a socket with our user's session."""


def user_of(scope: Mapping[str, Any]) -> User | None:
    """The user as of now, None for a stranger. Asks the database."""
    headers = {name: value.decode("latin1") for name, value in scope["headers"]}
    header = headers.get(b"authorization", "")
    if header.lower().startswith(_KEY_SCHEME):
        owner_of: Callable[[str], User | None] = import_string(settings.API_KEY_OWNER)
        return owner_of(header[len(_KEY_SCHEME) :].strip())
    token = _token(header, scope["query_string"])
    if token is not None:
        found = Token.objects.select_related("user").filter(key=token, user__is_active=True).first()
        return found.user if found else None
    key = parse_cookie(headers.get(b"cookie", "")).get(settings.SESSION_COOKIE_NAME)
    if not key:
        return None
    if not _is_ours(headers.get(b"origin")):
        raise ForeignOrigin
    return _session_user(key)


def _token(header: str, query: bytes) -> str | None:
    if header.lower().startswith(_SCHEME):
        return header[len(_SCHEME) :].strip()
    return next(iter(parse_qs(query.decode("latin1")).get("token", [])), None)


def _is_ours(origin: str | None) -> bool:
    validator = OriginValidator(WebsocketDenier(), settings.ALLOWED_HOSTS)
    return bool(validator.valid_origin(urlparse(origin) if origin else None))


def _session_user(key: str) -> User | None:
    """As Django's own middleware finds it, with the check of the session's hash."""
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    user = get_user(request)
    return user if isinstance(user, User) else None

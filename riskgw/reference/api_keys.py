"""Who asks with an API key: `Authorization: Api-Key …`, over HTTP and for sockets."""

import hashlib
import secrets
import time
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from riskgw.reference.models import ApiKey, Counter
from riskgw.reference.models.api_key import PREFIX_SIZE

SCHEME = "Api-Key"
# A key that is withdrawn, or whose user loses a right, opens its doors no longer than this.
KNOWN_SECONDS = 1.0
_KNOWN_MAX = 100
_KEY_BYTES = 32
_KEY_SIZE_MAX = 200


class _Known(NamedTuple):
    """Who was let in; permissions that were asked for stay with the user object."""

    user: User
    counters: frozenset[str] | None
    until: float


_known: dict[str, _Known] = {}


def new_key() -> str:
    return secrets.token_urlsafe(_KEY_BYTES)


def store_key(name: str, user: User, key: str, counter: Counter | None = None) -> ApiKey:
    """Keep a key's digest; the same key given again stays what it was."""
    row, _ = ApiKey.objects.get_or_create(
        digest=digest_of(key),
        defaults={"name": name, "user": user, "counter": counter, "prefix": key[:PREFIX_SIZE]},
    )
    return row


def owner_of(key: str) -> User | None:
    """The user a key belongs to, None for a stranger.

    Who was let in is asked for again after a moment: a counter checks a hundred orders a second.
    """
    if len(key) > _KEY_SIZE_MAX:
        return None
    digest = digest_of(key)
    known = _known.get(digest)
    if known is not None and time.monotonic() < known.until:
        return known.user
    user = _stored_owner(digest)
    if user is not None:
        if len(_known) >= _KNOWN_MAX:
            _known.clear()
        _known[digest] = _Known(user, counters_of(user), time.monotonic() + KNOWN_SECONDS)
    return user


def _stored_owner(digest: str) -> User | None:
    found = ApiKey.objects.select_related("user").filter(
        digest=digest, is_active=True, user__is_active=True
    )
    row = found.first()
    return row.user if row else None


def counters_of(user: User) -> frozenset[str] | None:
    """The counters whose accounts a user may hear and ask of; None for all.

    Users without keys are people, whom their role limits.
    """
    for known in list(_known.values()):
        if known.user is user and time.monotonic() < known.until:
            return known.counters
    keys = ApiKey.objects.filter(user=user, is_active=True)
    codes = list(keys.values_list("counter__code", flat=True))
    return None if not codes or None in codes else frozenset(codes)


class ApiKeyAuthentication(BaseAuthentication):
    """Django REST framework's hook."""

    def authenticate(self, request: Request) -> tuple[User, Any] | None:
        scheme, _, key = get_authorization_header(request).decode("latin1").partition(" ")
        if scheme.lower() != SCHEME.lower():
            return None
        user = owner_of(key.strip())
        if user is None:
            raise AuthenticationFailed("Invalid API key.")
        return user, key

    def authenticate_header(self, request: Request) -> str:
        return SCHEME


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers itself
    """How the API's description says it."""

    target_class = ApiKeyAuthentication
    name = "apiKeyAuth"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        text = f"`{SCHEME} <key>`; for counters."
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": text}


def digest_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()

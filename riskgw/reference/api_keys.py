"""Who asks with an API key: `Authorization: Api-Key …`, over HTTP and for sockets."""

import hashlib
import secrets
from collections.abc import Collection
from copy import copy
from typing import Any

from django.contrib.auth.models import User
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from riskgw.reference.known_owners import KnownOwners
from riskgw.reference.models import ApiKey, Counter
from riskgw.reference.models.api_key import PREFIX_SIZE

SCHEME = "Api-Key"
_KEY_BYTES = 32
_KEY_SIZE_MAX = 200
# Where a user who was let in keeps the counters they may ask of, as Django keeps permissions.
_COUNTERS = "_counters"
_KEY = "_api_key"


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
    known = known_owner(key)
    return known[0] if known is not None else asked_owner(key)


def known_owner(key: str) -> tuple[User, bool] | None:
    """Who was let in with this key a moment ago, and whether it is time to ask again."""
    return None if len(key) > _KEY_SIZE_MAX else _owners.known(digest_of(key))


def asked_owner(key: str) -> User | None:
    """As the database has it: with the user all that a handler may ask of them."""
    return None if len(key) > _KEY_SIZE_MAX else _owners.asked(digest_of(key))


def _stored_owners(digests: Collection[str]) -> dict[str, User]:
    """By digest; a copy of the user for each key, as handlers ask by which they were let in."""
    found = ApiKey.objects.filter(digest__in=digests, is_active=True, user__is_active=True)
    keys = list(found.values_list("digest", "pk", "user"))
    users = User.objects.in_bulk({user for _, _, user in keys})
    for user in users.values():
        user.get_all_permissions()
        vars(user)[_COUNTERS] = counters_of(user)
    owners = {}
    for digest, key, number in keys:
        if number in users:
            owners[digest] = copy(users[number])
            vars(owners[digest])[_KEY] = key
    return owners


_owners = KnownOwners(_stored_owners)


def key_of(user: User) -> int | None:
    """The key that a user was let in with; None for people, and for tokens."""
    found: int | None = vars(user).get(_KEY)
    return found


def counters_of(user: User) -> frozenset[str] | None:
    """The counters whose accounts a user may hear and ask of; None for all.

    Users without keys are people, whom their role limits.
    """
    if _COUNTERS in vars(user):
        known: frozenset[str] | None = vars(user)[_COUNTERS]
        return known
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

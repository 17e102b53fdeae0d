"""Who asks with an API key: `Authorization: Api-Key …`, over HTTP and for sockets."""

import hashlib
import secrets
import threading
import time
from collections.abc import Collection
from copy import copy
from dataclasses import dataclass
from typing import Any

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
# After so long whoever has the time may ask for it again.
_AGING_SECONDS = 0.5
# Of so many keys, used no longer ago: agents report every five seconds.
_KNOWN_MAX, _USED_SECONDS = 1_000, 15.0
_KEY_BYTES = 32
_KEY_SIZE_MAX = 200
# Where a user who was let in keeps the counters they may ask of, as Django keeps permissions.
_COUNTERS = "_counters"
_KEY = "_api_key"


@dataclass
class _Known:
    """Who was let in; their permissions stay with the user object. In monotonic seconds."""

    user: User
    asked: float
    used: float


_known: dict[str, _Known] = {}
_asking = threading.Lock()


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
    if len(key) > _KEY_SIZE_MAX:
        return None
    known, now = _known.get(digest_of(key)), time.monotonic()
    if known is None or now >= known.asked + KNOWN_SECONDS:
        return None
    known.used = now
    return known.user, now > known.asked + _AGING_SECONDS


def asked_owner(key: str) -> User | None:
    """As the database has it: with the user all that a handler may ask of them.

    All keys that were used lately are asked for together: hundreds of agents report every few
    seconds, each by a key of its own, and whoever comes next finds theirs known.
    """
    if len(key) > _KEY_SIZE_MAX:
        return None
    digest, began = digest_of(key), time.monotonic()
    with _asking:
        known = _known.get(digest)
        if known is None or known.asked <= began:
            _ask(digest)
            known = _known.get(digest)
    if known is None:
        return None
    known.used = time.monotonic()
    return known.user


def _ask(digest: str) -> None:
    """For this key and for those that are to be asked for again; who has one no more is gone."""
    now = time.monotonic()
    if len(_known) >= _KNOWN_MAX:
        _known.clear()
    aging = {each for each, known in _known.items() if known.asked < now - _AGING_SECONDS}
    wanted = {each for each in aging if _known[each].used > now - _USED_SECONDS} | {digest}
    owners = _stored_owners(wanted)
    for each, user in owners.items():
        before = _known.get(each)
        _known[each] = _Known(user, now, before.used if before is not None else now)
    for each in aging | {digest}:
        if each not in owners:
            _known.pop(each, None)


def _stored_owners(digests: Collection[str]) -> dict[str, User]:
    """By digest; a copy of the user for each key, with what is the same for all of the user's."""
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

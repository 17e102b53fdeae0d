"""Rows that are asked a hundred times a second are answered ahead of Django.

Middleware, session, translation and a thread for each request cost Django 5 ms; a check of an order
takes 0.1, a try of the ledger shares its commit, counters wait for a restriction. Only the usual
request is answered here: JSON of a moderate size from somebody whose API key or token has the row's
permission. Every other goes on to Django, as it came, to be answered or refused.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import Http404
from django.http.request import split_domain_port, validate_host
from rest_framework.exceptions import APIException

from riskgw.web.handlers import Answering, Call, Endpoint, is_allowed
from riskgw.web.problems import CONTENT_TYPE, Problem
from riskgw.web.threads import in_thread

PREFIX = "/api/v1/"
BODY_SIZE_MAX = 1024 * 1024
AUTHORIZATION_SIZE_MAX = 200
# Long answers at once; others wait, as single requests do not.
THREADS = 4
# Whoever waits for a commit shares it with those beside.
WAITING_THREADS = 16
ID = "<str:id>"
_JSON = b"application/json"
_MEDIA = (_JSON, b"application/json; charset=utf-8")
_ACCEPTED = (b"*/*", b"application/json")
# What Django's middleware says of every answer.
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)

_log = logging.getLogger(__name__)

Scope = Mapping[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Any, Any, Any], Awaitable[None]]


class Doors(NamedTuple):
    """Whose a secret is: as it was known a moment ago, with whether to ask again; as it is now."""

    known: Callable[[str], tuple[User, bool] | None]
    asked: Callable[[str], User | None]


class Secret(NamedTuple):
    """What somebody shows who wants to be let in; the scheme in small letters."""

    scheme: str
    text: str


class Place(NamedTuple):
    """A row, and what the address says beside it."""

    row: Endpoint
    route: Mapping[str, str]


class Reply(NamedTuple):
    """Status, media type, body."""

    status: int
    media: bytes
    body: bytes


class Express:
    """Django's application with an express lane before it, for rows by their addresses.

    `doors` are by the scheme of what opens them.
    """

    def __init__(
        self,
        behind: Application,
        rows: Mapping[str, Endpoint],
        answering: Answering,
        doors: Mapping[str, Doors],
    ) -> None:
        self._behind = behind
        self._rows = rows
        self._answering = answering
        self._doors = doors
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="express")
        self._waiting = ThreadPoolExecutor(WAITING_THREADS, thread_name_prefix="express-waiting")
        # Whoever is being asked for again.
        self.asking: dict[Secret, asyncio.Task[None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        place = self._place(scope["path"]) if scope["method"] == "POST" else None
        secret = self._secret(scope) if place is not None else None
        if place is None or secret is None:
            await self._behind(scope, receive, send)
            return
        body = Body(receive)
        given = await body.read()
        reply = None if given is None else await self._reply(place, secret, given)
        if reply is None:
            await self._behind(scope, body.again, send)
            return
        length = str(len(reply.body)).encode()
        headers = [(b"content-type", reply.media), (b"content-length", length), *_HEADERS]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body})

    def _place(self, address: str) -> Place | None:
        """Of rows whose last word but one is an id, and of those without any."""
        head, _, last = address.rpartition("/")
        stem, _, identifier = head.rpartition("/")
        if identifier and (row := self._rows.get(f"{stem}/{ID}/{last}")) is not None:
            return Place(row, {"id": identifier})
        row = self._rows.get(address)
        return None if row is None else Place(row, {})

    def _secret(self, scope: Scope) -> Secret | None:
        """Of a request that asks for nothing unusual; None of any other."""
        if scope["query_string"]:
            return None
        headers: dict[bytes, bytes] = dict(scope["headers"])
        if len(headers) < len(scope["headers"]):
            return None
        is_plain = (
            headers.get(b"content-type", b"").lower() in _MEDIA
            and headers.get(b"accept", b"*/*") in _ACCEPTED
        )
        if not is_plain or not _is_ours(headers.get(b"host", b"")):
            return None
        given = headers.get(b"authorization", b"").decode("latin1")
        if len(given) > AUTHORIZATION_SIZE_MAX or not (given.isascii() and given.isprintable()):
            return None
        scheme, _, text = given.partition(" ")
        scheme = scheme.lower()
        return Secret(scheme, text.strip()) if scheme in self._doors else None

    async def _reply(self, place: Place, secret: Secret, given: bytes) -> Reply | None:
        """None where it is Django's to say something."""
        row, arguments = place.row, _arguments(given)
        if arguments is None:
            return None
        arguments |= place.route
        pool = self._waiting if row.handler.is_waiting else self._pool
        user = self._known_user(secret)
        if user is None:
            return await in_thread(lambda: self._asked_and_said(row, secret, arguments), pool)
        if row.handler.is_brief(arguments):
            return self._said(row, user, arguments)
        return await in_thread(lambda: self._said(row, user, arguments), pool)

    def _known_user(self, secret: Secret) -> User | None:
        """Who is known is asked for again meanwhile, so that they never wait for the database."""
        known = self._doors[secret.scheme].known(secret.text)
        if known is None:
            return None
        user, is_aging = known
        if is_aging and secret not in self.asking:
            self.asking[secret] = asyncio.create_task(self._ask_again(secret))
        return user

    async def _ask_again(self, secret: Secret) -> None:
        doors = self._doors[secret.scheme]
        try:
            await in_thread(lambda: doors.asked(secret.text), self._pool)
        except DatabaseError as error:
            _log.warning("a key could not be asked for again: %s", error)
        finally:
            del self.asking[secret]

    def _asked_and_said(
        self, row: Endpoint, secret: Secret, arguments: Mapping[str, Any]
    ) -> Reply | None:
        user = self._doors[secret.scheme].asked(secret.text)
        return None if user is None else self._said(row, user, arguments)

    def _said(self, row: Endpoint, user: User, arguments: Mapping[str, Any]) -> Reply | None:
        if not is_allowed(user, row.permission):
            return None
        try:
            answer = self._answering(row, Call(user, arguments))
        except Problem as problem:
            text = msgspec.json.encode(problem.json())
            return Reply(problem.status, CONTENT_TYPE.encode(), text)
        except (APIException, Http404, PermissionDenied):
            return None
        return Reply(row.handler.status, _JSON, msgspec.json.encode(answer.data))


class Body:
    """A request's body, read here; `again` gives what was read to whoever comes behind."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._read: list[Message] = []

    async def read(self) -> bytes | None:
        """None where it is too long, or its sender has gone."""
        size = 0
        while True:
            message = await self._receive()
            self._read.append(message)
            size += len(message.get("body", b""))
            if message["type"] != "http.request" or size > BODY_SIZE_MAX:
                return None
            if not message.get("more_body", False):
                return b"".join(each.get("body", b"") for each in self._read)

    async def again(self) -> Message:
        return self._read.pop(0) if self._read else await self._receive()


@lru_cache(maxsize=256)
def _is_ours(host: bytes) -> bool:
    """As Django's middleware asks of every request."""
    domain, _ = split_domain_port(host.decode("latin1"))
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def _arguments(given: bytes) -> dict[str, Any] | None:
    try:
        found = msgspec.json.decode(given)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None

"""Handlers: every request, by HTTP or as a WebSocket command, gets an object of its own.

It is chosen from a table by path or command, method and parameters; it validates, converts, calls
one action or query, answers, and is gone.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, ClassVar

from django.contrib.auth.models import User
from rest_framework.serializers import Serializer

from riskgw.web.problems import FieldError, Problem

# The permission of rows that ask for no more than a log-in.
LOGGED_IN = ""


@dataclass(frozen=True)
class Call:
    """One request: who asks, and its arguments, wherever in the request they stood."""

    user: User
    arguments: Mapping[str, Any]
    # What is set for the function module whose handler this is for.
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Download:
    """A file that a handler answers with; only HTTP can."""

    name: str
    media: str
    content: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What a handler says; cookies for the caller that has any."""

    data: Any
    cookies: Mapping[str, str] = field(default_factory=dict)


class NoArguments(Serializer[Any]):
    """For requests that say it all by their name."""


class Handler(ABC):
    """Made for one request. `values` are its arguments, validated and converted."""

    arguments: ClassVar[type[Serializer[Any]]] = NoArguments
    result: ClassVar[type[Serializer[Any]]]
    # What is answered when nothing is refused.
    status: ClassVar[HTTPStatus] = HTTPStatus.OK
    # Whether the result is an array of them.
    is_list: ClassVar[bool] = False
    # Of a handler that answers with a `Download`: its media types, in place of a result.
    files: ClassVar[tuple[str, ...]] = ()
    # So often or so urgent that the express lane answers it: arguments in the body, key or token.
    is_express: ClassVar[bool] = False
    # Whether that answer waits for a commit, and computes little.
    is_waiting: ClassVar[bool] = False

    def __init__(self, call: Call) -> None:
        self.user = call.user
        self.settings = call.settings
        self.values = self.read(call.arguments)

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments, validated and converted."""
        return _validated(cls.arguments, given)

    @classmethod
    def is_brief(cls, given: Mapping[str, Any]) -> bool:  # noqa: ARG003  # asked by those who may be
        """Whether the answer takes less than a millisecond and waits for nothing."""
        return False

    @abstractmethod
    def answer(self) -> Answer:
        """Call one action or query, and render what it gives."""

    def rendered(self, value: Any) -> Answer:
        return Answer(self.result(value, many=self.is_list).data)


@dataclass(frozen=True)
class Endpoint:
    """One row of the HTTP table; `path` as in Django's routes."""

    method: str
    path: str
    handler: type[Handler]
    permission: str
    # The function module whose row it is; empty where it is nobody's.
    module: str = ""


@dataclass(frozen=True)
class Command:
    """One row of the WebSocket table."""

    handler: type[Handler]
    permission: str
    module: str = ""
    # What a socket commands under the same name is carried out in the order given.
    sequence: str = ""
    # Carried out at once, and again in its turn: what was said before it is not to stand.
    is_urgent: bool = False


# Has a row answer a call.
Answering = Callable[[Endpoint | Command, Call], Answer]


def at_once(row: Endpoint | Command, call: Call) -> Answer:
    """A handler is made, answers, and is gone."""
    return row.handler(call).answer()


def is_allowed(user: Any, permission: str) -> bool:
    """Whether a user, perhaps a stranger, has the permission of a row."""
    return bool(user.is_authenticated) and (not permission or user.has_perm(permission))


def _validated(arguments: type[Serializer[Any]], given: Mapping[str, Any]) -> dict[str, Any]:
    if arguments is NoArguments and not given:
        return {}
    serializer = arguments(data=dict(given))
    if unknown := sorted(given.keys() - serializer.fields.keys()):
        errors = [
            FieldError(name[:80], "unknown", "There is no such argument.") for name in unknown
        ]
        raise Problem(HTTPStatus.BAD_REQUEST, "invalid", "Some arguments are not known.", errors)
    serializer.is_valid(raise_exception=True)
    values: dict[str, Any] = serializer.validated_data
    return values

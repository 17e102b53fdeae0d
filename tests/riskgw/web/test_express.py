"""The express lane: the usual request is answered ahead of Django, any other comes to it whole."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

import pytest
from django.contrib.auth.models import User
from django.test import Client
from rest_framework import serializers
from rest_framework.authtoken.models import Token

from monitoring.models import Restriction, RestrictionStep
from riskgw.plugins.offered import ExpressRows
from riskgw.plugins.registry import registry
from riskgw.reference.api_keys import (
    asked_owner,
    counters_of,
    known_owner,
    new_key,
    owner_of,
    store_key,
)
from riskgw.reference.known_owners import KNOWN_SECONDS
from riskgw.reference.models import ApiKey
from riskgw.reference.tokens import token_owners
from riskgw.urls import OWN
from riskgw.web.express import AUTHORIZATION_SIZE_MAX, BODY_SIZE_MAX, Doors, Express
from riskgw.web.handlers import Answer, Endpoint, Handler, at_once
from riskgw.web.problems import CONTENT_TYPE
from tests.pages import signed_in
from tests.queue_server import QueueServer

ADDRESS = "/api/v1/orders/check"
BODY = b'{"said":"hello"}'
KEY = "a key"
HEADERS = {
    "host": "localhost", "authorization": f"Api-Key {KEY}", "content-type": "application/json",
}  # fmt: skip
STORED = pytest.mark.django_db
OF_DJANGO = 299


class Said(NamedTuple):
    """What came back; the body as JSON."""

    status: int
    headers: dict[str, str]
    body: Any


def officer(key: str) -> User | None:
    return User(username="officer", is_superuser=True) if key == KEY else None


def let_in(key: str) -> tuple[User, bool] | None:
    user = officer(key)
    return None if user is None else (user, False)


async def django(scope: Any, receive: Any, send: Any) -> None:
    """Stands behind the lane: says what came to it."""
    whole, is_more = b"", True
    while is_more:
        message = await receive()
        whole += message.get("body", b"")
        is_more = message.get("more_body", False)
    said = json.dumps([scope["method"], scope["path"], len(whole), hash(whole)]).encode()
    await send({"type": "http.response.start", "status": OF_DJANGO, "headers": []})
    await send({"type": "http.response.body", "body": said})


class EchoArguments(serializers.Serializer[Any]):
    """What is said, and whether it takes its time."""

    said = serializers.CharField(required=False)
    is_long = serializers.BooleanField(required=False)


class Echo(Handler):
    """Says it again, and in which thread."""

    arguments = EchoArguments
    result = EchoArguments

    @classmethod
    def is_brief(cls, given: Mapping[str, Any]) -> bool:
        return "is_long" not in given

    def answer(self) -> Answer:
        return Answer([self.values["said"], threading.current_thread().name])


class WaitingArguments(EchoArguments):
    """With what the address says."""

    id = serializers.CharField()


class Waiting(Echo):
    """Waits for a commit, as it were."""

    arguments = WaitingArguments
    is_waiting = True

    @classmethod
    def is_brief(cls, given: Mapping[str, Any]) -> bool:  # noqa: ARG003  # of every request
        return False

    def answer(self) -> Answer:
        return Answer([self.values["id"], *super().answer().data])


ECHO = {ADDRESS: Endpoint("POST", "orders/check", Echo, "monitoring.check_orders")}
ECHO["/api/v1/echoes/<str:id>/say"] = Endpoint(
    "POST", "echoes/<str:id>/say", Waiting, "monitoring.check_orders"
)


def lane(
    known: Callable[[str], tuple[User, bool] | None] = let_in,
    asked: Callable[[str], User | None] = officer,
) -> Express:
    return Express(django, ECHO, at_once, {"api-key": Doors(known, asked)})


async def told(
    express: Express,
    parts: tuple[bytes, ...] = (BODY,),
    headers: list[tuple[str, str]] | None = None,
    **changes: Any,
) -> Said:
    given = list(HEADERS.items()) if headers is None else headers
    scope = {
        "type": "http", "method": "POST", "path": ADDRESS, "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in given],
    } | changes  # fmt: skip
    coming = [
        {"type": "http.request", "body": part, "more_body": number < len(parts)}
        for number, part in enumerate(parts, 1)
    ]
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return coming.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await express(scope, receive, send)
    start, end = sent
    named = {name.decode(): value.decode() for name, value in start["headers"]}
    return Said(start["status"], named, json.loads(end["body"]))


def asked(express: Express, *parts: bytes, **headers: str) -> Said:
    given = HEADERS | {name.replace("_", "-"): value for name, value in headers.items()}
    return asyncio.run(told(express, parts or (BODY,), list(given.items())))


def test_the_usual_request_is_answered_without_django() -> None:
    for parts in ((BODY,), (BODY[:5], BODY[5:20], BODY[20:])):
        said = asked(lane(), *parts)
        assert (said.status, said.body) == (HTTPStatus.OK, ["hello", "MainThread"])
        assert said.headers["content-type"] == "application/json"
        assert said.headers["x-content-type-options"] == "nosniff"


def test_what_takes_its_time_is_answered_by_a_thread() -> None:
    said = asked(lane(), b'{"said":"hello","is_long":true}')
    assert said.body[0] == "hello"
    assert said.body[1].startswith("express")


def told_at(address: str) -> Said:
    return asyncio.run(told(lane(), path=f"/api/v1/{address}"))


def test_an_id_in_the_address_is_an_argument_and_who_waits_has_threads_of_their_own() -> None:
    for name in ("t.1", "<str:id>", "it's 金额"):
        said = told_at(f"echoes/{name}/say")
        assert (said.status, said.body[:2]) == (HTTPStatus.OK, [name, "hello"])
        assert said.body[2].startswith("express-waiting")


@pytest.mark.parametrize(
    "address", ["echoes/say", "echoes//say", "echoes/a/b/say", "echoes/a/say/", "echoes/a/sing"]
)
def test_an_address_that_is_no_row_is_djangos(address: str) -> None:
    assert told_at(address).status == OF_DJANGO


@pytest.mark.parametrize(
    "changes",
    [
        {"authorization": "Token abc"},
        {"authorization": f"Basic {KEY}"},
        {"authorization": "Api-Key another"},
        {"authorization": ""},
        {"authorization": f"Api-Key {KEY}\0"},
        {"authorization": f"Api-Key {KEY}\xe9"},
        {"authorization": f"Api-Key {KEY}{' ' * AUTHORIZATION_SIZE_MAX}"},
        {"content_type": "text/plain"},
        {"content_type": "application/json; charset=gbk"},
        {"accept": "text/html"},
        {"host": "elsewhere.example"},
        {"host": ""},
    ],
)
def test_what_is_not_usual_comes_to_django_as_it_was(changes: dict[str, str]) -> None:
    said = asked(lane(), **changes)
    assert said == (OF_DJANGO, {}, ["POST", ADDRESS, len(BODY), hash(BODY)])


@pytest.mark.parametrize(
    "parts",
    [
        (b"",),
        (b"{",),
        (b"[]",),
        (b"NaN",),
        (b'{"order_ref":"\xff"}',),
        (b"[" * 100_000,),
        (b'{"a":', b"[" * BODY_SIZE_MAX, b"]", b"}"),
        (b" " * BODY_SIZE_MAX, BODY),
    ],
)
def test_a_body_that_is_not_usual_comes_to_django_whole(parts: tuple[bytes, ...]) -> None:
    whole = b"".join(parts)
    said = asked(lane(), *parts)
    assert said == (OF_DJANGO, {}, ["POST", ADDRESS, len(whole), hash(whole)])


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "GET"},
        {"path": "/api/v1/restrictions"},
        {"path": "/orders/check"},
        {"query_string": b"account=A"},
    ],
)
def test_another_address_or_method_is_djangos(changes: dict[str, Any]) -> None:
    assert asyncio.run(told(lane(), **changes)).status == OF_DJANGO


def test_a_header_that_comes_twice_is_for_django_to_judge() -> None:
    twice = [*HEADERS.items(), ("authorization", "Api-Key another")]
    assert asyncio.run(told(lane(), headers=twice)).status == OF_DJANGO


def test_an_argument_that_does_not_exist_is_refused_in_the_one_form() -> None:
    said = asked(lane(), b'{"acount":"A"}')
    assert (said.status, said.body["type"]) == (HTTPStatus.BAD_REQUEST, "urn:riskgw:invalid")
    assert said.headers["content-type"] == CONTENT_TYPE


def test_who_was_let_in_a_while_ago_is_asked_for_again_and_does_not_wait() -> None:
    asking: list[str] = []

    def ask(key: str) -> User | None:
        asking.append(key)
        return officer(key)

    async def work() -> None:
        express = lane(lambda key: (User(is_superuser=True), True), ask)
        assert (await told(express)).status == HTTPStatus.OK
        await asyncio.gather(*express.asking.values())
        assert not express.asking

    asyncio.run(work())
    assert asking == [KEY]


def key_of(name: str) -> str:
    signed_in("counter", name)
    made = new_key()
    store_key(name, User.objects.get(username=name), made)
    return made


@pytest.fixture
def key() -> str:
    return key_of("counter")


@STORED
def test_who_may_not_any_more_is_refused_after_a_second(key: str) -> None:
    keys = {name: key_of(name) for name in ("withdrawn", "deleted", "locked", "stripped")}
    for each in (key, *keys.values()):
        assert owner_of(each) is not None
    ApiKey.objects.filter(name="withdrawn").update(is_active=False)
    ApiKey.objects.filter(name="deleted").delete()
    User.objects.filter(username="locked").update(is_active=False)
    User.objects.get(username="stripped").groups.clear()
    time.sleep(KNOWN_SECONDS)
    for each in (key, *keys.values()):
        assert known_owner(each) is None
    users = {name: asked_owner(each) for name, each in keys.items()}
    stripped = users.pop("stripped")
    assert stripped is not None
    assert not any(users.values())
    # It is Django that refuses them.
    assert asked(lane(lambda key: (stripped, False))).status == OF_DJANGO


@STORED
def test_a_key_that_was_asked_for_again_and_is_withdrawn_is_forgotten_at_once(key: str) -> None:
    assert owner_of(key) is not None
    ApiKey.objects.update(is_active=False)
    assert asked_owner(key) is None
    assert known_owner(key) is None


@STORED
def test_who_is_known_brings_along_what_handlers_ask_of_them(
    key: str, django_assert_num_queries: Any
) -> None:
    user = asked_owner(key)
    assert user is not None
    with django_assert_num_queries(0):
        assert user.has_perm("monitoring.check_orders")
        assert not user.has_perm("monitoring.view_alert")
        assert counters_of(user) is None


ORDER = {"order_ref": "Q", "exchange": "SSE", "account": "A", "symbol": "600000", "side": "buy"}
GIVEN: list[dict[str, Any]] = [
    ORDER,
    {"orders": []},
    {"orders": [ORDER, {"cancel_of": "R"}, {"price": 1.5, "quantity": 10**30}]},
    {"order_ref": None, "side": ["buy"], "quantity": {"a": 1}},
    {},
    {"acount": "A"},
    {"orders": [], "account": "A"},
    {"orders": None},
    {"orders": "many"},
    {"orders": [1]},
    {"orders": [{}] * 1001},
]
OF_ALL_ANSWERS = (
    "Content-Type", "X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy",
    "Cross-Origin-Opener-Policy", "Content-Length",
)  # fmt: skip


@STORED
def test_the_answer_is_the_one_that_django_gives(key: str) -> None:
    user, modules, left_to_django = asked_owner(key), registry(), []
    assert user is not None
    doors = Doors(lambda key: (user, False), lambda key: user)
    express = Express(django, ExpressRows(modules), modules.answer, {"api-key": doors})
    for given in GIVEN:
        text = json.dumps(given)
        headers = {"authorization": f"Api-Key {key}"}
        expected = Client().post(ADDRESS, text, "application/json", headers=headers)
        said = asked(express, text.encode(), **headers)
        if said.status == OF_DJANGO:
            assert expected.status_code == HTTPStatus.BAD_REQUEST
            left_to_django.append(given)
            continue
        assert (said.status, said.body) == (expected.status_code, expected.json())
        for name in OF_ALL_ANSWERS:
            assert said.headers[name.lower()] == expected[name]
    assert left_to_django == GIVEN[-4:]


STOP = {"scope": {"account": "A"}, "mask": ["open"], "reason": "a test"}
# What is asked, by whom and for what; each has one answer, whoever gives it.
STOPS: list[tuple[str, str, dict[str, Any]]] = [
    ("risk", "", {**STOP, "id": "one"}),
    ("risk", "", {**STOP, "id": "one"}),
    ("risk", "", {**STOP, "id": "one", "reason": "another"}),
    ("risk", "", {**STOP, "scope": {"all": "*"}, "id": "two"}),
    ("risk", "", {**STOP, "acount": "A"}),
    ("risk", "", {**STOP, "mask": ["fly"]}),
    ("risk", "", {}),
    ("ops", "", {**STOP, "id": "three"}),
    ("counter", "", {**STOP, "id": "three"}),
    ("nobody", "", {**STOP, "id": "three"}),
    ("ops", "one/release", {"reason": "over"}),
    ("risk", "none/release", {"reason": "over"}),
    ("risk", "one/release", {}),
    ("risk", "one/release", {"reason": "over"}),
    ("risk", "one/release", {"reason": "over"}),
]


def stops_said(express: Express | None, tokens: Mapping[str, str]) -> list[tuple[int, Any]]:
    """Status and body by the lane, and by Django for what the lane leaves to it, or has."""
    said = []
    for role, rest, given in STOPS:
        headers = {"authorization": f"Token {tokens[role]}"}
        path, text = f"/api/v1/restrictions{rest and '/'}{rest}", json.dumps(given)
        answer = None
        if express is not None:
            pairs = list((HEADERS | headers).items())
            answer = asyncio.run(told(express, (text.encode(),), pairs, path=path))
        if answer is None or answer.status == OF_DJANGO:
            found = Client().post(path, text, "application/json", headers=headers)
            said.append((found.status_code, found.json()))
        else:
            said.append((answer.status, answer.body))
    return said


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_restriction_by_token_is_the_one_that_django_makes(queue: QueueServer) -> None:
    tokens = {"nobody": "x" * 40}
    for role in ("risk", "ops", "counter"):
        signed_in(role)
        tokens[role] = Token.objects.create(user=User.objects.get(username=role)).key
    modules = registry()
    express = Express(
        django, ExpressRows(modules, OWN), modules.answer,
        {"token": Doors(token_owners.known, token_owners.asked)},
    )  # fmt: skip
    said = stops_said(express, tokens)
    steps = list(RestrictionStep.objects.order_by("pk").values_list("verb", "by__username"))
    RestrictionStep.objects.all().delete()
    Restriction.objects.all().delete()
    assert list(map(plain, said)) == list(map(plain, stops_said(None, tokens)))
    assert [status for status, _ in said].count(HTTPStatus.CREATED) == 3
    assert steps == [
        ("restricted", "risk"), ("restricted", "risk"), ("released", "risk"),
    ]  # fmt: skip


def plain(said: tuple[int, Any]) -> tuple[int, Any]:
    """Without the time at which it was said."""
    status, body = said
    return status, {name: value for name, value in body.items() if name not in _TIMES}


_TIMES = ("since", "since_ns", "released_at")

"""The live socket: topics, commands, and what it does with frames it does not understand."""

import dataclasses
import gc
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User

from riskgw.bus.live import publish
from riskgw.routing import COMMANDS
from riskgw.web.frames import FRAME_SIZE_MAX
from riskgw.web.live import BAD_FRAMES_MAX, COMMANDS_MAX
from riskgw.web.threads import in_thread
from tests.queue_server import QueueServer
from tests.riskgw.web.commands import TEST_COMMANDS, Note
from tests.riskgw.web.watching import Traces, watched
from tests.sockets import live, token_of

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.asyncio,
]

LONG_SECONDS = 5.0


@pytest.fixture
def token(transactional_db: None) -> str:
    return token_of("risk")


def tell(queue: QueueServer, topic: str, *values: Any) -> None:
    with queue.client() as client:
        for value in values:
            publish(client, topic, value)


async def test_log_messages_come_whole_and_in_order(queue: QueueServer, token: str) -> None:
    tell(queue, "alerts", "before")
    async with live() as site:
        socket = await site.open(token)
        answer = await socket.subscribe("alerts")
        assert answer == {
            "reply": "subscribe",
            "topics": {"alerts": {"kind": "log", "seq": 1}},
            "refused": {},
        }
        tell(queue, "alerts", *range(200))
        frames = [await socket.next() for _ in range(200)]
        assert [frame["seq"] for frame in frames] == list(range(2, 202))
        assert [frame["data"] for frame in frames] == list(range(200))
        assert frames[0].keys() == {"topic", "seq", "data"}


async def test_a_state_is_sent_at_once_and_then_only_the_newest_counts(
    queue: QueueServer, token: str
) -> None:
    tell(queue, "health", "old", "newest")
    async with live() as site:
        socket = await site.open(token)
        answer = await socket.subscribe("health")
        assert answer["topics"] == {"health": {"kind": "state", "seq": 2}}
        assert await socket.next() == {"topic": "health", "seq": 2, "data": "newest"}
        client = next(iter(site.hub._clients))
        for number in range(50):
            client.state("health", json.dumps({"number": number}))
        assert await socket.next() == {"number": 49}
        assert await socket.is_silent()


async def test_topics_that_are_unknown_or_left_are_not_heard(
    queue: QueueServer, token: str
) -> None:
    async with live() as site:
        socket = await site.open(token)
        answer = await socket.subscribe("alerts", "weather")
        assert answer["refused"] == {"weather": "unknown"}
        await socket.say({"op": "unsubscribe", "topics": ["alerts", "weather"]})
        assert await socket.next() == {"reply": "unsubscribe", "topics": ["alerts"]}
        tell(queue, "alerts", 1)
        assert await socket.is_silent(0.3)


async def test_a_client_hears_only_its_topics(queue: QueueServer, token: str) -> None:
    async with live() as site:
        one, other = await site.open(token), await site.open(token)
        await one.subscribe("alerts")
        await other.subscribe("orders")
        tell(queue, "alerts", "a")
        tell(queue, "orders", "o")
        assert (await one.next())["topic"] == "alerts"
        assert (await other.next())["topic"] == "orders"
        assert await one.is_silent()
        assert await other.is_silent()


async def test_after_the_queue_server_died_the_same_socket_hears_again(
    queue: QueueServer, token: str
) -> None:
    tell(queue, "alerts", *range(5))
    tell(queue, "health", "before")
    async with live() as site:
        socket = await site.open(token)
        await socket.subscribe("alerts", "health")
        assert (await socket.next())["data"] == "before"
        queue.kill()
        queue.start()
        # It has forgotten its numbers, which is a gap.
        assert await socket.next() == {"topic": "alerts", "seq": 0, "data": {"change": "missed"}}
        tell(queue, "alerts", "first")
        assert await socket.next() == {"topic": "alerts", "seq": 1, "data": "first"}
        tell(queue, "health", "after")
        assert (await socket.next())["data"] == "after"


async def test_what_was_missed_while_the_line_was_cut_is_said(
    queue: QueueServer, token: str
) -> None:
    async with live() as site:
        socket = await site.open(token)
        await socket.subscribe("alerts")
        with queue.client() as client:
            client.set("seq.alerts", 7)
            client.client_kill_filter(_type="pubsub")
        assert await socket.next() == {"topic": "alerts", "seq": 7, "data": {"change": "missed"}}
        tell(queue, "alerts", "next")
        assert (await socket.next())["seq"] == 8


async def test_nothing_is_said_of_a_cut_line_that_missed_nothing(
    queue: QueueServer, token: str
) -> None:
    async with live() as site:
        socket = await site.open(token)
        await socket.subscribe("alerts")
        with queue.client() as client:
            client.client_kill_filter(_type="pubsub")
        assert await socket.is_silent(0.5)
        tell(queue, "alerts", "next")
        assert (await socket.next())["seq"] == 1


async def test_a_long_command_delays_neither_its_socket_nor_another(
    queue: QueueServer, token: str
) -> None:
    async with live(TEST_COMMANDS) as site:
        one, other = await site.open(token), await site.open(token)
        began = time.monotonic()
        slow = await one.begin("wait", seconds=LONG_SECONDS)
        quick = [await each.ask("thresholds.list") for each in (one, other)]
        assert time.monotonic() - began < LONG_SECONDS
        assert all(answer["data"]["results"] for answer in quick)
        assert (await one.next())["reply"] == slow
        assert time.monotonic() - began >= LONG_SECONDS


@pytest.fixture
def noted() -> Iterator[list[str]]:
    Note.noted.clear()
    yield Note.noted
    Note.noted.clear()


async def test_a_sequence_of_commands_keeps_its_order_and_delays_no_other(
    queue: QueueServer, token: str, noted: list[str]
) -> None:
    async with live(TEST_COMMANDS) as site:
        socket, other = await site.open(token), await site.open(token)
        asked = [
            await socket.begin("note", word=word, seconds=seconds)
            for word, seconds in (("first", 0.5), ("second", 0.1), ("third", 0))
        ]
        assert (await socket.ask("ping"))["ok"]
        assert (await other.ask("note", word="other's", seconds=0))["data"] == ["other's"]
        answers = [await socket.next() for _ in asked]
        assert [answer["reply"] for answer in answers] == asked
        assert noted == ["other's", "first", "second", "third"]


async def test_what_is_urgent_goes_ahead_and_stands_in_the_end(
    queue: QueueServer, token: str, noted: list[str]
) -> None:
    async with live(TEST_COMMANDS) as site:
        socket = await site.open(token)
        start = await socket.begin("note", word="start", seconds=0.5)
        assert (await socket.ask("stop", word="stop", seconds=0))["data"] == ["stop"]
        assert (await socket.next())["reply"] == start
        last = await socket.ask("note", word="last", seconds=0)
        assert last["data"] == ["stop", "start", "stop", "last"]
        # With nothing before it, it is done once.
        assert (await socket.ask("stop", word="end", seconds=0))["data"][4:] == ["end"]
        assert await socket.is_silent()
        assert noted[4:] == ["end"]


async def test_the_seventeenth_command_at_once_is_refused(queue: QueueServer, token: str) -> None:
    async with live(TEST_COMMANDS) as site:
        socket = await site.open(token)
        begun = [await socket.begin("wait", seconds=0.2) for _ in range(COMMANDS_MAX + 1)]
        first = await socket.next()
        assert first["reply"] == begun[-1]
        assert first["error"]["status"] == 429
        answers = [await socket.next() for _ in range(COMMANDS_MAX)]
        assert {answer["reply"] for answer in answers} == set(begun[:-1])
        assert all(answer["ok"] for answer in answers)


@pytest.mark.parametrize(
    "frame",
    [
        "nonsense", "[]", "{}", "null", '{"op":"dance"}', '{"op":"subscribe"}',
        '{"op":"subscribe","topics":"alerts"}', '{"op":"subscribe","topics":[7]}',
        '{"op":"command","name":"ping"}', '{"op":"command","id":1}',
        '{"op":"command","id":[1],"name":"ping"}',
        '{"op":"command","id":1,"name":"ping","args":[]}',
        json.dumps({"op": "subscribe", "topics": ["alerts"] * 33}),
        json.dumps({"op": "command", "id": 1, "name": "p" * 65}),
        "[" * 10_000, "\ud800",
        json.dumps({"op": "command", "id": 1, "name": "ping", "args": {"a": "x" * FRAME_SIZE_MAX}}),
    ],
    ids=range(17),
)  # fmt: skip
async def test_a_frame_that_is_not_understood_is_answered(
    queue: QueueServer, token: str, frame: str
) -> None:
    async with live() as site:
        socket = await site.open(token)
        await socket.say(frame)
        answer = await socket.next()
        assert (answer["reply"], answer["ok"]) == (None, False)
        assert answer["error"]["status"] in (400, 413)
        assert (await socket.ask("ping"))["ok"]


async def test_a_binary_frame_is_answered(queue: QueueServer, token: str) -> None:
    async with live() as site:
        socket = await site.open(token)
        await socket.communicator.send_to(bytes_data=b"\x00")
        assert (await socket.next())["reply"] is None


async def test_who_is_never_understood_is_shut_out(queue: QueueServer, token: str) -> None:
    async with live() as site:
        socket = await site.open(token)
        for _ in range(BAD_FRAMES_MAX):
            await socket.say("nonsense")
        assert await socket.closed() == 4400


async def test_arguments_that_are_wrong_are_named(queue: QueueServer, token: str) -> None:
    async with live() as site:
        socket = await site.open(token)
        error = (await socket.ask("alerts.acknowledge", comment=7, nonsense=1))["error"]
        assert [each["field"] for each in error["errors"]] == ["nonsense"]
        error = (await socket.ask("alerts.acknowledge"))["error"]
        assert [(each["field"], each["code"]) for each in error["errors"]] == [("id", "required")]


async def test_a_command_that_does_not_exist_is_refused(queue: QueueServer, token: str) -> None:
    async with live() as site:
        assert (await (await site.open(token)).ask("dance"))["error"]["status"] == 404


async def test_what_breaks_a_command_stays_in_the_log(queue: QueueServer, token: str) -> None:
    async with live(TEST_COMMANDS) as site:
        socket = await site.open(token)
        error = (await socket.ask("fail"))["error"]
        assert (error["status"], error["detail"]) == (500, "")
        assert (await socket.ask("ping"))["ok"]


async def test_a_handler_is_gone_when_its_command_is_answered(
    queue: QueueServer, token: str
) -> None:
    seen: Traces = []
    commands = {
        name: dataclasses.replace(command, handler=watched(command.handler, seen))
        for name, command in TEST_COMMANDS.items()
    }
    await in_thread(lambda: User.objects.update(is_superuser=True))
    gc.disable()
    try:
        async with live(commands) as site:
            socket = await site.open(token)
            for name in COMMANDS:
                await socket.ask(name)
                await socket.ask(name, id="999", comment="seen")
            await socket.ask("fail")
            assert len(seen) == 2 * len(COMMANDS) + 1
            assert [each() for each in seen] == [None] * len(seen)
    finally:
        gc.enable()


async def test_what_a_socket_leaves_behind_is_nothing(queue: QueueServer, token: str) -> None:
    async with live() as site:
        socket = await site.open(token)
        await socket.subscribe("alerts", "health")
        await socket.communicator.disconnect()
        assert not site.hub._clients
        assert not any(topic.clients for topic in site.hub._topics.values())

"""The live socket under the real server: what a client that does not read costs, and whom."""

import asyncio
import http.client
import socket
from collections.abc import Iterator

import pytest

from riskgw.bus.live import publish
from riskgw.web.client import LOG_FRAMES_MAX, WRITE_SECONDS_MAX
from tests.daphne_site import TOKEN, serving
from tests.queue_server import QueueServer
from tests.websocket_client import CLOSE, WebSocketClient

pytestmark = pytest.mark.asyncio

PATH = f"/ws/live?token={TOKEN}"
LARGE = "x" * 30_000
# What the queue holds and a little more: the buffers of server, kernel and client take a few.
MESSAGES = LOG_FRAMES_MAX + 40
# Longer than Autobahn would give by itself.
LATE_SECONDS = 1.5


@pytest.fixture(scope="module")
def site(
    queue_server: QueueServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, int]]:
    """The server's socket and process id."""
    with serving(tmp_path_factory.mktemp("site"), queue_server.url) as found:
        yield found


def subscription(*topics: str) -> dict[str, object]:
    return {"op": "subscribe", "topics": topics}


async def ending(client: WebSocketClient) -> tuple[int, int | None]:
    """Read what is there; how much came, and the code the server closed with if it said one."""
    frames = 0
    try:
        while True:
            frame = await client.receive()
            if frame.kind == CLOSE:
                return frames, frame.code
            frames += 1
    except (asyncio.IncompleteReadError, ConnectionError):
        return frames, None


async def test_a_message_reaches_the_client_uncompressed(
    queue_server: QueueServer, site: tuple[str, int]
) -> None:
    offer = {"Sec-WebSocket-Extensions": "permessage-deflate"}
    client = await WebSocketClient.open(site[0], PATH, offer)
    assert "deflate" not in client.answer
    assert (await client.ask(subscription("alerts")))["refused"] == {}
    with queue_server.client() as redis:
        publish(redis, "alerts", "hello")
    assert (await client.next())["data"] == "hello"
    await client.close()


async def test_a_stranger_hears_why(queue_server: QueueServer, site: tuple[str, int]) -> None:
    client = await WebSocketClient.open(site[0], "/ws/live")
    assert await ending(client) == (0, 4401)


async def test_who_does_not_read_the_log_is_cut_and_costs_others_nothing(
    queue_server: QueueServer, site: tuple[str, int]
) -> None:
    slow = await WebSocketClient.open(site[0], PATH)
    quick = await WebSocketClient.open(site[0], PATH)
    first = (await quick.ask(subscription("alerts")))["topics"]["alerts"]["seq"]
    await slow.say(subscription("alerts"))
    await asyncio.sleep(0.2)
    with queue_server.client() as redis:
        for number in range(1, MESSAGES + 1):
            publish(redis, "alerts", LARGE)
            assert (await quick.next())["seq"] == first + number
    # Whoever reads again only now hears why, for a while.
    await asyncio.sleep(LATE_SECONDS)
    frames, code = await ending(slow)
    assert code == 4008
    # What had left the hub stood in the buffers of the server and the kernel, and they are small.
    assert frames < 100
    await quick.close()


async def test_a_write_that_does_not_end_is_cut(
    queue_server: QueueServer, site: tuple[str, int]
) -> None:
    stuck = await WebSocketClient.open(site[0], PATH)
    await stuck.say(subscription("health"))
    with queue_server.client() as redis:
        for _ in range(30):
            publish(redis, "health", LARGE)
            await asyncio.sleep(0.01)
    await asyncio.sleep(WRITE_SECONDS_MAX + 1.5)
    # Of the closing, at most what fits into the socket arrives.
    _, code = await asyncio.wait_for(ending(stuck), 5)
    assert code in (4008, None)


async def test_a_silent_client_that_reads_is_not_cut(
    queue_server: QueueServer, site: tuple[str, int]
) -> None:
    client = await WebSocketClient.open(site[0], PATH)
    await client.ask(subscription("orders"))
    await asyncio.sleep(0.5)
    with queue_server.client() as redis:
        publish(redis, "orders", "still there")
    assert (await client.next())["data"] == "still there"
    await client.close()


async def test_the_site_says_that_it_is_well(site: tuple[str, int]) -> None:
    connection = http.client.HTTPConnection("localhost")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(site[0])
    connection.request("GET", "/healthz")
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (200, b'{"status": "ok"}')
    connection.close()

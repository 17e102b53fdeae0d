"""Fan-out to 200 sockets: server CPU a delivery of our hub, beside channels_redis under Daphne.

Sketch: a delivery is a wake-up of the client's writer, a frame built by Autobahn and a write to
the socket: some 40 µs of Python. A layer adds a Redis round trip or a queue, a message to unpack
and a dispatch for each socket.
"""

import asyncio
import statistics
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import psutil

from riskgw.bus.live import publish
from tests.alerts import alert_message
from tests.benchmarks.captures import Workshop
from tests.benchmarks.children import ChildFailed
from tests.benchmarks.fan_out_peers import GROUP, LAYERS
from tests.benchmarks.figures import Figure, compared
from tests.daphne_site import TOKEN, serving
from tests.queue_server import QueueServer
from tests.websocket_client import TEXT, WebSocketClient

ROUNDS = 5
SOCKETS, MESSAGES, MESSAGES_A_SECOND = 200, 100, 20
DELIVERY_SECONDS_MAX = 60
GOAL = 3
PATH = f"/ws/live?token={TOKEN}"
_PEERS = "tests.benchmarks.fan_out_peers:"
_APPLICATIONS = {
    "channels_redis core": "core",
    "channels_redis pubsub": "pubsub",
    "core, no database thread": "core_direct",
    "pubsub, no database thread": "pubsub_direct",
}
_AS_THEY_COME = ("channels_redis core", "channels_redis pubsub")

Send = Callable[[Any], Awaitable[None]]


@dataclass(frozen=True)
class Server:
    """A running server, and how a message gets to its sockets."""

    address: str
    pid: int
    send: Send
    subscription: dict[str, Any] | None = None


def measure(workshop: Workshop) -> list[Figure]:
    with ExitStack() as stack:
        # A Unix socket's address is short.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="riskgw-fan-")))
        queue = QueueServer(folder)
        queue.start()
        stack.callback(queue.kill)
        servers = asyncio.Runner()
        stack.enter_context(servers)
        found = _servers(stack, folder, queue)
        rounds = [
            {name: servers.run(_microseconds(each)) for name, each in found.items()}
            for _ in range(ROUNDS)
        ]
    medians = {name: statistics.median(each[name] for each in rounds) for name in _AS_THEY_COME}
    better = min(medians, key=lambda name: medians[name])
    what = f"fan-out to {SOCKETS} sockets, a delivery"
    return [
        compared(what, name, rounds, GOAL if name == better else None) for name in _APPLICATIONS
    ]


def _servers(stack: ExitStack, folder: Path, queue: QueueServer) -> dict[str, Server]:
    client = queue.client()

    async def announce(data: Any) -> None:
        publish(client, "alerts", data)

    servers = {}
    home = folder / "ours"
    home.mkdir()
    address, pid = stack.enter_context(serving(home, queue.url))
    subscription = {"op": "subscribe", "topics": ["alerts"]}
    servers["ours"] = Server(address, pid, announce, subscription)
    for name, application in _APPLICATIONS.items():
        home = folder / application
        home.mkdir()
        peer = serving(home, queue.url, _PEERS + application, "daphne")
        address, pid = stack.enter_context(peer)
        servers[name] = Server(address, pid, _group_send(application.partition("_")[0], queue.url))
    return servers


def _group_send(layer_name: str, url: str) -> Send:
    layer = LAYERS[layer_name](url)

    async def send(data: Any) -> None:
        text = msgspec.json.encode({"topic": "alerts", "data": data}).decode()
        await layer.group_send(GROUP, {"type": "live.message", "text": text})

    return send


async def _microseconds(server: Server) -> float:
    """Server CPU a delivery, everything delivered."""
    clients = [await WebSocketClient.open(server.address, PATH) for _ in range(SOCKETS)]
    if server.subscription:
        for client in clients:
            await client.ask(server.subscription)
    process = psutil.Process(server.pid)
    await asyncio.sleep(0.5)
    before = _cpu_seconds(process)
    reading = asyncio.gather(*(_read(client) for client in clients))
    data = {"change": "raised", "alert": msgspec.to_builtins(alert_message())}
    for _ in range(MESSAGES):
        await server.send(data)
        await asyncio.sleep(1 / MESSAGES_A_SECOND)
    try:
        await asyncio.wait_for(reading, DELIVERY_SECONDS_MAX)
    except TimeoutError:
        raise ChildFailed("not every message was delivered") from None
    spent = _cpu_seconds(process) - before
    for client in clients:
        await client.close()
    return spent * 1e6 / (SOCKETS * MESSAGES)


async def _read(client: WebSocketClient) -> None:
    for _ in range(MESSAGES):
        assert (await client.receive()).kind == TEXT


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    seconds: float = times.user + times.system
    return seconds

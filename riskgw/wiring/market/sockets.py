"""Market data by socket: connect, read, connect again with back-off. It only connects out."""

import asyncio
import os
import time
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from monitoring.domain.market_gateway import SILENT_NS, MarketGateway
from riskgw.kernel.times import NS_PER_SECOND
from riskgw.messages.market import Snapshot
from riskgw.messages.market_frame import FrameError, MarketFrames
from riskgw.messages.websocket import WebSocket, request

CONNECT_SECONDS_MAX = 5
READ_BYTES = 65_536
BACKOFF_SECONDS = (0.25, 0.5, 1, 2, 5)
# A heartbeat comes every second; who is silent for longer is given up and called again.
SILENT_SECONDS = SILENT_NS / NS_PER_SECOND
_PORTS = range(1, 65_536)


class BadAddress(ValueError):
    """The setting names no source."""


class Address(NamedTuple):
    """Where a source is: tcp://host:port or ws://host:port/path."""

    scheme: str
    host: str
    port: int
    path: str


def address_of(text: str) -> Address:
    parts = urlsplit(text)
    try:
        port = parts.port
    except ValueError:
        port = None
    if parts.scheme not in ("tcp", "ws") or not parts.hostname or port not in _PORTS:
        raise BadAddress(f"{text!r} is no source: replay, tcp://host:port or ws://host:port/path")
    assert port is not None
    return Address(parts.scheme, parts.hostname, port, parts.path or "/")


class SocketSource:
    """One source by socket; what it says goes to the gateway under its name."""

    def __init__(self, name: str, gateway: MarketGateway) -> None:
        self._name = name
        self._address = address_of(name)
        self._gateway = gateway

    async def run(self) -> None:
        """For ever; each failure is told, and waits longer until something was heard."""
        failures = 0
        while True:
            heard = self._gateway.source(self._name).heard_ns
            reason = await self._connection()
            self._gateway.gone(self._name, reason)
            if self._gateway.source(self._name).heard_ns != heard:
                failures = 0
            await asyncio.sleep(BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS) - 1)])
            failures += 1

    async def _connection(self) -> str:
        """From connecting to its end; why it ended."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS_MAX):
                reader, writer = await asyncio.open_connection(
                    self._address.host, self._address.port
                )
        except TimeoutError:
            return "no answer"
        except OSError as error:
            return f"cannot connect: {error.strerror or error}"
        try:
            return await self._read(reader, writer)
        except TimeoutError:
            return f"silent for {SILENT_SECONDS:.0f} s"
        except FrameError as error:
            return str(error)
        except OSError as error:
            return f"broken off: {error.strerror or error}"
        finally:
            writer.close()

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
        frames = MarketFrames()
        socket = None
        if self._address.scheme == "ws":
            nonce = os.urandom(16)
            host = f"{self._address.host}:{self._address.port}"
            socket = WebSocket(nonce)
            writer.write(request(host, self._address.path, nonce))
        while True:
            async with asyncio.timeout(SILENT_SECONDS):
                data = await reader.read(READ_BYTES)
            if not data:
                return "closed by the other side"
            self._take(frames, data, socket)
            if socket and socket.replies:
                writer.writelines(socket.replies)
                socket.replies.clear()
                await writer.drain()

    def _take(self, frames: MarketFrames, data: bytes, socket: WebSocket | None) -> None:
        now_ns = time.time_ns()
        source = self._gateway.source(self._name)
        seq, lost, refused = frames.seq, frames.lost, frames.refused
        for snapshot in _snapshots(frames, data, socket):
            self._gateway.hear(self._name, snapshot, now_ns)
        if frames.seq != seq:
            self._gateway.alive(self._name, now_ns, frames.at_ns)
        source.lost += frames.lost - lost
        source.refused += frames.refused - refused
        source.fault = frames.last_fault or source.fault


def _snapshots(frames: MarketFrames, data: bytes, socket: WebSocket | None) -> Iterator[Snapshot]:
    if socket is None:
        yield from frames.receive(data)
        return
    for text in socket.receive(data):
        yield from frames.take(text)

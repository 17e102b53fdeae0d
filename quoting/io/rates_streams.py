"""Serves a made-up market by streams: a conversation of its own for every client."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from quoting.domain.generated_market import Quoted
from quoting.wire.sources.problems import LinkRefused

CLIENTS_MAX = 64
READ_BYTES = 65_536
UNREAD_BYTES_MAX = 1 << 20


class Conversation(Protocol):
    """The server's half of one connection: bytes in, bytes out."""

    def receive(self, data: bytes) -> list[bytes]: ...

    def say(self, quoted: Quoted) -> list[bytes]: ...

    def beat(self) -> list[bytes]: ...


class StreamServer:
    """Listens on a loopback port; who does not read is cut."""

    def __init__(self, host: str, port: int, begin: Callable[[], Conversation]) -> None:
        self._host, self._port = host, port
        self._begin = begin
        self._clients: dict[asyncio.StreamWriter, Conversation] = {}
        self._server: asyncio.Server | None = None
        self._is_silent = False

    async def start(self) -> int:
        """Listen; the port."""
        self._server = await asyncio.start_server(self._serve, self._host, self._port)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        if self._server is None:
            return
        self._server.close()
        self.cut()
        await self._server.wait_closed()
        while self._clients:  # noqa: ASYNC110  # each is told in the loop's next turns
            await asyncio.sleep(0)

    def cut(self) -> None:
        """Break all connections off."""
        for writer in list(self._clients):
            writer.transport.abort()

    def say(self, quoted: Quoted) -> None:
        for writer, conversation in list(self._clients.items()):
            self._write(writer, conversation.say(quoted))

    def beat(self) -> None:
        if not self._is_silent:
            for writer, conversation in list(self._clients.items()):
                self._write(writer, conversation.beat())

    def silence(self, *, is_silent: bool) -> None:
        """Connections stand and nothing comes."""
        self._is_silent = is_silent

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._clients) >= CLIENTS_MAX:
            writer.transport.abort()
            return
        conversation = self._begin()
        self._clients[writer] = conversation
        try:
            while data := await reader.read(READ_BYTES):
                self._write(writer, conversation.receive(data))
        except (LinkRefused, ConnectionError):
            pass
        finally:
            del self._clients[writer]
            writer.close()

    def _write(self, writer: asyncio.StreamWriter, said: list[bytes]) -> None:
        if writer.transport.get_write_buffer_size() > UNREAD_BYTES_MAX:
            writer.transport.abort()
        elif said and not writer.is_closing():
            writer.writelines(said)

"""The server: listens, negotiates, logs in, runs sessions."""

import asyncio
import struct
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Self

from tests.sql_server import requests, tokens
from tests.sql_server.login_encryption import LoginEncryption
from tests.sql_server.multiplexing import multiplex
from tests.sql_server.packets import DEFAULT_PACKET_BYTES, Kind, Message, packets, read_message
from tests.sql_server.script import ENCRYPT_NOT_SUPPORTED, ENCRYPT_OFF, Script
from tests.sql_server.session import Session, Write

SECONDS_MAX = 30
_PRODUCT_VERSION = bytes((12, 0, 16, 0, 0, 0))


class SqlServer:
    """Serves one script while the context is open, in a process of its own: a client library
    that waits inside C keeps all threads of its process waiting."""

    def __init__(self, script: Script, port: int, certificate: Path | None = None) -> None:
        processes = get_context("spawn")
        self._pipe, theirs = processes.Pipe()
        self._process = processes.Process(target=_run, args=(script, port, certificate, theirs))

    def __enter__(self) -> Self:
        self._process.start()
        assert self._pipe.poll(SECONDS_MAX), "the server does not start"
        self._pipe.recv()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Fails when a connection has not ended well, unless the client has failed already."""
        self._pipe.send("close")
        self._process.join(0 if kind else SECONDS_MAX)
        self._process.kill()
        self._process.join()
        assert kind or self._process.exitcode == 0, "a connection has not ended well"


def _run(script: Script, port: int, certificate: Path | None, pipe: Pipe) -> None:
    asyncio.run(_Listener(script, certificate).serve(port, pipe))


class _Listener:
    """Accepts connections until it is told to close, then waits for them to end."""

    def __init__(self, script: Script, certificate: Path | None) -> None:
        self._script = script
        self._certificate = certificate
        self._connections: set[asyncio.Task[None]] = set()

    async def serve(self, port: int, pipe: Pipe) -> None:
        server = await asyncio.start_server(self._accept, "127.0.0.1", port)
        closing = asyncio.Event()
        asyncio.get_running_loop().add_reader(pipe.fileno(), closing.set)
        pipe.send("listening")
        await closing.wait()
        server.close()
        await asyncio.gather(*self._connections)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._conversation(reader, writer)
        finally:
            writer.close()

    async def _conversation(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        first = await read_message(reader)
        has_mars = False
        if first.kind == Kind.PRELOGIN:
            first, has_mars = await self._negotiate(first, reader, writer)
        assert first.kind == Kind.LOGIN7, first
        login = requests.login(first.payload)
        answer = tokens.logged_in(login.version, login.database, login.packet_bytes)
        await _send(writer, packets(Kind.RESULT, answer, DEFAULT_PACKET_BYTES))

        def session(reader: asyncio.StreamReader, write: Write) -> Session:
            return Session(self._script, login, reader, write)

        if has_mars:
            await multiplex(reader, writer, session)
        else:
            await session(reader, lambda packets: _send(writer, packets)).run()

    async def _negotiate(
        self, prelogin: Message, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> tuple[Message, bool]:
        """LOGIN7, and whether both sides speak MARS; TLS around it when neither side says no."""
        asked, has_mars = requests.encryption_of(prelogin.payload)
        offered = self._script.encryption
        answer = _prelogin(offered, has_mars=has_mars)
        await _send(writer, packets(Kind.RESULT, answer, DEFAULT_PACKET_BYTES))
        if ENCRYPT_NOT_SUPPORTED in (offered, asked):
            return await read_message(reader), has_mars
        assert offered == asked == ENCRYPT_OFF, "only the log-in is ever encrypted here"
        assert self._certificate is not None
        encryption = LoginEncryption(self._certificate)
        await encryption.handshake(reader, writer)
        return await encryption.login(reader), has_mars


async def _send(writer: asyncio.StreamWriter, packets: list[bytes]) -> None:
    """At once, so that loopback makes long segments of it."""
    writer.write(b"".join(packets))
    with suppress(ConnectionError):  # a client that is gone needs no answer
        await writer.drain()


def _prelogin(encryption: int, *, has_mars: bool) -> bytes:
    values = {0: _PRODUCT_VERSION, 1: bytes((encryption,)), 4: bytes((has_mars,))}
    offset = 5 * len(values) + 1
    head = b""
    for code, value in values.items():
        head += struct.pack(">BHH", code, offset, len(value))
        offset += len(value)
    return head + b"\xff" + b"".join(values.values())

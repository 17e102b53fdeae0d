"""A WebSocket client that does no more than tests need: it reads only when it is asked to."""

import asyncio
import base64
import json
import os
import struct
from typing import Any, NamedTuple

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
_LENGTH_16, _LENGTH_64 = 126, 127


class Refused(Exception):
    """The server does not open a socket; the text is its first line."""


class Frame(NamedTuple):
    """What came: kind and payload."""

    kind: int
    data: bytes

    @property
    def code(self) -> int:
        """Why the server closes."""
        return int.from_bytes(self.data[:2], "big")


class WebSocketClient:
    """One socket to the server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.answer = ""

    @classmethod
    async def open(
        cls, address: str | int, path: str, headers: dict[str, str] | None = None
    ) -> "WebSocketClient":
        """By the path of a Unix socket, or a port of this host."""
        # A small limit: what is not read stays in the kernel, and then with the server.
        if isinstance(address, int):
            reader, writer = await asyncio.open_connection("127.0.0.1", address, limit=2**16)
        else:
            reader, writer = await asyncio.open_unix_connection(address, limit=2**16)
        client = cls(reader, writer)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = {
            "Host": "localhost",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": key,
            "Sec-WebSocket-Version": "13",
            **(headers or {}),
        }
        text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        writer.write(f"GET {path} HTTP/1.1\r\n{text}\r\n".encode())
        client.answer = (await reader.readuntil(b"\r\n\r\n")).decode()
        if " 101 " not in client.answer.partition("\r\n")[0]:
            raise Refused(client.answer.partition("\r\n")[0])
        return client

    async def say(self, frame: Any) -> None:
        self.send(TEXT, json.dumps(frame).encode())
        await self._writer.drain()

    def send(self, kind: int, data: bytes) -> None:
        """One frame, masked with zeros."""
        if len(data) < _LENGTH_16:
            length = bytes([0x80 | len(data)])
        else:
            length = bytes([0x80 | _LENGTH_16]) + struct.pack(">H", len(data))
        self._writer.write(bytes([0x80 | kind]) + length + bytes(4) + data)

    async def receive(self) -> Frame:
        """The next frame; pings are answered on the way."""
        while True:
            head = await self._reader.readexactly(2)
            length = head[1] & 0x7F
            if length == _LENGTH_16:
                length = int.from_bytes(await self._reader.readexactly(2), "big")
            elif length == _LENGTH_64:
                length = int.from_bytes(await self._reader.readexactly(8), "big")
            frame = Frame(head[0] & 0x0F, await self._reader.readexactly(length))
            if frame.kind != PING:
                return frame
            self.send(PONG, frame.data)

    async def next(self) -> dict[str, Any]:
        """The next frame as JSON."""
        frame = await self.receive()
        assert frame.kind == TEXT, (frame.kind, frame.code)
        value: dict[str, Any] = json.loads(frame.data)
        return value

    async def ask(self, frame: Any) -> dict[str, Any]:
        await self.say(frame)
        return await self.next()

    async def close(self) -> None:
        self._writer.close()
        await asyncio.sleep(0)

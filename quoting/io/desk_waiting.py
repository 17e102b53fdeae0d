"""The socket while there is no engine yet: every desk is told why."""

import asyncio
from pathlib import Path

import msgspec

from quoting.io.desk_server import listening, reply_to
from quoting.wire.desk import LINE_BYTES_MAX, Failed, Line, Shown, Watch

CODE = "not_started"
_encode = msgspec.json.Encoder().encode
_lines: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)


class WaitingDesk:
    """Answers in an engine's place; `why` may change."""

    def __init__(self, path: Path, why: str) -> None:
        self.why = why
        self._path = path
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Transport] = set()

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(
            lambda: _Connection(self, self._connections), sock=listening(self._path)
        )

    async def stop(self) -> None:
        """Who watched connects anew, and finds an engine."""
        if self._server is None:
            return
        self._server.close()
        for transport in list(self._connections):
            transport.close()
        await self._server.wait_closed()
        self._path.unlink(missing_ok=True)


class _Connection(asyncio.Protocol):
    def __init__(self, desk: WaitingDesk, connections: set[asyncio.Transport]) -> None:
        self._desk = desk
        self._connections = connections
        self._rest = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._connections.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is not None:
            self._connections.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LINE_BYTES_MAX:
            self._transport.abort()
            return
        for line in filter(None, lines):
            for answer in self._answers(line):
                self._transport.write(_encode(answer) + b"\n")

    def _answers(self, data: bytes) -> list[Failed | Shown]:
        try:
            line = _lines.decode(data)
        except msgspec.DecodeError as error:
            return [Failed(reply_to(data), "not_understood", str(error))]
        if isinstance(line, Watch):
            away = msgspec.Raw(_encode({"engine": "away", "why": self._desk.why}))
            head = msgspec.Raw(_encode({"head": {"engine": "away", "why": self._desk.why}}))
            return [Shown(topic, head if topic else away) for topic in line.topics]
        return [Failed(line.id, CODE, self._desk.why)]

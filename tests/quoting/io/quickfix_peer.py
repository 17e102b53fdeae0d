"""The QuickFIX process from a test's side, and a wire in between that can lose messages."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from quoting.wire.fix.framer import Framer, Garbled
from tests.quoting.io.fix_sides import HANG_SECONDS, until

DICTIONARY = Path(sys.prefix) / "FIX44.xml"
IS_HERE = find_spec("quickfix") is not None and DICTIONARY.is_file()
HOST = "127.0.0.1"


class QuickFix:
    """An engine, what it told, and what it is told."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.events: list[dict[str, Any]] = []
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self._process.stdout
        async for line in self._process.stdout:
            self.events.append(json.loads(line))

    def tell(self, **command: Any) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(command).encode() + b"\n")

    def send(self, fields: str) -> None:
        """Fields with `|` between them, without a header but for the type."""
        self.tell(do="send", fields=fields.replace("|", "\x01"))

    def messages(self, *kinds: str, event: str = "message") -> list[str]:
        """Of these types, as it has them."""
        texts = [each["message"] for each in self.events if each["event"] == event]
        return [text for text in texts if text.split("\x01")[2][3:] in kinds]

    def count(self, event: str) -> int:
        return sum(each["event"] == event for each in self.events)

    async def seen(self, event: str, times: int = 1) -> None:
        await until(lambda: self.count(event) >= times)

    async def stop(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), 2)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await self._reading


@asynccontextmanager
async def quickfix(
    role: str, port: int, folder: Path, heartbeat_seconds: int = 30
) -> AsyncIterator[QuickFix]:
    """A running engine; its files are in `folder`."""
    module = "tests.quoting.io.quickfix_engine"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, role, str(port), str(folder), str(DICTIONARY),
        str(heartbeat_seconds),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    engine = QuickFix(process)
    try:
        async with asyncio.timeout(HANG_SECONDS):
            await engine.seen("started")
        yield engine
    finally:
        await engine.stop()


class LossyWire:
    """Between an initiator and an acceptor on `port`: drops messages, adds garbage, is cut."""

    def __init__(self, port: int) -> None:
        self._to = port
        self.drops: Callable[[bytes], bool] = lambda _: False
        self.garbage = b""
        self.dropped: list[bytes] = []
        self._writers: list[asyncio.StreamWriter] = []
        self.port = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator["LossyWire"]:
        server = await asyncio.start_server(self._accepted, HOST, 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.cut()

    def cut(self) -> None:
        writers, self._writers = self._writers, []
        for writer in writers:
            writer.transport.abort()

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(HOST, self._to)
        except OSError:
            writer.transport.abort()
            return
        self._writers += [writer, far_writer]
        await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        framer = Framer()
        try:
            while data := await reader.read(65536):
                for item in framer.receive(data):
                    self._pass(item, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    def _pass(self, item: bytes | Garbled, writer: asyncio.StreamWriter) -> None:
        assert isinstance(item, bytes)
        if self.drops(item):
            self.dropped.append(item)
        else:
            writer.write(self.garbage + item)

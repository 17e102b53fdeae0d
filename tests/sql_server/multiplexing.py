"""MARS: several sessions on one connection, in SMP frames (MC-SMP 2.2)."""

import asyncio
import struct
from collections.abc import Callable

from tests.sql_server.session import Session, Write

HEADER = struct.Struct("<BBHIII")
_SMP, _SYN, _ACK, _FIN, _DATA = 0x53, 1, 2, 4, 8
WINDOW_PACKETS = 4

Open = Callable[[asyncio.StreamReader, Write], Session]


class Channel:
    """One SMP session's sequence numbers and windows."""

    def __init__(self, number: int, window: int, writer: asyncio.StreamWriter) -> None:
        self.reader = asyncio.StreamReader()
        self._number = number
        self._writer = writer
        self._sent = 0
        self._received = 0
        self._may_send_to = window
        self._opened = asyncio.Event()

    def receive(self, data: bytes, window: int) -> None:
        self._received += 1
        self.reader.feed_data(data)
        self.widen(window)
        self._frame(_ACK, b"")

    def widen(self, window: int) -> None:
        self._may_send_to = window
        self._opened.set()

    def close(self) -> None:
        self._frame(_FIN, b"")
        self.reader.feed_eof()

    async def write(self, packets: list[bytes]) -> None:
        for packet in packets:
            while self._sent >= self._may_send_to:
                self._opened.clear()
                await self._opened.wait()
            self._sent += 1
            self._frame(_DATA, packet)
        await self._writer.drain()

    def _frame(self, flags: int, data: bytes) -> None:
        size, window = HEADER.size + len(data), self._received + WINDOW_PACKETS
        head = HEADER.pack(_SMP, flags, self._number, size, self._sent, window)
        self._writer.write(head + data)


async def multiplex(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, open_session: Open
) -> None:
    """Runs a session for each SYN until the stream ends."""
    channels: dict[int, Channel] = {}
    async with asyncio.TaskGroup() as running:
        while True:
            try:
                head = await reader.readexactly(HEADER.size)
                _, flags, number, size, _, window = HEADER.unpack(head)
                data = await reader.readexactly(size - HEADER.size)
            except (asyncio.IncompleteReadError, ConnectionError):
                break
            if flags == _SYN:
                channel = channels[number] = Channel(number, window, writer)
                running.create_task(open_session(channel.reader, channel.write).run())
            elif flags == _DATA:
                channels[number].receive(data, window)
            elif flags == _ACK:
                channels[number].widen(window)
            else:
                channels.pop(number).close()
        for channel in channels.values():
            channel.reader.feed_eof()

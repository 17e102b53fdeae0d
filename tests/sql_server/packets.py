"""Packets and messages of TDS (MS-TDS 2.2.3)."""

import asyncio
import struct
from enum import IntEnum
from typing import NamedTuple

HEADER = struct.Struct(">BBHHBB")
END_OF_MESSAGE, IGNORE = 1, 2
DEFAULT_PACKET_BYTES = 4096
SPID = 51


class Kind(IntEnum):
    """Packet types."""

    SQL_BATCH = 1
    RPC = 3
    RESULT = 4
    ATTENTION = 6
    BULK_LOAD = 7
    TRANSACTION = 14
    LOGIN7 = 16
    PRELOGIN = 18


class Message(NamedTuple):
    """A whole message; one that its client took back is ignored."""

    kind: int
    payload: bytes
    is_ignored: bool


async def read_message(reader: asyncio.StreamReader) -> Message:
    """The next message; asyncio.IncompleteReadError at the end of the stream."""
    payload = b""
    while True:
        kind, status, size, *_ = HEADER.unpack(await reader.readexactly(HEADER.size))
        payload += await reader.readexactly(size - HEADER.size)
        if status & END_OF_MESSAGE:
            return Message(kind, payload, bool(status & IGNORE))


def packets(kind: int, payload: bytes, packet_bytes: int) -> list[bytes]:
    """A message cut into packets."""
    room = packet_bytes - HEADER.size
    parts = [payload[at : at + room] for at in range(0, len(payload), room)] or [b""]
    last = len(parts) - 1
    return [
        HEADER.pack(
            kind, int(place == last), len(part) + HEADER.size, SPID, (place + 1) & 255, 0
        ) + part
        for place, part in enumerate(parts)
    ]  # fmt: skip

"""Cuts a byte stream into FIX messages: BodyLength and CheckSum right, or it is garbled.

FIX 4.4, volume 2, "Message format": 8=, 9= and 35= come first and in this order, 10= last.
"""

import re
from typing import NamedTuple
from zlib import adler32

MESSAGE_BYTES_MAX = 64 * 1024
START = b"8=FIX"
_INNER_START = b"\x01" + START
_HEAD = re.compile(rb"8=(FIXT?\.\d\.\d)\x019=(\d{1,6})\x01")
HEAD_BYTES_MAX = len(b"8=FIXT.1.1|9=123456|")
TRAILER_BYTES = len(b"10=123|")
_SLICE = 256


def checksum(data: bytes) -> int:
    """The sum of all bytes modulo 256.

    The lower half of Adler-32 is 1 + the sum modulo 65521, which 256 bytes never reach.
    """
    if len(data) <= _SLICE:
        return (adler32(data) - 1) & 255
    slices = range(0, len(data), _SLICE)
    return sum([(adler32(data[at : at + _SLICE]) & 0xFFFF) - 1 for at in slices]) & 255


class Garbled(NamedTuple):
    """So many bytes that were no message, and why."""

    detail: str
    size: int


class Framer:
    """Bytes in; whole messages and what was skipped between them out."""

    __slots__ = ("_pending", "_skipped", "_trouble")

    def __init__(self) -> None:
        self._pending = b""
        self._skipped = 0
        self._trouble = ""

    @property
    def held_bytes(self) -> int:
        return len(self._pending)

    def receive(self, data: bytes) -> list[bytes | Garbled]:
        """What these bytes complete."""
        buffer = self._pending + data if self._pending else data
        items: list[bytes | Garbled] = []
        at = 0
        while at < len(buffer):
            end = self._message_end(buffer, at)
            if end is None:
                break
            if end > at:
                self._report(items)
                items.append(buffer[at:end])
                at = end
                continue
            at = self._skip(buffer, at)
        self._pending = buffer[at:]
        self._report(items)
        return items

    def _message_end(self, buffer: bytes, at: int) -> int | None:
        """Where the message ends that starts here; `at` itself when none does, None: not yet."""
        head = _HEAD.match(buffer, at)
        if head is None:
            if len(buffer) - at < HEAD_BYTES_MAX and _could_be_head(buffer[at:]):
                return None
            return self._garbled("no message starts here", at)
        size = int(head[2])
        end = head.end() + size + TRAILER_BYTES
        if end - at > MESSAGE_BYTES_MAX:
            return self._garbled(f"BodyLength {size}", at)
        # A message that holds the start of another is shorter than it says.
        if buffer.find(_INNER_START, head.end(), end) >= 0:
            return self._garbled("BodyLength reaches into the next message", at)
        if end > len(buffer):
            return None
        trailer = b"\x0110=%03d\x01" % checksum(buffer[at : end - TRAILER_BYTES])
        if buffer[end - TRAILER_BYTES - 1 : end] != trailer:
            return self._garbled("BodyLength or CheckSum is wrong", at)
        return end

    def _garbled(self, detail: str, at: int) -> int:
        self._trouble = self._trouble or detail
        return at

    def _skip(self, buffer: bytes, at: int) -> int:
        """The next place where a message could start."""
        found = buffer.find(START, at + 1)
        if found < 0:
            found = len(buffer)
            # The last bytes may be the first of a start.
            for kept in range(min(len(START) - 1, len(buffer) - at - 1), 0, -1):
                if START.startswith(buffer[-kept:]):
                    found -= kept
                    break
        self._skipped += found - at
        return found

    def _report(self, items: list[bytes | Garbled]) -> None:
        if self._skipped:
            items.append(Garbled(self._trouble, self._skipped))
        self._skipped, self._trouble = 0, ""


_HEAD_SO_FAR = re.compile(rb"8(=(F(I(X(T?(\.(\d(\.(\d(\x01(9(=(\d{0,6})?)?)?)?)?)?)?)?)?)?)?)?)?")


def _could_be_head(data: bytes) -> bool:
    return _HEAD_SO_FAR.fullmatch(data) is not None

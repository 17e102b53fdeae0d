"""Framing of the exchanges' binary protocols: header with type and length, body, checksum.

SZSE Binary 1.32 section 4.1 and SSE IS122: unknown types are skipped, appended bytes too.
"""

import re
import struct
from collections.abc import Callable
from typing import Any, NamedTuple
from zlib import adler32

from capture.wire.binary_layout import BinaryMessage, Layout, UnknownMessage
from capture.wire.framing import Found, Framer
from riskgw.messages.problem import Problem, ProblemKind

CHECKSUM_BYTES = 4
_HEAD_BYTES = 8
BODY_BYTES_MAX = 1 << 16
# While searching, a body this much longer than its layout is taken for no message.
APPENDED_BYTES_MAX = 4096
_ADLER_EXACT_BYTES = 256
_CHECKSUM = struct.Struct(">I")

Item = BinaryMessage | UnknownMessage | Problem


class Usual(NamedTuple):
    """A message of one type with nothing appended, header to checksum in one unpack."""

    layout: Layout
    unpack: Callable[[bytes, int], tuple[Any, ...]]
    size: int


class Dialect:
    """One protocol: `header` unpacks to (message type, body length)."""

    def __init__(self, name: str, header: struct.Struct, layouts: dict[int, Layout]) -> None:
        self.name = name
        self.header = header
        self.layouts = layouts
        self.overhead = header.size + CHECKSUM_BYTES
        self.usual = dict(filter(None, map(self._usual, layouts.values())))
        types = (re.escape(kind.to_bytes(4, "big")) for kind in layouts)
        # Looking ahead only: 00 00 | 00 01 87 05 holds two candidates that overlap.
        self.known_type = re.compile(b"(?=" + b"|".join(types) + b")", re.DOTALL)

    def _usual(self, layout: Layout) -> tuple[bytes, Usual] | None:
        """Found by its whole header, for a header of nothing but type and length."""
        codes = "".join(field.code for field in layout.fields)
        whole = struct.Struct(f">8x{codes}I")
        if layout.group or whole.size - CHECKSUM_BYTES > _ADLER_EXACT_BYTES:
            return None
        head = self.header.pack(layout.type, layout.size)
        return head, Usual(layout, whole.unpack_from, whole.size)


def checksum(data: bytes) -> int:
    """Sum of all bytes modulo 256."""
    # Adler-32's low half is 1 + the sum of the bytes modulo 65521, and is computed in C.
    if len(data) <= _ADLER_EXACT_BYTES:
        return (adler32(data) - 1) & 0xFF
    return sum(data) & 0xFF


def with_checksum(data: bytes) -> bytes:
    """Header and body followed by their checksum."""
    return data + _CHECKSUM.pack(checksum(data))


class BinaryFramer(Framer[BinaryMessage | UnknownMessage]):
    """Finds its step by a known type, a length that fits its layout and a right checksum."""

    __slots__ = ("_dialect", "could_start")

    tail_bytes = 3

    def __init__(self, dialect: Dialect, *, is_in_step: bool) -> None:
        super().__init__(is_in_step=is_in_step)
        self._dialect = dialect
        self.could_start = dialect.known_type

    def close(self) -> list[Item]:
        items: list[Item] = []
        # A length that damage made up waits for bytes that are messages of their own.
        while self.is_in_step and self._pending:
            self._lose_step(ProblemKind.MALFORMED, "the stream ends inside a message", 0)
            items += self._scan(self._pending[1:], 0, [], is_last=True)
        return items + super().close()

    def _messages(self, buffer: bytes, at: int, items: list[Item]) -> int:
        """All whole messages from `at` on; the position of what is left."""
        usual, overhead, end = self._dialect.usual, self._dialect.overhead, len(buffer)
        while end - at >= overhead:
            form = usual.get(buffer[at : at + _HEAD_BYTES])
            if form is not None:
                layout, unpack, size = form
                stop = at + size
                if stop <= end:
                    values = unpack(buffer, at)
                    # As in `checksum`, for no more bytes than it is exact for.
                    if values[-1] == (adler32(buffer[at : stop - CHECKSUM_BYTES]) - 1) & 0xFF:
                        items.append(BinaryMessage(layout, values))
                        at = stop
                        continue
            stop = self._unusual(buffer, at, items)
            if stop == at or not self.is_in_step:
                return stop
            at = stop
        return at

    def _unusual(self, buffer: bytes, at: int, items: list[Item]) -> int:
        """A message of unknown type, with appended bytes or groups, damaged, or not yet whole."""
        kind, size = self._dialect.header.unpack_from(buffer, at)
        stop: int = at + self._dialect.overhead + size
        if size > BODY_BYTES_MAX:
            return self._damaged(buffer, at)
        if stop > len(buffer):
            return at
        (found,) = _CHECKSUM.unpack_from(buffer, stop - CHECKSUM_BYTES)
        if found != checksum(buffer[at : stop - CHECKSUM_BYTES]):
            return self._damaged(buffer, at)
        body = buffer[at + self._dialect.header.size : stop - CHECKSUM_BYTES]
        items += _sound(kind, self._dialect.layouts.get(kind), body, found)
        return stop

    def _damaged(self, buffer: bytes, at: int) -> int:
        kind, size = self._dialect.header.unpack_from(buffer, at)
        if kind in self._dialect.layouts and size <= BODY_BYTES_MAX:
            detail = f"message type {kind}: wrong checksum"
            return self._lose_step(ProblemKind.CHECKSUM, detail, at)
        head = buffer[at : at + self._dialect.header.size].hex()
        return self._lose_step(ProblemKind.MALFORMED, f"no message header: {head}", at)

    def _at(self, buffer: bytes, at: int) -> Found:
        if len(buffer) - at < self._dialect.header.size:
            return Found.TOO_SHORT_TO_TELL
        kind, size = self._dialect.header.unpack_from(buffer, at)
        layout = self._dialect.layouts.get(kind)
        if layout is None or not layout.size <= size <= layout.size + APPENDED_BYTES_MAX:
            return Found.NOTHING
        stop = at + self._dialect.overhead + size
        if stop > len(buffer):
            return Found.TOO_SHORT_TO_TELL
        covered = buffer[at : stop - CHECKSUM_BYTES]
        is_sound = _CHECKSUM.unpack_from(buffer, stop - CHECKSUM_BYTES)[0] == checksum(covered)
        return Found.MESSAGE if is_sound else Found.NOTHING


def _sound(kind: int, layout: Layout | None, body: bytes, found: int) -> list[Item]:
    """What a right checksum came with."""
    if layout is None:
        detail = f"message type {kind} is not in the reference"
        return [UnknownMessage(kind, body), Problem(ProblemKind.UNKNOWN_TYPE, detail, len(body))]
    if len(body) < layout.size:
        detail = f"{layout.name} {kind}: body of {len(body)} bytes, its layout has {layout.size}"
        return [Problem(ProblemKind.MALFORMED, detail, len(body))]
    values = (*layout.struct.unpack_from(body), found)
    message = BinaryMessage(layout, values, body[layout.size :])
    if not message.has_whole_groups():
        detail = f"{layout.name} {kind}: shorter than the groups it announces"
        return [Problem(ProblemKind.MALFORMED, detail, len(body))]
    return [message]

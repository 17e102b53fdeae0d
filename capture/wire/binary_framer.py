"""Framing of the exchanges' binary protocols: header with type and length, body, checksum.

SZSE Binary 1.32 section 4.1 and SSE IS122: unknown types are skipped, appended bytes too.
"""

import re
import struct
import zlib

from capture.wire.binary_layout import BinaryMessage, Layout, UnknownMessage
from capture.wire.framing import Found, Framer
from riskgw.messages.problem import Problem, ProblemKind

CHECKSUM_BYTES = 4
BODY_BYTES_MAX = 1 << 16
# While searching, a body this much longer than its layout is taken for no message.
APPENDED_BYTES_MAX = 4096
_ADLER_EXACT_BYTES = 256
_CHECKSUM = struct.Struct(">I")

Item = BinaryMessage | UnknownMessage | Problem


class Dialect:
    """One protocol: `header` unpacks to (message type, body length)."""

    def __init__(self, name: str, header: struct.Struct, layouts: dict[int, Layout]) -> None:
        self.name = name
        self.header = header
        self.layouts = layouts
        self.overhead = header.size + CHECKSUM_BYTES
        types = (re.escape(kind.to_bytes(4, "big")) for kind in layouts)
        # Looking ahead only: 00 00 | 00 01 87 05 holds two candidates that overlap.
        self.known_type = re.compile(b"(?=" + b"|".join(types) + b")", re.DOTALL)


def checksum(data: bytes) -> int:
    """Sum of all bytes modulo 256."""
    # Adler-32's low half is 1 + the sum of the bytes modulo 65521, and is computed in C.
    if len(data) <= _ADLER_EXACT_BYTES:
        return (zlib.adler32(data) - 1) & 0xFF
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
            items += self._scan(self._pending[1:], is_last=True)
        return items + super().close()

    def _messages(self, buffer: bytes, at: int, items: list[Item]) -> int:
        """All whole messages from `at` on; the position of what is left."""
        header, layouts, overhead = (
            self._dialect.header,
            self._dialect.layouts,
            self._dialect.overhead,
        )
        end, before_body = len(buffer), header.size
        while end - at >= overhead:
            kind, size = header.unpack_from(buffer, at)
            layout = layouts.get(kind)
            stop = at + overhead + size
            if size > BODY_BYTES_MAX:
                return self._damaged(buffer, at)
            if stop > end:
                break
            if _CHECKSUM.unpack_from(buffer, stop - CHECKSUM_BYTES)[0] != checksum(
                buffer[at : stop - CHECKSUM_BYTES]
            ):
                return self._damaged(buffer, at)
            if layout is not None and size == layout.size and layout.group is None:
                values = layout.struct.unpack_from(buffer, at + before_body)
                items.append(BinaryMessage(layout, values, b""))
            else:
                items += _unusual(kind, layout, buffer[at + before_body : stop - CHECKSUM_BYTES])
            at = stop
        return at

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


def _unusual(kind: int, layout: Layout | None, body: bytes) -> list[Item]:
    """A sound message of unknown type, too short, with appended bytes, or with groups."""
    if layout is None:
        detail = f"message type {kind} is not in the reference"
        return [UnknownMessage(kind, body), Problem(ProblemKind.UNKNOWN_TYPE, detail, len(body))]
    if len(body) < layout.size:
        detail = f"{layout.name} {kind}: body of {len(body)} bytes, its layout has {layout.size}"
        return [Problem(ProblemKind.MALFORMED, detail, len(body))]
    message = BinaryMessage(layout, layout.struct.unpack_from(body), body[layout.size :])
    if not message.has_whole_groups():
        detail = f"{layout.name} {kind}: shorter than the groups it announces"
        return [Problem(ProblemKind.MALFORMED, detail, len(body))]
    return [message]

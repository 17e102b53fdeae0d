"""Framing of the exchanges' binary protocols: header with type and length, body, checksum.

SZSE Binary 1.32 section 4.1 and SSE IS122: unknown types are skipped, appended bytes too.
"""

import re
import struct
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from zlib import adler32

import msgspec

from capture.wire.binary_layout import BinaryMessage, Layout, UnknownMessage
from capture.wire.framing import Found, Framer
from riskgw.messages.problem import EXCERPT_BYTES_MAX, Problem, ProblemKind

CHECKSUM_BYTES = 4
# All of a header of type and length; of one with a sequence number, the type and its high half.
_HEAD_BYTES = 8
_LENGTH_BYTES = 4
BODY_BYTES_MAX = 1 << 16
# While searching, a body this much longer than its layout is taken for no message.
APPENDED_BYTES_MAX = 4096
_ADLER_EXACT_BYTES = 256
_CHECKSUM = struct.Struct(">I")

Item = BinaryMessage | UnknownMessage | Problem


# A message of one type with nothing appended: its layout; header to checksum in one unpack; its
# size; the length its header says at `length_at`, empty where `_HEAD_BYTES` have said it.
# A bare tuple: taking a named one apart costs three times as much, for each message.
Usual = tuple[Layout, Callable[[bytes, int], tuple[Any, ...]], int, bytes]


class Dialect:
    """One protocol: `header` unpacks to (message type, body length), and the length ends it.

    `earlier`: layouts of older versions, told from `layouts` by the exact length of the body.
    `undecoded`: what is known of message types whose layout is not.
    """

    def __init__(
        self,
        header: struct.Struct,
        layouts: dict[int, Layout],
        *,
        earlier: Iterable[Layout] = (),
        undecoded: Mapping[int, str] | None = None,
        body_bytes_max: int = BODY_BYTES_MAX,
    ) -> None:
        self.header = header
        self.layouts = layouts
        self.earlier = {(layout.type, layout.size): layout for layout in earlier}
        self.undecoded = undecoded or {}
        self.body_bytes_max = body_bytes_max
        self.overhead = header.size + CHECKSUM_BYTES
        self.length_at = header.size - _LENGTH_BYTES
        every = (*layouts.values(), *self.earlier.values())
        self.usual = dict(filter(None, map(self._usual, every)))
        types = (re.escape(kind.to_bytes(4, "big")) for kind in layouts)
        # Looking ahead only: 00 00 | 00 01 87 05 holds two candidates that overlap.
        self.known_type = re.compile(b"(?=" + b"|".join(types) + b")", re.DOTALL)

    def layout(self, kind: int, size: int) -> Layout | None:
        """The layout of a body of `size` bytes, if its type is known; it may still be too short."""
        return self.earlier.get((kind, size)) or self.layouts.get(kind)

    def found_at(self, buffer: bytes, at: int, *, is_sure: bool) -> Found:
        """Whether a sound message of a known type stands there.

        An empty body proves little: a partition and an index inside a report read like a
        heartbeat. Where it must be sure, a message has to follow it.
        """
        if len(buffer) - at < self.header.size:
            return self._may_begin(buffer[at : at + 4])
        kind, size = self.header.unpack_from(buffer, at)
        layout = self.layout(kind, size)
        if layout is None or not self._fits(layout, size):
            return Found.NOTHING
        stop = at + self.overhead + size
        if stop > len(buffer):
            return Found.TOO_SHORT_TO_TELL
        covered = buffer[at : stop - CHECKSUM_BYTES]
        if _CHECKSUM.unpack_from(buffer, stop - CHECKSUM_BYTES)[0] != checksum(covered):
            return Found.NOTHING
        if is_sure and not size:
            return self.found_at(buffer, stop, is_sure=False)
        return Found.MESSAGE

    def _fits(self, layout: Layout, size: int) -> bool:
        return layout.size <= size <= min(layout.size + APPENDED_BYTES_MAX, self.body_bytes_max)

    def _may_begin(self, start: bytes) -> Found:
        """Whether a header of a known type may begin so."""
        is_possible = any(kind.to_bytes(4, "big").startswith(start) for kind in self.layouts)
        return Found.TOO_SHORT_TO_TELL if is_possible else Found.NOTHING

    def _usual(self, layout: Layout) -> tuple[bytes, Usual] | None:
        """Found by the first bytes of its header; a sequence number is seldom beyond 32 bits."""
        codes = "".join(field.code for field in layout.fields)
        whole = struct.Struct(f">{self.header.size}x{codes}I")
        if layout.groups or whole.size - CHECKSUM_BYTES > _ADLER_EXACT_BYTES:
            return None
        head = self.header.pack(layout.type, layout.size)
        length = head[_HEAD_BYTES:][-_LENGTH_BYTES:]
        return head[:_HEAD_BYTES], (layout, whole.unpack_from, whole.size, length)


def checksum(data: bytes) -> int:
    """Sum of all bytes modulo 256."""
    # Adler-32's low half is the sum of the bytes modulo 65521 from the start on, in C.
    if len(data) <= _ADLER_EXACT_BYTES:
        return adler32(data, 0) & 0xFF
    return sum(data) & 0xFF


def with_checksum(data: bytes) -> bytes:
    """Header and body followed by their checksum."""
    return data + _CHECKSUM.pack(checksum(data))


class BinaryFramer(Framer[BinaryMessage | UnknownMessage]):
    """Finds its step by a known type, a length that fits its layout and a right checksum."""

    __slots__ = ("_dialect", "_is_ending", "could_start")

    tail_bytes = 3

    def __init__(self, dialect: Dialect, *, is_in_step: bool) -> None:
        super().__init__(is_in_step=is_in_step)
        self._dialect = dialect
        self._is_ending = False
        self.could_start = dialect.known_type

    def close(self) -> list[Item]:
        items: list[Item] = []
        self._is_ending = True
        # A length that damage made up waits for bytes that are messages of their own.
        while self.is_in_step and self._pending:
            self._lose_step(
                ProblemKind.MALFORMED, "the stream ends inside a message", 0, self._pending
            )
            items += self._scan(self._pending[1:], 0, [], is_last=True)
        return items + super().close()

    def _messages(self, buffer: bytes, at: int, items: list[Item]) -> int:
        """All whole messages from `at` on; the position of what is left."""
        dialect, append, end = self._dialect, items.append, len(buffer)
        usual, length_at, overhead = dialect.usual.get, dialect.length_at, dialect.overhead
        while True:
            while True:
                form = usual(buffer[at : at + _HEAD_BYTES])
                if form is None:
                    break
                layout, unpack, size, length = form
                stop = at + size
                if length and not buffer.startswith(length, at + length_at):
                    break
                if stop > end:
                    return at
                values = unpack(buffer, at)
                # As in `checksum`, for no more bytes than it is exact for.
                if values[-1] != adler32(buffer[at : stop - CHECKSUM_BYTES], 0) & 0xFF:
                    break
                append(BinaryMessage(layout, values))
                if stop == end:
                    return stop
                at = stop
            if end - at < overhead:
                return at
            stop = self._unusual(buffer, at, items)
            if stop == at or not self.is_in_step:
                return stop
            at = stop

    def _unusual(self, buffer: bytes, at: int, items: list[Item]) -> int:
        """A message of unknown type, with appended bytes or groups, damaged, or not yet whole."""
        kind, size = self._dialect.header.unpack_from(buffer, at)
        stop: int = at + self._dialect.overhead + size
        if size > self._dialect.body_bytes_max:
            return self._damaged(buffer, at)
        if stop > len(buffer):
            return at
        (found,) = _CHECKSUM.unpack_from(buffer, stop - CHECKSUM_BYTES)
        if found != checksum(buffer[at : stop - CHECKSUM_BYTES]):
            return self._damaged(buffer, at)
        body = buffer[at + self._dialect.header.size : stop - CHECKSUM_BYTES]
        items += [
            _placed(item, buffer, at, stop) if isinstance(item, Problem) else item
            for item in self._sound(kind, body, found)
        ]
        return stop

    def _damaged(self, buffer: bytes, at: int) -> int:
        kind, size = self._dialect.header.unpack_from(buffer, at)
        if kind in self._dialect.layouts and size <= self._dialect.body_bytes_max:
            detail = f"message type {kind}: wrong checksum"
            return self._lose_step(ProblemKind.CHECKSUM, detail, at, buffer)
        head = buffer[at : at + self._dialect.header.size].hex()
        return self._lose_step(ProblemKind.MALFORMED, f"no message header: {head}", at, buffer)

    def _at(self, buffer: bytes, at: int) -> Found:
        return self._dialect.found_at(buffer, at, is_sure=not self._is_ending)

    def _sound(self, kind: int, body: bytes, found: int) -> list[Item]:
        """What a right checksum came with."""
        layout = self._dialect.layout(kind, len(body))
        if layout is None:
            known = self._dialect.undecoded.get(kind, "not in the reference")
            detail = f"message type {kind}: {known}"
            problem = Problem(ProblemKind.UNKNOWN_TYPE, detail, len(body))
            return [UnknownMessage(kind, body), problem]
        if len(body) < layout.size:
            detail = (
                f"{layout.name} {kind}: body of {len(body)} bytes, its layout has {layout.size}"
            )
            return [Problem(ProblemKind.MALFORMED, detail, len(body))]
        values = (*layout.struct.unpack_from(body), found)
        message = BinaryMessage(layout, values, body[layout.size :])
        if not message.has_whole_groups():
            detail = f"{layout.name} {kind}: shorter than the groups it announces"
            return [Problem(ProblemKind.MALFORMED, detail, len(body))]
        return [message]


def _placed(problem: Problem, buffer: bytes, at: int, stop: int) -> Problem:
    excerpt = buffer[at : min(stop, at + EXCERPT_BYTES_MAX)]
    return msgspec.structs.replace(problem, data=excerpt, behind=len(buffer) - at)

"""TDS packets put together into messages (MS-TDS 2.2.3); TLS records between them are counted."""

import re
import struct
from typing import NamedTuple

from capture.wire.framing import Found, Framer
from capture.wire.tds.response import FIRST_TOKENS
from riskgw.messages.problem import Problem, ProblemKind

HEADER_BYTES = 8
PACKET_BYTES_MAX = 32768
MESSAGE_BYTES_MAX = 1 << 24
TLS_RECORD_BYTES_MAX = 5 + (1 << 14) + 2048

SQL_BATCH, RPC, TABULAR_RESULT, ATTENTION, BULK_LOAD = 1, 3, 4, 6, 7
TRANSACTION_MANAGER, LOGIN7, PRELOGIN = 14, 16, 18
TYPES = frozenset((1, 2, 3, 4, 6, 7, 8, 14, 16, 17, 18))
CLIENT_TYPES = TYPES - {TABULAR_RESULT, PRELOGIN}

_END_OF_MESSAGE, _IGNORE = 0x01, 0x02
_STATUS_BITS = 0x1B
_TLS_RECORD_TYPES = frozenset((20, 21, 22, 23))
_TLS_MAJOR = 3
_HEADER = struct.Struct(">BBHHBB")
# Every place where a packet header could start: type, status, length, SPID, packet id, window 0.
_HEADER_SHAPE = re.compile(
    rb"(?=[\x01-\x04\x06-\x08\x0e\x10-\x12][\x00-\x03\x08-\x0b\x10-\x13]..{4}\x00)", re.DOTALL
)


class TdsPacketMessage(NamedTuple):
    """One message: its packet type and the joined payload."""

    kind: int
    payload: bytes


def header_at(data: bytes, at: int) -> tuple[int, int, int] | None:
    """(type, status, length) of the packet header at `at`, or None when there is none."""
    kind, status, size, _, _, window = _HEADER.unpack_from(data, at)
    is_header = (
        kind in TYPES
        and not status & ~_STATUS_BITS
        and HEADER_BYTES <= size <= PACKET_BYTES_MAX
        and window == 0
    )
    return (kind, status, size) if is_header else None


def may_start(kind: int, payload: bytes) -> bool:
    """Whether a packet's payload can be the beginning of a message of its type."""
    if kind == TABULAR_RESULT:
        return payload[:1] == b"\0" or (bool(payload) and payload[0] in FIRST_TOKENS)
    if kind == ATTENTION:
        return not payload
    if kind == SQL_BATCH:
        has_headers = payload[1:4] == b"\0\0\0"
        return has_headers or (len(payload) >= 2 and payload[1] == 0)
    if kind == RPC:
        return payload[1:4] == b"\0\0\0" or payload[1:2] == b"\0" or payload[:2] == b"\xff\xff"
    if kind == LOGIN7:
        return len(payload) >= 8 and payload[7] in (0x70, 0x71, 0x72, 0x73, 0x74)
    return bool(payload)


Items = list[TdsPacketMessage | Problem]


class PacketFramer(Framer[TdsPacketMessage]):
    """Finds its step by a packet header whose payload can be the beginning of a message."""

    __slots__ = ("_kind", "_parts", "_size", "encrypted_bytes")

    could_start = _HEADER_SHAPE
    tail_bytes = HEADER_BYTES - 1

    def __init__(self, *, is_in_step: bool) -> None:
        super().__init__(is_in_step=is_in_step)
        self._parts: list[bytes] = []
        self._size = 0
        self._kind = 0
        self.encrypted_bytes = 0

    def _messages(self, buffer: bytes, at: int, items: Items) -> int:
        end = len(buffer)
        while end - at >= HEADER_BYTES:
            if buffer[at] in _TLS_RECORD_TYPES and buffer[at + 1] == _TLS_MAJOR:
                size = 5 + int.from_bytes(buffer[at + 3 : at + 5], "big")
                if size > TLS_RECORD_BYTES_MAX:
                    return self._no_header(buffer, at)
                if end - at < size:
                    break
                self.encrypted_bytes += size
                at += size
                continue
            header = header_at(buffer, at)
            if header is None:
                return self._no_header(buffer, at)
            kind, status, size = header
            if end - at < size:
                break
            at += size
            self._packet(kind, status, buffer[at - size + HEADER_BYTES : at], items)
            if not self.is_in_step:
                break
        return at

    def _packet(self, kind: int, status: int, payload: bytes, items: Items) -> None:
        if self._parts and kind != self._kind:
            detail = f"a type {self._kind} message is cut by a type {kind} packet"
            items.append(Problem(ProblemKind.MALFORMED, detail, self._forget_message()))
        self._kind = kind
        self._parts.append(payload)
        self._size += len(payload)
        if self._size > MESSAGE_BYTES_MAX:
            detail = f"a message of more than {MESSAGE_BYTES_MAX} bytes"
            self._lose_step(ProblemKind.LIMIT, detail, 0)
        elif status & _END_OF_MESSAGE:
            if not status & _IGNORE:
                items.append(TdsPacketMessage(kind, b"".join(self._parts)))
            self._forget_message()

    def _no_header(self, buffer: bytes, at: int) -> int:
        head = buffer[at : at + HEADER_BYTES].hex()
        return self._lose_step(ProblemKind.MALFORMED, f"no packet header: {head}", at)

    def _at(self, buffer: bytes, at: int) -> Found:
        header = header_at(buffer, at)
        if header is None:
            return Found.NOTHING
        kind, _, size = header
        if len(buffer) - at < size:
            return Found.TOO_SHORT_TO_TELL
        is_start = may_start(kind, buffer[at + HEADER_BYTES : at + size])
        return Found.MESSAGE if is_start else Found.NOTHING

    def _forget_message(self) -> int:
        size, self._size = self._size, 0
        self._parts = []
        return size

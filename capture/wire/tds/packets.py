"""TDS packets put together into messages (MS-TDS 2.2.3), also out of multiplexed sessions.

TLS records between packets are counted.
"""

import re
import struct
from typing import NamedTuple

from capture.wire.framing import Found, Framer
from capture.wire.tds.response import FIRST_TOKENS
from capture.wire.tds.smp import SMP_HEADER_BYTES, SMP_ID, SMP_SESSIONS_MAX, Flag, Frame, frame_at
from riskgw.messages.problem import Problem, ProblemKind

HEADER_BYTES = 8
PACKET_BYTES_MAX = 32768
MESSAGE_BYTES_MAX = 1 << 24
TLS_RECORD_BYTES_MAX = 5 + (1 << 14) + 2048

SQL_BATCH, RPC, TABULAR_RESULT, ATTENTION, BULK_LOAD = 1, 3, 4, 6, 7
TRANSACTION_MANAGER, LOGIN7, PRELOGIN = 14, 16, 18
TYPES = frozenset((1, 2, 3, 4, 6, 7, 8, 14, 16, 17, 18))
CLIENT_TYPES = TYPES - {TABULAR_RESULT, PRELOGIN}

# No packet types: a multiplexed session has ended; all that follows is TLS (TDS 8.0).
SESSION_END, STRICT = 0, 22
UNMULTIPLEXED = -1

RESET, RESET_KEEPING_TRANSACTION = 0x08, 0x10
_END_OF_MESSAGE, _IGNORE = 0x01, 0x02
_STATUS_BITS = 0x1B
_COLUMN_METADATA = b"\x81"
# LOGIN7 comes after PRELOGIN; what else may come before it ends is SSPI and federated log-in.
_BEFORE_LOG_IN = frozenset((8, PRELOGIN, 17))
_TLS_RECORD_TYPES = frozenset((20, 21, 22, 23))
_TLS_MAJOR = 3
_HEADER = struct.Struct(">BBHHBB")
# Every place where a packet header could start: type, status, length, SPID, packet id, window 0;
# or a multiplexing header: S, flag, session, length below 2**17.
_HEADER_SHAPE = re.compile(
    rb"(?=[\x01-\x04\x06-\x08\x0e\x10-\x12][\x00-\x03\x08-\x0b\x10-\x13]..{4}\x00"
    rb"|S[\x01\x02\x04\x08]..{3}[\x00-\x02]\x00)",
    re.DOTALL,
)


class TdsPacketMessage(NamedTuple):
    """One message: its packet type and the joined payload; `reset` as its first packet asks."""

    kind: int
    payload: bytes
    session: int = UNMULTIPLEXED
    reset: int = 0


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
    if kind == BULK_LOAD:
        return payload[:1] == _COLUMN_METADATA
    if kind == TRANSACTION_MANAGER:
        return payload[1:4] == b"\0\0\0"
    if kind == LOGIN7:
        return len(payload) >= 8 and payload[7] in (0x70, 0x71, 0x72, 0x73, 0x74)
    return bool(payload)


def is_strict(record: bytes) -> bool:
    """Whether a TLS record is a client's first and asks for TDS 8.0 (RFC 8446 4.1.2, RFC 7301)."""
    return record[:1] == b"\x16" and record[5:6] == b"\x01" and b"\x07tds/8.0" in record


Items = list[TdsPacketMessage | Problem]


class PacketFramer(Framer[TdsPacketMessage]):
    """Finds its step by a packet header whose payload can be the beginning of a message.

    Multiplexed sessions have framers of their own, fed by the frames of this one.
    """

    __slots__ = (
        "_first_status", "_has_logged_in", "_kind", "_parts", "_session", "_sessions", "_size",
        "encrypted_bytes",
    )  # fmt: skip

    could_start = _HEADER_SHAPE
    tail_bytes = HEADER_BYTES - 1

    def __init__(self, *, is_in_step: bool, session: int = UNMULTIPLEXED) -> None:
        super().__init__(is_in_step=is_in_step)
        self._session = session
        self._sessions: dict[int, PacketFramer] = {}
        self._parts: list[bytes] = []
        self._size = 0
        self._kind = 0
        self._first_status = 0
        self.encrypted_bytes = 0
        self._has_logged_in = session != UNMULTIPLEXED

    def _mark(self, buffer: bytes, at: int) -> None:
        """Bytes of a log-in are not shown to anybody: its password is all but plain."""
        super()._mark(buffer, at)
        if not self._has_logged_in:
            self._excerpt = b""

    def gap(self) -> None:
        super().gap()
        for framer in self._sessions.values():
            framer.gap()

    def close(self) -> Items:
        items = super().close()
        for framer in self._sessions.values():
            items += framer.close()
        self._sessions.clear()
        return items

    def _messages(self, buffer: bytes, at: int, items: Items) -> int:
        end = len(buffer)
        while end - at >= HEADER_BYTES:
            header = header_at(buffer, at)
            if header is None:
                size = self._no_packet(buffer, at, items)
                if not size:
                    break
                at += size
            else:
                kind, status, size = header
                if end - at < size:
                    break
                at += size
                self._packet(kind, status, buffer[at - size + HEADER_BYTES : at], items)
            if not self.is_in_step:
                self._mark(buffer, at - size)
                break
        return at

    def _packet(self, kind: int, status: int, payload: bytes, items: Items) -> None:
        if self._parts and kind != self._kind:
            detail = f"a type {self._kind} message is cut by a type {kind} packet"
            items.append(Problem(ProblemKind.MALFORMED, detail, self._forget_message()))
        if not self._parts:
            self._kind = kind
            self._first_status = status
        self._parts.append(payload)
        self._size += len(payload)
        if self._size > MESSAGE_BYTES_MAX:
            detail = f"a message of more than {MESSAGE_BYTES_MAX} bytes"
            self._lose_step(ProblemKind.LIMIT, detail, 0, payload)
        elif status & _END_OF_MESSAGE:
            self._has_logged_in = self._has_logged_in or kind not in _BEFORE_LOG_IN
            if not status & _IGNORE:
                reset = self._first_status & (RESET | RESET_KEEPING_TRANSACTION)
                items.append(TdsPacketMessage(kind, b"".join(self._parts), self._session, reset))
            self._forget_message()

    def _no_packet(self, buffer: bytes, at: int, items: Items) -> int:
        """Bytes of a TLS record, a multiplexing frame or damage; 0 to wait for more of it."""
        left = len(buffer) - at
        if buffer[at] in _TLS_RECORD_TYPES and buffer[at + 1] == _TLS_MAJOR:
            size = 5 + int.from_bytes(buffer[at + 3 : at + 5], "big")
            if size <= TLS_RECORD_BYTES_MAX:
                if left < size:
                    return 0
                self.encrypted_bytes += size
                if is_strict(buffer[at : at + size]):
                    items.append(TdsPacketMessage(STRICT, b"", self._session))
                return size
        elif buffer[at] == SMP_ID and self._session == UNMULTIPLEXED:
            if left < SMP_HEADER_BYTES:
                return 0
            frame = frame_at(buffer, at)
            if frame is not None:
                if left < frame.size:
                    return 0
                self._frame(frame, buffer[at + SMP_HEADER_BYTES : at + frame.size], items)
                return frame.size
        head = buffer[at : at + HEADER_BYTES].hex()
        for framer in self._sessions.values():
            framer.gap()  # whose bytes are missing is not known
        self._lose_step(ProblemKind.MALFORMED, f"no packet header: {head}", at, buffer)
        return 1

    def _frame(self, frame: Frame, payload: bytes, items: Items) -> None:
        number = frame.session
        if frame.flag is Flag.DATA:
            framer = self._sessions.get(number)
            if framer is None:  # its SYN was not seen
                framer = self._opened(number, items, is_in_step=False)
            if framer is not None:
                items += framer.receive(payload)
                self._check_memory(framer, items)
        elif frame.flag is Flag.SYN:
            self._opened(number, items, is_in_step=True)
        elif frame.flag is Flag.FIN:
            if framer := self._sessions.pop(number, None):
                items += framer.close()
            items.append(TdsPacketMessage(SESSION_END, b"", number))

    def _opened(self, number: int, items: Items, *, is_in_step: bool) -> "PacketFramer | None":
        if len(self._sessions) >= SMP_SESSIONS_MAX and number not in self._sessions:
            detail = f"more than {SMP_SESSIONS_MAX} sessions in one connection"
            items.append(Problem(ProblemKind.LIMIT, detail))
            return None
        framer = PacketFramer(is_in_step=is_in_step, session=number)
        self._sessions[number] = framer
        return framer

    def _check_memory(self, framer: "PacketFramer", items: Items) -> None:
        """All sessions of a connection together hold no more than one message may."""
        if not framer.unfinished_bytes:
            return
        if sum(each.unfinished_bytes for each in self._sessions.values()) > MESSAGE_BYTES_MAX:
            detail = f"more than {MESSAGE_BYTES_MAX} bytes of unfinished messages"
            items.append(Problem(ProblemKind.LIMIT, detail, framer.unfinished_bytes))
            framer.gap()

    @property
    def unfinished_bytes(self) -> int:
        """Of a message whose last packet has not come."""
        return self._size

    @property
    def held_bytes(self) -> int:
        """Of all sessions together."""
        sessions = sum(each.held_bytes for each in self._sessions.values())
        return len(self._pending) + self._size + sessions

    def _at(self, buffer: bytes, at: int) -> Found:
        if buffer[at] == SMP_ID:
            return self._frame_at(buffer, at)
        header = header_at(buffer, at)
        if header is None:
            return Found.NOTHING
        kind, _, size = header
        if len(buffer) - at < size:
            return Found.TOO_SHORT_TO_TELL
        is_start = may_start(kind, buffer[at + HEADER_BYTES : at + size])
        return Found.MESSAGE if is_start else Found.NOTHING

    def _frame_at(self, buffer: bytes, at: int) -> Found:
        return frames_at(buffer, at) if self._session == UNMULTIPLEXED else Found.NOTHING

    def _forget_message(self) -> int:
        size, self._size = self._size, 0
        self._parts = []
        return size


def frames_at(buffer: bytes, at: int) -> Found:
    """Whether multiplexing certainly goes on at `at`: a frame that holds a packet, or two."""
    left = len(buffer) - at
    if left < SMP_HEADER_BYTES:
        return Found.TOO_SHORT_TO_TELL
    frame = frame_at(buffer, at)
    if frame is None:
        return Found.NOTHING
    start, behind = at + SMP_HEADER_BYTES, at + frame.size
    if frame.flag is Flag.DATA:
        header = header_at(buffer, start) if left >= SMP_HEADER_BYTES + HEADER_BYTES else None
        if header is not None and header[2] == frame.size - SMP_HEADER_BYTES:
            return Found.MESSAGE
    if len(buffer) - behind < SMP_HEADER_BYTES:
        return Found.TOO_SHORT_TO_TELL
    return Found.MESSAGE if frame_at(buffer, behind) is not None else Found.NOTHING

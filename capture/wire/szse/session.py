"""One connection between an order system and a TGW."""

from collections.abc import Sequence

from capture.wire.binary_framer import APPENDED_BYTES_MAX, BinaryFramer, checksum
from capture.wire.session import Item, Match
from capture.wire.szse.layouts import (
    LAYOUTS,
    LOGON,
    ORDER_CANCEL_REQUEST,
    REPORT_SYNCHRONIZATION,
    SZSE_BINARY,
)
from riskgw.messages.problem import Problem

_BOTH_WAYS = frozenset((1, 2, 3))
_UP = frozenset((REPORT_SYNCHRONIZATION, ORDER_CANCEL_REQUEST))


def recognise(start: bytes, is_stream_start: bool) -> Match:
    """Whether bytes are SZSE Binary: known type, fitting length, right checksum."""
    header = SZSE_BINARY.header
    if len(start) < header.size:
        is_possible = any(kind.to_bytes(4, "big").startswith(start[:4]) for kind in LAYOUTS)
        return Match.MAYBE if is_possible else Match.NO
    kind, size = header.unpack_from(start)
    layout = LAYOUTS.get(kind)
    if layout is None or not layout.size <= size <= layout.size + APPENDED_BYTES_MAX:
        return Match.NO
    end = header.size + size
    if len(start) < end + 4:
        return Match.MAYBE
    is_sound = int.from_bytes(start[end : end + 4], "big") == checksum(start[:end])
    return Match.YES if is_sound else Match.NO


def begins(start: bytes) -> bool:
    """Whether a message that was recognised is a connection's first."""
    return int.from_bytes(start[:4], "big") == LOGON


def sent_by_client(kind: int) -> bool | None:
    """Whether a message type goes up to the TGW; None for those that go both ways."""
    if kind in _BOTH_WAYS:
        return None
    return kind in _UP or 100_000 <= kind < 200_000


class SzseSession:
    """Decodes both directions and tells the client by message type, or by the first logon."""

    def __init__(self, is_whole: bool) -> None:
        self._framers = [BinaryFramer(SZSE_BINARY, is_in_step=is_whole) for _ in range(2)]
        self.client: int | None = None
        self.logon_by: int | None = None

    def receive(self, end: int, data: bytes, at_ns: int) -> Sequence[Item]:
        items = self._framers[end].receive(data)
        if self.client is None:
            self._find_client(end, items)
        return items

    def gap(self, end: int, size: int, at_ns: int) -> Sequence[Item]:
        self._framers[end].gap()
        return []

    def close(self, end: int) -> Sequence[Item]:
        return self._framers[end].close()

    def _find_client(self, end: int, items: Sequence[Item]) -> None:
        for item in items:
            if isinstance(item, Problem):
                continue
            kind = int(item.type)
            is_up = sent_by_client(kind)
            if is_up is not None:
                self.client = end if is_up else 1 - end
                return
            if kind == LOGON and self.logon_by is None:
                self.logon_by = end
            elif kind == LOGON and self.logon_by != end:
                self.client = self.logon_by

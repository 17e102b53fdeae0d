"""One connection between an order system and a TGW."""

from capture.wire import binary_session
from capture.wire.binary_session import BinarySession
from capture.wire.session import Match
from capture.wire.szse.layouts import (
    LOGON,
    ORDER_CANCEL_REQUEST,
    REPORT_SYNCHRONIZATION,
    SZSE_BINARY,
)

_BOTH_WAYS = frozenset((1, 2, 3))
_UP = frozenset((REPORT_SYNCHRONIZATION, ORDER_CANCEL_REQUEST))


def recognise(start: bytes, is_stream_start: bool) -> Match:
    return binary_session.recognise(SZSE_BINARY, start, is_stream_start=is_stream_start)


def begins(start: bytes) -> bool:
    """Whether a message that was recognised is a connection's first."""
    return int.from_bytes(start[:4], "big") == LOGON


class SzseSession(BinarySession):
    """The order system is the client; its requests are 1xxxxx, what comes down 2xxxxx."""

    __slots__ = ()

    dialect = SZSE_BINARY
    logon = LOGON

    @staticmethod
    def sent_by_client(kind: int) -> bool | None:
        if kind in _BOTH_WAYS:
            return None
        return kind in _UP or 100_000 <= kind < 200_000

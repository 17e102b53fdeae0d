"""One connection between an order system and a TDGW."""

from capture.wire import binary_session
from capture.wire.binary_session import BinarySession
from capture.wire.session import Match
from capture.wire.tdgw.layouts import BOTH_WAYS, LOGON, TDGW_BINARY, UP_TYPES


def recognise(start: bytes, is_stream_start: bool) -> Match:
    return binary_session.recognise(TDGW_BINARY, start, is_stream_start=is_stream_start)


def begins(start: bytes) -> bool:
    """Whether a message that was recognised is a connection's first."""
    return int.from_bytes(start[:4], "big") == LOGON


class TdgwSession(BinarySession):
    """The order system is the client: it connects and logs on first (IS122 3.1.1)."""

    __slots__ = ()

    dialect = TDGW_BINARY
    logon = LOGON

    @staticmethod
    def sent_by_client(kind: int) -> bool | None:
        """An unknown type tells nothing: the numbers do not say who sends them."""
        if kind in BOTH_WAYS or kind not in TDGW_BINARY.layouts:
            return None
        return kind in UP_TYPES

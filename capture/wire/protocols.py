"""The protocols a connection may speak, and how to find out which."""

from collections.abc import Callable
from typing import NamedTuple

from capture.wire.session import Match, Session
from capture.wire.szse import session as szse
from capture.wire.tdgw import session as tdgw
from capture.wire.tds import session as tds

Recognise = Callable[[bytes, bool], Match]


class Protocol(NamedTuple):
    """`recognise(bytes, is_stream_start)`; `begins(bytes)`, whether what was recognised is a
    connection's first message; `open(is_whole)` makes a session."""

    name: str
    recognise: Recognise
    begins: Callable[[bytes], bool]
    open: Callable[[bool], Session]


PROTOCOLS = (
    Protocol("szse", szse.recognise, szse.begins, szse.SzseSession),
    Protocol("tdgw", tdgw.recognise, tdgw.begins, tdgw.TdgwSession),
    Protocol("tds", tds.recognise, tds.begins, tds.TdsSession),
)
PROTOCOL_NAMES = tuple(protocol.name for protocol in PROTOCOLS)


def detect(
    start: bytes, candidates: tuple[Protocol, ...], *, is_stream_start: bool
) -> Protocol | Match:
    """The protocol that certainly starts so; MAYBE while one still could, else NO."""
    verdict = Match.NO
    for protocol in candidates:
        match = protocol.recognise(start, is_stream_start)
        if match is Match.YES:
            return protocol
        if match is Match.MAYBE:
            verdict = Match.MAYBE
    return verdict

"""One function a decoder: any bytes in, nothing raised but what the decoder says it may raise."""

import os
import struct
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from capture.io.pcap_files import CaptureFile, NotACapture
from capture.wire.fragments import DATAGRAMS_MAX, WAITING_BYTES_MAX
from capture.wire.protocols import PROTOCOLS
from capture.wire.session import Item, Session
from capture.wire.tap import CONNECTIONS_MAX, EARLY_BYTES_MAX, STRANGERS_MAX, Tap
from capture.wire.tds.sql import statements
from riskgw.kernel.times import NS_PER_MS
from riskgw.messages.codec import json_line
from riskgw.messages.problem import Problem
from tests.capture.wire.tds.dialogue import BULK, LOGIN, RESULT, RPC, SQL_BATCH, login7, packet

Target = Callable[[bytes], None]

LINKS = (1, 0, 12, 101, 108, 113, 228, 229, 276)
CLIENT, SERVER = 0, 1
REQUEST_KINDS = (SQL_BATCH, RPC, BULK, LOGIN, 14, 18, 2, 6)
VERSIONS = ("7.0", "7.1", "7.2", "7.4")
PACKET_HEADER = struct.Struct(">BBH")
PAYLOAD_BYTES_MAX = 4000


def pcap(data: bytes) -> None:
    """A file with these bytes."""
    file = os.memfd_create("capture")
    try:
        os.write(file, data)
        for _, _, frame, _ in CaptureFile(Path(f"/proc/self/fd/{file}")):
            assert isinstance(frame, bytes)
    except NotACapture:
        return
    finally:
        os.close(file)


def packets(data: bytes) -> None:
    """Packets of every link type to a listener; each begins with link, milliseconds, size."""
    tap, at_ns, at = Tap(keeps_last=len(data) % 2 == 1), 0, 0
    while len(data) - at >= PACKET_HEADER.size:
        link, later, size = PACKET_HEADER.unpack_from(data, at)
        frame = data[at + PACKET_HEADER.size :][:size]
        at += PACKET_HEADER.size + len(frame)
        at_ns += later * NS_PER_MS
        for batch in tap.packet(at_ns, LINKS[link % len(LINKS)], frame, size):
            write(batch.items)
    assert len(tap.fragments._datagrams) <= DATAGRAMS_MAX
    assert tap.fragments._bytes <= WAITING_BYTES_MAX
    assert tap._early_bytes <= EARLY_BYTES_MAX
    assert len(tap._halves) <= 2 * (CONNECTIONS_MAX + STRANGERS_MAX)
    for batch in tap.close():
        write(batch.items)
    assert tap._early_bytes == 0


def session_of(name: str) -> Target:
    """Both directions of a connection in pieces; a byte before each says whose and how long."""

    def target(data: bytes) -> None:
        session = opened(name, is_whole=not data or data[0] < 128)
        for head, piece in pieces(data):
            end = head & 1
            if head & 0xF0 == 0xF0:
                write(session.gap(end, len(piece), 0))
            write(session.receive(end, piece, 0))
        close(session)

    return target


def tds_request(data: bytes) -> None:
    """The payload of a client's message; the first byte chooses its kind and the version."""
    for kind, version, payload in chosen(data):
        session = opened("tds", is_whole=True)
        write(session.receive(CLIENT, login7(version), 0))
        write(session.receive(CLIENT, packet(REQUEST_KINDS[kind], payload), 0))
        close(session)


def tds_response(data: bytes) -> None:
    """The payload of a server's answer to a batch."""
    for _, version, payload in chosen(data):
        session = opened("tds", is_whole=True)
        write(session.receive(CLIENT, login7(version), 0))
        write(session.receive(CLIENT, packet(SQL_BATCH, "SELECT 1".encode("utf-16-le")), 0))
        write(session.receive(SERVER, packet(RESULT, payload), 0))
        close(session)


def sql(data: bytes) -> None:
    """A batch's text."""
    statements(data.decode("utf-8", errors="replace"))


TARGETS: dict[str, Target] = {
    "pcap": pcap,
    "packets": packets,
    **{protocol.name: session_of(protocol.name) for protocol in PROTOCOLS},
    "tds_request": tds_request,
    "tds_response": tds_response,
    "sql": sql,
}


def opened(name: str, *, is_whole: bool) -> Session:
    (protocol,) = (each for each in PROTOCOLS if each.name == name)
    return protocol.open(is_whole)


def close(session: Session) -> None:
    for end in (CLIENT, SERVER):
        write(session.close(end))


def pieces(data: bytes) -> Iterator[tuple[int, bytes]]:
    """A byte of choices and what follows it: 16 bytes, or 256, or all there is."""
    at = 0
    while at < len(data):
        size = (16, 256, 1 << 16)[(data[at] >> 1) % 3]
        yield data[at], data[at + 1 : at + 1 + size]
        at += 1 + size


def chosen(data: bytes) -> Iterator[tuple[int, str, bytes]]:
    if data:
        version = VERSIONS[data[0] % len(VERSIONS)]
        kind = data[0] // len(VERSIONS) % len(REQUEST_KINDS)
        yield kind, version, data[1 : 1 + PAYLOAD_BYTES_MAX]


def write(items: Iterable[Item]) -> None:
    """As `decode` does."""
    for item in items:
        if not isinstance(item, Problem):
            json_line(item.fields())

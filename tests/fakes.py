"""Builders of what the tests feed in: packets, conversations, capture files, SZSE messages."""

import struct
from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from typing import Any

from capture.wire.binary_framer import with_checksum
from capture.wire.packet import ACK, ETHERNET, FIN, RST, SYN, TCP
from capture.wire.szse.layouts import LAYOUTS, SZSE_BINARY
from capture.wire.tap import Batch, Tap
from riskgw.kernel.times import NS_PER_MS, NS_PER_SECOND
from riskgw.messages.problem import Problem

IPV4, IPV6 = 0x0800, 0x86DD
CLIENT, SERVER = "10.0.0.1", "10.0.0.2"
CLIENT_PORT, SERVER_PORT = 45288, 8016
# Thursday 2025-11-27 10:00 in Beijing.
AT_NS = 1_764_208_800 * NS_PER_SECOND
SNAPLEN = 262_144

# Capture time, link type, captured bytes, length on the wire.
Packet = tuple[int, int, bytes, int]


def tcp(
    seq: int,
    payload: bytes = b"",
    *,
    ports: tuple[int, int] = (CLIENT_PORT, SERVER_PORT),
    ack: int = 0,
    flags: int = ACK,
    options: bytes = b"",
) -> bytes:
    """A TCP segment."""
    offset = (20 + len(options)) // 4 << 4
    header = struct.pack(">HHIIBBHHH", *ports, seq % 2**32, ack % 2**32, offset, flags, 8192, 0, 0)
    return header + options + payload


def ipv4(
    payload: bytes,
    *,
    addresses: tuple[str, str] = (CLIENT, SERVER),
    options: bytes = b"",
    total: int | None = None,
    fragment: int = 0,
    protocol: int = TCP,
) -> bytes:
    """An IPv4 packet; `total` overrides the length it states."""
    size = 20 + len(options) + len(payload) if total is None else total
    version = 0x45 + len(options) // 4
    ends = b"".join(ip_address(address).packed for address in addresses)
    header = struct.pack(">BBHHHBBH", version, 0, size, 1, fragment, 64, protocol, 0)
    return header + ends + options + payload


def ipv6(
    payload: bytes,
    *,
    addresses: tuple[str, str] = ("fd00::1", "fd00::2"),
    extensions: Sequence[tuple[int, bytes]] = (),
    size: int | None = None,
    protocol: int = TCP,
) -> bytes:
    """An IPv6 packet; extensions are (own number, bytes behind "next header")."""
    kinds = [kind for kind, _ in extensions] + [protocol]
    chain = b"".join(
        bytes([following]) + body
        for following, (_, body) in zip(kinds[1:], extensions, strict=True)
    )
    stated = len(chain) + len(payload) if size is None else size
    ends = b"".join(ip_address(address).packed for address in addresses)
    return struct.pack(">IHBB", 6 << 28, stated, kinds[0], 64) + ends + chain + payload


def ethernet(payload: bytes, kind: int = IPV4, *, tags: Sequence[int] = ()) -> bytes:
    """An Ethernet frame; `tags` are the tag types before the payload's."""
    stack = b"".join(struct.pack(">HH", tag, 100) for tag in tags)
    return b"\x02" * 12 + stack + struct.pack(">H", kind) + payload


class Conversation:
    """One TCP connection as frames; each end counts its own sequence numbers.

    A keyword `seq` sends at another place in the stream without moving on.
    """

    def __init__(
        self, client_port: int = CLIENT_PORT, first_seqs: tuple[int, int] = (1000, 9000)
    ) -> None:
        self._ports = (client_port, SERVER_PORT)
        self.seqs = list(first_seqs)

    def open(self) -> list[bytes]:
        return [self.syn(), self.syn_answer(), self.up(b"")]

    def syn(self) -> bytes:
        frame = self._frame(0, self.seqs[0], b"", SYN)
        self.seqs[0] += 1
        return frame

    def syn_answer(self) -> bytes:
        frame = self._frame(1, self.seqs[1], b"", SYN | ACK)
        self.seqs[1] += 1
        return frame

    def up(self, data: bytes, *, seq: int | None = None, flags: int = ACK) -> bytes:
        return self._send(0, data, seq, flags)

    def down(self, data: bytes, *, seq: int | None = None, flags: int = ACK) -> bytes:
        return self._send(1, data, seq, flags)

    def close(self) -> list[bytes]:
        return [self.up(b"", flags=FIN | ACK), self.down(b"", flags=FIN | ACK)]

    def reset(self) -> bytes:
        return self.up(b"", flags=RST)

    def _send(self, end: int, data: bytes, seq: int | None, flags: int) -> bytes:
        frame = self._frame(end, self.seqs[end] if seq is None else seq, data, flags)
        if seq is None:
            self.seqs[end] += len(data) + bool(flags & FIN)
        return frame

    def _frame(self, end: int, seq: int, data: bytes, flags: int) -> bytes:
        ports, addresses = self._ports, (CLIENT, SERVER)
        if end == 1:
            ports, addresses = ports[::-1], addresses[::-1]
        segment = tcp(seq, data, ports=ports, ack=self.seqs[1 - end], flags=flags)
        return ethernet(ipv4(segment, addresses=addresses))


def captured(frames: Iterable[bytes], at_ns: int = AT_NS) -> list[Packet]:
    """Frames as packets one millisecond apart."""
    return [
        (at_ns + place * NS_PER_MS, ETHERNET, frame, len(frame))
        for place, frame in enumerate(frames)
    ]


def overheard(packets: Iterable[Packet], tap: Tap | None = None) -> list[Batch]:
    """What a tap makes of packets when there are no more."""
    tap = tap or Tap()
    batches = [batch for packet in packets for batch in tap.packet(*packet)]
    return batches + tap.close()


def messages(batches: Iterable[Batch]) -> list[tuple[str, int | str, dict[str, Any]]]:
    """Direction, type and fields of the messages."""
    return [
        (batch.direction, item.type, item.fields())
        for batch in batches
        for item in batch.items
        if not isinstance(item, Problem)
    ]


def problems(batches: Iterable[Batch]) -> list[tuple[str, int]]:
    """Kind and size of the problems."""
    items = [item for batch in batches for item in batch.items]
    return [(item.kind.value, item.size) for item in items if isinstance(item, Problem)]


def pcap(
    packets: Iterable[Packet], *, order: str = "<", is_nano: bool = False, link: int = ETHERNET
) -> bytes:
    """A pcap file."""
    magic = 0xA1B23C4D if is_nano else 0xA1B2C3D4
    data = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, SNAPLEN, link)
    unit_ns = 1 if is_nano else 1000
    for at_ns, _, frame, length in packets:
        seconds, rest = divmod(at_ns, NS_PER_SECOND)
        data += struct.pack(order + "IIII", seconds, rest // unit_ns, len(frame), length) + frame
    return data


def pcapng_block(kind: int, body: bytes, order: str = "<") -> bytes:
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", 12 + len(body))
    return struct.pack(order + "I", kind) + size + body + size


def pcapng_section(order: str = "<") -> bytes:
    return pcapng_block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def pcapng_interface(
    options: Sequence[tuple[int, bytes]] = (), order: str = "<", link: int = ETHERNET
) -> bytes:
    body = struct.pack(order + "HHI", link, 0, SNAPLEN)
    for code, value in [*options, (0, b"")] if options else []:
        body += struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)
    return pcapng_block(1, body, order)


def pcapng_packet(units: int, frame: bytes, interface: int = 0, order: str = "<") -> bytes:
    high, low = divmod(units, 2**32)
    size = len(frame)
    header = struct.pack(order + "IIIII", interface, high, low, size, size)
    return pcapng_block(6, header + frame, order)


def szse(kind: int, *, groups: Sequence[Sequence[int]] = (), **values: Any) -> bytes:
    """An SZSE message by its layout; what is left out is blank or 0, `extra` is appended."""
    layout = LAYOUTS[kind]
    extra: bytes = values.pop("extra", b"")
    packed: list[bytes | int] = []
    for field in layout.fields:
        value = values.pop(field.name, "" if field.is_text else 0)
        packed.append(value.encode().ljust(int(field.code[:-1])) if field.is_text else value)
    assert not values, values
    body = layout.struct.pack(*packed)
    if groups:
        (group,) = layout.groups
        body += b"".join(group.struct.pack(*entry) for entry in groups)
    return szse_frame(kind, body + extra)


def szse_frame(kind: int, body: bytes) -> bytes:
    """A body under a type that no layout need know."""
    return with_checksum(SZSE_BINARY.header.pack(kind, len(body)) + body)


def szse_logon() -> bytes:
    return szse(1, SenderCompID="OMS001", TargetCompID="TGW001", Password="secret", HeartBtInt=30)


def szse_order(number: int, **changes: Any) -> bytes:
    """A limit order to buy 200 of 000001 at 17.11."""
    values: dict[str, Any] = {
        "ApplID": "010",
        "SubmittingPBUID": "000100",
        "SecurityID": "000001",
        "SecurityIDSource": "102",
        "ClOrdID": f"A{number:09}",
        "AccountID": "0100004698",
        "TransactTime": 20251127100000000,
        "Side": "1",
        "OrdType": "2",
        "OrderQty": 20000,
        "Price": 171100,
        "TimeInForce": "0",
        "CashMargin": "1",
    }
    return szse(100101, **(values | changes))

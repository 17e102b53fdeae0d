"""From a captured packet to its TCP segment: Ethernet, VLAN tags, IPv4 and IPv6."""

import struct
from ipaddress import ip_address
from typing import NamedTuple

ETHERNET = 1
IPV4 = b"\x08\x00"
IPV6 = b"\x86\xdd"
VLAN_TAGS = frozenset((b"\x81\x00", b"\x88\xa8", b"\x91\x00"))
TAGS_MAX = 4
TCP = 6
FIN, SYN, RST, ACK = 1, 2, 4, 16
# Hop-by-hop, routing, destination options: (next header, length in 8-byte units beyond the first).
_IPV6_EXTENSIONS = frozenset((0, 43, 60))
_EXTENSIONS_MAX = 8

_TCP_HEADER = struct.Struct(">IIBB")
# IPv4 without options and TCP behind it: version and header length, total length, fragment,
# protocol, then seq, ack, data offset, flags.
_IPV4_TCP = struct.Struct(">BxHxxHxBxx12xIIBB")
_PLAIN_IPV4 = 0x45
_FRAGMENT = 0x3FFF


class Segment(NamedTuple):
    """`flow` is source address, destination address, source port, destination port, as sent.

    `missing` counts payload bytes that were on the wire but not captured.
    """

    flow: bytes
    seq: int
    ack: int
    flags: int
    payload: bytes
    missing: int


def tcp_segment(link: int, data: bytes, length: int) -> Segment | None:
    """The TCP segment of a packet, or None when it carries none that can be read."""
    if link != ETHERNET:
        return None
    kind = data[12:14]
    at = 14
    if kind != IPV4:
        while kind in VLAN_TAGS and at < 14 + 4 * TAGS_MAX:
            kind = data[at + 2 : at + 4]
            at += 4
        if kind == IPV6:
            return _ipv6(data, at, length)
        if kind != IPV4:
            return None
    if len(data) < at + 40:
        return _ipv4(data, at, length)
    version, total, fragment, protocol, seq, ack, offset, flags = _IPV4_TCP.unpack_from(data, at)
    end = at + total
    payload = at + 20 + (offset >> 4) * 4
    if version != _PLAIN_IPV4 or protocol != TCP or fragment & _FRAGMENT or end > len(data):
        return _ipv4(data, at, length)
    if payload > end or payload < at + 40:
        return _ipv4(data, at, length)
    # tuple.__new__ is what Segment's own constructor calls, without its argument handling.
    return _new(Segment, (data[at + 12 : at + 24], seq, ack, flags, data[payload:end], 0))


_new = tuple.__new__


def _ipv4(data: bytes, at: int, length: int) -> Segment | None:
    """Options, a truncated packet, no total length, or none of ours."""
    if len(data) < at + 20 or data[at] >> 4 != 4 or data[at + 9] != TCP:
        return None
    if int.from_bytes(data[at + 6 : at + 8], "big") & _FRAGMENT:
        return None
    tcp = at + (data[at] & 15) * 4
    total = int.from_bytes(data[at + 2 : at + 4], "big")
    # Captured before segmentation offload, the total length is 0: the frame's own length counts.
    end = at + total if total else length
    return _tcp(data, data[at + 12 : at + 20], tcp, end)


def _ipv6(data: bytes, at: int, length: int) -> Segment | None:
    if len(data) < at + 40 or data[at] >> 4 != 6:
        return None
    size = data[at + 4] << 8 | data[at + 5]
    end = at + 40 + size if size else length
    kind, tcp = data[at + 6], at + 40
    for _ in range(_EXTENSIONS_MAX):
        if kind not in _IPV6_EXTENSIONS or len(data) < tcp + 2:
            break
        kind, tcp = data[tcp], tcp + 8 + 8 * data[tcp + 1]
    if kind != TCP:
        return None
    return _tcp(data, data[at + 8 : at + 40], tcp, end)


def _tcp(data: bytes, addresses: bytes, at: int, end: int) -> Segment | None:
    if len(data) < at + 20:
        return None
    seq, ack, offset, flags = _TCP_HEADER.unpack_from(data, at + 4)
    payload = at + (offset >> 4) * 4
    if payload < at + 20 or end < payload:
        return None
    captured = len(data)
    missing = 0 if end <= captured else end - max(captured, payload)
    return Segment(addresses + data[at : at + 4], seq, ack, flags, data[payload:end], missing)


def reversed_flow(flow: bytes) -> bytes:
    """The flow of the opposite direction."""
    half = (len(flow) - 4) // 2
    return flow[half:-4] + flow[:half] + flow[-2:] + flow[-4:-2]


def endpoints(flow: bytes) -> tuple[str, str]:
    """Source and destination as text: 10.0.0.1:45288, [fd00::1]:45288."""
    half = (len(flow) - 4) // 2
    return _endpoint(flow[:half], flow[-4:-2]), _endpoint(flow[half:-4], flow[-2:])


def port(flow: bytes, *, of_source: bool) -> int:
    """The source or destination port of a flow."""
    return int.from_bytes(flow[-4:-2] if of_source else flow[-2:], "big")


def _endpoint(address: bytes, port_bytes: bytes) -> str:
    text = str(ip_address(address))
    number = int.from_bytes(port_bytes, "big")
    return f"[{text}]:{number}" if len(address) == 16 else f"{text}:{number}"

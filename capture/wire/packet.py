"""From a captured packet to its TCP segment: Ethernet, VLAN tags, IPv4 and IPv6."""

import struct
from ipaddress import ip_address

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
# From the EtherType on, IPv4 without options and TCP behind it: EtherType, version and header
# length, total length, fragment, protocol, flow, seq, ack, data offset, flags.
_ETHERNET_IPV4_TCP = struct.Struct(">HBxHxxHxBxx12sIIBB")
_ETHERNET_IPV4_TCP_BYTES = 54
_IPV4_TYPE, _PLAIN_IPV4 = 0x0800, 0x45
_FRAGMENT = 0x3FFF


# (flow, seq, ack, flags, payload, missing): `flow` is source address, destination address, source
# port, destination port, as sent; `missing` counts payload bytes on the wire but not captured.
Segment = tuple[bytes, int, int, int, bytes, int]


def tcp_segment(link: int, data: bytes, length: int) -> Segment | None:
    """The TCP segment of a packet, or None when it carries none that can be read."""
    if link != ETHERNET:
        return None
    if len(data) < _ETHERNET_IPV4_TCP_BYTES:
        return _tagged(data, length)
    kind, version, total, fragment, protocol, flow, seq, ack, offset, flags = _plain(data, 12)
    if kind != _IPV4_TYPE or version != _PLAIN_IPV4 or protocol != TCP or fragment & _FRAGMENT:
        return _tagged(data, length)
    payload, end = 34 + (offset >> 4) * 4, 14 + total
    if not _ETHERNET_IPV4_TCP_BYTES <= payload <= end <= len(data):
        return _tagged(data, length)
    return flow, seq, ack, flags, data[payload:end], 0


_plain = _ETHERNET_IPV4_TCP.unpack_from


def _tagged(data: bytes, length: int) -> Segment | None:
    """Whatever is not plain: VLAN tags, IPv6, options, a truncated packet."""
    kind = data[12:14]
    at = 14
    while kind in VLAN_TAGS and at < 14 + 4 * TAGS_MAX:
        kind = data[at + 2 : at + 4]
        at += 4
    if kind == IPV6:
        return _ipv6(data, at, length)
    return _ipv4(data, at, length) if kind == IPV4 else None


def _ipv4(data: bytes, at: int, length: int) -> Segment | None:
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
    return addresses + data[at : at + 4], seq, ack, flags, data[payload:end], missing


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

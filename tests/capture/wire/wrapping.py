"""What switches, tunnels and capture tools put around a frame, for the tests of the layers."""

import struct
from collections.abc import Callable
from ipaddress import ip_address

from tests.fakes import IPV4, IPV6, ethernet, ipv4, ipv6

UDP, GRE, IP_IN_IP, IPV6_IN_IP = 17, 47, 4, 41
BRIDGED, ERSPAN, ERSPAN_3 = 0x6558, 0x88BE, 0x22EB
MPLS, PPPOE = 0x8847, 0x8864
OUTER = ("192.0.2.1", "192.0.2.2")
MORE_FRAGMENTS = 0x2000
FRAGMENT_HEADER = 44
_FRAME_BYTES = 14


def packet_in(frame: bytes) -> bytes:
    """The IP packet of an untagged frame."""
    return frame[_FRAME_BYTES:]


def gre(payload: bytes, kind: int, *, flags: int = 0) -> bytes:
    """GRE in IPv4 in Ethernet, with the fields that its flags announce."""
    options = b""
    for flag in (0x8000, 0x2000, 0x1000):
        options += b"\xaa" * 4 if flags & flag else b""
    header = struct.pack(">HH", flags, kind)
    return ethernet(ipv4(header + options + payload, addresses=OUTER, protocol=GRE))


def vxlan(frame: bytes, *, udp_port: int = 4789, flags: int = 8) -> bytes:
    network = struct.pack(">BxxxI", flags, 77 << 8)
    datagram = struct.pack(">HHHH", 50_000, udp_port, 16 + len(frame), 0) + network + frame
    return ethernet(ipv4(datagram, addresses=OUTER, protocol=UDP))


def mpls(payload: bytes, *labels: int) -> bytes:
    """Labels, the last of which is the bottom of the stack."""
    bottoms = [False] * (len(labels) - 1) + [True]
    stack = b"".join(
        struct.pack(">I", label << 12 | is_bottom << 8 | 64)
        for label, is_bottom in zip(labels, bottoms, strict=True)
    )
    return ethernet(stack + payload, MPLS)


def erspan_2(frame: bytes) -> bytes:
    return gre(struct.pack(">II", 1 << 28 | 100 << 16, 0) + frame, ERSPAN, flags=0x1000)


def erspan_3(frame: bytes, *, has_more: bool = False, frame_type: int = 0) -> bytes:
    last = frame_type << 10 | has_more
    header = struct.pack(">IIHH", 2 << 28 | 100 << 16, 12345, 0, last)
    return gre(header + bytes(8 * has_more) + frame, ERSPAN_3, flags=0x1000)


def pppoe(packet: bytes, kind: int = 0x0021) -> bytes:
    """PPP in an Ethernet session of its own; 0x57 is IPv6."""
    header = struct.pack(">BBHHH", 0x11, 0, 9, 2 + len(packet), kind)
    return ethernet(header + packet, PPPOE)


# How a frame may come out of a mirror port, by name.
WRAPPINGS: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda frame: frame,
    "VLAN": lambda frame: ethernet(packet_in(frame), tags=[0x8100]),
    "QinQ": lambda frame: ethernet(packet_in(frame), tags=[0x88A8, 0x8100]),
    "MPLS": lambda frame: mpls(packet_in(frame), 16),
    "MPLS of three labels": lambda frame: mpls(packet_in(frame), 16, 17, 18),
    "Ethernet in MPLS": lambda frame: mpls(frame, 16),
    "Ethernet in MPLS with control word": lambda frame: mpls(bytes(4) + frame, 16),
    "GRE": lambda frame: gre(packet_in(frame), IPV4),
    "GRE with key": lambda frame: gre(packet_in(frame), IPV4, flags=0x2000),
    "GRE with everything": lambda frame: gre(packet_in(frame), IPV4, flags=0xB000),
    "Ethernet in GRE": lambda frame: gre(frame, BRIDGED, flags=0x2000),
    "ERSPAN I": lambda frame: gre(frame, ERSPAN),
    "ERSPAN II": erspan_2,
    "ERSPAN III": erspan_3,
    "ERSPAN III with subheader": lambda frame: erspan_3(frame, has_more=True),
    "ERSPAN III of a packet": lambda frame: erspan_3(packet_in(frame), frame_type=2),
    "VXLAN": vxlan,
    "VLAN in VXLAN": lambda frame: vxlan(ethernet(packet_in(frame), tags=[0x8100])),
    "IPv4 in IPv4": lambda frame: ethernet(
        ipv4(packet_in(frame), addresses=OUTER, protocol=IP_IN_IP)
    ),
    "IPv4 in IPv6": lambda frame: ethernet(ipv6(packet_in(frame), protocol=IP_IN_IP), IPV6),
    "PPPoE": lambda frame: pppoe(packet_in(frame)),
    "ERSPAN II in VXLAN": lambda frame: vxlan(erspan_2(frame)),
}


def fragments(
    frame: bytes, size: int, *, number: int = 7, addresses: tuple[str, str] | None = None
) -> list[bytes]:
    """The frame's IPv4 packet in fragments that carry so many bytes each, a multiple of 8."""
    packet = packet_in(frame)
    ends, content = packet[12:20], packet[20:]
    if addresses:
        ends = b"".join(ip_address(address).packed for address in addresses)
    pieces = []
    for start in range(0, len(content), size):
        piece = content[start : start + size]
        more = MORE_FRAGMENTS if start + size < len(content) else 0
        head = struct.pack(
            ">BBHHHBBH", 0x45, 0, 20 + len(piece), number, start // 8 | more, 64, packet[9], 0
        )
        pieces.append(ethernet(head + ends + piece))
    return pieces


def fragments_ipv6(segment: bytes, size: int, *, number: int = 7) -> list[bytes]:
    """A TCP segment in IPv6 fragments."""
    pieces = []
    for start in range(0, len(segment), size):
        more = start + size < len(segment)
        header = struct.pack(">BHI", 0, start | more, number)
        piece = ipv6(segment[start : start + size], extensions=[(FRAGMENT_HEADER, header)])
        pieces.append(ethernet(piece, IPV6))
    return pieces

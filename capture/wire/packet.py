"""From a captured packet to its TCP segment; the usual packet at once, all others by `layers`."""

import struct
from ipaddress import ip_address

from capture.wire import layers
from capture.wire.layers import Fragment, Segment, unwrapped

ETHERNET = layers.ETHERNET
TCP = layers.TCP
FIN, SYN, RST, ACK = 1, 2, 4, 16

# From the EtherType on, IPv4 without options and TCP behind it: EtherType, version and header
# length, total length, fragment, protocol, flow, seq, ack, data offset, flags.
_ETHERNET_IPV4_TCP = struct.Struct(">HBxHxxHxBxx12sIIBB")
_ETHERNET_IPV4_TCP_BYTES = 54
_TAG_BYTES = 4
_IPV4_TYPE, _VLAN_TYPE, _PLAIN_IPV4 = 0x0800, 0x8100, 0x45
_FRAGMENT = 0x3FFF


def tcp_segment(link: int, data: bytes, length: int) -> Segment | Fragment | None:
    """What a packet carries of TCP, or None when it carries nothing of it that can be read."""
    return plain_segment(link, data) or unwrapped(link, data, length)


def plain_segment(link: int, data: bytes) -> Segment | None:
    """The segment of the usual packet: Ethernet, IPv4 without options, TCP, all of it captured."""
    if link != ETHERNET or len(data) < _ETHERNET_IPV4_TCP_BYTES:
        return None
    kind, version, total, fragment, protocol, flow, seq, ack, offset, flags = _plain(data, 12)
    if kind != _IPV4_TYPE or version != _PLAIN_IPV4 or protocol != TCP or fragment & _FRAGMENT:
        return _tagged(data) if kind == _VLAN_TYPE else None
    payload, end = 34 + (offset >> 4) * 4, 14 + total
    if not _ETHERNET_IPV4_TCP_BYTES <= payload <= end <= len(data):
        return None
    return flow, seq, ack, flags, data[payload:end], 0


_plain = _ETHERNET_IPV4_TCP.unpack_from


def _tagged(data: bytes) -> Segment | None:
    """The same behind one VLAN tag, which many mirror ports leave on."""
    if len(data) < _ETHERNET_IPV4_TCP_BYTES + _TAG_BYTES:
        return None
    kind, version, total, fragment, protocol, flow, seq, ack, offset, flags = _plain(data, 16)
    if kind != _IPV4_TYPE or version != _PLAIN_IPV4 or protocol != TCP or fragment & _FRAGMENT:
        return None
    payload, end = 38 + (offset >> 4) * 4, 18 + total
    if not _ETHERNET_IPV4_TCP_BYTES + _TAG_BYTES <= payload <= end <= len(data):
        return None
    return flow, seq, ack, flags, data[payload:end], 0


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

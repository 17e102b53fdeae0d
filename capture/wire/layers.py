"""From a captured packet through everything that may be wrapped around it to its TCP segment.

Link types as in libpcap's list of LINKTYPE values. Tags and tunnels: IEEE 802.1Q, RFC 3032 (MPLS),
RFC 2516 (PPPoE), RFC 2784 and 2890 (GRE), draft-foschiano-erspan-03, RFC 7348 (VXLAN), RFC 2003
and 2473 (IP in IP).
"""

import struct
from collections.abc import Callable
from typing import NamedTuple

# Frames, packets and tunnels inside each other; nobody nests deeper on purpose.
LAYERS_MAX = 16
TAGS_MAX = 4
LABELS_MAX = 8
EXTENSIONS_MAX = 8
VXLAN_PORT = 4789

# LINKTYPE values; the numbers of raw IP differ between systems.
ETHERNET, COOKED, COOKED_2 = 1, 113, 276
_NULL, _LOOP, _RAW, _RAW_IPV4, _RAW_IPV6 = 0, 108, (12, 14, 101), 228, 229
RAW = _RAW[-1]
# Address families of IPv4 and IPv6 on the systems that write loopback headers.
_FAMILIES_IPV4, _FAMILIES_IPV6 = (2,), (10, 24, 28, 30)

# What a layer is: an EtherType (from 0x600), an IP protocol (below 256), or one of these.
_BY_VERSION, _LOOPBACK, _SLL, _SLL2 = 0x300, 0x301, 0x302, 0x303
_IPV4, _IPV6, _BRIDGED = 0x0800, 0x86DD, 0x6558
_MPLS, _MPLS_UPSTREAM, _PPPOE = 0x8847, 0x8848, 0x8864
_ERSPAN, _ERSPAN_3 = 0x88BE, 0x22EB
_VLAN_TAGS = frozenset((0x8100, 0x88A8, 0x9100, 0x9200))
_ETHERTYPE_MIN = 0x600
_PPP_KINDS = {0x0021: _IPV4, 0x0057: _IPV6}

TCP = 6
_IP_IN_IP, _UDP, _IPV6_IN_IP, _GRE, _FRAGMENT_HEADER, _AUTHENTICATION = 4, 17, 41, 47, 44, 51
# Hop-by-hop, routing, destination options, mobility: next header, 8-byte units beyond the first.
_EXTENSIONS = frozenset((0, 43, 60, 135))
_FRAGMENT_BITS, _MORE_FRAGMENTS, _OFFSET_BITS = 0x3FFF, 0x2000, 0x1FFF

_GRE_CHECKSUM_OR_ROUTING, _GRE_KEY, _GRE_SEQUENCE, _GRE_VERSION = 0xC000, 0x2000, 0x1000, 7
_VXLAN_HAS_NETWORK = 0x08
_ERSPAN_2_VERSION, _ERSPAN_3_VERSION = 1, 2
_ERSPAN_3_OPTIONAL, _ERSPAN_3_IP = 0x01, 2

_TCP_HEADER = struct.Struct(">IIBB")

# (flow, seq, ack, flags, payload, missing): `flow` is source address, destination address, source
# port, destination port, as sent; `missing` counts payload bytes on the wire but not captured.
Segment = tuple[bytes, int, int, int, bytes, int]


class Fragment(NamedTuple):
    """A piece of an IP packet: `addresses` as sent, `number` tells packets between them apart."""

    addresses: bytes
    number: bytes
    protocol: int
    offset: int
    is_last: bool
    data: bytes
    missing: int


class _Layer(NamedTuple):
    """What stands from `at` on, up to `end` on the wire, which may be more than was captured."""

    kind: int
    at: int
    end: int


_Found = _Layer | Segment | Fragment | None


def unwrapped(link: int, data: bytes, length: int) -> Segment | Fragment | None:
    """The TCP segment or IP fragment that a packet carries, however deep."""
    layer = _Layer(_LINKS.get(link, -1), 0, length)
    for _ in range(LAYERS_MAX):
        read = _READERS.get(layer.kind)
        found = None if read is None else read(data, layer.at, layer.end)
        if not isinstance(found, _Layer):
            return found
        layer = found
    return None


def is_read(link: int) -> bool:
    """Whether packets of this link type are looked into."""
    return link in _LINKS


def _number(data: bytes, at: int) -> int:
    """Two bytes; less where the capture ends."""
    return int.from_bytes(data[at : at + 2], "big")


def _ethernet(data: bytes, at: int, end: int) -> _Found:
    return _typed(data, at + 12, end)


def _cooked(data: bytes, at: int, end: int) -> _Found:
    return _typed(data, at + 14, end)


def _cooked_2(data: bytes, at: int, end: int) -> _Found:
    return _typed(data, at, end, header=20)


def _typed(data: bytes, at: int, end: int, *, header: int = 2) -> _Found:
    """An EtherType, the rest of its header, and tags that stand before the real one."""
    kind = _number(data, at)
    at += header
    for _ in range(TAGS_MAX):
        if kind not in _VLAN_TAGS:
            break
        kind = _number(data, at + 2)
        at += 4
    if kind < _ETHERTYPE_MIN or kind in _VLAN_TAGS:
        return None
    return _Layer(kind, at, end)


def _loopback(data: bytes, at: int, end: int) -> _Found:
    """The address family, in the byte order of whoever captured."""
    written = data[at : at + 4]
    family = min(int.from_bytes(written, "little"), int.from_bytes(written, "big"))
    if family in _FAMILIES_IPV4:
        return _Layer(_IPV4, at + 4, end)
    return _Layer(_IPV6, at + 4, end) if family in _FAMILIES_IPV6 else None


def _by_version(data: bytes, at: int, end: int) -> _Found:
    version = data[at] >> 4 if at < len(data) else 0
    if version == 4:
        return _Layer(_IPV4, at, end)
    return _Layer(_IPV6, at, end) if version == 6 else None


def _mpls(data: bytes, at: int, end: int) -> _Found:
    """Labels to the bottom of the stack; what follows is told by its first half byte (RFC 4928)."""
    for _ in range(LABELS_MAX):
        if len(data) < at + 5:
            return None
        is_bottom = data[at + 2] & 1
        at += 4
        if is_bottom:
            break
    else:
        return None
    version = data[at] >> 4
    if version in (4, 6):
        return _by_version(data, at, end)
    # A control word is recommended, not required (RFC 4448); a frame behind it has a known type.
    has_control_word = version == 0 and _number(data, at + 16) in _CARRIERS
    return _Layer(_BRIDGED, at + 4 if has_control_word else at, end)


def _pppoe(data: bytes, at: int, end: int) -> _Found:
    kind = _PPP_KINDS.get(_number(data, at + 6))
    return None if kind is None else _Layer(kind, at + 8, end)


def _ipv4(data: bytes, at: int, end: int) -> _Found:
    if len(data) < at + 20 or data[at] >> 4 != 4:
        return None
    size, total = (data[at] & 15) * 4, _number(data, at + 2)
    # Captured before segmentation offload, the total length is 0: the frame's own length counts.
    stop = at + total if total else end
    if size < 20 or stop < at + size:
        return None
    addresses, protocol = data[at + 12 : at + 20], data[at + 9]
    bits = _number(data, at + 6)
    if bits & _FRAGMENT_BITS:
        number = data[at + 4 : at + 6]
        place = (bits & _OFFSET_BITS) * 8, not bits & _MORE_FRAGMENTS
        return _fragment((addresses, number, protocol, *place), data, at + size, stop)
    at += size
    if protocol == _AUTHENTICATION and len(data) > at + 1:
        protocol, at = data[at], at + (data[at + 1] + 2) * 4
    return _carried(protocol, addresses, data, (at, stop))


def _ipv6(data: bytes, at: int, end: int) -> _Found:
    if len(data) < at + 40 or data[at] >> 4 != 6:
        return None
    size = _number(data, at + 4)
    # A jumbogram says 0 too (RFC 2675).
    stop = at + 40 + size if size else end
    addresses, kind, at = data[at + 8 : at + 40], data[at + 6], at + 40
    for _ in range(EXTENSIONS_MAX):
        if kind == _FRAGMENT_HEADER and len(data) >= at + 8:
            bits = _number(data, at + 2)
            following, number = data[at], data[at + 4 : at + 8]
            place = bits & ~7, not bits & 1
            if place != (0, True):
                return _fragment((addresses, number, following, *place), data, at + 8, stop)
            kind, at = following, at + 8
        elif kind in _EXTENSIONS and len(data) >= at + 2:
            kind, at = data[at], at + 8 + 8 * data[at + 1]
        elif kind == _AUTHENTICATION and len(data) >= at + 2:
            kind, at = data[at], at + (data[at + 1] + 2) * 4
        else:
            break
    return _carried(kind, addresses, data, (at, stop))


def _fragment(
    head: tuple[bytes, bytes, int, int, bool], data: bytes, at: int, stop: int
) -> Fragment | None:
    if stop < at:
        return None
    return Fragment(*head, data[at:stop], max(0, stop - max(at, len(data))))


def _carried(protocol: int, addresses: bytes, data: bytes, span: tuple[int, int]) -> _Found:
    at, stop = span
    if protocol == TCP:
        return _tcp(data, addresses, at, stop)
    return _Layer(protocol, at, stop) if protocol in _TUNNELS else None


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


def _udp(data: bytes, at: int, end: int) -> _Found:
    if len(data) < at + 16 or _number(data, at + 2) != VXLAN_PORT:
        return None
    return _Layer(_BRIDGED, at + 16, end) if data[at + 8] & _VXLAN_HAS_NETWORK else None


def _gre(data: bytes, at: int, end: int) -> _Found:
    flags, kind = _number(data, at), _number(data, at + 2)
    if flags & _GRE_VERSION:
        return None
    at += 4 + 4 * bool(flags & _GRE_CHECKSUM_OR_ROUTING) + 4 * bool(flags & _GRE_KEY)
    if not flags & _GRE_SEQUENCE:
        # Type I has no header of its own.
        return _Layer(_BRIDGED if kind == _ERSPAN else kind, at, end)
    return _Layer(kind, at + 4, end)


def _erspan_2(data: bytes, at: int, end: int) -> _Found:
    if len(data) <= at or data[at] >> 4 != _ERSPAN_2_VERSION:
        return None
    return _Layer(_BRIDGED, at + 8, end)


def _erspan_3(data: bytes, at: int, end: int) -> _Found:
    if len(data) < at + 12 or data[at] >> 4 != _ERSPAN_3_VERSION:
        return None
    carries_ip = _number(data, at + 10) >> 10 & 31 == _ERSPAN_3_IP
    has_more = data[at + 11] & _ERSPAN_3_OPTIONAL
    return _Layer(_BY_VERSION if carries_ip else _BRIDGED, at + (20 if has_more else 12), end)


_LINKS = {
    ETHERNET: _BRIDGED,
    COOKED: _SLL,
    COOKED_2: _SLL2,
    _NULL: _LOOPBACK,
    _LOOP: _LOOPBACK,
    **dict.fromkeys(_RAW, _BY_VERSION),
    _RAW_IPV4: _IPV4,
    _RAW_IPV6: _IPV6,
}
_CARRIERS = frozenset((_IPV4, _IPV6, _MPLS, _MPLS_UPSTREAM)) | _VLAN_TAGS
_TUNNELS = frozenset((_IP_IN_IP, _UDP, _IPV6_IN_IP, _GRE))
_READERS: dict[int, Callable[[bytes, int, int], _Found]] = {
    _BRIDGED: _ethernet,
    _SLL: _cooked,
    _SLL2: _cooked_2,
    _LOOPBACK: _loopback,
    _BY_VERSION: _by_version,
    _IPV4: _ipv4,
    _IPV6: _ipv6,
    _MPLS: _mpls,
    _MPLS_UPSTREAM: _mpls,
    _PPPOE: _pppoe,
    _IP_IN_IP: _ipv4,
    _IPV6_IN_IP: _ipv6,
    _UDP: _udp,
    _GRE: _gre,
    _ERSPAN: _erspan_2,
    _ERSPAN_3: _erspan_3,
}

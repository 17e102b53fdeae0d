"""IP packets put together from their fragments (RFC 791 and 8200), in bounded memory."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from capture.wire.layers import RAW, Fragment
from capture.wire.spans import difference, touching, uncovered
from riskgw.kernel.times import NS_PER_SECOND

DATAGRAMS_MAX = 1024
PIECES_MAX = 256
WAITING_BYTES_MAX = 8 << 20
DATAGRAM_BYTES_MAX = 65_535
# In capture time. RFC 791 proposes 15 seconds, RFC 8200 a minute; hosts wait for 30.
PATIENCE_NS = 30 * NS_PER_SECOND

_IPV4_ADDRESSES, _IPV4_HEADER_BYTES = 8, 20
_IPV4 = struct.Struct(">BBHHHBBH8s")
_IPV6 = struct.Struct(">IHBB32s")

Key = tuple[bytes, bytes, int]


class Whole(NamedTuple):
    """A packet again: link type, captured bytes, length on the wire.

    `overlapping` bytes came in more than one fragment, `differing` of them not twice the same.
    """

    link: int
    data: bytes
    length: int
    overlapping: int
    differing: int


class Held(NamedTuple):
    """Captured bytes of one fragment and how many more of it were on the wire."""

    start: int
    data: bytes
    missing: int


class Datagram:
    """The fragments of one packet so far, apart from each other; the first bytes heard count."""

    __slots__ = ("at_ns", "differing", "overlapping", "pieces", "size")

    def __init__(self, at_ns: int) -> None:
        self.at_ns = at_ns
        self.pieces: list[Held] = []
        self.size: int | None = None
        self.overlapping = 0
        self.differing = 0

    def take(self, fragment: Fragment) -> int:
        """Keeps what is new of it; by how many bytes more is held."""
        start, data = fragment.offset, fragment.data
        if fragment.is_last and self.size is None:
            self.size = start + len(data) + fragment.missing
        place = touching(self.pieces, (start, data))
        known = [(held.start, held.data) for held in self.pieces[place]]
        if (start, data) in known:
            return 0  # a mirror shows it twice
        differing = difference(known, (start, data))
        self.differing += differing.size if differing else 0
        fresh = uncovered(known, (start, data))
        fresh_bytes = sum(len(part) for _, part in fresh)
        self.overlapping += len(data) - fresh_bytes
        end = start + len(data)
        kept = [
            Held(at, part, fragment.missing if at + len(part) == end else 0) for at, part in fresh
        ]
        self.pieces[place] = sorted([*self.pieces[place], *kept])
        return fresh_bytes

    def is_whole(self) -> bool:
        """Whether every byte was on the wire, captured or not."""
        if self.size is None:
            return False
        reached = 0
        for start, data, missing in self.pieces:
            if start > reached:
                return False
            reached = max(reached, start + len(data) + missing)
        return reached >= self.size

    def content(self) -> bytes:
        """What was captured of it, up to the first byte that was not."""
        return b"".join(self._captured())[: self.size]

    def _captured(self) -> Iterator[bytes]:
        reached = 0
        for start, data, _ in self.pieces:
            if start > reached:
                return
            yield data
            reached += len(data)


class Fragments:
    """Fragments in any order in; the packet out as soon as nothing of it is missing.

    `dropped` counts packets that were given up: too old, too many, or longer than IP can be.
    """

    def __init__(self) -> None:
        self._datagrams: dict[Key, Datagram] = {}
        self._bytes = 0
        self.dropped = 0

    def add(self, fragment: Fragment, at_ns: int) -> Whole | None:
        key = fragment.addresses, fragment.number, fragment.protocol
        self._drop_old(at_ns)
        datagram = self._datagrams.get(key)
        if datagram is None:
            datagram = self._datagrams[key] = Datagram(at_ns)
        self._bytes += datagram.take(fragment)
        end = fragment.offset + len(fragment.data) + fragment.missing
        if end > _content_bytes_max(fragment.addresses) or len(datagram.pieces) > PIECES_MAX:
            self._drop(key)
            return None
        if datagram.is_whole():
            self._forget(key)
            return _rebuilt(fragment, datagram)
        while len(self._datagrams) > DATAGRAMS_MAX or self._bytes > WAITING_BYTES_MAX:
            self._drop(next(iter(self._datagrams)))
        return None

    def _drop_old(self, at_ns: int) -> None:
        while self._datagrams:
            key, oldest = next(iter(self._datagrams.items()))
            if at_ns - oldest.at_ns < PATIENCE_NS:
                return
            self._drop(key)

    def _drop(self, key: Key) -> None:
        self.dropped += 1
        self._forget(key)

    def _forget(self, key: Key) -> None:
        datagram = self._datagrams.pop(key)
        self._bytes -= sum(len(held.data) for held in datagram.pieces)


def packet_of(addresses: bytes, protocol: int, content: bytes, size: int) -> tuple[int, bytes, int]:
    """Link type, bytes and length of an IP packet of `size` bytes, of which `content` is known."""
    if len(addresses) == _IPV4_ADDRESSES:
        total = _IPV4_HEADER_BYTES + size
        header = _IPV4.pack(0x45, 0, total, 0, 0, 0, protocol, 0, addresses)
    else:
        header = _IPV6.pack(6 << 28, size, protocol, 0, addresses)
    return RAW, header + content, len(header) + size


def _content_bytes_max(addresses: bytes) -> int:
    """The total length of IPv4 counts its header, the payload length of IPv6 does not."""
    is_ipv4 = len(addresses) == _IPV4_ADDRESSES
    return DATAGRAM_BYTES_MAX - (_IPV4_HEADER_BYTES if is_ipv4 else 0)


def _rebuilt(fragment: Fragment, datagram: Datagram) -> Whole:
    assert datagram.size is not None
    content = datagram.content()
    packet = packet_of(fragment.addresses, fragment.protocol, content, datagram.size)
    return Whole(*packet, datagram.overlapping, datagram.differing)

"""Records of a pcap file as far as they are at hand (libpcap's pcap-savefile(5))."""

import struct
from collections.abc import Iterator

from riskgw.kernel.times import NS_PER_SECOND

RECORD_BYTES_MAX = 1 << 18  # libpcap's own limit for one captured packet
RECORD_HEADER_BYTES = 16

# (capture time, link type, captured bytes, length on the wire)
Packet = tuple[int, int, bytes, int]


class PcapRun:
    """Packets from `at` in a buffer on, iterated once; then `at` is where no whole record is."""

    __slots__ = ("at", "buffer", "is_little", "link", "ns_per_unit")

    def __init__(self, buffer: bytes, at: int, link: int) -> None:
        self.buffer = buffer
        self.at = at
        self.link = link
        self.is_little = True
        self.ns_per_unit = 1000

    def __iter__(self) -> Iterator[Packet]:
        record = struct.Struct("<IIII" if self.is_little else ">IIII").unpack_from
        buffer, at, link, ns_per_unit = self.buffer, self.at, self.link, self.ns_per_unit
        end = len(buffer)
        while end - at >= RECORD_HEADER_BYTES:
            seconds, fraction, captured, length = record(buffer, at)
            stop = at + RECORD_HEADER_BYTES + captured
            if stop > end or captured > RECORD_BYTES_MAX:
                break
            data = buffer[at + RECORD_HEADER_BYTES : stop]
            yield seconds * NS_PER_SECOND + fraction * ns_per_unit, link, data, length
            at = stop
        self.at = at

"""Which packets belong to an order feed, and which of its partitions decodes them."""

from collections.abc import Iterable
from zlib import crc32

from capture.wire.packet import port, reversed_flow, tcp_segment

OTHER_FEED = -1
FLOWS_MAX = 200_000


class FeedFilter:
    """By TCP port; both directions of a connection go to the same partition."""

    def __init__(self, ports: Iterable[int], partitions: int) -> None:
        self._ports = frozenset(ports)
        self._partitions = partitions
        # One entry a flow; a port scan must not grow it for ever.
        self._partition_of: dict[bytes, int] = {}

    def partition(self, link: int, data: bytes, length: int) -> int:
        """The partition, or OTHER_FEED for what is no TCP on the feed's ports."""
        segment = tcp_segment(link, data, length)
        if segment is None:
            return OTHER_FEED
        flow = segment[0]
        found = self._partition_of.get(flow)
        if found is None:
            if len(self._partition_of) >= FLOWS_MAX:
                self._partition_of.clear()
            found = self._partition_of[flow] = self._assigned(flow)
        return found

    def bpf(self) -> str:
        """The same as a filter of the kernel's, with and without VLAN tags."""
        ports = " or ".join(f"port {number}" for number in sorted(self._ports))
        return f"tcp and ({ports}) or (vlan and tcp and ({ports}))"

    def _assigned(self, flow: bytes) -> int:
        ends = {port(flow, of_source=True), port(flow, of_source=False)}
        if not ends & self._ports:
            return OTHER_FEED
        return crc32(min(flow, reversed_flow(flow))) % self._partitions

"""Which packets belong to an order feed, and which of its partitions decodes them."""

from collections.abc import Iterable
from zlib import crc32

from capture.wire.fragments import packet_of
from capture.wire.layers import TCP, VXLAN_PORT, Fragment
from capture.wire.packet import port, reversed_flow, tcp_segment
from riskgw.kernel.addresses import AddressBlock, End, address_block

OTHER_FEED = -1
FLOWS_MAX = 200_000
# Packets in fragments that are remembered, and fragments that wait for the one with the ports.
FRAGMENTED_MAX = 4096
WAITING_MAX = 4096
VLAN_TAGS_MAX = 2
_IPV4_BYTES = 4

# (capture time, link type, captured bytes, length on the wire)
Packet = tuple[int, int, bytes, int]
# Address pair, number and protocol of a packet in fragments.
_Key = tuple[bytes, bytes, int]


class FeedFilter:
    """By TCP port, and where they are named by the addresses of clients and servers.

    Both directions of a connection go to the same partition; its server is the end with the port.
    In a tunnel the innermost segment counts. Fragments go where the first one of their packet
    goes, which alone shows the ports; those that come before it wait for it.
    """

    def __init__(
        self,
        ports: Iterable[int],
        partitions: int,
        *,
        clients: Iterable[str] = (),
        servers: Iterable[str] = (),
    ) -> None:
        self._ports = frozenset(ports)
        self._clients = tuple(map(address_block, clients))
        self._servers = tuple(map(address_block, servers))
        self._partitions = partitions
        # One entry a flow; a port scan must not grow it for ever.
        self._partition_of: dict[bytes, int] = {}
        self._fragmented: dict[_Key, int] = {}
        self._waiting: dict[_Key, list[Packet]] = {}
        self._waiting_count = 0

    def routed(self, packet: Packet) -> list[tuple[int, Packet]]:
        """What now has a partition: this packet, none of another feed, or fragments that waited."""
        segment = tcp_segment(*packet[1:])
        if segment is None:
            return []
        if isinstance(segment, Fragment):
            return self._fragment(segment, packet)
        number = self._partition(segment[0])
        return [] if number == OTHER_FEED else [(number, packet)]

    def bpf(self) -> str:
        """A filter of the kernel's that lets through all that this one might.

        It sees the ports of plain and VLAN-tagged packets. Inside tunnels, label stacks and PPPoE,
        behind extension headers and in later fragments it cannot: those pass whatever they carry.
        """
        ports = " or ".join(f"port {number}" for number in sorted(self._ports))
        plain = f"(tcp and ({ports}))"
        tunnels = f"ip proto 4 or ip proto 41 or ip proto 47 or udp dst port {VXLAN_PORT}"
        labels = "ether proto 0x8847 or ether proto 0x8848 or ether proto 0x8864"
        hidden = " or ".join(f"ip6[6] = {kind}" for kind in _IPV6_HIDING)
        once = f"{plain} or ip[6:2] & 0x1fff != 0 or {tunnels} or {labels} or (ip6 and ({hidden}))"
        # Each word `vlan` moves everything behind it one tag further.
        return (
            once
            + "".join(f" or (vlan and ({once}" for _ in range(VLAN_TAGS_MAX))
            + ("))" * VLAN_TAGS_MAX)
        )

    def _partition(self, flow: bytes) -> int:
        found = self._partition_of.get(flow)
        if found is None:
            if len(self._partition_of) >= FLOWS_MAX:
                self._partition_of.clear()
            found = self._partition_of[flow] = self._assigned(flow)
        return found

    def _assigned(self, flow: bytes) -> int:
        source, destination = _end(flow, of_source=True), _end(flow, of_source=False)
        if not (self._is_ours(source, destination) or self._is_ours(destination, source)):
            return OTHER_FEED
        return crc32(min(flow, reversed_flow(flow))) % self._partitions

    def _is_ours(self, client: End, server: End) -> bool:
        return (
            server.port in self._ports
            and _is_in(client, self._clients)
            and _is_in(server, self._servers)
        )

    def _fragment(self, fragment: Fragment, packet: Packet) -> list[tuple[int, Packet]]:
        key = fragment.addresses, fragment.number, fragment.protocol
        if fragment.offset == 0:
            return self._first_fragment(key, fragment, packet)
        number = self._fragmented.get(key)
        if number is None:
            self._wait(key, packet)
            return []
        return [] if number == OTHER_FEED else [(number, packet)]

    def _first_fragment(
        self, key: _Key, fragment: Fragment, packet: Packet
    ) -> list[tuple[int, Packet]]:
        flow = _flow(fragment)
        number = OTHER_FEED if flow is None else self._partition(flow)
        # The number is used again: the newest packet that has it counts.
        self._fragmented.pop(key, None)
        self._fragmented[key] = number
        if len(self._fragmented) > FRAGMENTED_MAX:
            del self._fragmented[next(iter(self._fragmented))]
        waiting = self._waiting.pop(key, [])
        self._waiting_count -= len(waiting)
        if number == OTHER_FEED:
            return []
        # They come as late as the one they have waited for: time does not go back.
        return [(number, packet)] + [(number, (packet[0], *each[1:])) for each in waiting]

    def _wait(self, key: _Key, packet: Packet) -> None:
        self._waiting.setdefault(key, []).append(packet)
        self._waiting_count += 1
        while self._waiting_count > WAITING_MAX:
            oldest = next(iter(self._waiting))
            self._waiting_count -= len(self._waiting.pop(oldest))


# Hop-by-hop, IPv4 inside, IPv6 inside, routing, fragment, GRE, authentication, options, mobility.
_IPV6_HIDING = (0, 4, 41, 43, 44, 47, 51, 60, 135)


def _end(flow: bytes, *, of_source: bool) -> End:
    half = (len(flow) - 4) // 2
    address = flow[:half] if of_source else flow[half:-4]
    version = 4 if half == _IPV4_BYTES else 6
    return End(version, int.from_bytes(address, "big"), port(flow, of_source=of_source))


def _is_in(end: End, blocks: tuple[AddressBlock, ...]) -> bool:
    return not blocks or any(block.holds(end) for block in blocks)


def _flow(first: Fragment) -> bytes | None:
    """The flow of a packet of which only the first fragment is known."""
    if first.protocol == TCP:
        return first.addresses + first.data[:4] if len(first.data) >= 4 else None
    size = len(first.data) + first.missing
    found = tcp_segment(*packet_of(first.addresses, first.protocol, first.data, size))
    return None if found is None or isinstance(found, Fragment) else found[0]
